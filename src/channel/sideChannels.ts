import type { Channel, ChannelErrorReason, ErrorReply, Socket } from 'phoenix';
import { joinFailure, NEVER_MS } from './channelFailures';
import type { Log } from '../log';
import { logError } from '../logError';
import type { Failure } from '../model/failure';

/** phoenix keeps a timer for the answer to a leave, and with it the channel. */
const LEAVE_TIMEOUT_MS = 2_000;

export interface SideListener {
  /** The server's reply to the join. */
  readonly onJoined?: (reply: unknown) => void;
  /** Names of the events that are listened to. */
  readonly events: readonly string[];
  /** One that throws is written down; the topic stays. */
  readonly onEvent: (event: string, payload: unknown) => void;
  /**
   * The server refused to join the topic (`joinRefused`), or the channel ended there (`crashed`, `closed`). Told once,
   * and the topic is left; the end of the socket is not told.
   */
  readonly onEnded: (failure: Failure) => void;
}

/** What Phoenix replies where the server's `join/3` raises: a refusal for now. */
const JOIN_CRASHED = 'join crashed';

/** Further topics on a socket, beside the user's: what becomes of them touches neither the socket nor that channel. */
export class SideChannels {
  private readonly channels = new Map<string, Channel>();

  constructor(
    private readonly socket: Socket,
    private readonly log: Log,
  ) {}

  has(topic: string): boolean {
    return this.channels.has(topic);
  }

  /** One join, never repeated; a topic that is joined already is left before. Returns its end. */
  join(topic: string, { onJoined, events, onEvent, onEnded }: SideListener): () => void {
    this.leave(topic);
    const channel = this.socket.channel(topic);
    this.channels.set(topic, channel);
    const isCurrent = () => this.channels.get(topic) === channel;
    const end = (failure: Failure) => {
      if (!isCurrent()) return;
      this.leave(topic);
      this.safely(`the end of ${topic}`, () => onEnded(failure));
    };
    for (const event of events) {
      channel.on(event, (payload: unknown) => {
        if (isCurrent()) this.safely(`${topic} ${event}`, () => onEvent(event, payload));
      });
    }
    channel.onError((reason: ChannelErrorReason) => {
      if (reason?.source !== 'transport') end({ kind: 'crashed', detail: `${topic} crashed on the server` });
    });
    channel.onClose(() => end({ kind: 'closed', detail: `the server closed ${topic}` }));
    this.note(`join ${topic}`);
    channel
      .join(NEVER_MS)
      .receive('ok', (reply: unknown) => {
        if (isCurrent()) this.safely(`the join of ${topic}`, () => onJoined?.(reply));
      })
      .receive('error', (reply: ErrorReply | undefined) => {
        const failure = joinFailure(topic, reply);
        end(reply?.reason === JOIN_CRASHED ? { ...failure, kind: 'crashed' } : failure);
      });
    return () => {
      if (isCurrent()) this.leave(topic);
    };
  }

  /** Leaves them all. */
  close(): void {
    for (const topic of [...this.channels.keys()]) this.leave(topic);
  }

  /** Without it phoenix would keep the timers of the join and of its rejoin. */
  private leave(topic: string): void {
    const channel = this.channels.get(topic);
    if (!channel) return;
    this.channels.delete(topic);
    this.note(`leave ${topic}`);
    channel.leave(LEAVE_TIMEOUT_MS);
  }

  private note(line: string): void {
    if (this.log.isEnabled('debug')) this.log.debug(line);
  }

  private safely(what: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      logError(this.log, what, error);
    }
  }
}
