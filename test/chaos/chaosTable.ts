import type { Recovery } from './chaosPhases';
import type { ChaosReport } from './runChaos';

const CLASSES: readonly [Recovery['faultClass'], string][] = [
  ['lost', 'link lost, server reachable, joined for 10 s before'],
  ['lostAgain', 'link lost again within 10 s, server reachable'],
  ['outage', 'server or a way to it away for a while'],
  ['halfOpen', 'half-open link'],
  ['other', 'slow, malformed, reordered, another project'],
];

/** The report for a terminal; the last line says how many violations there were. */
export function chaosTable(report: ChaosReport): string {
  const { faults, faultCount, reconnects, recoveries, peakHeapMb, listeners, peakPerMinute, violations } =
    report;
  const kinds = Object.entries(faults).sort(([a], [b]) => a.localeCompare(b));
  return [
    'faults',
    ...kinds.map(([name, count]) => row(name, String(count))),
    'fault end to live and equal',
    ...CLASSES.map(([faultClass, words]) => {
      return row(words, summary(recoveries.filter((each) => each.faultClass === faultClass)));
    }),
    'the core',
    row('reconnects', String(reconnects)),
    row('peak heap, servers included', `${peakHeapMb} MB`),
    row('listeners at start and end', `${listeners.start}, ${listeners.end}`),
    row('REST requests in the busiest minute', String(peakPerMinute.requests)),
    row('attempts in the busiest minute', String(peakPerMinute.attempts)),
    ...violations,
    `${faultCount} faults, ${violations.length} violations`,
  ].join('\n');
}

function summary(recoveries: readonly Recovery[]): string {
  const sorted = [...recoveries].sort((a, b) => a.ms - b.ms);
  const [median, worst] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  if (!median || !worst) return 'none';
  return `${sorted.length} times, median ${seconds(median.ms)}, worst ${seconds(worst.ms)} (${worst.after})`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const row = (name: string, value: string) => `  ${name.padEnd(54)} ${value}`;
