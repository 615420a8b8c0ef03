import { Socket, type Channel, type ChannelErrorReason, type ErrorReply, type Message } from 'phoenix';
import type { SessionDelta } from '../machines/sessionsEvents';
import {
  closeFailure,
  isOfToken,
  isOfTopic,
  joinFailure,
  LIST_REFUSED,
  LIST_TIMED_OUT,
  LIST_TIMEOUT_MS,
  NEVER_MS,
  NOT_JOINED,
  refusalFailure,
  UNREADABLE_LIST,
} from './channel/channelFailures';
import {
  describeId,
  NOTICES,
  PUSHES,
  type ChannelNotice,
  type NoticeName,
  type PushName,
} from './channel/channelPushes';
import { inSlices } from './eventLoop';
import { readingOf } from './channel/frameInbox';
import { networkFailure } from './http/networkFailure';
import { messageOf, type Log } from './log';
import { err, ok, type Failure, type Result } from './model/failure';
import { sessionListSteps, type SessionList } from './model/parseSession';
import { plainText } from './model/plainText';
import type { Present } from './model/present';
import type { Secret } from './model/secret';
import { parseOffers, type ServerOffers } from './model/serverOffers';
import { KNOWN_STATUSES } from './model/session';
import type { ServerAddress } from './model/serverAddress';
import { PhoenixFrames } from './channel/phoenixFrames';
import { Presence } from './channel/presence';
import { SideChannels, type SideListener } from './channel/sideChannels';
import type { SocketTransport, UpgradeRefusal } from './channel/webSocket';

/** phoenix notices a dead peer one interval after the unanswered heartbeat: at most twice this. */
export const HEARTBEAT_MS = 8_000;

export interface PhoenixChannelOptions {
  readonly address: ServerAddress;
  readonly token: Secret;
  /** Topics of the user, the likeliest first: the next is joined where the server does not serve one. */
  readonly topics: readonly string[];
  /** Sockets that were opened before this one. */
  readonly reconnects?: number;
  readonly log: Log;
  readonly transport: (onRefusal: (refusal: UpgradeRefusal) => void) => SocketTransport;
  readonly onJoined: (topic: string) => void;
  /** The answer to `check`. */
  readonly onAlive?: () => void;
  /** The end of this socket, told once. `refused`: the token may be the cause. */
  readonly onEnded: (end: 'lost' | 'refused', failure: Failure) => void;
  /** A push that was understood. */
  readonly onDelta: (event: SessionDelta) => void;
  /** What the server tells beside the sessions; of who is there, once joined, whenever that differs. */
  readonly onNotice?: (notice: ChannelNotice) => void;
  /** A frame or payload that was not. */
  readonly onMalformed: (failure: Failure) => void;
  /** An exception of ours that phoenix would pass on to the socket. */
  readonly onBug: (error: unknown) => void;
}

/** What came of a push. `lost`: the server may have taken it all the same. */
export type PushReply =
  | { readonly kind: 'ok' | 'error'; readonly response: unknown }
  | { readonly kind: 'lost'; readonly failure: Failure };

/**
 * One socket and one join of the user's topic: opened once, closed for good at its first end. phoenix's own reconnect
 * and rejoin never run.
 */
export class PhoenixChannelClient {
  private readonly socket: Socket;
  private readonly channels: Channel[] = [];
  private readonly lists = new Set<(failed: Result<never>) => void>();
  private readonly asked = new Set<(reply: PushReply) => void>();
  private readonly frames: PhoenixFrames;
  private readonly sides: SideChannels;
  private readonly presence = new Presence();
  private refusal: UpgradeRefusal | undefined;
  private error: unknown;
  private ended = false;
  private announced: ServerOffers | undefined;

