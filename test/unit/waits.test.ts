import { expect, it } from 'vitest';
import type { ConnectionState } from '../../machines/selectors';
import { Waits } from '../../src/waits';

it('[C25] tells when a state tries again, while that is to come', () => {
  let now = 1_000;
  const waits = new Waits(() => now);
  const delays = waits.noting({ syncBackoff: () => 2_000, askedListWait: 5_000, recheck: 60_000 });
  expect(waits.endIn('connected.retryWait', true)).toBeUndefined();
  expect([delays.syncBackoff(), call(delays.askedListWait)]).toEqual([2_000, 5_000]);
  expect([waits.endIn('connected.retryWait', true), waits.endIn('polling.waiting', true)]).toEqual([
    6_000, 6_000,
  ]);
  expect([waits.endIn('connected.live', true), waits.endIn('stopped', true)]).toEqual([undefined, undefined]);
  // The wait that the server asked for was ended by a command.
  expect(waits.endIn('connected.retryWait', false)).toBe(3_000);
  now = 6_000;
  expect(waits.endIn('connected.retryWait', true)).toBeUndefined();
});

it.each<[ConnectionState, string[]]>([
  ['invalidServer', ['recheck']],
  ['reconnecting', ['backoff']],
  ['connected.retryWait', ['syncBackoff', 'askedListWait', 'listSlot', 'pollSlot']],
  ['polling.waiting', ['askedListWait', 'listSlot', 'pollSlot']],
  ['polling.fresh', ['pollInterval']],
  ['polling.offline', ['offlineRetry']],
  ['restarting', ['restart']],
  ['stopped', ['recheck']],
])(
  '[C25] while %s the last of %j counts, and nothing else; those of a list only while lists are held',
  (state, names) => {
    const every = [
      'recheck',
      'backoff',
      'syncBackoff',
      'askedListWait',
      'listSlot',
      'pollSlot',
      'pollInterval',
    ];
    for (const name of [...every, 'offlineRetry', 'restart', 'grace']) {
      const waits = new Waits(() => 0);
      call(waits.noting({ [name]: 7 })[name]);
      const end = names.includes(name) ? 7 : undefined;
      const isHold = ['askedListWait', 'listSlot', 'pollSlot'].includes(name);
      expect([name, waits.endIn(state, true), waits.endIn(state, false)]).toEqual([
        name,
        end,
        isHold ? undefined : end,
      ]);
    }
  },
);

function call(delay: unknown): number {
  return (delay as () => number)();
}
