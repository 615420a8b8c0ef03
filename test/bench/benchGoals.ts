import { median, ratios, spread, verdictOf, type Verdict } from './benchStatistics';
import type { BenchReport, Figures } from './runBench';
import type { VSCodeFigures } from './vscodeBench';

interface Goal {
  readonly what: string;
  readonly limit: number;
  readonly unit: string;
  /** The sizes it is for; all that were measured where it is left out. */
  readonly sessions?: number;
  /** A value for each round. */
  readonly values: (core: Figures, naive: Figures, realtime: Figures) => readonly number[];
}

const GOALS: readonly Goal[] = [
  {
    what: 'CPU an event, of that of phoenix.js with a Map',
    ...{ limit: 1.25, unit: '×' },
    values: (core, naive) => ratios(core.cpuUs, naive.cpuUs),
  },
  {
    what: 'CPU an event, of that of realtime-js with a Map',
    ...{ limit: 1, unit: '×' },
    values: (core, _, realtime) => ratios(core.cpuUs, realtime.cpuUs),
  },
  {
    what: 'from sent to the subscriber at 1,000 events a second, 99th percentile',
    ...{ limit: 1, unit: 'ms' },
    values: ({ latencyMs }) => latencyMs[1_000]?.p99 ?? [],
  },
  {
    what: 'from the start to the first row',
    limit: 300,
    unit: 'ms',
    sessions: 10_000,
    values: ({ firstRowMs }) => firstRowMs,
  },
  {
    what: 'from the start to live',
    limit: 300,
    unit: 'ms',
    sessions: 10_000,
    values: ({ liveMs }) => liveMs,
  },
  {
    what: 'longest stall meanwhile',
    limit: 50,
    unit: 'ms',
    sessions: 10_000,
    values: ({ stallMs }) => stallMs,
  },
];

const VSCODE_GOALS: readonly (Pick<Goal, 'what' | 'limit' | 'unit'> & {
  readonly values: (figures: VSCodeFigures) => readonly number[];
})[] = [
  {
    what: 'to load and activate in VS Code',
    ...{ limit: 20, unit: 'ms', values: ({ activationMs }) => activationMs },
  },
  {
    what: 'refreshes of the tree a second, every row changing',
    ...{ limit: 10, unit: '/ s', values: ({ refreshesPerSecond }) => refreshesPerSecond },
  },
];

export interface Outcome {
  readonly what: string;
  readonly sessions: number;
  readonly limit: number;
  readonly unit: string;
  readonly values: readonly number[];
  readonly median: number;
  readonly spread: number;
  readonly verdict: Verdict;
}

export function outcomesOf({
  figures,
  plan,
  vscode,
}: Pick<BenchReport, 'figures' | 'plan' | 'vscode'>): Outcome[] {
  const outcomes = GOALS.flatMap((goal) =>
    plan.sizes
      .filter((size) => goal.sessions === undefined || goal.sessions === size)
      .map((sessions) => {
        const of = (name: Figures['name']) =>
          figures.find((each) => each.name === name && each.sessions === sessions)!;
        return judged(goal, sessions, goal.values(of('core'), of('phoenix + Map'), of('realtime-js + Map')));
      }),
  );
  const inVSCode = vscode && VSCODE_GOALS.map((goal) => judged(goal, vscode.sessions, goal.values(vscode)));
  return [...outcomes, ...(inVSCode ?? [])];
}

function judged(
  { what, limit, unit }: Pick<Goal, 'what' | 'limit' | 'unit'>,
  sessions: number,
  values: readonly number[],
): Outcome {
  return {
    ...{ what, sessions, limit, unit, values },
    ...{ median: median(values), spread: spread(values), verdict: verdictOf(values, limit) },
  };
}