  constructor(private readonly options: PhoenixChannelOptions) {
    this.socket = new Socket(options.address.socket, {
      transport: options.transport((refusal) => (this.refusal = refusal)),
      params: { token: options.token.reveal() },
      heartbeatIntervalMs: HEARTBEAT_MS,
      reconnectAfterMs: () => NEVER_MS,
      rejoinAfterMs: () => NEVER_MS,
      decode: (frame: unknown, callback: (message: Message) => unknown) => this.frames.read(frame, callback),
    });
    this.frames = new PhoenixFrames({
      log: options.log,
      hold: readingOf(this.socket),
      onMalformed: (failure, topic) => {
        if (topic === undefined || !this.sides.has(topic)) options.onMalformed(failure);
      },
    });
    this.sides = new SideChannels(this.socket, options.log);
    this.socket.onOpen(() => {
      this.note(() => 'open');
      this.note(() => `join ${options.topics[0] ?? ''}`);
    });
    this.socket.onError((event) => {
      this.error = (event as { error?: unknown }).error;
      this.note(() => `error: ${messageOf(this.error)}`);
    });
    this.socket.onClose((event: { code?: number; reason?: string }) =>
      this.safely(() => {
        this.note(() => `closed (${event.code ?? 'no code'}) ${plainText(event.reason ?? '', 120)}`);
        this.end('lost', this.error ? networkFailure(this.error, 'the WebSocket') : closeFailure(event.code));
      }),
    );
  }

  open(): void {
    const { address, reconnects = 0 } = this.options;
    if (reconnects > 0) this.note(() => `reconnect ${reconnects}`);
    this.note(() => `opening ${address.socket}/websocket`);
    this.join(0);
    this.socket.connect();
  }

  /** A topic that the server does not serve is followed by the next one, on the same socket. */
  private join(index: number): void {
    const { log, topics, onJoined } = this.options;
    const topic = topics[index] ?? '';
    const channel = this.socket.channel(topic);
    this.channels.push(channel);
    const isCurrent = () => this.channels.at(-1) === channel;
    channel.onError((reason: ChannelErrorReason) =>
      this.safely(() => {
        if (isCurrent()) this.onChannelError(reason);
      }),
    );
    channel.onClose(() => {
      if (isCurrent()) this.end('lost', { kind: 'closed', detail: 'the server closed the channel' });
    });
    for (const event of Object.keys(PUSHES) as PushName[]) {
      channel.on(event, (payload: unknown) => this.onPush(event, payload));
    }
    for (const event of Object.keys(NOTICES) as NoticeName[]) {
      channel.on(event, (payload: unknown) => this.onNotice(event, NOTICES[event](payload)));
    }
    for (const event of ['presence_state', 'presence_diff'] as const) {
      channel.on(event, (payload: unknown) => this.onPresence(event, payload));
    }
    if (index > 0) this.note(() => `join ${topic}`);
    channel
      .join(NEVER_MS)
      .receive('ok', (reply: unknown) => {
        if (this.ended) return;
        this.announced = parseOffers(reply);
        log.info(`joined ${topic}`);
        onJoined(topic);
        if (this.present.length > 0) this.tellPresence();
      })
      .receive('error', (reply: ErrorReply | undefined) => {
        if (this.ended) return;
        if (isOfTopic(reply) && index + 1 < topics.length) this.join(index + 1);
        else this.end('lost', joinFailure(topic, reply));
      });
  }

  /** Who is there, as far as the server told. */
  get present(): readonly Present[] {
    return this.presence.present;
  }

  /** What the server announced in its reply to the join. */
  get offers(): ServerOffers | undefined {
    return this.announced;
  }

  private get channel(): Channel | undefined {
    return this.channels.at(-1);
  }

  /**
   * The sessions of the project that was active when the socket was opened, by `list_sessions`. A server that does not
   * know this event loses its channel of it.
   */
  listSessions(): Promise<Result<SessionList>> {
    const { channel } = this;
    if (this.ended || !channel?.isJoined()) return Promise.resolve(err(NOT_JOINED));
    return new Promise((resolve) => {
      this.lists.add(resolve);
      const answer = (list: Result<SessionList>) => {
        this.lists.delete(resolve);
        resolve(list);
      };
      channel
        .push('list_sessions', { status: KNOWN_STATUSES }, LIST_TIMEOUT_MS)
        .receive('ok', (reply: unknown) => {
          inSlices(sessionListSteps(reply)).then(
            (list) => answer(list ? ok(list) : err(UNREADABLE_LIST)),
            (error: unknown) => {
              this.options.onBug(error);
              answer(err(UNREADABLE_LIST));
            },
          );
        })
        .receive('error', () => answer(err(LIST_REFUSED)))
        .receive('timeout', () => answer(err(LIST_TIMED_OUT)));
    });
  }

