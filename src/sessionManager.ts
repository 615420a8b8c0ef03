import type { Command, ConnectionRef, ConnectionTag } from '../machines/connectionMachine';
import {
  failuresOf,
  RESTARTING,
  wholeStateName,
  wholeTags,
  type ConnectionState,
  type Failures,
} from '../machines/selectors';
import { connectionOf, type SupervisorRef } from '../machines/supervisor';
import type { ConnectionStatus } from './connectionStatus';
import type { FollowedSessions } from './followedSessions';
import type { Log } from './log';
import { logError } from './logError';
import type { Clocks } from './model/clocks';
import type { Failure, Result } from './model/failure';
import type { Present } from './model/present';
import type { Freshness, Session } from './model/session';
import type { CommandName, CommandOutcome, CommandResult, NewSession } from './model/sessionCommand';
import { SessionCommands, type CommandAccess } from './sessionCommands';
import {
  SessionStateManager,
  type InteractionListener,
  type NotificationListener,
  type OutputListener,
  type PresenceListener,
  type SessionListener,
  type SessionsListener,
  type Unsubscribe,
} from './sessionState';
import { Subscribers } from './subscribers';
import type { Waits } from './waits';

export type { ConnectionState, ConnectionStatus, ConnectionTag };

export type ConnectionListener = (status: ConnectionStatus) => void;

const REFRESH_TIMEOUT_MS = 30_000;

/** The one interface that views use; other extensions get a part of it (`vscode/publicApi.ts`). */
export class SessionManager {
  private readonly sessions: SessionStateManager;
  private readonly commands: SessionCommands;
  private readonly listeners: Subscribers<[ConnectionStatus]>;
  private readonly subscription: { unsubscribe(): void };
  private connection: ConnectionRef;
  private connectionSubscription: { unsubscribe(): void };
  private current: ConnectionStatus;
  private seenSyncedAt: number | undefined;
  private isDisposed = false;

  constructor(
    private readonly whole: SupervisorRef,
    log: Log,
    private readonly waits: Pick<Waits, 'endIn'>,
    private readonly clocks: Clocks,
    access: CommandAccess,
    private readonly followed: FollowedSessions,
  ) {
    const connection = connectionOf(whole.getSnapshot());
    if (!connection) throw new Error('The supervisor has no connection.');
    this.connection = connection;
    this.listeners = new Subscribers(log, 'the connection');
    this.sessions = new SessionStateManager(connection.getSnapshot().context.sessions, log);
    this.current = this.read(clocks.wall());
    this.commands = new SessionCommands(access, this, log, clocks.wall);
    this.connectionSubscription = this.subscribeTo(connection);
    this.subscription = whole.subscribe({
      next: () => this.follow(),
      error: (error) => {
        logError(log, 'the supervisor failed', error);
        this.follow();
      },
    });
  }

  /** Starts following the server. */
  initialize(): void {
    // A stopped actor that is started again would run without an owner.
    if (this.isDisposed) return;
    this.whole.start();
    this.send('connect');
  }

  get status(): ConnectionStatus {
    return this.current;
  }

  /** In no order; those of other users too, where the server tells of them: these bear an `owner`. */
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

  /** Called with all sessions, which cost nothing where they are not looked at, and the ids of those that differ. */
  onSessionsUpdate(listener: SessionsListener): Unsubscribe {
    return this.sessions.subscribeAll(listener);
  }

  /** Called with the session as it is now; with undefined when it is gone. */
  onSessionUpdate(id: string, listener: SessionListener): Unsubscribe {
    return this.sessions.subscribe(id, listener);
  }

  /** Called with the interaction as it is now, where that differs; with undefined when it or its session is gone. */
  onInteractionUpdate(sessionId: string, interactionId: string, listener: InteractionListener): Unsubscribe {
    return this.sessions.subscribeInteraction(sessionId, interactionId, listener);
  }

  /** Called when an agent asks for a user. Text from outside: to be shown as text. */
  onNotification(listener: NotificationListener): Unsubscribe {
    return this.sessions.subscribeNotifications(listener);
  }

  /**
   * Has the session followed closely, where the server can: its live output comes, and some changes sooner. To be asked
   * by whoever shows it, and ended when it is shown no more. Of more than 8 those that were asked for last are followed.
   */
  followSession(id: string): Unsubscribe {
    return this.followed.follow(id);
  }

  /**
   * Called with what an agent reports of a session that is followed, as it comes. Nothing is kept for who comes later,
   * and what is lost with a connection does not come again: the result of the step has it all. Text from outside.
   */
  onSessionOutput(id: string, listener: OutputListener): Unsubscribe {
    return this.sessions.subscribeOutput(id, listener);
  }

  /** Who watches, this connection included; nobody without a channel, or where the server does not tell. */
  get presence(): readonly Present[] {
    return this.sessions.presence;
  }

