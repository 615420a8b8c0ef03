import type { Interception, SimulatedNetwork } from './simulatedNetwork';
import { channelJson, restJson, type Push, type Subscriber } from './simulatedServer';
import type { Scheduled } from './simulatedTime';

const HANDSHAKE_TIMEOUT_MS = 8_000;
const ABNORMAL_CLOSE = 1006;
const GARBLED = '[null,null,"vscode:user:1","session_upd';

export interface SocketOptions {
  readonly network: SimulatedNetwork;
  readonly token: string;
  readonly onRefusal: (answer: { status: number; retryAfter: string | undefined }) => void;
}

/**
 * One WebSocket, both halves, and the server's end of its one channel: frames keep their order, each way. The client's
 * half is what phoenix asks of a transport.
 */
export class SimulatedSocket implements Subscriber {
  binaryType = '';
  timeout = 0;
  bufferedAmount = 0;
  onopen: () => void = () => {};
  onerror: (event: object) => void = () => {};
  onmessage: (event: { data: string }) => void = () => {};
  onclose: (event: { code: number }) => void = () => {};
  /** As WebSocket has them: connecting, open, closing, closed. */
  readyState: 0 | 1 | 2 | 3 = 0;
  /** Frames on their way to the client. */
  inFlight = 0;
  /** Neither side hears the other any more, and nobody was told. */
  halfOpen = false;
  private broken = false;
  private joined: { readonly ref: string; readonly topic: string } | undefined;
  /** The client heard that it is joined. */
  private told = false;
  private readonly clientward: Lane = { frames: [], last: 0, sentAt: -1 };
  private readonly serverward: Lane = { frames: [], last: 0, sentAt: -1 };
  private timer: Scheduled | undefined;
  /** The one that was active when it was opened. */
  private project = 0;

  constructor(private readonly options: SocketOptions) {
    const { network, token } = options;
    network.sockets.add(this);
    network.onRequest('upgrade', token);
    this.connect();
  }

  /** Healthy as far as both sides can tell, and nothing on its way. */
  get quiet(): boolean {
    const { server } = this.options.network;
    return (
      this.told &&
      this.readyState === 1 &&
      !this.halfOpen &&
      !this.broken &&
      this.inFlight === 0 &&
      server.subscribers.has(this)
    );
  }

  /** The client sends. */
  send(text: string): void {
    this.toServer(() => this.receive(JSON.parse(text) as Frame));
  }

  /** The client closes; the server hears of it later. */
  close(): void {
    if (this.readyState >= 2) return;
    this.forget(2);
    const { time } = this.options.network;
    time.schedule('world', this.options.network.delay(), () => this.leaveServer());
    time.schedule('input', 1, () => {
      this.readyState = 3;
      this.onclose({ code: 1000 });
    });
  }

  pause(): void {}
  resume(): void {}

  /** Both sides see the connection break. */
  cut(code = ABNORMAL_CLOSE): void {
    this.broken = true;
    this.leaveServer();
    this.options.network.time.schedule('input', 1, () => this.end(code));
  }

  breakSilently(): void {
    this.halfOpen = true;
    this.leaveServer();
  }

  /** Of two misordered events each is needed to make sense of the other: neither is mangled. */
  push(push: Push, misordered: boolean): void {
    const { joined } = this;
    if (!joined) return;
    const { server } = this.options.network;
    if (server.listsOverChannel && 'row' in push && push.created) {
      this.crash();
      return;
    }
    const malformed = !misordered && this.options.network.take('framesToMangle');
    if (malformed) {
      this.toClient(GARBLED);
      return;
    }
    const [name, payload] =
      'row' in push
        ? [
            'session_updated',
            server.listsOverChannel ? `{"data":${restJson(push.row)}}` : channelJson(push.row),
          ]
        : ['session_deleted', JSON.stringify({ id: push.deleted })];
    this.toClient(`[null,null,"${joined.topic}","${name}",${payload}]`);
  }

  /** The channel process ends on the server; the socket lives on. */
  crash(): void {
    if (!this.options.network.server.subscribers.has(this)) return;
    const { ref, topic } = this.joined!;
    this.options.network.crashedAt = this.options.network.time.now;
    this.leaveServer();
    this.toClient(JSON.stringify([ref, ref, topic, 'phx_error', {}]));
  }

  closeByServer(code: number): void {
    if (!this.options.network.server.subscribers.has(this)) return;
    this.leaveServer();
    this.toClientWith(() => this.end(code));
  }

