import { parseArgs } from 'node:util';
import { outcomesOf } from './benchGoals';
import { FULL, QUICK, runBench } from './runBench';

void main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      sizes: { type: 'string' },
    },
  });
  const plan = values.quick ? QUICK : FULL;
  const report = await runBench(
    {
      ...plan,
      ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
      ...(values.sizes !== undefined && { sizes: values.sizes.split(',').map(Number) }),
    },
    (line) => console.error(line),
  );
  const goals = outcomesOf(report);
  if (values.json) console.log(JSON.stringify({ ...report, goals }));
  process.exitCode = goals.some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}
