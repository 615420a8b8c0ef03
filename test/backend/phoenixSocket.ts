import type { RawData, WebSocket } from 'ws';
import type { Generation } from './generations/generation';
import type { Stats } from './stats';
import type { World } from './world';

type Ref = string | null;
export type Frame = [joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown];

const IDLE_CLOSE_CODE = 1002;
const CRASH_CLOSE_CODE = 1011;

/** One open socket and its channels, in the words of the V2 serializer. */
export class PhoenixSocket {
  /** Topic to the join_ref of the join that opened its channel. */
  private readonly channels = new Map<string, Ref>();
  private readonly idle: NodeJS.Timeout;
  private muted = false;

  constructor(
    private readonly ws: WebSocket,
    readonly userId: number,
    private readonly world: World,
    private readonly generation: Generation,
    private readonly stats: Stats,
    heartbeatTimeoutMs: number,
  ) {
    this.idle = setTimeout(() => this.close(IDLE_CLOSE_CODE), heartbeatTimeoutMs);
    ws.on('message', (raw) => this.receive(raw));
    ws.on('close', () => clearTimeout(this.idle));
    ws.on('error', () => this.terminate());
  }

  /** Reaches the client only while it has joined the topic: there is no replay. */
  push(topic: string, event: string, payload: unknown): void {
    const joinRef = this.channels.get(topic);
    if (joinRef !== undefined) this.send([joinRef, null, topic, event, payload]);
  }

  crash(topic: string): void {
    this.endChannel(topic, 'phx_error');
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
      this.stats.beat();
      this.reply(null, ref, topic, 'ok', {});
    } else if (event === 'phx_join') this.join(joinRef, ref, topic);
    else if (event === 'phx_leave') this.leave(joinRef, ref, topic);
    else if (!this.channels.has(topic)) this.replyUnmatched(ref, topic);
    else this.call(joinRef, ref, topic, event, payload);
  }

  private join(joinRef: Ref, ref: Ref, topic: string): void {
    const replaced = this.channels.get(topic);
    this.channels.delete(topic);
    this.answerJoin(joinRef, ref, topic);
    // The close of a channel that a second join replaced follows the reply to that join.
    if (replaced !== undefined) this.send([replaced, replaced, topic, 'phx_close', {}]);
  }

  private answerJoin(joinRef: Ref, ref: Ref, topic: string): void {
    const { userId, generation } = this;
    const reason = generation.serves(topic) ? generation.refusal(topic, userId) : 'unmatched topic';
    if (!generation.serves(topic)) this.replyUnmatched(ref, topic);
    else if (reason !== undefined) this.reply(joinRef, ref, topic, 'error', { reason });
    else {
      this.channels.set(topic, joinRef);
      this.reply(joinRef, ref, topic, 'ok', {});
    }
    this.stats.joined({ topic, userId, answer: reason ?? 'ok' });
  }

  private leave(joinRef: Ref, ref: Ref, topic: string): void {
    const joined = this.channels.get(topic);
    // A leave that bears an older join_ref raced with a close: the server stays silent.
    if (joined !== undefined && joined !== joinRef) return;
    this.reply(joinRef, ref, topic, 'ok', {});
    this.endChannel(topic, 'phx_close');
  }

  private call(joinRef: Ref, ref: Ref, topic: string, event: string, payload: unknown): void {
    const answer = this.generation.call(event, payload, this.world.user(this.userId), this.world);
    if (answer) this.reply(joinRef, ref, topic, 'ok', answer.response);
    else this.crash(topic);
  }

  private endChannel(topic: string, event: 'phx_close' | 'phx_error'): void {
    const joinRef = this.channels.get(topic);
    if (joinRef === undefined) return;
    this.channels.delete(topic);
    this.send([joinRef, joinRef, topic, event, {}]);
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
