import { parseArgs } from 'node:util';
import type { HostileInput } from './hostileInput';
import { describeFailure, hostileTable } from './hostileTable';
import { failuresOf, runHostile } from './runHostile';

void main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      hosts: { type: 'string', default: '5' },
      /** A part of the names of templates. */
      only: { type: 'string', default: '' },
      /** One input, as a failure prints it. */
      input: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const startedAt = performance.now();
  const outcomes = await runHostile({
    inputs: Number(values.inputs),
    seed: Number(values.seed),
    hosts: Number(values.hosts),
    only: values.only,
    ...(values.input !== undefined && { input: JSON.parse(values.input) as HostileInput }),
    onOutcome: (outcome) => {
      const failed = failuresOf(outcome).length > 0;
      const { input, ending, stallMs, heapMb, sockets, requests, ms } = outcome;
      if (failed) console.log(describeFailure(outcome));
      else if (values.verbose) {
        const figures = `${stallMs} ms, ${heapMb} MB, ${sockets} sockets, ${requests} requests, ${ms} ms in all`;
        console.log(`${JSON.stringify(input)}: ${ending}; ${figures}`);
      }
    },
  });
  console.log(hostileTable(outcomes));
  const endings = new Map<string, number>();
  for (const { ending } of outcomes) endings.set(ending, (endings.get(ending) ?? 0) + 1);
  for (const [ending, count] of [...endings].sort((a, b) => b[1] - a[1]).slice(0, 20)) {
    console.log(`${String(count).padStart(5)}  ${ending}`);
  }
  console.log(`seed ${values.seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  process.exitCode = outcomes.every((outcome) => failuresOf(outcome).length === 0) ? 0 : 1;
}
