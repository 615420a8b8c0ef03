import { parseArgs } from 'node:util';
import { ours, phoenix, simulateHerd, type HerdCase } from './herdCase';

const { values } = parseArgs({ options: { clients: { type: 'string', default: '10000' } } });
const clients = Number(values.clients);
const acceptsPerSecond = Math.ceil(clients / 20);

const cases: (HerdCase & { name: string })[] = [
  ...[0, 2, 10, 30].flatMap((seconds) =>
    [true, false].map((planned) => ({
      name: `${planned ? 'restarts' : 'is cut off'}, back after ${seconds} s`,
      clients,
      planned,
      downMs: seconds * 1_000,
    })),
  ),
  {
    name: `restarts, back after 2 s, accepts ${acceptsPerSecond} a second`,
    ...{ clients, planned: true, downMs: 2_000, acceptsPerSecond },
  },
];

const count = (value: number) => value.toLocaleString('en');
const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${(ms / 1000).toFixed(1)} s`);
const COLUMNS = [
  'server',
  'client',
  'peak in 1 s',
  'in 0.1 s',
  'in 1 s once back',
  'attempts',
  'joins in 1 s',
  'lists in 1 s',
  'once back',
  'half back',
  'all back',
];
const row = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);

console.log(`${count(clients)} clients lose their links at once. Peaks are of connection attempts.\n`);
row(COLUMNS);
row(COLUMNS.map((_, index) => (index < 2 ? '---' : '---:')));
for (const { name, ...herd } of cases) {
  for (const [client, schedule] of [
    ['this extension', ours],
    ['phoenix.js alone', phoenix],
  ] as const) {
    const outcome = simulateHerd(herd, schedule);
    const { peak, peakOfTenth, peakOnceBack, attempts, halfBackMs, allBackMs } = outcome;
    const { peakJoins, peakLists, peakListsOnceBack } = outcome;
    const counts = [peak, peakOfTenth, peakOnceBack, attempts, peakJoins, peakLists, peakListsOnceBack].map(
      count,
    );
    row([name, client, ...counts, seconds(halfBackMs), seconds(allBackMs)]);
  }
}
