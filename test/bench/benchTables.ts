import { outcomesOf } from './benchGoals';
import { median, ratios, spread } from './benchStatistics';
import type { BenchReport, Figures } from './runBench';
import type { VSCodeFigures } from './vscodeBench';

/** What a run found, as tables: the first row of each has its headings. */
export interface BenchTable {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

const HEAP_OF = 10_000;

export function benchTables(report: BenchReport): BenchTable[] {
  const { figures, plan, vscode } = report;
  const names = [...new Set(figures.map(({ name }) => name))];
  const of = (name: string, size: number) =>
    figures.find((each) => each.name === name && each.sessions === size)!;
  const bySize = (what: string, show: (figures: Figures) => string, sizes = plan.sizes) =>
    sizes.map((size) => [what, count(size), ...names.map((name) => show(of(name, size)))]);
  const [least, most] = [Math.min(...plan.sizes), Math.max(...plan.sizes)];
  /** Between the least and the most sessions: what the libraries take is no part of it. */
  const heapOf = (name: string, field: 'listedMb' | 'updatedMb') =>
    of(name, most)[field].map(
      (mb, round) => ((mb - of(name, least)[field][round]!) / (most - least)) * HEAP_OF,
    );
  const heap = (what: string, field: 'listedMb' | 'updatedMb') => [
    ...[`heap of ${count(HEAP_OF)} sessions, ${what}`, ''],
    ...names.map((name) => measured(heapOf(name, field), 'MB')),
  ];

  return [
    {
      title: 'Side by side',
      rows: [
        ['', 'sessions', ...names.map((name) => LABELS[name])],
        ...bySize('CPU an event, of that of phoenix.js with a Map', (each) =>
          measured(ratios(each.cpuUs, of('phoenix + Map', each.sessions).cpuUs), '×'),
        ),
        ...bySize('CPU an event', ({ cpuUs }) => measured(cpuUs, 'µs')),
        ...bySize('events a second', ({ eventsPerSecond }) => count(thousands(median(eventsPerSecond)))),
        ...Object.keys(plan.secondsAt).flatMap((rate) =>
          bySize(`to the subscriber at ${count(Number(rate))} a second, p50 and p99`, ({ latencyMs }) => {
            const { p50, p99 } = latencyMs[Number(rate)]!;
            return `${measured(p50, '')}, ${measured(p99, 'ms')}`;
          }),
        ),
        ...(most > least ? [heap('listed', 'listedMb'), heap('each updated', 'updatedMb')] : []),
        ...bySize('from the start to the first row', ({ firstRowMs }) => measured(firstRowMs, 'ms'), [most]),
        ...bySize('from the start to live', ({ liveMs }) => measured(liveMs, 'ms'), [most]),
        ...bySize('longest stall meanwhile', ({ stallMs }) => measured(stallMs, 'ms'), [most]),
      ],
    },
    {
      title: 'This core alone',
      rows: [
        [
          'sessions',
          ...plan.subscribers.map((each) => `CPU an event, ${each} subscriber${each > 1 ? 's' : ''}`),
          'connection cut → live',
          'worst',
        ],
        ...plan.sizes.map((size) => {
          const { cpuUsBySubscribers, reconnectMs } = of('core', size);
          return [
            count(size),
            ...plan.subscribers.map((each) => measured(cpuUsBySubscribers[each]!, 'µs')),
            measured(reconnectMs, 'ms'),
            `${Math.max(...reconnectMs).toFixed(0)} ms`,
          ];
        }),
      ],
    },
    ...(vscode ? [vscodeTable(vscode)] : []),
    {
      title: 'Goals',
      rows: [
        ['goal', 'sessions', 'at most', 'measured', ''],
        ...outcomesOf(report).map(({ what, sessions, limit, unit, values, verdict }) => [
          ...[what, count(sessions), withUnit(String(limit), unit), measured(values, unit), verdict],
        ]),
      ],
    },
  ];
}

function vscodeTable({ sessions, eventsPerSecond, ...figures }: VSCodeFigures): BenchTable {
  return {
    title: 'In VS Code',
    rows: [
      ['', 'measured'],
      ['to load and activate', measured(figures.activationMs, 'ms')],
      ['that and its wait for a turn, as VS Code shows it', measured(figures.shownActivationMs, 'ms')],
      [
        `refreshes of the tree a second, ${count(sessions)} sessions, ${count(eventsPerSecond)} changes a second`,
        measured(figures.refreshesPerSecond, ''),
      ],
      ['CPU of the extension host meanwhile, of a core', measured(figures.hostCpu, '')],
    ],
  };
}

export function machineLine({ machine, plan }: BenchReport): string {
  const { cpu, cores, node } = machine;
  return `${cpu}, ${cores} cores, Node ${node.slice(1)}; medians of ${plan.rounds} rounds ± half of what they differ.`;
}

/** For a terminal. */
export function asText({ title, rows }: BenchTable): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return [title, ...lines].map((line) => line.trimEnd()).join('\n');
}

export function asMarkdown({ rows }: BenchTable): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const [headings = [], ...rest] = rows;
  return [line(headings), line(headings.map(() => '---')), ...rest.map(line)].join('\n');
}

const LABELS: Record<Figures['name'], string> = {
  core: 'this core',
  phoenix: 'phoenix.js, nothing held',
  'phoenix + Map': 'phoenix.js with a Map',
  'realtime-js + Map': 'realtime-js with a Map',
};

function measured(values: readonly number[], unit: string): string {
  if (values.length === 0 || !Number.isFinite(median(values))) return '';
  const digits = digitsOf(median(values));
  const noise = values.length > 1 ? ` ± ${spread(values).toFixed(digits)}` : '';
  return withUnit(`${median(values).toFixed(digits)}${noise}`, unit);
}

const withUnit = (text: string, unit: string) => (unit === '' ? text : `${text} ${unit}`);
const digitsOf = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
const thousands = (value: number) => Math.round(value / 1_000) * 1_000;
const count = (value: number) => value.toLocaleString('en-US');
