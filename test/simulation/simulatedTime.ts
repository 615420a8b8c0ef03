/** Whose turn an entry is: the world goes on while the client's machine sleeps, its timers and its input do not. */
export type Side = 'world' | 'timer' | 'input';

export interface Scheduled {
  at: number;
  seq: number;
  readonly side: Side;
  readonly run: () => void;
  cancelled: boolean;
}

/** One queue of everything that will happen, in simulated ms; also the clock that runs the machine's timers. */
export class SimulatedTime {
  now = 0;
  private readonly heap: Scheduled[] = [];
  private seq = 0;
  private wakesAt = 0;
  private fellAsleepAt = Infinity;
  private sleptMs = 0;
  private stoppedMs = 0;
  private held: Scheduled[] = [];

  readonly clock = {
    setTimeout: (run: () => void, ms: number) => this.schedule('timer', ms, run),
    clearTimeout: (id: unknown) => this.cancel(id as Scheduled | undefined),
  };

  get asleep(): boolean {
    return this.now < this.wakesAt;
  }

  /** The client's monotonic clock, which stands still in a sleep that stops it. */
  get monotonic(): number {
    return this.now - this.stoppedMs;
  }

  /** Time that the client's machine was awake. */
  get awakeMs(): number {
    return Math.min(this.now, this.fellAsleepAt) - this.sleptMs;
  }

  get awakeAt(): number {
    return Math.max(this.now, this.wakesAt);
  }

  schedule(side: Side, delayMs: number, run: () => void): Scheduled {
    const entry = { at: this.now + Math.max(0, delayMs), seq: (this.seq += 1), side, run, cancelled: false };
    this.push(entry);
    return entry;
  }

  cancel(entry: Scheduled | undefined): void {
    if (entry) entry.cancelled = true;
  }

  /** The client's machine sleeps: due timers fire late, or, where its clock stops too, later by the whole sleep. */
  sleep(ms: number, stopsClock: boolean): void {
    if (this.asleep) return;
    this.wakesAt = this.now + ms;
    this.fellAsleepAt = this.now;
    if (stopsClock) {
      this.stoppedMs += ms;
      const all = this.heap.splice(0);
      for (const entry of all) if (entry.side === 'timer') entry.at += ms;
      all.forEach((entry) => this.push(entry));
    }
    this.schedule('world', ms, () => this.wake(ms));
  }

  /** Runs the next entry that is due by then; false where there is none. */
  step(until: number): boolean {
    for (;;) {
      const next = this.heap[0];
      if (!next || next.at > until) {
        this.now = Math.max(this.now, until);
        return false;
      }
      this.pop();
      if (next.cancelled) continue;
      this.now = Math.max(this.now, next.at);
      if (next.side !== 'world' && this.asleep) {
        this.held.push(next);
        continue;
      }
      next.run();
      return true;
    }
  }

  private wake(ms: number): void {
    this.sleptMs += ms;
    this.fellAsleepAt = Infinity;
    const { held } = this;
    this.held = [];
    for (const side of ['timer', 'input'] as const) {
      for (const entry of held) {
        if (entry.side !== side) continue;
        entry.at = this.now;
        entry.seq = this.seq += 1;
        this.push(entry);
      }
    }
  }

  private push(entry: Scheduled): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}
