import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Fact } from '../../../machines/connectionMachine';
import { ALWAYS_ACTIVE } from '../../../src/model/windowActivity';
import { watchHost } from '../../../src/actors/watchHost';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ['a sleep in which the monotonic clock stands still', 60_000, 0, ['clock.jumped']],
  ['a host that was blocked', 60_000, 60_000, ['clock.stalled']],
  ['a wall clock that was set back', -60_000, 0, []],
  ['a tick that is a little late', 3_000, 3_000, []],
] as const)('[C15] tells %s for what it is', (_name, wallMs, monotonicMs, expected) => {
  const told: Fact[] = [];
  const skew = { wall: 0, monotonic: 0 };
  const clocks = {
    wall: () => Date.now() + skew.wall,
    monotonic: () => performance.now() + skew.monotonic,
  };
  const host = { windowActivity: ALWAYS_ACTIVE, clocks, addresses: () => '' };
  const end = watchHost(host)({
    input: undefined,
    receive: () => {},
    fail: () => {},
    tell: (fact) => told.push(fact),
  });
  vi.advanceTimersByTime(10_000);
  Object.assign(skew, { wall: wallMs, monotonic: monotonicMs });
  vi.advanceTimersByTime(10_000);
  expect(told.map(({ type }) => type)).toEqual(['windowActivity.changed', ...expected]);
  end();
  expect(vi.getTimerCount()).toBe(0);
});
