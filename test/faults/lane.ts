import type { Socket } from 'node:net';
import { Pauses } from './pauses';

export interface LaneRules {
  delayMs(): number;
  bytesPerSecond(): number | undefined;
  swallows(): boolean;
  /** How many bytes of this chunk pass before the connection is cut; undefined where it passes whole. */
  cutWithin(length: number): number | undefined;
  /** Longest wait for another connection to pass, and what ends it sooner. */
  hold(): { ms: number; arm: (end: () => void) => void } | undefined;
  passed(): void;
  cut(): void;
}

const QUEUE_LIMIT_BYTES = 1024 * 1024;
const SLICES_PER_SECOND = 50;

/** One direction of one connection: what went in first comes out first, whatever the faults. */
export class Lane {
  private readonly queue: { chunk: Buffer | 'end'; dueAt: number }[] = [];
  private readonly pauses = new Pauses();
  private queuedBytes = 0;
  private running = false;
  private closed = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly rules: LaneRules,
  ) {
    to.on('drain', () => this.resume());
  }

  take(chunk: Buffer | 'end'): void {
    if (this.closed || this.rules.swallows()) return;
    this.queue.push({ chunk, dueAt: performance.now() + this.rules.delayMs() });
    if (chunk !== 'end') this.queuedBytes += chunk.length;
    if (this.queuedBytes > QUEUE_LIMIT_BYTES) this.from.pause();
    if (!this.running) void this.run();
  }

  close(): void {
    this.closed = true;
    this.queue.length = 0;
    this.pauses.end();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let item = this.queue.shift(); item; item = this.queue.shift()) {
      const wait = item.dueAt - performance.now();
      if (wait > 0) await this.pauses.pause(wait);
      const hold = this.rules.hold();
      if (hold) await this.pauses.pause(hold.ms, hold.arm);
      if (item.chunk === 'end') {
        if (!this.silent()) this.to.end();
        continue;
      }
      this.queuedBytes -= item.chunk.length;
      await this.pass(item.chunk);
    }
    this.running = false;
  }

  private async pass(chunk: Buffer): Promise<void> {
    const cutAt = this.silent() ? undefined : this.rules.cutWithin(chunk.length);
    let rest = cutAt === undefined ? chunk : chunk.subarray(0, cutAt);
    for (let rate = this.rules.bytesPerSecond(); rate !== undefined; rate = this.rules.bytesPerSecond()) {
      const size = Math.max(1, Math.round(rate / SLICES_PER_SECOND));
      if (this.silent() || rest.length === 0) break;
      this.write(rest.subarray(0, size));
      await this.pauses.pause((1000 * Math.min(size, rest.length)) / rate);
      rest = rest.subarray(size);
    }
    if (rest.length > 0) this.write(rest);
    if (this.silent()) return;
    if (cutAt !== undefined) this.rules.cut();
    else this.rules.passed();
    this.resume();
  }

  private write(chunk: Buffer): void {
    if (!this.silent() && !this.to.write(chunk)) this.from.pause();
  }

  private resume(): void {
    if (this.queuedBytes <= QUEUE_LIMIT_BYTES && !this.to.writableNeedDrain) this.from.resume();
  }

  private silent(): boolean {
    return this.closed || this.rules.swallows() || this.to.destroyed;
  }
}
