import { Socket, type Channel, type ErrorReply, type Message } from 'phoenix';
import { NEVER_MS, REFUSALS_OF_TOPICS } from '../channel/channelFailures';
import { isObject } from '../channel/channelPushes';
import { FrameInbox, readingOf } from '../channel/frameInbox';
import { messageIn } from '../channel/phoenixFrames';
import { err, ok, type Failure, type Result } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { KNOWN_STATUSES } from '../model/session';
import type { SocketTransport, UpgradeRefusal } from '../channel/webSocket';
import { connectionFailure } from './finding';

/** What the server says to a join. */
export type JoinAnswer = 'joined' | { readonly refusal: string };

/** One socket, asked one thing after another; each answer comes, or the end of the socket, or of the signal. */
export interface ChannelProbe {
  upgrade(signal: AbortSignal): Promise<Result<true>>;
  join(topic: string, signal: AbortSignal): Promise<Result<JoinAnswer>>;
  heartbeat(signal: AbortSignal): Promise<Result<true>>;
  /** `list_sessions` on the topic that was joined: how many there are. A channel without it crashes. */
  list(signal: AbortSignal): Promise<Result<number>>;
  close(): void;
}

export interface SocketProbeOptions {
  readonly address: ServerAddress;
  readonly token: Secret;
  readonly transport: (onRefusal: (refusal: UpgradeRefusal) => void) => SocketTransport;
}

export class SocketProbe implements ChannelProbe {
  private readonly socket: Socket;
  private readonly inbox: FrameInbox;
  private readonly channels: Channel[] = [];
  private readonly ended: Promise<Failure>;

  constructor({ address, token, transport }: SocketProbeOptions) {
    let refusal: UpgradeRefusal | undefined;
    let error: unknown;
    this.socket = new Socket(address.socket, {
      transport: transport((given) => (refusal = given)),
      params: { token: token.reveal() },
      reconnectAfterMs: () => NEVER_MS,
      rejoinAfterMs: () => NEVER_MS,
      decode: (frame: unknown, callback: (message: Message) => unknown) => {
        this.decode(frame, callback);
      },
    });
    this.inbox = new FrameInbox({
      hold: readingOf(this.socket),
      onError: () => this.close(),
    });
    this.socket.onError((event) => {
      error = (event as { error?: unknown }).error;
    });
    this.ended = new Promise((resolve) =>
      this.socket.onClose(({ code }: { code?: number }) => {
        if (refusal) resolve(upgradeRefused(refusal));
        else if (error) resolve(connectionFailure(error));
        else resolve({ kind: 'closed', detail: `the server closed the connection (${code ?? 'no code'})` });
      }),
    );
  }

  upgrade(signal: AbortSignal): Promise<Result<true>> {
    return this.within(signal, (done) => {
      this.socket.onOpen(() => done(ok(true)));
      this.socket.connect();
    });
  }

  join(topic: string, signal: AbortSignal): Promise<Result<JoinAnswer>> {
    return this.within(signal, (done) => {
      const channel = this.socket.channel(topic);
      this.channels.push(channel);
      channel
        .join(NEVER_MS)
        .receive('ok', () => done(ok('joined')))
        .receive('error', (reply: ErrorReply | undefined) => {
          const reason = reply?.reason;
          // What else a server gives as a reason is not repeated.
          const known = typeof reason === 'string' && REFUSALS_OF_TOPICS.has(reason);
          done(ok({ refusal: known ? reason : 'another reason' }));
        });
      channel.onError(() => done(err({ kind: 'crashed', detail: 'the channel crashed at the join' })));
    });
  }

  heartbeat(signal: AbortSignal): Promise<Result<true>> {
    return this.within(signal, (done) => void this.socket.ping(() => done(ok(true))));
  }

  list(signal: AbortSignal): Promise<Result<number>> {
    return this.within(signal, (done) => {
      const joined = this.channels.find((channel) => channel.isJoined());
      if (!joined) {
        done(err({ kind: 'crashed', detail: 'the channel crashed after the join' }));
        return;
      }
      joined.onError(() => done(err({ kind: 'crashed', detail: 'the channel crashed at list_sessions' })));
      joined
        .push('list_sessions', { status: KNOWN_STATUSES }, NEVER_MS)
        .receive('ok', (reply: { data?: unknown } | undefined) => {
          const sessions: unknown = reply?.data;
          done(Array.isArray(sessions) ? ok(sessions.length) : err({ kind: 'unreadable', detail: '' }));
        })
        .receive('error', () =>
          done(err({ kind: 'serverError', detail: 'list_sessions was answered with an error' })),
        );
    });
  }

  close(): void {
    this.inbox.close();
    this.socket.disconnect();
    // Without the leave phoenix keeps the timers of the join, and with them this socket.
    for (const channel of this.channels.splice(0)) channel.leave();
  }

  private within<T>(
    signal: AbortSignal,
    start: (done: (result: Result<T>) => void) => void,
  ): Promise<Result<T>> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      void this.ended.then((failure) => resolve(err(failure)));
      start(resolve);
    });
  }

  /** An exception in here would leave the socket deaf. */
  private decode(frame: unknown, callback: (message: Message) => unknown): void {
    if (typeof frame !== 'string') return;
    this.inbox.push(frame, (read) => {
      const message = read.ok ? messageIn(read.value) : undefined;
      try {
        if (isObject(message?.payload)) callback(message);
      } catch {
        this.close();
      }
    });
  }
}

const upgradeRefused = ({ status }: UpgradeRefusal): Failure => ({
  kind: 'upgradeRefused',
  detail: `the WebSocket was refused (HTTP ${status})`,
});
