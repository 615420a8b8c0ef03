import fc from 'fast-check';
import { describeHistory } from './describeHistory';
import { history, type History } from './history';
import type { Mutant } from './mutants';
import { createSimulation } from './runHistory';
import type { SimulatedGeneration } from './simulatedServer';
import { shrinkHistory } from './shrinkHistory';

export interface CheckOptions {
  readonly runs: number;
  readonly seed?: number;
  /** Which of the histories of that seed to run. */
  readonly path?: string;
  readonly shrink?: boolean;
  readonly bug?: Mutant;
  readonly generation?: SimulatedGeneration | undefined;
}

export interface Check {
  readonly runs: number;
  readonly peakRequests: { readonly requests: number; readonly allowed: number };
  readonly peakWayMs: number;
  readonly violation?: {
    readonly what: string;
    readonly history: History;
    readonly seed: number;
    readonly path: string;
  };
}

/** Runs random histories until one breaks a promise, and shrinks that one. */
export async function checkHistories({
  runs,
  seed,
  path,
  shrink = true,
  bug,
  generation,
}: CheckOptions): Promise<Check> {
  const run = createSimulation(bug, generation);
  let peakRequests = { requests: 0, allowed: 1 };
  let peakWayMs = 0;
  const result = await fc.check(
    fc.asyncProperty(history, async (each) => {
      const { violation, peak } = await run(each);
      if (peak.requests / (peak.allowed || 1) > peakRequests.requests / peakRequests.allowed)
        peakRequests = { requests: peak.requests, allowed: peak.allowed };
      peakWayMs = Math.max(peakWayMs, peak.wayMs);
      if (violation !== undefined) throw new Error(violation);
    }),
    {
      numRuns: runs,
      endOnFailure: true,
      ...(seed !== undefined && { seed }),
      ...(path !== undefined && { path }),
    },
  );
  const ran = { runs: result.numRuns, peakRequests, peakWayMs };
  if (!result.failed || !result.counterexample) return ran;
  const [found] = result.counterexample;
  const breaks = async (each: History) => (await run(each)).violation !== undefined;
  const smallest = shrink ? await shrinkHistory(found, breaks) : found;
  const { violation = String(result.errorInstance) } = await run(smallest);
  const { seed: ranWith, counterexamplePath } = result;
  return {
    ...ran,
    violation: { what: violation, history: smallest, seed: ranWith, path: counterexamplePath },
  };
}

/** The counter-example as a history to read, with what the client did in it. */
export async function describeViolation(
  { what, history, seed, path }: NonNullable<Check['violation']>,
  { bug, generation }: Pick<CheckOptions, 'bug' | 'generation'> = {},
): Promise<string> {
  const lines: string[] = [];
  const { at } = await createSimulation(bug, generation)(history, (line) => lines.push(line));
  return [
    `Violated after ${(at / 1000).toFixed(3)} s: ${what}`,
    '',
    describeHistory(history),
    '',
    ...lines,
    '',
    `again: npm run simulate -- --seed=${seed} --path ${path} --generation ${generation ?? '1'}`,
  ].join('\n');
}
