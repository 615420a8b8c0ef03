import { freshnessOf, sessionOf, sessionsOf, type SessionsRef } from '../machines/sessions';
import { lazyArray } from './model/lazyArray';
import type { Log } from './log';
import { logError } from './logError';
import type { Present } from './model/present';
import { equalJson, type Freshness, type Interaction, type Session } from './model/session';
import type { SessionNotification } from './model/sessionNotification';
import type { SessionOutput } from './model/sessionOutput';
import { SessionLog, shortName } from './sessionLog';
import { Subscribers } from './subscribers';

export type Unsubscribe = () => void;
/**
 * Called with all sessions, in no order, in an array that is made when it is first looked at and stays as it is then;
 * and with the ids of those that came, changed or went, or whose freshness did.
 */
export type SessionsListener = (sessions: readonly Session[], changedIds: readonly string[]) => void;
/** Called with undefined when the session is gone. */
export type SessionListener = (session: Session | undefined) => void;
/** Called with undefined when the interaction or its session is gone. */
export type InteractionListener = (interaction: Interaction | undefined) => void;
export type NotificationListener = (notification: SessionNotification) => void;
/** Called with each message of live output, in the order of their arrival. */
export type OutputListener = (output: SessionOutput) => void;
export type PresenceListener = (present: readonly Present[]) => void;

/**
 * Reads and subscriptions over the sessions actor, the single owner of session data. Listeners are called in the
 * turn of the change; one that throws is logged and disturbs nobody.
 */
export class SessionStateManager {
  private readonly listeners = new Set<SessionsListener>();
  private readonly byId = new Map<string, Set<SessionListener>>();
  private readonly notified: Subscribers<[SessionNotification]>;
  private readonly output: Subscribers<[SessionOutput]>;
  private readonly watchers: Subscribers<[readonly Present[]]>;
  private readonly sessionLog: SessionLog;
  private subscription: { unsubscribe(): void };
  private seenPresence: readonly Present[];
  private cache: readonly Session[] | undefined;

  constructor(
    private sessions: SessionsRef,
    private readonly log: Log,
  ) {
    this.sessionLog = new SessionLog(log, this);
    this.notified = new Subscribers(log, 'notifications');
    this.output = new Subscribers(log, 'output');
    this.watchers = new Subscribers(log, 'presence');
    this.seenPresence = this.presence;
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
    this.tellPresence(this.presence);
  }

  /** All sessions, in no order; the same array until something changes. */
  getAll(): readonly Session[] {
    return (this.cache ??= sessionsOf(this.sessions.getSnapshot().context));
  }

  /** The session, the same object until it changes. */
  get(id: string): Session | undefined {
    return sessionOf(this.sessions.getSnapshot().context, id);
  }

  /** How far the session can be trusted while the rest is live; undefined where it is as the server has it. */
  freshness(id: string): Freshness | undefined {
    return freshnessOf(this.sessions.getSnapshot().context, id);
  }

  subscribeAll(listener: SessionsListener): Unsubscribe {
    this.listeners.add(listener);
    this.note(ALL, 'began');
    return () => {
      if (this.listeners.delete(listener)) this.note(ALL, 'ended');
    };
  }

  subscribe(id: string, listener: SessionListener): Unsubscribe {
    const listeners = this.byId.get(id) ?? new Set();
    this.byId.set(id, listeners.add(listener));
    this.note(id, 'began');
    return () => {
      const ended = listeners.delete(listener);
      if (listeners.size === 0 && this.byId.get(id) === listeners) this.byId.delete(id);
      if (ended) this.note(id, 'ended');
    };
  }

  subscribeInteraction(sessionId: string, interactionId: string, listener: InteractionListener): Unsubscribe {
    const find = (session: Session | undefined) =>
      session?.interactions.find(({ id }) => id === interactionId);
    let known = find(this.get(sessionId));
    return this.subscribe(sessionId, (session) => {
      const now = find(session);
      // An update of the session brings all of its interactions anew.
      if (equalJson(now, known)) return;
      known = now;
      listener(now);
    });
  }

  subscribeNotifications(listener: NotificationListener): Unsubscribe {
    return this.notified.add(listener);
  }

  subscribeOutput(id: string, listener: OutputListener): Unsubscribe {
    return this.output.add((output) => {
      if (output.sessionId === id) listener(output);
    });
  }

  /** The same array until somebody comes or goes. */
  get presence(): readonly Present[] {
    return this.sessions.getSnapshot().context.present;
  }

  subscribePresence(listener: PresenceListener): Unsubscribe {
    return this.watchers.add(listener);
  }

  /** Live subscriptions: what a leak would make grow. */
  get listenerCount(): number {
    let count = this.listeners.size + this.notified.size + this.output.size + this.watchers.size;
    for (const listeners of this.byId.values()) count += listeners.size;
    return count;
  }

  dispose(): void {
    this.subscription.unsubscribe();
    for (const listeners of [this.listeners, this.notified, this.output, this.watchers]) listeners.clear();
    for (const listeners of this.byId.values()) listeners.clear();
    this.byId.clear();
    if (this.log.isEnabled('debug')) this.log.debug('every subscription ended');
  }

  private subscribeTo(sessions: SessionsRef): { unsubscribe(): void } {
    const changes = sessions.subscribe({
      next: ({ context }) => {
        this.guard(ALL, () => this.tell(context.changed));
        this.tellPresence(context.present);
      },
      // Whoever owns the actor hears of its failure too, and acts on it.
      error: () => {},
    });
    const notifications = sessions.on('notification', ({ notification }) => this.notified.tell(notification));
    const outputs = sessions.on('output', ({ output }) => this.output.tell(output));
    return {
      unsubscribe: () => {
        changes.unsubscribe();
        notifications.unsubscribe();
        outputs.unsubscribe();
      },
    };
  }

  private tellPresence(present: readonly Present[]): void {
    if (present === this.seenPresence) return;
    const bothEmpty = present.length === 0 && this.seenPresence.length === 0;
    this.seenPresence = present;
    if (!bothEmpty) this.watchers.tell(present);
  }

  private tell(changed: readonly string[]): void {
    if (changed.length === 0) return;
    this.cache = undefined;
    this.guard(ALL, () => this.sessionLog.changed(changed));
    const sessions = lazyArray(() => this.getAll());
    for (const listener of [...this.listeners]) {
      this.guard(ALL, () => listener(sessions, changed));
    }
    if (this.byId.size > 0) {
      for (const id of changed) {
        const listeners = this.byId.get(id);
        if (!listeners) continue;
        for (const listener of [...listeners]) {
          this.guard(id, () => listener(this.get(id)));
        }
      }
    }
  }

  private note(id: string | typeof ALL, what: 'began' | 'ended'): void {
    if (!this.log.isEnabled('debug')) return;
    this.log.debug(`a subscription to ${subject(id)} ${what}, ${this.listenerCount} now`);
  }

  private guard(id: string | typeof ALL, call: () => void): void {
    try {
      call();
    } catch (error) {
      logError(this.log, `a subscriber to ${subject(id)} failed`, error);
    }
  }
}

const ALL = Symbol('all sessions');
const subject = (id: string | typeof ALL) => (id === ALL ? 'all sessions' : `session ${shortName(id)}`);
