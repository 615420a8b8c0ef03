import { GENERATIONS, type GenerationName } from '../backend/generations/generations';
import { startChaosWorld, type ChaosWorld } from './chaosWorld';
import { ChaosViolation, describe, runPhases, type PhaseRecord, type Recovery } from './chaosPhases';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Cores, each with a server of its own, that run side by side. */
  readonly worlds?: number;
  /** Of every server; without it each is of the next one. */
  readonly generation?: GenerationName | undefined;
}

export interface ChaosReport {
  readonly seed: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultCount: number;
  readonly reconnects: number;
  readonly recoveries: readonly Recovery[];
  readonly peakHeapMb: number;
  readonly listeners: { readonly start: number; readonly end: number };
  /** Of the core that asked most, in its busiest minute. */
  readonly peakPerMinute: { readonly requests: number; readonly attempts: number };
  /** With the seed, the last faults and the last log lines. */
  readonly violations: readonly string[];
}

const FAULTS_SHOWN = 8;
const HEAP_LOOK_MS = 250;
const EVERY = Object.keys(GENERATIONS) as [GenerationName, ...GenerationName[]];

/** The real core against random faults and random server events over real sockets. */
export async function runChaos({
  minutes,
  seed,
  worlds = 4,
  generation,
}: ChaosOptions): Promise<ChaosReport> {
  const violations: string[] = [];
  const onRejection = (reason: unknown) => violations.push(`unhandled rejection: ${String(reason)}`);
  process.on('unhandledRejection', onRejection);
  let peakHeap = 0;
  const lookAtHeap = setInterval(() => {
    peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed);
  }, HEAP_LOOK_MS);

  const running = await Promise.all(
    Array.from({ length: worlds }, (_, n) =>
      startChaosWorld(seed * 1_000 + n, generation ?? EVERY[(seed + n) % EVERY.length] ?? EVERY[0]),
    ),
  );
  const records = running.map((): PhaseRecord => ({ faults: [], recoveries: [] }));
  const start = listenersOf(running);
  const endsAt = performance.now() + minutes * 60_000;
  await Promise.all(
    running.map(async (world, n) => {
      const record = records[n] as PhaseRecord;
      try {
        await runPhases(world, endsAt, record);
      } catch (error) {
        if (!(error instanceof ChaosViolation)) throw error;
        violations.push(explain(error.message, seed, n, world, record));
      }
    }),
  );
  const end = listenersOf(running);
  if (end !== start) violations.push(`listeners: ${start} at the start, ${end} at the end`);
  clearInterval(lookAtHeap);
  await Promise.all(running.map((world) => world.stop()));
  process.off('unhandledRejection', onRejection);

  const faults = records.flatMap((record) => record.faults);
  const counts: Record<string, number> = {};
  for (const { name } of faults) counts[name] = (counts[name] ?? 0) + 1;
  return {
    seed,
    faults: counts,
    faultCount: faults.length,
    reconnects: running.reduce((sum, world) => sum + world.reconnects(), 0),
    recoveries: records.flatMap((record) => record.recoveries),
    peakHeapMb: Math.round(peakHeap / 2 ** 20),
    listeners: { start, end },
    peakPerMinute: {
      requests: Math.max(...running.map(({ requestedAt }) => busiestMinute(requestedAt))),
      attempts: Math.max(...running.map(({ attemptedAt }) => busiestMinute(attemptedAt))),
    },
    violations,
  };
}

function explain(what: string, seed: number, n: number, world: ChaosWorld, { faults }: PhaseRecord): string {
  return [
    `seed ${seed}, world ${n} of generation ${world.generation}, after ${faults.length} faults: ${what}`,
    'last faults:',
    ...faults.slice(-FAULTS_SHOWN).map((fault) => `  ${describe(fault)}`),
    'last log lines:',
    ...world.lines.map((line) => `  ${line}`),
  ].join('\n');
}

function listenersOf(worlds: readonly ChaosWorld[]): number {
  return worlds.reduce((sum, { core }) => sum + core.listenerCount, 0);
}

function busiestMinute(times: readonly number[]): number {
  let [first, most] = [0, 0];
  times.forEach((time, last) => {
    while (time - (times[first] ?? time) > 60_000) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
