import type { Memento } from 'vscode';
import { instantOf } from '../model/instant';
import { serverOf } from '../model/serverAddress';
import { pendingInteraction, type Session } from '../model/session';
import type { SessionNotification } from '../model/sessionNotification';
import type { SessionManager } from '../sessionManager';

/** Why a session waits for the user: an agent asks, a step for its result, the session for its next command, or it failed. */
export type Need = 'asks' | 'result' | 'next' | 'failed';

export interface Asked {
  readonly message: string | undefined;
  /** In ms since the epoch. */
  readonly at: number;
  /** Nothing that could have answered it went by unseen. */
  readonly isCertain: boolean;
}

export type AttentionFeed = Pick<
  SessionManager,
  'getAllSessions' | 'getSession' | 'onSessionsUpdate' | 'onNotification' | 'onConnectionUpdate' | 'status'
>;

/** What was looked at, per server. */
interface Seen {
  /** What ended until then counts as seen; in ms since the epoch, by the server's clock. */
  readonly until: number;
  /** `updated_at` of sessions that were seen after they ended. */
  readonly sessions: Readonly<Record<string, string>>;
}

interface Ask extends Asked {
  /** As it was when the agent asked: any change is an answer. */
  readonly session: Session | undefined;
}

const SEEN_KEY = 'codeMySpec.seen';
const MAX_SEEN = 500;
const MAX_ASKED = 500;

/** What waits for the user, and what has ended since they last looked; kept by VS Code from start to start. */
export class Attention {
  private readonly asks = new Map<string, Ask>();
  private readonly needing = new Set<string>();
  private readonly listeners = new Set<(ids: readonly string[]) => void>();
  private readonly countListeners = new Set<() => void>();
  private readonly unsubscribe: (() => void)[];

  constructor(
    private readonly feed: AttentionFeed,
    private readonly memory: Pick<Memento, 'get' | 'update'>,
    private readonly serverUrl: () => string,
  ) {
    this.unsubscribe = [
      feed.onSessionsUpdate((_, ids) => this.follow(ids)),
      feed.onNotification((notification) => this.note(notification)),
      feed.onConnectionUpdate(() => this.followConnection()),
    ];
    this.followConnection();
    this.follow(feed.getAllSessions().map(({ id }) => id));
  }

  /** How many sessions wait for the user. */
  get count(): number {
    return this.needing.size;
  }

  needOf(session: Session): Need | undefined {
    if (session.status === 'failed' && !session.owner) return this.isUnseen(session) ? 'failed' : undefined;
    if (session.status !== 'active' || session.owner) return undefined;
    if (this.asks.get(session.id)?.isCertain) return 'asks';
    if (session.execution_mode !== 'manual') return undefined;
    return pendingInteraction(session) ? 'result' : 'next';
  }

  /** The last question of its agent that is not known to be answered. */
  askedOf(id: string): Asked | undefined {
    return this.asks.get(id);
  }

  /** It ended, and nobody has looked since. */
  isUnseen({ id, status, updated_at, owner }: Session): boolean {
    if (owner || (status !== 'complete' && status !== 'failed')) return false;
    const seen = this.seen();
    return seen !== undefined && updated_at !== null && instantOf(updated_at) > seen.until
      ? seen.sessions[id] !== updated_at
      : false;
  }

  markSeen(id: string): void {
    const session = this.feed.getSession(id);
    const seen = this.seen();
    const wasAsked = this.asks.delete(id);
    const isUnseen = session !== undefined && this.isUnseen(session);
    if (seen && isUnseen)
      this.keep({ ...seen, sessions: { ...seen.sessions, [id]: session.updated_at ?? '' } });
    if (wasAsked || isUnseen) this.tell([id]);
  }

  /** It is in front of the user: that it ended is seen. What its agent asks still wants an answer. */
  markEndSeen(id: string): void {
    const session = this.feed.getSession(id);
    if (session && this.isUnseen(session)) this.markSeen(id);
  }

  /** Called with the ids of sessions that may look different now. */
  onChange(listener: (ids: readonly string[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Called when the count is another one. */
  onCount(listener: () => void): () => void {
    this.countListeners.add(listener);
    return () => this.countListeners.delete(listener);
  }

  dispose(): void {
    for (const end of this.unsubscribe) end();
    this.countListeners.clear();
    this.listeners.clear();
  }

  private follow(ids: readonly string[]): void {
    for (const id of ids) {
      const session = this.feed.getSession(id);
      if (this.asks.get(id)?.session !== session) this.asks.delete(id);
    }
    this.recount(ids);
  }

  private note({ sessionId, message, at }: SessionNotification): void {
    this.asks.delete(sessionId);
    this.asks.set(sessionId, { message, at, isCertain: true, session: this.feed.getSession(sessionId) });
    const [oldest] = this.asks.keys();
    if (this.asks.size > MAX_ASKED && oldest !== undefined) this.asks.delete(oldest);
    this.tell([sessionId]);
  }

  private followConnection(): void {
    const { state, loaded } = this.feed.status;
    if (loaded && !this.seen()) {
      const ended = this.feed.getAllSessions().map(({ updated_at }) => instantOf(updated_at) || 0);
      this.keep({ until: ended.reduce((latest, at) => Math.max(latest, at), 0), sessions: {} });
    }
    if (state.startsWith('connected')) return;
    const certain = [...this.asks].filter(([, { isCertain }]) => isCertain);
    for (const [id, ask] of certain) this.asks.set(id, { ...ask, isCertain: false });
    if (certain.length > 0) this.tell(certain.map(([id]) => id));
  }

  private tell(ids: readonly string[]): void {
    this.recount(ids);
    for (const listener of [...this.listeners]) listener(ids);
  }

  private recount(ids: readonly string[]): void {
    const before = this.count;
    for (const id of ids) {
      const session = this.feed.getSession(id);
      if (session && this.needOf(session)) this.needing.add(id);
      else this.needing.delete(id);
    }
    if (this.count !== before) for (const listener of [...this.countListeners]) listener();
  }

  private all(): Record<string, Seen> {
    return this.memory.get<Record<string, Seen>>(SEEN_KEY) ?? {};
  }

  private seen(): Seen | undefined {
    return this.all()[serverOf(this.serverUrl())];
  }

  /** Of too many, the oldest count as seen with all that ended before them. */
  private keep({ until, sessions }: Seen): void {
    let entries = Object.entries(sessions).sort(([, a], [, b]) => instantOf(b) - instantOf(a));
    if (entries.length > MAX_SEEN) {
      entries = entries.slice(0, MAX_SEEN);
      until = Math.max(until, instantOf(entries.at(-1)?.[1]) || 0);
    }
    const seen: Seen = { until, sessions: Object.fromEntries(entries) };
    void this.memory.update(SEEN_KEY, { ...this.all(), [serverOf(this.serverUrl())]: seen });
  }
}
