import { expect, it } from 'vitest';
import { BUDGET, BUDGET_WINDOW_MS, RequestBudget } from '../../../src/actors/requestBudget';

function start() {
  let now = 1_000;
  const budget = new RequestBudget(() => now);
  return { budget, pass: (ms: number) => (now += ms) };
}

it('[H4] so many at once, then as many again spread over each minute', () => {
  const { budget, pass } = start();
  expect([budget.take(BUDGET), budget.take(1)]).toEqual([true, false]);
  pass((10 * BUDGET_WINDOW_MS) / BUDGET);
  expect([budget.take(10), budget.take(1)]).toEqual([true, false]);
  pass(10 * BUDGET_WINDOW_MS);
  expect(budget.available).toBe(BUDGET);
});

it('[F2] nothing goes out for as long as the server asked', () => {
  const { budget, pass } = start();
  budget.block(30_000);
  budget.block(5_000);
  expect([budget.available, budget.blocked]).toEqual([0, true]);
  pass(29_999);
  expect(budget.take(1)).toBe(false);
  pass(1);
  expect([budget.blocked, budget.take(1)]).toEqual([false, true]);
});
