import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GENERATIONS } from './backend/generations/generations';
import { keepTrace, scanTraces } from './traces';

/**
 * `npm test`: every check and every suite; the last line is `N passed, N failed`. `--every-generation`, which is
 * `npm run test:all`: every path of the model, chaos and simulation at length with a server of each generation, and
 * what users see in other languages and themes, and in the oldest VS Code.
 */

interface Count {
  passed: number;
  failed: number;
}

const CHECKS: [name: string, ...command: string[]][] = [
  ['lint and dependency rules', 'eslint', '.'],
  ['types', 'tsc', '--noEmit'],
  ['types of the page of a session', 'tsc', '--noEmit', '-p', 'src/sessionView/page'],
  ['types of the page of the connection', 'tsc', '--noEmit', '-p', 'src/connectionView/page'],
  ['nothing unused', 'knip'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
];

/** What measures how long the event loop was held, and real VS Code, run alone: timings are part of what they check. */
const SUITES: [name: string, projects: string[], ...options: string[]][] = [
  ['unit', ['unit', 'backend'], '--maxWorkers=2', '--pool=threads'],
  ['model and integration, four at a time', ['core*'], '--maxWorkers=4', '--no-isolate'],
  ['stalls and hostile servers', ['stalls', 'hostile'], '--maxWorkers=1'],
  ['real VS Code', ['e2e'], '--maxWorkers=1'],
  ['real VS Code, two at a time', ['e2e-side-by-side'], '--maxWorkers=2'],
];

const EVERY_GENERATION = process.argv.includes('--every-generation');
/** What is slow to show in a real VS Code: languages, themes, each action of the tree, a step that is run, `npm start`. */
const LONG_SUITES: typeof SUITES = [
  ['real VS Code at length, two at a time', ['e2e-long'], '--maxWorkers=2'],
  ['the oldest VS Code', ['e2e-oldest'], '--maxWorkers=1'],
  ['the oldest VS Code, two at a time', ['e2e-oldest-side-by-side'], '--maxWorkers=2'],
  ['the bench', ['bench'], '--maxWorkers=1'],
];
const SIMULATED = ['1', '3'];

function runsOfGenerations(): typeof CHECKS {
  return [
    ...Object.keys(GENERATIONS).map((generation): (typeof CHECKS)[number] => [
      `chaos, generation ${generation}`,
      ...['tsx', 'test/chaos/chaos.ts', '--minutes', '1', '--seed', '5', '--generation', generation],
    ]),
    ...SIMULATED.map((generation): (typeof CHECKS)[number] => [
      `simulation, generation ${generation}`,
      ...['tsx', 'test/simulation/simulate.ts', '--runs', '4000', '--generation', generation],
    ]),
  ];
}

async function main(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'codemyspec-test-'));
  const traces = join(scratch, 'traces');
  process.env.CODEMYSPEC_TRACES = traces;
  if (EVERY_GENERATION) process.env.CODEMYSPEC_EVERY_GENERATION = 'yes';
  const total: Count = { passed: 0, failed: 0 };
  const add = (count: Count) => {
    total.passed += count.passed;
    total.failed += count.failed;
  };
  const waiting = [...CHECKS];
  const checkOneByOne = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) add(await passes(check));
  };
  await Promise.all([checkOneByOne(), checkOneByOne()]);
  for (const [name, projects, ...options] of [...SUITES, ...(EVERY_GENERATION ? LONG_SUITES : [])]) {
    console.log(`\n— ${name}`);
    const report = join(scratch, `${projects[0]}.json`);
    const code = await run([
      'vitest',
      'run',
      ...projects.map((project) => `--project=${project}`),
      ...options,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    add(await countOf(report, code));
  }
  for (const each of EVERY_GENERATION ? runsOfGenerations() : []) {
    add(await passes(each));
  }
  console.log('\n— no secret in anything that was written');
  const { secrets, bytes, leaks } = scanTraces(traces);
  for (const leak of leaks) console.log(`LEAK ${leak}`);
  console.log(
    `${secrets} secrets, ${Math.round(bytes / 1024)} kB of logs, errors and messages, ${leaks.length} leaks`,
  );
  add(secrets > 0 && bytes > 0 && leaks.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  await rm(scratch, { recursive: true, force: true });
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
}

async function passes([name, ...command]: (typeof CHECKS)[number]): Promise<Count> {
  const code = await run(command);
  console.log(`— ${name}: ${code === 0 ? 'passed' : 'FAILED'}`);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A run that failed without a failing test (a crash, an unhandled rejection) counts as one failure. */
async function countOf(report: string, code: number): Promise<Count> {
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(
      await readFile(report, 'utf8'),
    ) as Record<'numPassedTests' | 'numFailedTests' | 'numFailedTestSuites', number>;
    const failed = Math.max(numFailedTests, numFailedTestSuites > 0 || code !== 0 ? 1 : 0);
    return { passed: numPassedTests, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function run([command, ...args]: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('npx', ['--no-install', command ?? '', ...args], {
      stdio: ['inherit', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.on('data', (data: Buffer) => {
        to.write(data);
        keepTrace(data.toString());
      });
    }
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

void main();
