import { Socket, type Channel, type ChannelErrorReason, type ErrorReply, type Message } from 'phoenix';
import type { SessionDelta } from '../machines/sessions';
import { networkFailure } from './http/networkFailure';
import { retryAfterMs } from './http/restClient';
import { messageOf, type Log } from './log';
import type { Failure } from './model/failure';
import { parseSession, parseSessionId } from './model/parseSession';
import type { Secret } from './model/secret';
import type { ServerAddress } from './model/serverAddress';
import type { SocketTransport, UpgradeRefusal } from './webSocket';

/** phoenix notices a dead peer one interval after the unanswered heartbeat: at most twice this. */
export const HEARTBEAT_MS = 8_000;
const NEVER_MS = 2 ** 31 - 1;

/** Refusals of the upgrade that may mean a bad token; REST has the last word. */
const JUDGED_STATUSES: ReadonlySet<number> = new Set([401, 403]);

export interface PhoenixChannelOptions {
  readonly address: ServerAddress;
  readonly token: Secret;
  readonly userId: string;
  readonly log: Log;
  readonly transport: (onRefusal: (refusal: UpgradeRefusal) => void) => SocketTransport;
  readonly onJoined: () => void;
  /** The end of this socket, told once. `refused`: the token may be the cause. */
  readonly onEnded: (end: 'lost' | 'refused', failure: Failure) => void;
  /** A push that was understood. */
  readonly onDelta: (event: SessionDelta) => void;
  /** A frame or payload that was not. */
  readonly onGarbled: (failure: Failure) => void;
}

/**
 * One socket, one join: opened once, closed for good at its first end. phoenix's own reconnect and rejoin never run.
 */
export class PhoenixChannelClient {
  private readonly socket: Socket;
  private readonly channel: Channel;
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
    this.socket.onError((event) => {
      this.error = (event as { error?: unknown }).error;
    });
    this.socket.onClose((event: { code?: number }) =>
      this.end('lost', this.error ? networkFailure(this.error, 'the WebSocket') : closeFailure(event.code)),
    );
    this.channel = this.socket.channel(`vscode:user:${options.userId}`);
    this.channel.onError((reason: ChannelErrorReason) => this.onChannelError(reason));
    this.channel.onClose(() => this.end('lost', { kind: 'closed', detail: 'the server closed the channel' }));
    for (const event of Object.keys(PUSHES) as PushName[]) {
      this.channel.on(event, (payload: unknown) => this.onPush(event, payload));
    }
  }

  open(): void {
    const { log } = this.options;
    log.debug(`opening ${this.options.address.socket}/websocket, topic ${this.channel.topic}`);
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

  /** Closes the socket; nothing is reported after it. */
  close(): void {
    this.ended = true;
    this.socket.disconnect();
    // Without the leave phoenix keeps the timers of the join and of its rejoin, and with them this socket.
    this.channel.leave();
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
    else this.garbled(`${this.channel.topic} ${event} ${describeId(payload)}: payload without a usable id`);
  }

  private garbled(detail: string): void {
    this.options.log.warn(`ignored ${detail}`);
    this.options.onGarbled({ kind: 'unreadable', detail });
  }

  /** With ws, an exception here leaves the socket open but deaf: whatever is wrong with a frame ends here. */
  private decode(frame: unknown, callback: (message: Message) => unknown): void {
    if (this.ended) return;
    const message = readFrame(frame);
    if (!message) {
      this.garbled('a frame that is no Phoenix message');
      return;
    }
    try {
      callback(message);
    } catch (error) {
      this.options.log.error(`${message.topic} ${message.event}: ${messageOf(error)}`);
      this.options.onGarbled({ kind: 'unreadable', detail: `${message.event} could not be handled` });
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
    const id = parseSessionId(payload);
    return id === undefined ? undefined : { type: 'session.deleted', id };
  },
};

function readFrame(frame: unknown): Message | undefined {
  if (typeof frame !== 'string') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 5) return undefined;
  const [join_ref, ref, topic, event, payload] = parsed as unknown[];
  if (typeof topic !== 'string' || typeof event !== 'string' || !isObject(payload)) return undefined;
  return { join_ref: refOf(join_ref), ref: refOf(ref), topic, event, payload };
}

const refOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function describeId(payload: unknown): string {
  const id = isObject(payload) ? payload.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id ${String(id).slice(0, 64)}` : 'without id';
}

function closeFailure(code = 1006): Failure {
  return code === 1006
    ? { kind: 'unreachable', detail: 'the connection broke (1006)' }
    : { kind: 'closed', detail: `the server closed the connection (${code})` };
}

function joinFailure(topic: string, reply: ErrorReply | undefined): Failure {
  const wait = typeof reply?.retry_after === 'number' ? { retryAfterMs: reply.retry_after * 1000 } : {};
  const reason = typeof reply?.reason === 'string' ? reply.reason.slice(0, 200) : 'no reason given';
  return { kind: 'joinRefused', detail: `the server refused to join ${topic}: ${reason}`, ...wait };
}
