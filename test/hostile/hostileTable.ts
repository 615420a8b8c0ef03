import { machinePace } from '../machinePace';
import { failuresOf } from './runHostile';
import { GOALS, type Outcome } from './runInput';
import type { Area } from './hostileInput';
import { TEMPLATES } from './templates';

const AREAS: readonly Area[] = ['channel', 'rest', 'oauth'];

/** What a run came to, for users. */
export function hostileTable(outcomes: readonly Outcome[]): string {
  const rows = AREAS.map((area) =>
    rowOf(
      area,
      outcomes.filter(({ input }) => TEMPLATES[input.template]?.area === area),
    ),
  );
  const goals = [
    machinePace() > 1 ? `goal; stalls × ${machinePace().toFixed(2)} on this machine` : 'goal',
    '',
    `≤ ${GOALS.stallMs} ms`,
    `≤ ${GOALS.largeStallMs} ms`,
    `≤ ${GOALS.heapMb} MB`,
    `≤ ${GOALS.sockets}`,
    '0',
  ];
  const head = ['', 'inputs', 'worst stall', 'at ≥ 8 MB', 'worst heap', 'sockets in 10 s', 'failures'];
  return [head, ...rows, rowOf('all', outcomes), goals].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function rowOf(name: string, outcomes: readonly Outcome[]): string[] {
  const most = (of: readonly Outcome[], read: (outcome: Outcome) => number) => Math.max(0, ...of.map(read));
  const large = (outcome: Outcome) => outcome.stallGoalMs > GOALS.stallMs;
  return [
    name,
    String(outcomes.length),
    `${most(
      outcomes.filter((outcome) => !large(outcome)),
      ({ stallMs }) => stallMs,
    )} ms`,
    `${most(outcomes.filter(large), ({ stallMs }) => stallMs)} ms`,
    `${most(outcomes, ({ heapMb }) => heapMb)} MB`,
    String(most(outcomes, ({ sockets }) => sockets)),
    String(outcomes.filter((outcome) => failuresOf(outcome).length > 0).length),
  ];
}

/** One failure with what is needed to run it again. */
export function describeFailure(outcome: Outcome): string {
  return [JSON.stringify(outcome.input), ...failuresOf(outcome).map((line) => `  ${line}`)].join('\n');
}
