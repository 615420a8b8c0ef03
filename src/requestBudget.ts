export const BUDGET = 200;
export const BUDGET_WINDOW_MS = 60_000;

/**
 * How many look-ups of single sessions may go out: `BUDGET` at once, and as many again spread over each
 * minute. `now` is in ms.
 */
export class RequestBudget {
  private left = BUDGET;
  private countedAt: number;
  private blockedUntil = -Infinity;

  constructor(private readonly now: () => number) {
    this.countedAt = now();
  }

  get available(): number {
    const at = this.now();
    if (this.blocked) return 0;
    this.left = Math.min(BUDGET, this.left + ((at - this.countedAt) * BUDGET) / BUDGET_WINDOW_MS);
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
