import { parseArgs } from 'node:util';
import { generationNamed } from '../backend/generations/generations';
import { chaosTable } from './chaosTable';
import { growth, runReconnects } from './reconnects';
import { runChaos } from './runChaos';

void main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      worlds: { type: 'string', default: '4' },
      generation: { type: 'string' },
      reconnects: { type: 'string' },
    },
  });
  if (values.reconnects !== undefined) {
    const rows = await runReconnects(Number(values.reconnects));
    console.table(rows);
    const grown = growth(rows);
    for (const line of grown) console.log(line);
    console.log(`${values.reconnects} reconnects, ${grown.length} violations`);
    process.exitCode = grown.length === 0 ? 0 : 1;
    return;
  }
  const report = await runChaos({
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    worlds: Number(values.worlds),
    generation: values.generation === undefined ? undefined : generationNamed(values.generation),
  });
  console.log(chaosTable(report));
  process.exitCode = report.violations.length === 0 ? 0 : 1;
}
