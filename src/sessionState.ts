import { freshnessOf, heldSessions, type SessionsRef } from '../machines/sessions';
import { lazyArray } from './lazyArray';
import type { Log } from './log';
import { logError } from './logError';
import type { Freshness, Session } from './model/session';

export type Unsubscribe = () => void;
/**
 * Called with all sessions, in no order, in an array that is made when it is first looked at and stays as it is then;
 * and with the ids of those that came, changed or went, or whose freshness did.
 */
export type SessionsListener = (sessions: readonly Session[], changedIds: readonly string[]) => void;
/** Called with undefined when the session is gone. */
export type SessionListener = (session: Session | undefined) => void;

/**
 * Reads and subscriptions over the sessions actor, the single owner of session data. Listeners are called in the
 * turn of the change; one that throws is logged and disturbs nobody.
 */
export class SessionStateManager {
  private readonly listeners = new Set<SessionsListener>();
  private readonly byId = new Map<string, Set<SessionListener>>();
  private subscription: { unsubscribe(): void };
  private cache: readonly Session[] | undefined;

  constructor(
    private sessions: SessionsRef,
    private readonly log: Log,
  ) {
    this.subscription = this.subscribeTo(sessions);
  }

  /** From now on these, the old ones having failed; listeners hear of every session that was or is held. */
  follow(sessions: SessionsRef): void {
    if (sessions === this.sessions) return;
    const before = this.getAll();
    this.subscription.unsubscribe();
    this.sessions = sessions;
    this.cache = undefined;
    this.subscription = this.subscribeTo(sessions);
    this.tell([...new Set([...before, ...this.getAll()].map(({ id }) => id))]);
  }

  /** All sessions, in no order; the same array until something changes. */
  getAll(): readonly Session[] {
    return (this.cache ??= heldSessions(this.sessions.getSnapshot().context));
  }

  /** The session, the same object until it changes. */
  get(id: string): Session | undefined {
    return this.sessions.getSnapshot().context.held.get(id)?.session;
  }

  /** How far the session can be trusted while the rest is live; undefined where it is as the server has it. */
  freshness(id: string): Freshness | undefined {
    return freshnessOf(this.sessions.getSnapshot().context, id);
  }

  subscribeAll(listener: SessionsListener): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  subscribe(id: string, listener: SessionListener): Unsubscribe {
    const listeners = this.byId.get(id) ?? new Set();
    this.byId.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.byId.get(id) === listeners) this.byId.delete(id);
    };
  }

  /** Live subscriptions: what a leak would make grow. */
  get listenerCount(): number {
    let count = this.listeners.size;
    for (const listeners of this.byId.values()) count += listeners.size;
    return count;
  }

  dispose(): void {
    this.subscription.unsubscribe();
    this.listeners.clear();
    this.byId.clear();
  }

  private subscribeTo(sessions: SessionsRef): { unsubscribe(): void } {
    return sessions.subscribe({
      next: (snapshot) => this.guard(() => this.tell(snapshot.context.changed)),
      // Whoever owns the actor hears of its failure too, and acts on it.
      error: () => {},
    });
  }

  private tell(changed: readonly string[]): void {
    if (changed.length === 0) return;
    this.cache = undefined;
    const sessions = lazyArray(() => this.getAll());
    for (const listener of [...this.listeners]) this.guard(() => listener(sessions, changed));
    if (this.byId.size > 0) {
      for (const id of changed) {
        const listeners = this.byId.get(id);
        if (listeners) for (const listener of [...listeners]) this.guard(() => listener(this.get(id)));
      }
    }
  }

  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      logError(this.log, 'a subscriber failed', error);
    }
  }
}
