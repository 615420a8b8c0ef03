import { expect, it } from 'vitest';
import { outcomesOf } from './benchGoals';
import { median, ratios, spread, verdictOf } from './benchStatistics';
import type { Figures } from './runBench';

it('the median is the middle one, or the mean of the two in the middle, whatever the order', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
});

it('the spread is half of the way from the least to the most', () => {
  expect([spread([5, 1, 2]), spread([7])]).toEqual([2, 0]);
});

it('a ratio is of values of the same round', () => {
  expect(ratios([10, 30], [5, 10])).toEqual([2, 3]);
});

it.each([
  { values: [1, 1.25, 1.5], limit: 1.25, verdict: 'met' },
  { values: [1.1, 1.4, 1.5], limit: 1.25, verdict: 'within noise' },
  { values: [1.3, 1.4, 1.5], limit: 1.25, verdict: 'missed' },
  { values: [1.26], limit: 1.25, verdict: 'missed' },
])('$values is $verdict where the goal is $limit', ({ values, limit, verdict }) => {
  expect(verdictOf(values, limit)).toBe(verdict);
});

it('each goal is judged at the sizes it is for', () => {
  const plan = {
    rounds: 2,
    sizes: [10, 10_000],
    warmUp: 0,
    runs: 1,
    updates: 0,
    secondsAt: {},
    leadInSeconds: 0,
    subscribers: [],
  };
  const of = (name: Figures['name'], sessions: number, cpuUs: number[]): Figures => ({
    ...{ name, sessions, cpuUs, eventsPerSecond: [], listedMb: [], updatedMb: [], firstRowMs: [90, 310] },
    latencyMs: { 1_000: { p50: [], p99: [0.5, 0.7], worst: [] } },
    ...{ liveMs: [200, 260], stallMs: [60, 62], cpuUsBySubscribers: {}, reconnectMs: [] },
  });
  const figures = plan.sizes.flatMap((size) => [
    of('core', size, [10, 12]),
    of('phoenix + Map', size, [10, 10]),
    of('realtime-js + Map', size, [5, 5]),
  ]);
  const judged = outcomesOf({ plan, figures }).map(({ sessions, values, verdict }) => [
    ...[sessions, values, verdict],
  ]);
  expect(judged).toEqual([
    [10, [1, 1.2], 'met'],
    [10_000, [1, 1.2], 'met'],
    [10, [2, 2.4], 'missed'],
    [10_000, [2, 2.4], 'missed'],
    [10, [0.5, 0.7], 'met'],
    [10_000, [0.5, 0.7], 'met'],
    [10_000, [90, 310], 'met'],
    [10_000, [200, 260], 'met'],
    [10_000, [60, 62], 'missed'],
  ]);
});
