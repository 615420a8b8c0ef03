import type { SessionUpdate } from '../../../src/model/parseSession';
import { mergeSession, type Session } from '../../../src/model/session';
import type { SessionFeed } from '../../../src/views/sessionList';
import type { SessionsListener } from '../../../src/sessionState';

/** Sessions that a test puts and takes; counts what is read of it. */
export class FakeFeed implements SessionFeed {
  private readonly sessions = new Map<string, Session>();
  private readonly listeners = new Set<SessionsListener>();
  reads = { all: 0, one: 0 };

  constructor(...updates: readonly SessionUpdate[]) {
    for (const update of updates) this.sessions.set(update.id, sessionOf(update));
  }

  getAllSessions(): readonly Session[] {
    this.reads.all++;
    return [...this.sessions.values()];
  }

  getSession(id: string): Session | undefined {
    this.reads.one++;
    return this.sessions.get(id);
  }

  onSessionsUpdate(listener: SessionsListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  put(...updates: readonly SessionUpdate[]): void {
    for (const update of updates)
      this.sessions.set(update.id, mergeSession(this.sessions.get(update.id), update));
    this.tell(updates.map(({ id }) => id));
  }

  take(...ids: readonly string[]): void {
    for (const id of ids) this.sessions.delete(id);
    this.tell(ids);
  }

  private tell(changed: readonly string[]): void {
    for (const listener of this.listeners) listener({ changed, sessions: [] });
  }
}

export function sessionOf(update: SessionUpdate): Session {
  return mergeSession(undefined, update);
}
