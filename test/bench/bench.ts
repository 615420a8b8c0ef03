import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { outcomesOf } from './benchGoals';
import { asMarkdown, asText, benchTables, machineLine } from './benchTables';
import { FULL, QUICK, runBench, type BenchReport } from './runBench';

/** `npm run bench`: this core beside what else one would follow sessions with; ends with 1 where a goal is missed. */

const README = join(import.meta.dirname, '../../README.md');
const BURST_S = 4;
const WRITTEN = /(?<=<!-- bench -->\n)[\s\S]*(?=<!-- \/bench -->)/;

void main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      /** A real VS Code too. */
      vscode: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      sizes: { type: 'string' },
      /** A folder for a CPU profile of this core, which then runs alone. */
      profile: { type: 'string' },
    },
  });
  const plan = values.quick ? QUICK : FULL;
  const { rounds = plan.rounds, sizes = plan.sizes } = {
    ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
    ...(values.sizes !== undefined && { sizes: values.sizes.split(',').map(Number) }),
  };
  const note = (line: string) => console.error(line);
  const figures = await runBench({ plan: { ...plan, rounds, sizes }, note, profileFolder: values.profile });
  if (values.profile !== undefined) return;
  const report: BenchReport = values.vscode
    ? {
        ...figures,
        vscode: await (await import('./vscodeBench')).runVSCodeBench({ rounds, seconds: BURST_S, note }),
      }
    : figures;
  const goals = outcomesOf(report);
  if (values.json) console.log(JSON.stringify({ ...report, goals }));
  else console.log([machineLine(report), ...benchTables(report).map(asText)].join('\n\n'));
  if (values.readme) await writeReadme(report);
  process.exitCode = goals.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}

async function writeReadme(report: BenchReport): Promise<void> {
  const text = await readFile(README, 'utf8');
  if (!WRITTEN.test(text)) throw new Error('README.md has no place for the tables of the bench');
  const tables = [machineLine(report), ...benchTables(report).map(asMarkdown)].join('\n\n');
  const written = text.replace(WRITTEN, () => `\n${tables}\n\n`);
  await writeFile(README, await format(written, { ...(await resolveConfig(README)), filepath: README }));
}
