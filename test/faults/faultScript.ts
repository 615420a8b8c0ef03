import type { Fault } from './fault';
import { seededRandom, type SeededRandom } from './seededRandom';

/** Times in ms, from the moment the script is played. */
interface FaultStep {
  readonly at: number;
  readonly fault: Fault;
  readonly forMs: number;
}
export type FaultScript = readonly FaultStep[];

export interface RandomScriptOptions {
  readonly seed: number;
  /** All faults have ended by then. */
  readonly totalMs: number;
  readonly shortestMs?: number;
  readonly longestMs?: number;
}

/** Faults of every kind, one after another with gaps between; the same for the same seed. */
export function randomScript(options: RandomScriptOptions): FaultScript {
  const { seed, totalMs, shortestMs = 200, longestMs = 2_000 } = options;
  const random = seededRandom(seed);
  const script: FaultStep[] = [];
  let at = random.between(0, shortestMs);
  for (;;) {
    const forMs = random.between(shortestMs, longestMs);
    const fault = randomFault(random);
    if (at + forMs > totalMs) return script;
    script.push({ at, fault, forMs });
    at += forMs + random.between(shortestMs, longestMs);
  }
}

const KINDS = ['latency', 'jitter', 'bandwidth', 'reset', 'halfOpen', 'cut', 'refuse', 'reorder'] as const;

export function randomFault(random: SeededRandom, kind = random.pick(KINDS)): Fault {
  const on = random.pick<Fault['on']>(['rest', 'socket', undefined]);
  return { ...shapeOf(kind, random), ...(on && { on }) };
}

function shapeOf(kind: Fault['kind'], random: SeededRandom): Fault {
  switch (kind) {
    case 'latency':
    case 'jitter':
      return { kind, ms: random.between(20, 800) };
    case 'bandwidth':
      return { kind, bytesPerSecond: Math.round(random.between(2_000, 200_000)) };
    case 'halfOpen':
      return { kind, reach: random.pick(['existing', 'new', 'all']) };
    case 'cut':
      return { kind, afterBytes: Math.round(random.between(0, 4_000)) };
    case 'reorder':
      return { kind, holdMs: random.between(50, 500), share: 0.5 };
    case 'reset':
    case 'refuse':
      return { kind };
  }
}
