import { Socket, type Channel, type ChannelErrorReason, type ErrorReply, type Message } from 'phoenix';
import type { SessionDelta } from '../machines/sessions';
import { FrameInbox } from './frameInbox';
import { retryAfterMs } from './http/exchange';
import { networkFailure } from './http/networkFailure';
import { messageOf, redact, type Log } from './log';
import { logError } from './logError';
import type { Failure } from './model/failure';
import { waitMs } from './model/limits';
import { parseSession, parseId } from './model/parseSession';
import { plainText } from './model/plainText';
import type { JsonRead } from './model/readJson';
import type { Secret } from './model/secret';
import type { ServerAddress } from './model/serverAddress';
import type { SocketTransport, UpgradeRefusal } from './webSocket';

/** phoenix notices a dead peer one interval after the unanswered heartbeat: at most twice this. */
export const HEARTBEAT_MS = 8_000;
const NEVER_MS = 2 ** 31 - 1;

/** How a server goes away that comes back: going away, service restart, try again later. */
const RESTART_CODES: ReadonlySet<number> = new Set([1001, 1012, 1013]);

/** Refusals of the upgrade that may mean a bad token; REST has the last word. */
const JUDGED_STATUSES: ReadonlySet<number> = new Set([401, 403]);

export interface PhoenixChannelOptions {
  readonly address: ServerAddress;
  readonly token: Secret;
  readonly userId: string;
  /** Sockets that were opened before this one. */
  readonly reconnects?: number;
  readonly log: Log;
  readonly transport: (onRefusal: (refusal: UpgradeRefusal) => void) => SocketTransport;
  readonly onJoined: () => void;
  /** The answer to `check`. */
  readonly onAlive?: () => void;
  /** The end of this socket, told once. `refused`: the token may be the cause. */
  readonly onEnded: (end: 'lost' | 'refused', failure: Failure) => void;
  /** A push that was understood. */
  readonly onDelta: (event: SessionDelta) => void;
  /** A frame or payload that was not. */
  readonly onMalformed: (failure: Failure) => void;
  /** An exception of ours that phoenix would pass on to the socket. */
  readonly onBug: (error: unknown) => void;
}

/**
 * One socket, one join: opened once, closed for good at its first end. phoenix's own reconnect and rejoin never run.
 */
export class PhoenixChannelClient {
  private readonly socket: Socket;
  private readonly channel: Channel;
  private readonly inbox: FrameInbox;
  private refusal: UpgradeRefusal | undefined;
  private error: unknown;
  private ended = false;

