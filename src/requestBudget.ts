export const BUDGET = 100;
export const BUDGET_WINDOW_MS = 60_000;

/**
 * How many requests may go out beyond one list for each snapshot: `BUDGET` at once, and as many again spread over each
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
    if (at < this.blockedUntil) return 0;
    this.left = Math.min(BUDGET, this.left + ((at - this.countedAt) * BUDGET) / BUDGET_WINDOW_MS);
    this.countedAt = at;
    return Math.floor(this.left);
  }

  take(count: number): boolean {
    if (this.available < count) return false;
    this.left -= count;
    return true;
  }

  /** How long until so many are available. */
  waitMs(count: number): number {
    if (this.available >= count) return 0;
    const refill = ((count - this.left) * BUDGET_WINDOW_MS) / BUDGET;
    return Math.ceil(Math.max(refill, this.blockedUntil - this.now()));
  }

  /** The server asked to be left alone. */
  block(forMs: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, this.now() + forMs);
  }
}
