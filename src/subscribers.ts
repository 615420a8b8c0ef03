import type { Log } from './log';
import { logError } from './logError';

/** Who subscribed to one thing, named for the log. A listener that throws is written down and disturbs nobody. */
export class Subscribers<Told extends readonly unknown[]> {
  private readonly listeners = new Set<(...told: Told) => void>();

  constructor(
    private readonly log: Log,
    private readonly subject: string,
  ) {}

  get size(): number {
    return this.listeners.size;
  }

  /** Returns its end. */
  add(listener: (...told: Told) => void): () => void {
    this.listeners.add(listener);
    this.note('began');
    return () => {
      if (this.listeners.delete(listener)) this.note('ended');
    };
  }

  /** Those that subscribe meanwhile are not told this time. */
  tell(...told: Told): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(...told);
      } catch (error) {
        logError(this.log, `a subscriber to ${this.subject} failed`, error);
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }

  private note(what: 'began' | 'ended'): void {
    if (!this.log.isEnabled('debug')) return;
    this.log.debug(`a subscription to ${this.subject} ${what}, ${this.size} now`);
  }
}