  /** Called with all who watch, whenever somebody comes or goes. */
  onPresence(listener: PresenceListener): Unsubscribe {
    return this.sessions.subscribePresence(listener);
  }

  onConnectionUpdate(listener: ConnectionListener): Unsubscribe {
    return this.listeners.add(listener);
  }

  /** Asks for a new list; resolves with the status once it is folded or has failed. */
  async refreshSessions(): Promise<ConnectionStatus> {
    this.send('refresh');
    if (!this.current.tags.includes('fetching')) return this.current;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(end, REFRESH_TIMEOUT_MS);
      const unsubscribe = this.onConnectionUpdate(({ tags }) => {
        if (!tags.includes('fetching')) end();
      });
    });
    return this.current;
  }

  /** Why this cannot be commanded now; of all commands, `start` alone is to no session. */
  whyNot(command: CommandName, id?: string): Failure | undefined {
    return this.commands.whyNot(command, id);
  }

  /**
   * Has the session take its next step. This and the commands below are each done once at most. A failure surely had no
   * effect; where the answer was lost, `settled` tells later what came of it.
   */
  nextCommand(id: string): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'next', id });
  }

  cancelSession(id: string): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'cancel', id });
  }

  /** `manual`, `auto`, `agentic`, or what the server knows besides. */
  setExecutionMode(id: string, mode: string): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'mode', id, mode });
  }

  submitResult(id: string, interactionId: string, result: CommandResult): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'submit', id, interactionId, result });
  }

  /** One whose answer was lost may have been started: it has no id to look up. */
  startSession(fields: NewSession): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'start', fields });
  }

  setConversationId(id: string, conversationId: string): Promise<Result<CommandOutcome>> {
    return this.commands.send({ name: 'conversation', id, conversationId });
  }

  send(command: Command['type']): void {
    this.whole.send({ type: command });
  }

  /** Live subscriptions: what a leak would make grow. */
  get listenerCount(): number {
    return this.listeners.size + this.sessions.listenerCount + this.followed.size;
  }

  dispose(): void {
    this.isDisposed = true;
    this.commands.dispose();
    this.subscription.unsubscribe();
    this.connectionSubscription.unsubscribe();
    this.listeners.clear();
    this.sessions.dispose();
    this.whole.stop();
  }

  private subscribeTo(connection: ConnectionRef): { unsubscribe(): void } {
    // Its failure is the supervisor's to see, whose next state follows at once.
    return connection.subscribe({ next: () => this.follow(), error: () => {} });
  }

  private follow(): void {
    try {
      this.followConnection();
      this.tell(this.read(this.current.since));
    } catch (error) {
      // What cannot be read is not claimed to be live.
      this.tell({ ...this.current, ...OWN_FAILURES, ...RESTARTING });
      // One that is ended already may stay unreadable, and ending it again would come back here without end.
      if (this.whole.getSnapshot().value === 'running') this.whole.send({ type: 'connection.failed', error });
    }
  }

  /** After a failure another connection takes over, with sessions of its own. */
  private followConnection(): void {
    const connection = connectionOf(this.whole.getSnapshot());
    if (!connection || connection === this.connection) return;
    this.connectionSubscription.unsubscribe();
    this.connection = connection;
    this.connectionSubscription = this.subscribeTo(connection);
    this.sessions.follow(connection.getSnapshot().context.sessions);
  }

  private tell(next: ConnectionStatus): void {
    const { current } = this;
    const same =
      next.state === current.state &&
      next.tags.join() === current.tags.join() &&
      next.failure === current.failure &&
      next.linkFailure === current.linkFailure &&
      next.listFailure === current.listFailure &&
      next.nextTryAt === current.nextTryAt &&
      next.syncedAt === current.syncedAt;
    if (same) return;
    this.current = next.state === current.state ? next : { ...next, since: this.clocks.wall() };
    this.listeners.tell(this.current);
  }

  private read(since: number): ConnectionStatus {
    const whole = this.whole.getSnapshot();
    const state = wholeStateName(whole);
    const connection = this.connection.getSnapshot();
    const { syncedAt, listsHeld } = connection.context;
    const known = this.seenSyncedAt === syncedAt;
    this.seenSyncedAt = syncedAt;
    return {
      state,
      tags: wholeTags(whole),
      since,
      syncedAt:
        syncedAt === undefined ? undefined : known ? this.current.syncedAt : this.wallTimeOf(syncedAt),
      ...(state === 'restarting' || state === 'stopped' ? OWN_FAILURES : failuresOf(connection)),
      nextTryAt: this.waits.endIn(state, listsHeld !== undefined),
      loaded: syncedAt !== undefined,
    };
  }

  private wallTimeOf(monotonic: number): number {
    const { wall, monotonic: now } = this.clocks;
    return wall() - (now() - monotonic);
  }
}

const OWN_FAILURES: Failures = {
  failure: { kind: 'internal', detail: 'a bug of this extension; the log has its stack' },
  linkFailure: undefined,
  listFailure: undefined,
};
