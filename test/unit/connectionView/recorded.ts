import type { RecordedTransition } from '../../../src/connectionRecord';
import type { Recorded } from '../../../src/connectionView/connectionModel';

export const NOW = Date.parse('2026-11-28T12:00:00.000Z');

export const LIVE_VALUES = {
  supervisor: 'running',
  connection: {
    active: {
      link: { open: { joined: 'serving' } },
      sync: { connected: { live: { settled: 'quiet' } } },
    },
  },
};

export function transition(fields: Partial<RecordedTransition> = {}): RecordedTransition {
  return {
    ...{ from: 'connected.live', to: 'reconnecting', event: 'link.down', ofLink: false },
    ...{ at: NOW - 1_000, attempt: 1, lasted: 2_000, reason: undefined },
    ...fields,
  };
}

export function recordOf(fields: Partial<Recorded> = {}): Recorded {
  return { transitions: [], eventTimes: [], values: LIVE_VALUES, joins: 0, lookUps: 0, ...fields };
}