  private connect(): void {
    const { network } = this.options;
    const { time } = network;
    const fail = () => this.fail('connect ECONNREFUSED');
    if (network.offline) {
      time.schedule('input', 1, fail);
      return;
    }
    this.timer = time.schedule('timer', HANDSHAKE_TIMEOUT_MS, () =>
      this.fail('Opening handshake has timed out'),
    );
    if (network.silent) return;
    this.toServer(() => {
      if (!network.server.running) {
        this.toClientWith(fail);
        return;
      }
      const refusal =
        network.upgradeAnswers.shift() ??
        (network.server.accepts(this.options.token) ? undefined : ({ status: 403 } as const));
      this.project = network.server.activeProject;
      this.toClientWith(() => (refusal ? this.refuse(refusal) : this.opened()));
    });
  }

  private refuse({ status, retryAfterMs }: Interception): void {
    const retryAfter = retryAfterMs === undefined ? undefined : String(retryAfterMs / 1000);
    this.options.onRefusal({ status, retryAfter });
    this.fail('WebSocket was closed before the connection was established');
  }

  private opened(): void {
    this.options.network.time.cancel(this.timer);
    this.readyState = 1;
    this.onopen();
  }

  private fail(message: string): void {
    if (this.readyState >= 2) return;
    this.onerror({ error: new Error(message) });
    this.end(ABNORMAL_CLOSE);
  }

  private end(code: number): void {
    if (this.readyState >= 2) return;
    this.forget(3);
    const { network } = this.options;
    network.time.schedule('world', network.delay(), () => this.leaveServer());
    this.onclose({ code });
  }

  private forget(state: 2 | 3): void {
    this.readyState = state;
    this.options.network.sockets.delete(this);
    this.options.network.time.cancel(this.timer);
  }

  /** The server's half of the connection and of its one channel. */
  private receive([join_ref, ref, topic, event]: Frame): void {
    const { network } = this.options;
    const reply = (status: 'ok' | 'error', response: object = {}) =>
      JSON.stringify([join_ref, ref, topic, 'phx_reply', { status, response }]);
    if (event === 'list_sessions' && network.server.listsOverChannel) {
      this.list(`["${join_ref}","${ref}","${topic}","phx_reply",{"status":"ok","response":`);
      return;
    }
    if (event !== 'phx_join') {
      if (event === 'phx_leave') this.leaveServer();
      this.toClient(reply('ok'), event !== 'heartbeat');
      return;
    }
    if (this.readyState >= 2) return;
    if (topic !== network.server.topic) {
      this.toClient(reply('error', { reason: 'invalid topic' }));
      return;
    }
    if (network.take('joinsToRefuse')) {
      this.toClient(reply('error', { reason: 'too many joins', retry_after: 2 }));
      return;
    }
    this.joined = { ref, topic };
    network.server.subscribers.add(this);
    this.toClientWith(() => {
      this.told = true;
      this.onmessage({ data: reply('ok') });
    });
    const loop = network.crashAfterJoin;
    if (loop && network.time.now < loop.until) {
      network.time.schedule('world', loop.afterMs, () => this.crash());
    }
  }

  private list(reply: string): void {
    const { network } = this.options;
    const { server } = network;
    if (!server.subscribers.has(this)) return;
    const body = server.list(this.project);
    this.toClientWith(() => {
      server.listedProject = this.project;
      this.onmessage({ data: `${reply}${body}}]` });
    });
  }

  private leaveServer(): void {
    this.options.network.server.subscribers.delete(this);
  }

  private toClient(data: string, counts = true): void {
    this.toClientWith(() => this.onmessage({ data }), counts);
  }

  private toClientWith(deliver: () => void, counts = true): void {
    if (counts) this.inFlight += 1;
    this.queue('input', this.clientward, () => {
      if (counts) this.inFlight -= 1;
      // What it says is folded at the end of this turn.
      this.options.network.settled = true;
      if (this.readyState < 2) deliver();
    });
  }

  private toServer(deliver: () => void): void {
    this.queue('world', this.serverward, deliver);
  }

  private queue(side: 'world' | 'input', lane: Lane, deliver: () => void): void {
    const { network } = this.options;
    const { time } = network;
    lane.frames.push(deliver);
    if (lane.sentAt !== time.now) {
      lane.sentAt = time.now;
      lane.last = Math.max(time.now + network.delay(), network.passesAt, lane.last);
    }
    const arrive = () => {
      if (this.halfOpen || this.broken) return;
      if (network.passesAt > time.now) time.schedule(side, network.passesAt - time.now, arrive);
      else lane.frames.shift()?.();
    };
    time.schedule(side, lane.last - time.now, arrive);
  }
}

/** `[join_ref, ref, topic, event, payload]`. */
type Frame = [string, string, string, string, object];

/** One direction: whichever arrival is due, the oldest frame comes first. */
interface Lane {
  readonly frames: (() => void)[];
  /** When the last frame arrives; frames sent at once arrive at once. */
  last: number;
  sentAt: number;
}
