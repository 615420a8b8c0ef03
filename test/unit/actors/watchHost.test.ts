import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Fact } from '../../../machines/connectionMachine';
import { ALWAYS_ACTIVE } from '../../../src/model/windowActivity';
import { watchHost, type HostDependencies } from '../../../src/actors/watchHost';

const JUMPED: Fact = {
  type: 'clock.jumped',
  failure: { kind: 'clockJumped', detail: 'this machine slept for about 60 s' },
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['a sleep in which the monotonic clock stands still', 60_000, 0, [JUMPED]],
  ['a host that was blocked', 60_000, 60_000, [{ type: 'clock.stalled' }]],
  ['a wall clock that was set back', -60_000, 0, []],
  ['a tick that is a little late', 4_500, 4_500, []],
])('[C15] tells %s for what it is', (_name, wallMs, monotonicMs, expected) => {
  const skew = { wall: 0, monotonic: 0 };
  const clocks = {
    wall: () => Date.now() + skew.wall,
    monotonic: () => performance.now() + skew.monotonic,
  };
  const { told, end } = watch({ clocks });
  vi.advanceTimersByTime(10_000);
  Object.assign(skew, { wall: wallMs, monotonic: monotonicMs });
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual(expected);
  end();
  expect(vi.getTimerCount()).toBe(0);
});

it('[C23] tells each change of the network once, until its end', () => {
  let network = 'home';
  const { told, end } = watch({ addresses: () => network });
  const tellsAt = (next: string) => {
    network = next;
    vi.advanceTimersByTime(10_000);
    return told.splice(0);
  };
  expect([tellsAt('home'), tellsAt('train'), tellsAt('home')]).toEqual([
    [],
    [{ type: 'network.changed' }],
    [{ type: 'network.changed' }],
  ]);
  end();
  expect(tellsAt('train')).toEqual([]);
});

/** What it tells after what the user does with the window. */
function watch(more: Partial<HostDependencies>) {
  const told: Fact[] = [];
  const clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
  const end = watchHost({ windowActivity: ALWAYS_ACTIVE, clocks, addresses: () => '', ...more })({
    input: undefined,
    receive: () => {},
    fail: () => {},
    tell: (fact) => told.push(fact),
  });
  expect(told.splice(0)).toMatchObject([{ type: 'windowActivity.changed' }]);
  return { told, end };
}
