export const BUDGET = 200;
export const BUDGET_WINDOW_MS = 60_000;

/**
 * How many look-ups of single sessions may go out: `size` at once, and as many again spread over each minute. `now` is in ms.
 */
export class RequestBudget {
  private left: number;
  private countedAt: number;
  private blockedUntil = -Infinity;

  constructor(
    private readonly now: () => number,
    private readonly size = BUDGET,
  ) {
    this.left = size;
    this.countedAt = now();
  }

  get available(): number {
    const at = this.now();
    if (this.blocked) return 0;
    this.left = Math.min(this.size, this.left + ((at - this.countedAt) * this.size) / BUDGET_WINDOW_MS);
    this.countedAt = at;
    return Math.floor(this.left);
  }

  take(count: number): boolean {
    if (this.available < count) return false;
    this.left -= count;
    return true;
  }

  /** The server asked to be left alone, and for longer. */
  get blocked(): boolean {
    return this.now() < this.blockedUntil;
  }

  /** The server asked to be left alone. */
  block(forMs: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, this.now() + forMs);
  }
}
