import { readFileSync, writeFileSync } from 'node:fs';
import { EVENTS, mermaidChart } from './chart';
import { markdownTables } from './decisions';

const FILE = 'machines/README.md';

/** machines/README.md as it should be: its prose, with the chart and the tables of the machine as it is now. */
export function documented(): { is: string; shouldBe: string } {
  const is = readFileSync(FILE, 'utf8');
  const between = (text: string, name: string, content: string) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
      (_all, open: string, close: string) => `${open}\n\n${content}\n\n${close}`,
    );
  const withChart = between(is, 'chart', `\`\`\`mermaid\n${mermaidChart()}\n\`\`\``);
  return { is, shouldBe: between(withChart, 'tables', markdownTables(EVENTS)) };
}

/** `npm run chart` */
if (require.main === module) writeFileSync(FILE, documented().shouldBe);
