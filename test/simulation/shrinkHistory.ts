import type { Happening, History } from './history';

type Breaks = (history: History) => Promise<boolean>;

const TRIES_AT_MOST = 3_000;

/**
 * A smaller history that still breaks a promise: steps go, in chunks and then singly, and what is left gets small
 * numbers. Faster than shrinking value by value, since most steps of a long history do not matter.
 */
export async function shrinkHistory(history: History, breaks: Breaks): Promise<History> {
  let best = history;
  let tries = 0;
  const attempt = async (smaller: History): Promise<boolean> => {
    if ((tries += 1) > TRIES_AT_MOST || !(await breaks(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let before: History | undefined; before !== best && tries < TRIES_AT_MOST;) {
    before = best;
    for (let size = best.steps.length; size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < best.steps.length;) {
        const steps = best.steps.toSpliced(at, size);
        if (!(await attempt({ ...best, steps }))) at += size;
      }
    }
    for (let at = 0; at < best.delaysMs.length && best.delaysMs.length > 1;) {
      if (!(await attempt({ ...best, delaysMs: best.delaysMs.toSpliced(at, 1) }))) at += 1;
    }
    for (let at = 0; at < best.delaysMs.length; at += 1) {
      for (const less of smallerThan(best.delaysMs[at]!)) {
        if (await attempt({ ...best, delaysMs: best.delaysMs.with(at, less) })) break;
      }
    }
    for (let at = 0; at < best.steps.length; at += 1) {
      for (const less of smallerThan(best.steps[at]!.afterMs)) {
        const steps = best.steps.with(at, { ...best.steps[at]!, afterMs: less });
        if (await attempt({ ...best, steps })) break;
      }
      for (const happening of simpler(best.steps[at]!.happening)) {
        const steps = best.steps.with(at, { ...best.steps[at]!, happening });
        if (await attempt({ ...best, steps })) break;
      }
    }
  }
  return best;
}

function smallerThan(value: number): number[] {
  return [0, 1, 10, 100, 1_000, 10_000, Math.floor(value / 2)].filter((less) => less < value);
}

function* simpler(happening: Happening): Generator<Happening> {
  for (const [name, value] of Object.entries(happening)) {
    if (name === 'code' || typeof value !== 'number') continue;
    for (const less of smallerThan(value)) yield { ...happening, [name]: less };
  }
}
