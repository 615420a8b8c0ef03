import type { SessionUpdate } from '../../../src/model/parseSession';
import { mergeSession, type Freshness, type Session } from '../../../src/model/session';
import type { SessionFeed } from '../../../src/views/sessionList';
import type { SessionsListener } from '../../../src/sessionState';

/** Sessions that a test puts and takes; counts what is read of it. */
export class FakeFeed implements SessionFeed {
  private readonly sessions = new Map<string, Session>();
  private readonly marks = new Map<string, Freshness>();
  private readonly listeners = new Set<SessionsListener>();
  reads = { all: 0, one: 0 };
  asOf: number | undefined;

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

  getFreshness(id: string): Freshness | undefined {
    return this.marks.get(id);
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

  mark(id: string, freshness: Freshness | undefined): void {
    if (freshness) this.marks.set(id, freshness);
    else this.marks.delete(id);
    this.tell([id]);
  }

  private tell(changed: readonly string[]): void {
    for (const listener of this.listeners) listener([...this.sessions.values()], changed);
  }
}

function sessionOf(update: SessionUpdate): Session {
  return mergeSession(undefined, update);
}

/** What a click on the row of a session does. */
export const openerOf = ({ id }: Session) => ({ command: 'open', title: 'Open', arguments: [id] });
