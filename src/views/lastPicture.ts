import { lazyArray } from '../model/lazyArray';
import type { Freshness, Session } from '../model/session';
import type { ConnectionState, SessionManager } from '../sessionManager';
import type { SessionFeed } from './sessionList';

/** Summaries of sessions as they were at a time, in ms since the epoch. */
export interface Picture {
  readonly sessions: readonly Session[];
  readonly at: number;
}

type SessionsListener = Parameters<SessionFeed['onSessionsUpdate']>[0];

/** Nobody's sessions, or a server that is to be set right first: an empty view says what to do. */
const WITHOUT: ReadonlySet<ConnectionState> = new Set(['signedOut', 'invalidServer'] as const);

/** The sessions that the tree shows: those of the manager, and until its first list those of the last picture. */
export class LastPicture implements SessionFeed {
  private readonly listeners = new Set<SessionsListener>();
  private readonly unsubscribe: (() => void)[];
  private kept: ReadonlyMap<string, Session> = new Map();
  /** When it was so, in ms since the epoch; undefined where nothing of it is shown. */
  asOf: number | undefined;

  constructor(private readonly manager: SessionFeed & Pick<SessionManager, 'status' | 'onConnectionUpdate'>) {
    this.unsubscribe = [
      manager.onSessionsUpdate((_, ids) => this.tell(ids)),
      manager.onConnectionUpdate(() => this.mayShow || this.show(undefined)),
    ];
  }

  /** Takes the place of what was shown; nothing where the manager knows better. */
  show(picture: Picture | undefined): void {
    const shown = this.mayShow ? picture : undefined;
    const before = this.kept;
    if (this.asOf === undefined && !shown) return;
    this.kept = new Map(shown?.sessions.map((session) => [session.id, session]));
    this.asOf = shown?.at;
    this.tell([...new Set([...before.keys(), ...this.kept.keys()])]);
  }

  getAllSessions(): readonly Session[] {
    const all = this.manager.getAllSessions();
    if (this.kept.size === 0) return all;
    return [...new Map([...this.kept, ...all.map((session) => [session.id, session] as const)]).values()];
  }

  getSession(id: string): Session | undefined {
    return this.manager.getSession(id) ?? this.kept.get(id);
  }

  getFreshness(id: string): Freshness | undefined {
    const { asOf } = this;
    const isKept = asOf !== undefined && this.kept.has(id) && !this.manager.getSession(id);
    return isKept ? { kind: 'stale', confirmedAt: asOf } : this.manager.getFreshness(id);
  }

  onSessionsUpdate(listener: SessionsListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dispose(): void {
    for (const end of this.unsubscribe) end();
    this.listeners.clear();
  }

  private get mayShow(): boolean {
    const { loaded, state } = this.manager.status;
    return !loaded && !WITHOUT.has(state);
  }

  private tell(ids: readonly string[]): void {
    const sessions = lazyArray(() => this.getAllSessions());
    for (const listener of [...this.listeners]) listener(sessions, ids);
  }
}
