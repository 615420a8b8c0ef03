import { startStallMeter } from '../stalls/stallMeter';
import { answerParent, machineNow } from './childProcess';
import { CONTENDERS, type ContenderName } from './contenders';

/** One contender in a process of its own, that measures itself. */

export type ContenderProcess = typeof answers;

export interface Run {
  /** Of the process, its threads included. */
  readonly cpuUs: number;
  readonly seconds: number;
  /** From the sending to the subscriber, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

const [, , name = 'core', url = ''] = process.argv;
const contender = CONTENDERS[name as ContenderName](url, take, () => (rowsAt ??= machineNow()));
let rowsAt: number | undefined;
let run:
  { last: number; seen: number; firstAt: number; latencies: Float64Array; end: () => void } | undefined;
let result: Promise<Run>;

const answers = {
  async start() {
    const [heapBefore, beganAt, stall] = [heapMb(), machineNow(), startStallMeter()];
    await contender.start();
    const liveMs = machineNow() - beganAt;
    const stallMs = stall();
    return {
      ...{ liveMs, stallMs, firstRowMs: rowsAt && rowsAt - beganAt },
      ...{ heapBeforeMb: heapBefore, heapMb: heapMb() },
    };
  },
  /** Of the updates that are sent from now on, until the one with that number. */
  expect({ last, count }: { last: number; count: number }): void {
    result = new Promise((resolve) => {
      const latencies = new Float64Array(count);
      const cpu = process.cpuUsage();
      const end = () => {
        const { user, system } = process.cpuUsage(cpu);
        const { seen, firstAt } = run!;
        run = undefined;
        const seconds = (machineNow() - firstAt) / 1000;
        const sorted = latencies.subarray(0, seen).sort();
        const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
        resolve({ cpuUs: user + system, seconds, p50: at(0.5), p99: at(0.99), worst: at(1) });
      };
      run = { last, seen: 0, firstAt: NaN, latencies, end };
    });
  },
  result: (): Promise<Run> => result,
  heap: heapMb,
  /** The sum of the numbers of the last updates of all that it holds; undefined where it holds nothing. */
  heldSum: () => contender.held()?.reduce((sum, { state }) => sum + state.n, 0),
  subscribe: (more: number): void => contender.subscribe?.(more),
  /** When it was live again. */
  liveAgain: () => contender.liveAgain!().then(machineNow),
};

function take({ n, sent_ms }: { n: number; sent_ms: number }): void {
  if (!run) return;
  const now = machineNow();
  if (run.seen === 0) run.firstAt = now;
  run.latencies[run.seen] = now - sent_ms;
  run.seen += 1;
  if (n === run.last) run.end();
}

function heapMb(): number {
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage().heapUsed / 1e6;
}

answerParent(answers);
