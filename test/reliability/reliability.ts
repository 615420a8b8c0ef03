import { fullJitterMs } from '../../machines/delays';
import { startBackend, type Backend } from '../backend/backend';
import { HeadlessCore } from './headlessCore';

/** `npm run reliability`: the README's reliability table, measured on the core in processes of its own. */

const DROPS = 60;
const CORES = 4;
const SLEEP_MS = 8_000;
const POLLS = 2;

interface Figures {
  readonly what: string;
  readonly goal: string;
  readonly measured: readonly number[];
}

async function main(): Promise<void> {
  const figures = [
    ...(await measure('drops', drops)),
    ...(await measure('sleep', sleep)),
    ...(await measure('half-open links', halfOpen)),
    ...(await measure('fallback and polls', fallback)),
  ];
  console.log('\n| what | goal | measured |\n|---|---|---|');
  for (const { what, goal, measured } of figures) console.log(`| ${what} | ${goal} | ${summary(measured)} |`);
  console.log(`| backoff | full jitter, 250 ms … 30 s | ${backoff()} |`);
}

async function measure(name: string, run: (backend: Backend, cores: HeadlessCore[]) => Promise<Figures[]>) {
  console.log(`measuring ${name}…`);
  const backend = await startBackend();
  backend.control.bulk(20);
  const cores = Array.from({ length: CORES }, () => new HeadlessCore(backend.url, backend.issueToken()));
  await Promise.all(cores.map((core) => core.reached('connected.live')));
  try {
    return await run(backend, cores);
  } finally {
    await Promise.all(cores.map((core) => core.quit()));
    await backend.stop();
  }
}

async function drops(backend: Backend, cores: HeadlessCore[]): Promise<Figures[]> {
  const measured: number[] = [];
  for (let n = 0; n < DROPS / CORES; n += 1) {
    const lostAt = Date.now();
    if (n % 2 === 0) backend.control.dropSockets();
    else backend.control.crashChannel(1);
    await Promise.all(cores.map((core) => core.reached('reconnecting', lostAt)));
    const live = await Promise.all(cores.map((core) => core.reached('connected.live', lostAt)));
    measured.push(...live.map((at) => at - lostAt));
    // A join that held resets the backoff: each drop is a first one.
    await pause(10_500);
  }
  return [
    {
      what: 'link lost, server reachable → live and synced again',
      goal: 'median ≤ 0.5 s, worst ≤ 2 s',
      measured,
    },
  ];
}

/** Links that died meanwhile: one that still answers is kept. */
async function sleep(backend: Backend, cores: HeadlessCore[]): Promise<Figures[]> {
  cores.forEach((core) => core.freeze(true));
  backend.control.muteSockets(true);
  await pause(SLEEP_MS);
  const wokenAt = Date.now();
  cores.forEach((core) => core.freeze(false));
  const noticed = await Promise.all(cores.map((core) => core.reached('reconnecting', wokenAt)));
  backend.control.muteSockets(false);
  const live = await Promise.all(cores.map((core) => core.reached('connected.live', wokenAt)));
  return [
    { what: 'after sleep: noticed', goal: '≤ 3 s', measured: noticed.map((at) => at - wokenAt) },
    { what: 'after sleep: live and synced again', goal: '', measured: live.map((at) => at - wokenAt) },
  ];
}

async function halfOpen(backend: Backend, cores: HeadlessCore[]): Promise<Figures[]> {
  const silentAt = Date.now();
  backend.control.muteSockets(true);
  const noticed = await Promise.all(cores.map((core) => core.reached('reconnecting', silentAt)));
  return [{ what: 'half-open link noticed', goal: '≤ 20 s', measured: noticed.map((at) => at - silentAt) }];
}

async function fallback(backend: Backend, cores: HeadlessCore[]): Promise<Figures[]> {
  const lostAt = Date.now();
  backend.control.refuseUpgrades(true);
  backend.control.dropSockets();
  const polled = await Promise.all(cores.map((core) => core.reached('polling.fresh', lostAt)));
  const intervals: number[] = [];
  let last = polled;
  for (let n = 0; n < POLLS; n += 1) {
    const next = await Promise.all(
      cores.map((core, index) => core.reached('polling.refreshing', last[index]! + 1_000)),
    );
    intervals.push(...next.map((at, index) => at - last[index]!));
    last = next;
  }
  return [
    {
      what: 'join fails → polled list shown',
      goal: '≤ 5 s after the loss',
      measured: polled.map((at) => at - lostAt),
    },
    { what: 'poll interval, in the foreground', goal: '15 s ± 20 %', measured: intervals },
  ];
}

function backoff(): string {
  const waits = [0, 1, 4, 7, 20].map((attempt) => {
    const sample = Array.from({ length: 10_000 }, () => fullJitterMs(attempt, Math.random)).sort(
      (a, b) => a - b,
    );
    return `${seconds(sample[0]!)}–${seconds(sample.at(-1)!)} (n = ${attempt})`;
  });
  return waits.join(', ');
}

function summary(measured: readonly number[]): string {
  const sorted = [...measured].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return `median ${seconds(median)}, worst ${seconds(sorted.at(-1)!)}, n = ${sorted.length}`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

void main();
