import { openSync, readSync } from 'node:fs';

const TICK_MS = 2;

/**
 * How long the event loop was held at once. A gap counts only as far as this process computed in it: what else runs
 * on the machine is not its stall.
 */
export class StallMeter {
  worstMs = 0;
  worstHeapBytes = 0;
  private last = performance.now();
  private computed = computedMs();
  private readonly timer = setInterval(() => this.look(), TICK_MS);

  end(): void {
    this.look();
    clearInterval(this.timer);
  }

  /** Runs what is the measurement's own and not the core's. */
  without<T>(run: () => T): T {
    this.look();
    const result = run();
    this.last = performance.now();
    this.computed = computedMs();
    return result;
  }

  private look(): void {
    const [now, computed] = [performance.now(), computedMs()];
    this.worstMs = Math.max(this.worstMs, Math.min(now - this.last, computed - this.computed));
    this.worstHeapBytes = Math.max(this.worstHeapBytes, process.memoryUsage().heapUsed);
    this.last = now;
    this.computed = computed;
  }
}

const schedule = openSchedule();
const figures = Buffer.alloc(64);

/** What the thread of the event loop has computed; where only the whole process tells, that. */
function computedMs(): number {
  if (schedule === undefined) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  const length = readSync(schedule, figures, 0, figures.length, 0);
  return Number(figures.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
}

function openSchedule(): number | undefined {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return undefined;
  }
}
