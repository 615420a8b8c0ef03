const TICK_MS = 2;

/**
 * How long the event loop was held at once. A gap counts only as far as this process computed in it: what else runs
 * on the machine is not its stall.
 */
export class StallMeter {
  worstMs = 0;
  worstHeapBytes = 0;
  private last = performance.now();
  private cpu = process.cpuUsage();
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
    this.cpu = process.cpuUsage();
    return result;
  }

  private look(): void {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.cpu);
    this.worstMs = Math.max(this.worstMs, Math.min(now - this.last, (user + system) / 1000));
    this.worstHeapBytes = Math.max(this.worstHeapBytes, process.memoryUsage().heapUsed);
    this.last = now;
    this.cpu = process.cpuUsage();
  }
}
