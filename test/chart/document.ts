import { readFileSync, writeFileSync } from 'node:fs';
import { mermaidChart } from './chart';
import { CHART_FILE, stateChart } from './stateChart';
import { outcomeIn, REGIONS, type Region } from './transitionTable';

const FILE = 'machines/README.md';

/** machines/README.md as it should be: its prose, with the chart of the machine as it is and the tables as decided. */
export function documented(): { is: string; shouldBe: string } {
  const is = readFileSync(FILE, 'utf8');
  const between = (text: string, name: string, content: string) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
      (_all, open: string, close: string) => `${open}\n\n${content}\n\n${close}`,
    );
  const withChart = between(is, 'chart', `\`\`\`mermaid\n${mermaidChart()}\n\`\`\``);
  return { is, shouldBe: between(withChart, 'tables', markdownTables()) };
}

function markdownTables(): string {
  const reasons: string[] = [];
  const noteOn = (reason: string): number => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return reasons.indexOf(reason) + 1;
  };
  const cell = (outcome: string) =>
    outcome.startsWith('· ') ? `· <sup>${noteOn(outcome.slice(2))}</sup>` : outcome.replaceAll(' | ', '<br>');
  const tables = REGIONS.map(({ title, states, table }: Region) =>
    [
      `**${title}**`,
      '',
      `| | ${states.map((state) => `\`${state}\``).join(' | ')} |`,
      `|---|${states.map(() => '---|').join('')}`,
      ...Object.entries(table)
        .map(([event, row]) => [event, ...states.map((state) => outcomeIn(row, state))] as const)
        .filter(([, ...outcomes]) => outcomes.some((outcome) => outcome !== '–'))
        .map(([event, ...outcomes]) => `| \`${event}\` | ${outcomes.map(cell).join(' | ')} |`),
      '',
    ].join('\n'),
  );
  return [
    '`→` moves to, `stays` takes note and stays, `–` cannot happen because what would report it does not run (nor can an',
    'event without a row, or it is the other region’s alone), `·` is ignored for the reason below. A `server.refused` that stays is followed by',
    '`snapshot.failed`, a `refresh` that stays by `reconnect`. Timers are in the chart. Decided in test/chart/transitionTable.ts.',
    '',
    ...tables,
    ...reasons.map((reason, index) => `${index + 1}. ${reason}`),
  ].join('\n');
}

/** `npm run chart` */
if (require.main === module) {
  writeFileSync(FILE, documented().shouldBe);
  writeFileSync(CHART_FILE, stateChart());
}