  constructor(private readonly options: PhoenixChannelOptions) {
    this.socket = new Socket(options.address.socket, {
      transport: options.transport((refusal) => (this.refusal = refusal)),
      params: { token: options.token.reveal() },
      heartbeatIntervalMs: HEARTBEAT_MS,
      reconnectAfterMs: () => NEVER_MS,
      rejoinAfterMs: () => NEVER_MS,
      decode: (frame: unknown, callback: (message: Message) => unknown) => {
        this.decode(frame, callback);
      },
    });
    this.inbox = new FrameInbox({
      hold: (held) => {
        const conn = this.socket.conn as { pause?(): void; resume?(): void } | null;
        if (held) conn?.pause?.();
        else conn?.resume?.();
      },
      onError: (error) => this.unhandled('frames', error),
    });
    this.socket.onOpen(() => {
      this.note(() => 'open');
      this.note(() => `join ${this.channel.topic}`);
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
    this.channel = this.socket.channel(`vscode:user:${options.userId}`);
    this.channel.onError((reason: ChannelErrorReason) => this.safely(() => this.onChannelError(reason)));
    this.channel.onClose(() => this.end('lost', { kind: 'closed', detail: 'the server closed the channel' }));
    for (const event of Object.keys(PUSHES) as PushName[]) {
      this.channel.on(event, (payload: unknown) => this.onPush(event, payload));
    }
  }

  open(): void {
    const { log, address, reconnects = 0 } = this.options;
    if (reconnects > 0) this.note(() => `reconnect ${reconnects}`);
    this.note(() => `opening ${address.socket}/websocket`);
    this.channel
      .join(NEVER_MS)
      .receive('ok', () => {
        if (this.ended) return;
        log.info(`joined ${this.channel.topic}`);
        this.options.onJoined();
      })
      .receive('error', (reply: ErrorReply | undefined) =>
        this.end('lost', joinFailure(this.channel.topic, reply)),
      );
    this.socket.connect();
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
    if (this.channel.isJoined()) this.note(() => `leave ${this.channel.topic}`);
    this.ended = true;
    this.inbox.close();
    this.socket.disconnect();
    // Without the leave phoenix keeps the timers of the join and of its rejoin, and with them this socket.
    this.channel.leave();
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
      this.end('lost', { kind: 'crashed', detail: 'the channel crashed on the server' });
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
    if (refusal) {
      const wait = retryAfterMs(refusal.retryAfter);
      const detail = `the server refused the WebSocket (HTTP ${refusal.status})`;
      this.options.onEnded(JUDGED_STATUSES.has(refusal.status) ? 'refused' : 'lost', {
        kind: 'upgradeRefused',
        detail,
        ...(wait === undefined ? {} : { retryAfterMs: wait }),
      });
    } else {
      this.options.onEnded(end, failure);
    }
  }

  private onPush(event: PushName, payload: unknown): void {
    if (this.ended) return;
    const delta = PUSHES[event](payload);
    if (delta) this.options.onDelta(delta);
    else this.malformed(`${this.channel.topic} ${event} ${describeId(payload)}: payload without a usable id`);
  }

  private malformed(detail: string, kind: 'unreadable' | 'tooLarge' = 'unreadable'): void {
    this.options.log.warn(`ignored ${detail}`);
    this.options.onMalformed({ kind, detail });
  }

  private unhandled(what: string, error: unknown): void {
    logError(this.options.log, what, error);
    this.options.onMalformed({ kind: 'unreadable', detail: `${what} could not be handled` });
  }

  private decode(frame: unknown, callback: (message: Message) => unknown): void {
    if (this.ended) return;
    if (typeof frame === 'string') this.inbox.push(frame, (read) => this.take(read, frame, callback));
    else this.malformed('a frame that is no text');
  }

  /** With ws, an exception here leaves the socket open but deaf: whatever is wrong with a frame ends here. */
  private take(read: JsonRead, frame: string, callback: (message: Message) => unknown): void {
    if (this.ended) return;
    const message = read.ok ? messageIn(read.value) : undefined;
    this.note(() => `received ${message ? summary(message) : 'no message'}, ${bytesIn(frame)} bytes`);
    if (!message) {
      if (!read.ok && read.failure === 'tooLarge') this.malformed('a frame of too many values', 'tooLarge');
      else this.malformed('a frame that is no Phoenix message');
      return;
    }
    try {
      callback(message);
    } catch (error) {
      this.unhandled(`${message.topic} ${message.event}`, error);
    }
  }
}

type PushName = 'session_created' | 'session_updated' | 'session_deleted';

const upserted = (payload: unknown): SessionDelta | undefined => {
  // Later generations wrap the session in `data`.
  const inner = isObject(payload) && isObject(payload.data) ? payload.data : payload;
  const update = parseSession(inner);
  return update && { type: 'session.upserted', update };
};

const PUSHES: Record<PushName, (payload: unknown) => SessionDelta | undefined> = {
  session_created: upserted,
  session_updated: upserted,
  session_deleted: (payload) => {
    const id = parseId(payload);
    return id === undefined ? undefined : { type: 'session.deleted', id };
  },
};

function messageIn(frame: unknown): Message | undefined {
  if (!Array.isArray(frame) || frame.length !== 5) return undefined;
  const [join_ref, ref, topic, event, payload] = frame as unknown[];
  if (typeof topic !== 'string' || typeof event !== 'string' || !isObject(payload)) return undefined;
  return { join_ref: refOf(join_ref), ref: refOf(ref), topic, event, payload };
}

const refOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** What came, without what it says. */
function summary({ topic, event, ref, payload }: Message): string {
  const inner = isObject(payload) && isObject(payload.data) ? payload.data : payload;
  const id = ref === null ? describeId(inner) : `ref ${plainText(ref, 64)}`;
  return `${plainText(event, 64)} on ${plainText(topic, 128)}, ${id}`;
}

const bytesIn = (text: string): number => new TextEncoder().encode(text).length;

function describeId(payload: unknown): string {
  const id = isObject(payload) ? payload.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id ${String(id).slice(0, 64)}` : 'without id';
}

function closeFailure(code = 1006): Failure {
  if (code === 1006) return { kind: 'unreachable', detail: 'the connection broke (1006)' };
  if (code === 1009) return { kind: 'tooLarge', detail: 'a message was too large for the connection (1009)' };
  const kind = RESTART_CODES.has(code) ? 'restarting' : 'closed';
  return { kind, detail: `the server closed the connection (${code})` };
}

function joinFailure(topic: string, reply: ErrorReply | undefined): Failure {
  const retryAfter = waitMs(reply?.retry_after);
  const wait = retryAfter === undefined ? {} : { retryAfterMs: retryAfter };
  const reason = typeof reply?.reason === 'string' ? redact(plainText(reply.reason, 200)) : 'no reason given';
  return { kind: 'joinRefused', detail: `the server refused to join ${topic}: ${reason}`, ...wait };
}
