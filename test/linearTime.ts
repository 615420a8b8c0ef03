import { expect } from 'vitest';

const LENGTHS = [100_000, 200_000, 400_000];
const REPEATS = 5;
/** Below this, a ratio says more of the machine than of the work. */
const FLOOR_MS = 25;

/**
 * Holds work on a text of this many characters to time in proportion: no doubling takes three times as long, and the
 * longest text not longer than `maxMs`. `measure` says in ms how long it took; the best of five counts.
 */
export async function expectLinearTime(
  measure: (length: number) => number | Promise<number>,
  maxMs: number,
): Promise<void> {
  let last: number | undefined;
  for (const length of LENGTHS) {
    let best = Infinity;
    for (let n = 0; n < REPEATS && best > FLOOR_MS; n += 1) {
      best = Math.min(best, await measure(length));
    }
    expect(best, `${length} characters, in ms`).toBeLessThanOrEqual(maxMs);
    if (last !== undefined) expect(best).toBeLessThanOrEqual(3 * Math.max(last, FLOOR_MS));
    last = best;
  }
}

/** How long this takes, in ms. */
export function elapsedMs(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
