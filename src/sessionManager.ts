import { waitFor } from 'xstate';
import type { Command, ConnectionRef, ConnectionSnapshot } from '../machines/connectionMachine';
import { stateName } from '../machines/selectors';
import { messageOf, type Log } from './log';
import type { Failure } from './model/failure';
import type { Freshness, Session } from './model/session';
import {
  SessionStateManager,
  type SessionListener,
  type SessionsListener,
  type Unsubscribe,
} from './sessionState';

/** How live the picture is, for people. */
export interface ConnectionStatus {
  /** Dotted, such as `connected.live`. */
  readonly state: string;
  /** When this state began, in ms since the epoch. */
  readonly since: number;
  /** When the last snapshot was folded, in ms since the epoch. */
  readonly pictureAt: number | undefined;
  /** Why the picture is not live. */
  readonly failure: Failure | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Lists of sessions that can be shown at all, live or not. */
  readonly loaded: boolean;
}

export type ConnectionListener = (status: ConnectionStatus) => void;

const REFRESH_TIMEOUT_MS = 30_000;

/** The one interface that views and other extensions use. */
export class SessionManager {
  private readonly sessions: SessionStateManager;
  private readonly listeners = new Set<ConnectionListener>();
  private readonly subscription: { unsubscribe(): void };
  private current: ConnectionStatus;
  private seenPicture: number | undefined;

  constructor(
    private readonly connection: ConnectionRef,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {
    const snapshot = connection.getSnapshot();
    this.sessions = new SessionStateManager(snapshot.context.sessions, log);
    this.current = this.read(snapshot, now());
    this.subscription = connection.subscribe((next) => this.follow(next));
  }

  /** Starts following the server. */
  initialize(): void {
    this.connection.start();
    this.send('connect');
  }

  get status(): ConnectionStatus {
    return this.current;
  }

  getAllSessions(): readonly Session[] {
    return this.sessions.getAll();
  }

  getSession(id: string): Session | undefined {
    return this.sessions.get(id);
  }

  /** How far the session can be trusted while the rest is live; undefined where it is as the server has it. */
  getFreshness(id: string): Freshness | undefined {
    return this.sessions.freshness(id);
  }

  onSessionsUpdate(listener: SessionsListener): Unsubscribe {
    return this.sessions.subscribeAll(listener);
  }

  /** Called with undefined when the session is gone. */
  onSessionUpdate(id: string, listener: SessionListener): Unsubscribe {
    return this.sessions.subscribe(id, listener);
  }

  onConnectionUpdate(listener: ConnectionListener): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks for a new list; resolves with the status once it is folded or has failed. */
  async refreshSessions(): Promise<ConnectionStatus> {
    this.send('refresh');
    await waitFor(this.connection, (snapshot) => !isFetching(snapshot), {
      timeout: REFRESH_TIMEOUT_MS,
    }).catch((error: unknown) => this.log.warn(`refresh: ${messageOf(error)}`));
    return this.current;
  }

  send(command: Command['type']): void {
    this.connection.send({ type: command });
  }

  /** Live subscriptions: what a leak would make grow. */
  get listenerCount(): number {
    return this.listeners.size + this.sessions.listenerCount;
  }

  dispose(): void {
    this.subscription.unsubscribe();
    this.listeners.clear();
    this.sessions.dispose();
    this.connection.stop();
  }

  private follow(snapshot: ConnectionSnapshot): void {
    const next = this.read(snapshot, this.current.since);
    const { current } = this;
    const same =
      next.state === current.state &&
      next.failure === current.failure &&
      next.attempt === current.attempt &&
      next.pictureAt === current.pictureAt;
    if (same) return;
    this.current = next.state === current.state ? next : { ...next, since: this.now() };
    for (const listener of [...this.listeners]) {
      try {
        listener(this.current);
      } catch (error) {
        this.log.error(`a subscriber failed: ${messageOf(error)}`);
      }
    }
  }

  private read(snapshot: ConnectionSnapshot, since: number): ConnectionStatus {
    const { failure, attempt, pictureAt } = snapshot.context;
    const known = this.seenPicture === pictureAt;
    this.seenPicture = pictureAt;
    return {
      state: stateName(snapshot),
      since,
      pictureAt: pictureAt === undefined ? undefined : known ? this.current.pictureAt : this.now(),
      failure,
      attempt,
      loaded: pictureAt !== undefined,
    };
  }
}

function isFetching(snapshot: ConnectionSnapshot): boolean {
  return ['authenticating', 'loading', 'connected.syncing', 'polling.refreshing'].includes(
    stateName(snapshot),
  );
}
