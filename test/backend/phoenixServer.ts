import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CallFaults } from './callFaults';
import type { Contract } from './contract';
import { PROJECT_TOPIC } from './generations/next';
import { PhoenixSocket } from './phoenixSocket';
import { Presence } from './presence';
import type { Stats } from './stats';
import type { Timers } from './timers';
import type { Tokens } from './tokens';
import type { Broadcast, World } from './world';

export interface PhoenixParts {
  world: World;
  tokens: Tokens;
  contract: Contract;
  stats: Stats;
  timers: Timers;
  heartbeatTimeoutMs: number;
  /** Whose pages may open a socket, beside those of this host. */
  allowOrigin: string | undefined;
}

/** `open`: the sockets open now; `all`: those and every later one. */
export type Mute = 'none' | 'open' | 'all';

/** Accepts the upgrades and brings each broadcast to the channels of its user. */
export class PhoenixServer {
  /** Status that every upgrade is refused with, whatever its token. */
  refuseWith: number | undefined;
  /** Broadcasts are held back this long, so that the answer to a REST call can be ahead of its event. */
  slowMs = 0;
  readonly callFaults = new CallFaults();
  /** Of the topic that all users share. */
  readonly presence: Presence;
  private readonly presences = new Map<string, Presence>();
  private readonly sockets = new Set<PhoenixSocket>();
  private readonly upgrader = new WebSocketServer({ noServer: true });
  private readonly unsubscribe: () => void;
  private muteLater = false;

  constructor(private readonly parts: PhoenixParts) {
    this.presence = new Presence(parts.contract.presence);
    this.unsubscribe = parts.world.onBroadcast((broadcast) => this.broadcast(broadcast));
  }

  get openSockets(): number {
    return this.sockets.size;
  }

  handleUpgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const { stats, tokens } = this.parts;
    const url = new URL(`http://server${request.url}`);
    const token = url.searchParams.get('token');
    const check = tokens.check(token ?? '');
    const userId = check.verdict === 'valid' ? check.userId : null;
    const status = this.refusal(request, url) ?? (userId === null ? 403 : 101);
    stats.upgraded({ status, token, userId });
    if (status !== 101 || userId === null) {
      refuse(connection, status);
      return;
    }
    this.upgrader.handleUpgrade(request, connection, head, (ws) => {
      const { callFaults } = this;
      const presenceOf = this.presenceOf.bind(this);
      const socket = new PhoenixSocket(ws, userId, { ...this.parts, presenceOf, callFaults });
      this.sockets.add(socket);
      if (this.muteLater) socket.mute(true);
      ws.on('close', () => {
        this.sockets.delete(socket);
        stats.changed();
      });
    });
  }

  push(userId: number, event: string, payload: unknown): void {
    const topic = this.userTopic(userId);
    for (const socket of this.socketsOf(userId)) socket.push(topic, event, payload);
  }

  /** Reaches whoever has joined the topic, whose user that is. */
  pushTo(topic: string, event: string, payload: unknown): void {
    for (const socket of this.sockets) socket.push(topic, event, payload);
  }

  crashChannels(userId: number): void {
    const topic = this.userTopic(userId);
    for (const socket of this.socketsOf(userId)) socket.crash(topic);
  }

  closeChannels(userId: number, topic: string): void {
    for (const socket of this.socketsOf(userId)) socket.closeChannel(topic);
  }

  /** The topics that are joined, one for each socket that has it, sorted. */
  get joinedTopics(): string[] {
    return [...this.sockets].flatMap((socket) => socket.topics).sort();
  }

  /** Crashes the channels of this topic, whoever has joined it. */
  crashTopic(topic: string): void {
    for (const socket of this.sockets) socket.crash(topic);
  }

  sendRaw(text: string): void {
    for (const socket of this.sockets) socket.sendRaw(text);
  }

  mute(mute: Mute): void {
    this.muteLater = mute === 'all';
    for (const socket of this.sockets) socket.mute(mute !== 'none');
  }

  /** 1006 kills the connection; any other code closes it in order. */
  drop(code: number, userId?: number): void {
    for (const socket of this.socketsOf(userId)) {
      if (code === 1006) socket.terminate();
      else socket.close(code);
    }
  }

  /** Ends every socket, as a planned restart does; the half-open ones too. */
  restart(): void {
    for (const socket of this.sockets) socket.restart();
    this.presence.mode = this.parts.contract.presence;
  }

  stop(): void {
    this.unsubscribe();
    for (const socket of this.sockets) socket.terminate();
  }

  private broadcast(broadcast: Broadcast): void {
    const { contract, world, timers } = this.parts;
    const { userId, event, session, to, payload } = broadcast;
    const crashes = event === 'session_created' && contract.crashesOnCreated;
    const push = crashes ? 'crash' : contract.generation.push(broadcast, world);
    const told = contract.generation.pushToProject?.(broadcast, world);
    const deliver = () => {
      const ownEvent = event === 'session_field_updated' ? 'session_updated' : event;
      if (to !== 'user') this.pushTo(`session:${session.id}`, ownEvent, payload);
      if (to === 'session' || push === 'ignored') return;
      if (push === 'crash') this.crashChannels(userId);
      else this.push(userId, push.event, push.payload);
      if (!told) return;
      for (const socket of this.sockets) {
        if (socket.userId !== userId) socket.push(told.topic, told.event, told.payload);
      }
    };
    if (this.slowMs > 0) timers.after(this.slowMs, deliver);
    else deliver();
  }

  private presenceOf(topic: string, userId: number): Presence | undefined {
    if (topic === this.userTopic(userId)) return this.presence;
    if (!topic.startsWith(PROJECT_TOPIC)) return undefined;
    const presence = this.presences.get(topic) ?? new Presence('on');
    this.presences.set(topic, presence);
    return presence;
  }

  private userTopic(userId: number): string {
    return this.parts.contract.generation.userTopic(userId);
  }

  private socketsOf(userId?: number): PhoenixSocket[] {
    return [...this.sockets].filter((socket) => userId === undefined || socket.userId === userId);
  }

  private refusal({ headers }: IncomingMessage, url: URL): number | undefined {
    if (url.pathname !== '/socket/websocket') return 404;
    if (this.refuseWith !== undefined) return this.refuseWith;
    if (!url.searchParams.get('vsn')?.startsWith('2.')) return 403;
    const isAllowed = headers.origin !== undefined && headers.origin === this.parts.allowOrigin;
    return !isAllowed && isForeign(headers.origin, headers.host) ? 403 : undefined;
  }
}

function isForeign(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).hostname !== new URL(`http://${host}`).hostname;
}

function refuse(connection: Duplex, status: number): void {
  connection.on('error', () => connection.destroy());
  connection.end(
    [
      `HTTP/1.1 ${status} Refused`,
      'content-length: 0',
      'vary: accept-encoding',
      'cache-control: max-age=0, private, must-revalidate',
      '\r\n',
    ].join('\r\n'),
  );
}
