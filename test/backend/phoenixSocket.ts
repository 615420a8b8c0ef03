import type { RawData, WebSocket } from 'ws';
import type { CallFaults } from './callFaults';
import type { Contract } from './contract';
import type { Presence, Present } from './presence';
import type { Stats } from './stats';
import type { Timers } from './timers';
import type { User, World } from './world';

type Ref = string | null;
export type Frame = [joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown];

const IDLE_CLOSE_CODE = 1002;
const CRASH_CLOSE_CODE = 1011;
const RESTART_CLOSE_CODE = 1012;

export interface SocketParts {
  world: World;
  contract: Contract;
  /** Who is on the topic, where that is tracked. */
  presenceOf: (topic: string, userId: number) => Presence | undefined;
  callFaults: CallFaults;
  stats: Stats;
  timers: Timers;
  heartbeatTimeoutMs: number;
}

/** One open socket and its channels, in the words of the V2 serializer. */
export class PhoenixSocket {
  /** Topic to the join_ref of the join that opened its channel. */
  private readonly channels = new Map<string, Ref>();
  /** Those of its channels that are seen on their topic. */
  private readonly seen = new Map<string, Present>();
  private readonly idle: NodeJS.Timeout;
  /** The user as it was when the socket was opened: a later change of project reaches later sockets alone. */
  private readonly user: User;
  private muted = false;

  constructor(
    private readonly ws: WebSocket,
    readonly userId: number,
    private readonly parts: SocketParts,
  ) {
    this.user = { ...parts.world.user(userId) };
    this.idle = setTimeout(() => this.close(IDLE_CLOSE_CODE), parts.heartbeatTimeoutMs);
    ws.on('message', (raw) => this.receive(raw));
    ws.on('close', () => {
      clearTimeout(this.idle);
      for (const topic of [...this.seen.keys()]) this.leavePresence(topic);
    });
    ws.on('error', () => this.terminate());
  }

  get topics(): string[] {
    return [...this.channels.keys()];
  }

  /** Reaches the client only while it has joined the topic: there is no replay. */
  push(topic: string, event: string, payload: unknown): void {
    const joinRef = this.channels.get(topic);
    if (joinRef !== undefined) this.send([joinRef, null, topic, event, payload]);
  }

  crash(topic: string): void {
    this.endChannel(topic, 'phx_error');
  }

  closeChannel(topic: string): void {
    this.endChannel(topic, 'phx_close');
  }

  sendRaw(text: string): void {
    if (!this.muted) this.ws.send(text);
  }

  /** A muted socket is a half-open link: nothing arrives, nothing leaves, and neither side is told. */
  mute(muted: boolean): void {
    this.muted = muted;
    if (muted) this.ws.pause();
    else this.ws.resume();
  }

  close(code: number): void {
    if (!this.muted) this.ws.close(code);
  }

  restart(): void {
    if (this.muted) this.terminate();
    else this.close(RESTART_CLOSE_CODE);
  }

  terminate(): void {
    clearTimeout(this.idle);
    this.ws.terminate();
  }

  private receive(raw: RawData): void {
    this.idle.refresh();
    const frame = parseFrame((raw as Buffer).toString());
    if (!frame) {
      this.close(CRASH_CLOSE_CODE);
      return;
    }
    const [joinRef, ref, topic, event, payload] = frame;
    if (topic === 'phoenix' && event === 'heartbeat') {
      this.parts.stats.beat();
      this.reply(null, ref, topic, 'ok', {});
    } else if (event === 'phx_join') this.join(joinRef, ref, topic);
    else if (event === 'phx_leave') this.leave(joinRef, ref, topic);
    else if (!this.channels.has(topic)) this.replyUnmatched(ref, topic);
    else this.call(ref, topic, event, payload);
  }

