import { MAX_FOLLOWED } from './model/limits';

/** Which sessions somebody looks at closely, whatever becomes of connections meanwhile. */
export class FollowedSessions {
  /** How many show each; the one that was shown last is the last. */
  private readonly shows = new Map<string, number>();
  private readonly listeners = new Set<() => void>();

  /** Of more than `MAX_FOLLOWED`, those that were shown last. */
  get ids(): readonly string[] {
    return [...this.shows.keys()].slice(-MAX_FOLLOWED);
  }

  get size(): number {
    return this.shows.size;
  }

  /** Returns its end; the session is followed until every follower has ended. */
  follow(id: string): () => void {
    const others = this.shows.get(id) ?? 0;
    this.shows.delete(id);
    this.shows.set(id, others + 1);
    this.tell();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const left = (this.shows.get(id) ?? 0) - 1;
      if (left > 0) this.shows.set(id, left);
      else this.shows.delete(id);
      this.tell();
    };
  }

  /** Called whenever `ids` may differ. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