  /** Has the server do what it announced. One push, never a second. */
  ask(event: string, payload: object, timeoutMs: number): Promise<PushReply> {
    const { channel } = this;
    if (this.ended || !channel?.isJoined()) return Promise.resolve({ kind: 'lost', failure: NOT_JOINED });
    return new Promise((resolve) => {
      const answer = (reply: PushReply) => {
        this.asked.delete(answer);
        resolve(reply);
      };
      this.asked.add(answer);
      const detail = `${event}: no answer in ${timeoutMs / 1000} s`;
      channel
        .push(event, payload, timeoutMs)
        .receive('ok', (response: unknown) => answer({ kind: 'ok', response }))
        .receive('error', (response: unknown) => answer({ kind: 'error', response }))
        .receive('timeout', () => answer({ kind: 'lost', failure: { kind: 'timeout', detail } }));
    });
  }

  /**
   * Joins a further topic on this socket, beside the user's, and returns its end. It ends with the socket at the latest;
   * what becomes of it is told to its listener alone.
   */
  joinTopic(topic: string, listener: SideListener): () => void {
    return this.ended ? () => {} : this.sides.join(topic, listener);
  }

  /** Asks the peer whether it is still there; only an answer is told. */
  check(): void {
    if (this.ended) return;
    this.socket.ping(() => {
      if (!this.ended) this.options.onAlive?.();
    });
  }

  /** Closes the socket; nothing is reported after it. */
  close(): void {
    const { channel } = this;
    if (channel?.isJoined()) this.note(() => `leave ${channel.topic}`);
    this.ended = true;
    this.frames.close();
    this.socket.disconnect();
    for (const answer of this.lists) answer(err(NOT_JOINED));
    this.lists.clear();
    for (const answer of [...this.asked]) answer({ kind: 'lost', failure: NOT_JOINED });
    // Without the leave phoenix keeps the timers of the join and of its rejoin, and with them this socket.
    for (const each of this.channels) each.leave();
    this.sides.close();
  }

  /** Composed only where somebody reads it. */
  private note(line: () => string): void {
    const { log } = this.options;
    if (log.isEnabled('debug')) log.debug(line());
  }

  private safely(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.options.onBug(error);
    }
  }

  private onChannelError(reason: ChannelErrorReason): void {
    if (reason?.source !== 'transport') {
      this.end(
        'lost',
        this.lists.size > 0
          ? { kind: 'listCrashed', detail: 'the channel crashed when it was asked for the sessions' }
          : { kind: 'crashed', detail: 'the channel crashed on the server' },
      );
    } else if (reason.reason === 'heartbeat_timeout') {
      this.end('lost', { kind: 'timeout', detail: `no answer to a heartbeat in ${HEARTBEAT_MS / 1000} s` });
    }
    // A closed or failed connection is reported by the socket, which knows the code.
  }

  private end(end: 'lost' | 'refused', failure: Failure): void {
    if (this.ended) return;
    const { refusal } = this;
    this.note(() => `${end}: ${failure.detail}`);
    this.close();
    if (refusal) this.options.onEnded(isOfToken(refusal) ? 'refused' : 'lost', refusalFailure(refusal));
    else this.options.onEnded(end, failure);
  }

  private onPush(event: PushName, payload: unknown): void {
    if (this.ended) return;
    const delta = PUSHES[event](payload);
    if (delta) {
      this.options.onDelta(delta);
      return;
    }
    const detail = `${this.channel?.topic ?? ''} ${event} ${describeId(payload)}: payload without a usable id`;
    this.options.log.warn(`ignored ${detail}`);
    this.options.onMalformed({ kind: 'unreadable', detail });
  }

  /** One that cannot be read is of no session: the list is right all the same. */
  private onNotice(event: string, notice: ChannelNotice | undefined): void {
    if (this.ended) return;
    if (notice) this.options.onNotice?.(notice);
    else this.options.log.warn(`ignored ${this.channel?.topic ?? ''} ${event}: unreadable payload`);
  }

  private onPresence(event: 'presence_state' | 'presence_diff', payload: unknown): void {
    if (this.ended) return;
    const before = this.present;
    const taken = event === 'presence_state' ? this.presence.sync(payload) : this.presence.apply(payload);
    if (!taken) this.onNotice(event, undefined);
    // A diff may come before the reply to the join, which may be a refusal.
    else if (this.present !== before && this.channel?.isJoined()) this.tellPresence();
  }

  private tellPresence(): void {
    this.options.onNotice?.({ type: 'presence', present: this.present });
  }
}
