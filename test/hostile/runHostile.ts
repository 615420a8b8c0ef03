import { machinePace } from '../machinePace';
import { readdirSync, readFileSync } from 'node:fs';
import { seededRandom } from '../faults/seededRandom';
import { CoreHost } from './coreHost';
import type { HostileInput, Params } from './hostileInput';
import { GOALS, runInput, type Outcome } from './runInput';
import { TEMPLATES } from './templates';

export interface HostileOptions {
  readonly seed: number;
  /** Those of the corpus included. */
  readonly inputs: number;
  /** Processes with a core each, side by side. */
  readonly hosts?: number;
  /** A part of the names of templates. */
  readonly only?: string;
  /** This one instead of all others. */
  readonly input?: HostileInput;
  readonly onOutcome?: (outcome: Outcome) => void;
}

const RUNS_TO_MEASURE = 3;

/** Runs the corpus and then generated inputs, each against a fresh core. */
export async function runHostile(options: HostileOptions): Promise<Outcome[]> {
  const { hosts = 5, onOutcome } = options;
  const waiting = options.input ? [options.input] : inputsOf(options);
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    let host = new CoreHost();
    for (let input = waiting.shift(); input; input = waiting.shift()) {
      if (!host.alive) host = new CoreHost();
      const outcome = await measured(host, input);
      outcomes.push(outcome);
      onOutcome?.(outcome);
    }
    await host.stop();
  };
  await Promise.all(Array.from({ length: Math.min(hosts, waiting.length) }, work));
  return outcomes;
}

/** A machine that does other things too holds a loop now and then: what is over a goal is measured again. */
async function measured(host: CoreHost, input: HostileInput): Promise<Outcome> {
  let best = await runInput(host, input);
  for (
    let run = 1;
    run < RUNS_TO_MEASURE && best.problems.length === 0 && overGoal(best).length > 0;
    run += 1
  ) {
    const again = await runInput(host, input);
    best = {
      ...again,
      stallMs: Math.min(best.stallMs, again.stallMs),
      heapMb: Math.min(best.heapMb, again.heapMb),
      sockets: Math.max(best.sockets, again.sockets),
    };
  }
  return best;
}

/** The goals that an outcome misses. */
function overGoal({ stallMs, stallGoalMs, heapMb, sockets }: Outcome): string[] {
  const limitMs = Math.round(stallGoalMs * machinePace());
  return [
    ...(stallMs > limitMs
      ? [`the event loop was held for ${stallMs} ms (goal ${stallGoalMs}, ${limitMs} on this machine)`]
      : []),
    ...(heapMb > GOALS.heapMb ? [`${heapMb} MB of heap (goal ${GOALS.heapMb})`] : []),
    ...(sockets > GOALS.sockets ? [`${sockets} sockets in 10 s (goal ${GOALS.sockets})`] : []),
  ];
}

export function failuresOf(outcome: Outcome): string[] {
  return [...outcome.problems, ...overGoal(outcome)];
}

/** The corpus, then every template in turn with what its seed draws, none twice. */
function inputsOf({ seed, inputs, only = '' }: HostileOptions): HostileInput[] {
  const names = Object.keys(TEMPLATES).filter((name) => name.includes(only));
  const chosen = corpus().filter(({ template }) => names.includes(template));
  const seen = new Set(chosen.map((input) => JSON.stringify(input)));
  const random = seededRandom(seed);
  for (let n = 0, idle = 0; chosen.length < inputs && idle < 50 * names.length; n += 1, idle += 1) {
    const template = names[n % names.length] as string;
    const input: HostileInput = { template, params: TEMPLATES[template]?.draw(random) ?? {} };
    const key = JSON.stringify(input);
    if (seen.has(key)) continue;
    idle = 0;
    seen.add(key);
    chosen.push(input);
  }
  return chosen.slice(0, inputs);
}

/** Inputs that once made something fall, made small. */
function corpus(): HostileInput[] {
  const folder = new URL('corpus/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const kept = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as CorpusFile;
      return kept.inputs.map((params) => ({ template: kept.template, params }));
    });
}

interface CorpusFile {
  readonly template: string;
  /** What fell, and how. */
  readonly why: string;
  readonly inputs: readonly Params[];
}
