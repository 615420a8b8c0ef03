import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { REALTIME_TOPIC, USER_TOPIC } from './benchFrames';
import type { BenchServer } from './benchServer';
import { bundleContender } from './bundleContender';
import { median } from './benchStatistics';
import { startChild, type Child } from './childProcess';
import type { ContenderProcess, Run } from './contender';
import type { ContenderName } from './contenders';
import type { VSCodeFigures } from './vscodeBench';

const NAMES = ['core', 'phoenix', 'phoenix + Map', 'realtime-js + Map'] as const satisfies ContenderName[];

export interface BenchPlan {
  readonly rounds: number;
  readonly sizes: readonly number[];
  /** Updates before anything is measured, as fast as they are taken: each session's once at least. */
  readonly warmUp: number;
  /** Updates as fast as they are taken: so many times so many, of which the median counts. */
  readonly runs: number;
  readonly updates: number;
  /** How long updates come at a rate, by that rate a second. */
  readonly secondsAt: Readonly<Record<number, number>>;
  /** How long they come at that rate before: what is asked is how it goes on, not how it begins. */
  readonly leadInSeconds: number;
  /** Of the core alone. */
  readonly subscribers: readonly number[];
}

export const FULL: BenchPlan = {
  rounds: 3,
  sizes: [10, 1_000, 10_000],
  warmUp: 100_000,
  runs: 5,
  updates: 40_000,
  secondsAt: { 100: 4, 1_000: 4, 10_000: 2 },
  leadInSeconds: 3,
  subscribers: [1, 10, 100],
};

export const QUICK: BenchPlan = {
  rounds: 1,
  sizes: [1_000],
  warmUp: 1_000,
  runs: 2,
  updates: 3_000,
  secondsAt: { 100: 0.2, 1_000: 0.2, 10_000: 0.1 },
  leadInSeconds: 0.1,
  subscribers: [1, 10],
};

/** Each list has a value for each round. */
export interface Figures {
  readonly name: ContenderName;
  readonly sessions: number;
  readonly cpuUs: number[];
  readonly eventsPerSecond: number[];
  /** From sent to the subscriber, by updates a second. */
  readonly latencyMs: Record<number, { p50: number[]; p99: number[]; worst: number[] }>;
  /** Beside what it takes with none: once listed, and once each was updated. */
  readonly listedMb: number[];
  readonly updatedMb: number[];
  /** From the start, in a process that had done nothing before. */
  readonly firstRowMs: number[];
  readonly liveMs: number[];
  readonly stallMs: number[];
  /** Of the core alone: of one update, by those who subscribe to the list. */
  readonly cpuUsBySubscribers: Record<number, number[]>;
  readonly reconnectMs: number[];
}

export interface BenchReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly plan: BenchPlan;
  readonly figures: readonly Figures[];
  /** Where it was asked for. */
  readonly vscode?: VSCodeFigures;
}

interface BenchOptions {
  readonly plan: BenchPlan;
  readonly note: (line: string) => void;
  /** Where it is given, the core alone runs, and its CPU profiles are written there. */
  readonly profileFolder?: string | undefined;
}

/** Every contender after the other, and that again for each round, so that all of them share the machine's moods. */
export async function runBench({ plan, note, profileFolder }: BenchOptions): Promise<BenchReport> {
  const names = profileFolder === undefined ? NAMES : (['core'] as const);
  const flags = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const folder = await mkdtemp(join(tmpdir(), 'codemyspec-bench-'));
  try {
    const file = await bundleContender(folder);
    const figures = plan.sizes.flatMap((sessions) => names.map((name) => emptyFigures(name, sessions)));
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const each of figures) {
        await measure(each, plan, file, flags);
        note(
          `round ${round}: ${each.name}, ${each.sessions} sessions: ${each.cpuUs.at(-1)!.toFixed(1)} µs an event`,
        );
      }
    }
    const machine = { cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version };
    return { machine, plan, figures };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function emptyFigures(name: ContenderName, sessions: number): Figures {
  return {
    ...{ name, sessions },
    ...{ cpuUs: [], eventsPerSecond: [], latencyMs: {}, listedMb: [], updatedMb: [], firstRowMs: [] },
    ...{ liveMs: [], stallMs: [], cpuUsBySubscribers: {}, reconnectMs: [] },
  };
}