  private join(joinRef: Ref, ref: Ref, topic: string): void {
    const replaced = this.channels.get(topic);
    this.forget(topic);
    this.answerJoin(joinRef, ref, topic);
    // The close of a channel that a second join replaced follows the reply to that join.
    if (replaced !== undefined) this.send([replaced, replaced, topic, 'phx_close', {}]);
    if (this.channels.has(topic)) this.joinPresence(topic);
  }

  private joinPresence(topic: string): void {
    const { userId } = this;
    const tellPresence: Present['tellPresence'] = (event, payload, own) => {
      if (own) this.push(topic, event, payload);
      else if (this.channels.has(topic)) this.send([null, null, topic, event, payload]);
    };
    const present = { userId, tellPresence };
    this.seen.set(topic, present);
    this.parts.presenceOf(topic, userId)?.join(present);
  }

  private leavePresence(topic: string): void {
    const present = this.seen.get(topic);
    this.seen.delete(topic);
    if (present) this.parts.presenceOf(topic, this.userId)?.leave(present);
  }

  private answerJoin(joinRef: Ref, ref: Ref, topic: string): void {
    const { userId, user } = this;
    const { contract, world } = this.parts;
    const { generation } = contract;
    const reason = generation.serves(topic) ? generation.refusal(topic, user) : 'unmatched topic';
    if (!generation.serves(topic)) this.replyUnmatched(ref, topic);
    else if (reason !== undefined) this.reply(joinRef, ref, topic, 'error', { reason });
    else {
      this.channels.set(topic, joinRef);
      this.reply(joinRef, ref, topic, 'ok', generation.joinReply?.(topic, user, world) ?? {});
    }
    this.parts.stats.joined({ topic, userId, answer: reason ?? 'ok' });
  }

  private leave(joinRef: Ref, ref: Ref, topic: string): void {
    const joined = this.channels.get(topic);
    // A leave that bears an older join_ref raced with a close: the server stays silent.
    if (joined !== undefined && joined !== joinRef) return;
    this.reply(joinRef, ref, topic, 'ok', {});
    this.endChannel(topic, 'phx_close');
  }

  private call(ref: Ref, topic: string, event: string, payload: unknown): void {
    const { contract, world, callFaults, stats, timers } = this.parts;
    const fault = callFaults.take(event);
    const reply = contract.generation.call(topic, event, payload, this.user, world);
    const joinRef = this.channels.get(topic);
    const answer = () => {
      if (joinRef === undefined || this.channels.get(topic) !== joinRef) return;
      if (fault === 'error') this.reply(joinRef, ref, topic, 'error', { reason: 'not authenticated' });
      else if (fault === 'crash' || reply === undefined) this.crash(topic);
      else this.reply(joinRef, ref, topic, reply.status, reply.response);
    };
    stats.called({ topic, event, payload, userId: this.userId });
    if (fault === 'hang') return;
    if (callFaults.slowMs > 0) timers.after(callFaults.slowMs, answer);
    else answer();
  }

  private endChannel(topic: string, event: 'phx_close' | 'phx_error'): void {
    const joinRef = this.channels.get(topic);
    if (joinRef === undefined) return;
    this.forget(topic);
    this.send([joinRef, joinRef, topic, event, {}]);
  }

  private forget(topic: string): void {
    if (this.channels.delete(topic)) this.leavePresence(topic);
  }

  private replyUnmatched(ref: Ref, topic: string): void {
    this.reply(null, ref, topic, 'error', { reason: 'unmatched topic' });
  }

  private reply(joinRef: Ref, ref: Ref, topic: string, status: 'ok' | 'error', response: unknown): void {
    this.send([joinRef, ref, topic, 'phx_reply', { status, response }]);
  }

  private send(frame: Frame): void {
    this.sendRaw(JSON.stringify(frame));
  }
}

function parseFrame(text: string): Frame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    if (!Array.isArray(frame) || frame.length !== 5) return undefined;
    return typeof frame[2] === 'string' && typeof frame[3] === 'string' ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}
