import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { checkHistories, describeViolation } from './checkHistories';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    shards: { type: 'string', default: '2' },
    generation: { type: 'string', default: '1' },
  },
});

const runs = Number(values.runs);
const generation = values.generation === '3' ? '3' : '1';
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const shards = values.path === undefined ? Math.min(Number(values.shards), runs) : 1;

if (shards > 1) void runShards();
else void runHere();

async function runHere(): Promise<void> {
  const check = await checkHistories({ runs, seed, generation, ...(values.path && { path: values.path }) });
  const { requests, allowed } = check.peakRequests;
  if (check.violation) {
    console.log(await describeViolation(check.violation, { generation }));
    process.exitCode = 1;
    return;
  }
  console.log(`seed ${seed}: at most ${requests} of ${allowed} requests a minute`);
  console.log(`${check.runs} runs, 0 violations`);
}

/** Each shard is a process of its own with a seed of its own; the first violation ends them all. */
async function runShards(): Promise<void> {
  const started = performance.now();
  const script = process.argv[1]!;
  const children = Array.from({ length: shards }, (_, shard) => {
    const share = Math.floor(runs / shards) + (shard < runs % shards ? 1 : 0);
    const args = ['--runs', String(share), '--seed', String((seed + shard * 7_919) % 2 ** 31)];
    return spawn(
      process.execPath,
      ['--import', 'tsx', script, ...args, '--generation', generation, '--shards', '1'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
  });
  const failures: string[] = [];
  await Promise.all(
    children.map(async (child) => {
      let output = '';
      child.stdout.on('data', (data: Buffer) => (output += data.toString()));
      const code = await new Promise((resolve) => child.on('close', resolve));
      if (failures.length > 0) return;
      if (code === 0) {
        console.log(output.trimEnd().split('\n').slice(0, -1).join('\n'));
        return;
      }
      failures.push(output.trimEnd());
      children.forEach((each) => each.kill());
    }),
  );
  if (failures.length > 0) {
    console.log(failures[0]);
    process.exitCode = 1;
    return;
  }
  console.log(`seed ${seed}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  console.log(`${runs} runs, 0 violations`);
}