/** With a server of its own, which has seen no other contender. */
async function measure(
  figures: Figures,
  plan: BenchPlan,
  file: string,
  flags: readonly string[],
): Promise<void> {
  const { name, sessions } = figures;
  const server = startChild<BenchServer>(
    join(import.meta.dirname, 'benchServer.ts'),
    [name.startsWith('realtime') ? REALTIME_TOPIC : USER_TOPIC, `${sessions}`],
    ['--import', 'tsx'],
  );
  const url = await server.ask('listen');
  const client = startChild<ContenderProcess>(file, [name, url], ['--expose-gc', ...flags]);
  try {
    const run = updater(server, client);
    const started = await client.ask('start');
    figures.liveMs.push(started.liveMs);
    if (started.firstRowMs !== undefined) figures.firstRowMs.push(started.firstRowMs);
    figures.stallMs.push(started.stallMs);
    figures.listedMb.push(started.heapMb - started.heapBeforeMb);
    await run(Math.max(plan.warmUp, sessions));
    const fast = await asFastAsTaken(run, plan);
    figures.cpuUs.push(fast.cpuUs);
    figures.eventsPerSecond.push(fast.eventsPerSecond);
    figures.updatedMb.push((await client.ask('heap')) - started.heapBeforeMb);
    for (const [rate, seconds] of Object.entries(plan.secondsAt)) {
      await run(Math.round(Number(rate) * plan.leadInSeconds), Number(rate));
      const { p50, p99, worst } = await run(Math.round(Number(rate) * seconds), Number(rate));
      const all = (figures.latencyMs[Number(rate)] ??= { p50: [], p99: [], worst: [] });
      all.p50.push(p50);
      all.p99.push(p99);
      all.worst.push(worst);
    }
    if (name === 'core') await measureCore(figures, plan, { server, client, run });
    await run.check(sessions);
  } finally {
    await client.end();
    await server.end();
  }
}

/** Of an update, in µs of CPU; a machine's moods last for seconds. */
async function asFastAsTaken(run: (count: number) => Promise<Run>, { runs, updates }: BenchPlan) {
  const each: Run[] = [];
  for (let n = 0; n < runs; n += 1) each.push(await run(updates));
  return {
    cpuUs: median(each.map(({ cpuUs }) => cpuUs / updates)),
    eventsPerSecond: median(each.map(({ seconds }) => updates / seconds)),
  };
}

interface Measured {
  readonly server: Child<BenchServer>;
  readonly client: Child<ContenderProcess>;
  readonly run: (count: number) => Promise<Run>;
}

async function measureCore(
  figures: Figures,
  plan: BenchPlan,
  { server, client, run }: Measured,
): Promise<void> {
  for (const subscribers of plan.subscribers) {
    await client.ask('subscribe', subscribers - 1);
    const { cpuUs } = await asFastAsTaken(run, plan);
    (figures.cpuUsBySubscribers[subscribers] ??= []).push(cpuUs);
  }
  const liveAgain = client.ask('liveAgain');
  const cutAt = await server.ask('cut');
  figures.reconnectMs.push((await liveAgain) - cutAt);
  // What it lists then says nothing of the updates.
  await run(figures.sessions);
}

function updater(server: Child<BenchServer>, client: Child<ContenderProcess>) {
  let sent = 0;
  const run = async (count: number, perSecond?: number): Promise<Run> => {
    const from = sent;
    sent += count;
    await client.ask('expect', { last: sent - 1, count });
    await server.ask('send', { from, count, perSecond });
    return client.ask('result');
  };
  return Object.assign(run, {
    /** What is held must be the last update of each session. */
    async check(sessions: number): Promise<void> {
      const held = await client.ask('heldSum');
      const expected = (sessions * (2 * sent - sessions - 1)) / 2;
      if (held !== undefined && held !== expected) throw new Error(`holds ${held} instead of ${expected}`);
    },
  });
}
