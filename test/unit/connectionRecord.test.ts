import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { connectionRecord } from '../../src/connectionRecord';
import { createLog } from '../../src/log';
import { transitionLog } from '../../src/transitionLog';
import { superviseConnection } from './machines/supervisorHarness';

const MOST_KEPT = 200;
let now = () => 1_000;
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now());
  vi.spyOn(Date, 'now').mockImplementation(() => now());
});
afterEach(() => {
  now = () => 1_000;
  vi.restoreAllMocks();
});

function start() {
  const record = connectionRecord();
  const logged = transitionLog(createLog({ log: () => {} }, 'Connection'), record);
  const w = superviseConnection((inspected) => {
    logged(inspected);
    record.inspect(inspected);
  });
  now = () => 1_000 + w.clock.now();
  w.whole.start();
  return { ...w, record };
}

it('[N1] keeps each transition with its event, its reason, told once, and how long the state before lasted', () => {
  const { send, goLive, tell, clock, record } = start();
  send('connect');
  goLive();
  const { length } = record.transitions;
  clock.increment(2_000);
  tell('openChannel', { type: 'channel.lost', failure: { kind: 'closed', detail: 'the server closed' } });
  clock.increment(4_000);
  const [lost, reconnecting, authorizing, polling] = record.transitions.slice(length);
  const how = { attempt: 1, lasted: 2_000, reason: 'the server closed' };
  expect([lost, reconnecting]).toEqual([
    { from: 'open.joined', to: 'waiting', event: 'channel.lost', ofLink: true, at: 3_000, ...how },
    { from: 'connected.live', to: 'reconnecting', event: 'channel.lost', ofLink: false, at: 3_000, ...how },
  ]);
  expect(authorizing).toEqual({
    ...{ from: 'waiting', to: 'authorizing', event: 'after.backoff', ofLink: true },
    ...{ at: authorizing!.at, attempt: 1, lasted: authorizing!.at - 3_000, reason: undefined },
  });
  expect(polling).toEqual({
    ...{ from: 'reconnecting', to: 'polling.refreshing', event: 'after.grace', ofLink: false },
    ...{ at: 7_000, attempt: 1, lasted: 4_000, reason: undefined },
  });
});

it('[N1] keeps the last 200, however many there were', () => {
  const { send, record } = start();
  for (let n = 0; n < MOST_KEPT; n += 1) send(n % 2 === 0 ? 'connect' : 'disconnect');
  expect(record.transitions).toHaveLength(MOST_KEPT);
  expect(record.transitions.at(-1)).toMatchObject({ to: 'disconnected', ofLink: false });
  send('connect');
  expect(record.transitions).toHaveLength(MOST_KEPT);
  expect(record.transitions.at(-1)).toMatchObject({ to: 'authenticating' });
});

it('[N1] knows the states of both machines, and how often the link was joined', () => {
  const { send, goLive, fail, record } = start();
  let changes = 0;
  record.onChange = () => (changes += 1);
  send('connect');
  goLive();
  expect(record.values).toEqual({
    supervisor: 'running',
    connection: {
      active: {
        link: { open: { joined: 'serving' } },
        sync: { connected: { live: { settled: 'quiet' } } },
      },
    },
  });
  expect([record.joins, changes > 0]).toEqual([1, true]);
  fail();
  expect(record.values.supervisor).toBe('restarting');
});

it('[N1] counts changes of sessions and look-ups, and keeps nothing of what they say', () => {
  const record = connectionRecord();
  let changes = 0;
  record.onChange = () => (changes += 1);
  const event = (type: string) =>
    record.inspect({ type: '@xstate.event', event: { type } } as InspectionEvent);
  for (const type of ['session.patched', 'lookup.arrived', 'snapshot.requested']) event(type);
  for (let n = 0; n < MOST_KEPT; n += 1) event('session.upserted');
  expect(record).toMatchObject({
    ...{ lookUps: 1, joins: 0, transitions: [], values: {} },
    eventTimes: Array.from({ length: MOST_KEPT }, () => 1_000),
  });
  expect(changes).toBe(MOST_KEPT + 3);
});
