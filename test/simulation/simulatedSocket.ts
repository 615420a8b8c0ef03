import type { Fact } from '../../machines/connectionMachine';
import type { SessionDelta, SessionsEvent } from '../../machines/sessions';
import type { Failure } from '../../src/model/failure';
import type { Secret } from '../../src/model/secret';
import { HEARTBEAT_MS } from '../../src/phoenixChannel';
import type { SimulatedNetwork } from './simulatedNetwork';
import type { Subscriber } from './simulatedServer';
import type { Scheduled } from './simulatedTime';

const HANDSHAKE_TIMEOUT_MS = 8_000;
const UNREACHABLE: Failure = { kind: 'unreachable', detail: 'the connection broke (1006)' };

const UNREADABLE: Failure = { kind: 'unreadable', detail: 'a frame' };

export interface SocketListener {
  tell(fact: Fact): void;
  onDelta(event: SessionsEvent): void;
}

/** One WebSocket with its one channel, both halves: frames keep their order, each way. */
export class SimulatedSocket implements Subscriber {
  /** Frames on their way to the client. */
  inFlight = 0;
  closed = false;
  joined = false;
  /** Neither side hears the other any more, and nobody was told. */
  halfOpen = false;
  private broken = false;
  private readonly clientward: Lane = { frames: [], last: 0, sentAt: -1 };
  private readonly serverward: Lane = { frames: [], last: 0, sentAt: -1 };
  private timer: Scheduled | undefined;

  constructor(
    private readonly network: SimulatedNetwork,
    private readonly token: Secret,
    private readonly listener: SocketListener,
    /** A planted bug: frames that were on their way are taken after the close. */
    private readonly deaf: boolean,
  ) {
    network.sockets.add(this);
    network.onRequest('upgrade', token);
    this.connect();
  }

  /** Healthy as far as both sides can tell, and nothing on its way. */
  get quiet(): boolean {
    const { server } = this.network;
    return (
      this.joined &&
      !this.closed &&
      !this.halfOpen &&
      !this.broken &&
      this.inFlight === 0 &&
      server.subscribers.has(this)
    );
  }

  /** The client closes; the server hears of it later. */
  close(): void {
    if (this.closed) return;
    this.forget();
    this.network.time.schedule('world', this.network.delay(), () => this.leaveServer());
  }

  /** A heartbeat out of turn. */
  check(): void {
    this.toServer(() => this.toClient(() => this.listener.tell({ type: 'channel.alive' }), 'heartbeat'));
  }

  cut(failure: Failure): void {
    this.broken = true;
    this.leaveServer();
    this.network.time.schedule('input', 1, () => this.end('lost', failure));
  }

  breakSilently(): void {
    this.halfOpen = true;
    this.leaveServer();
  }

  /** Of two misordered events each is needed to make sense of the other: neither is garbled. */
  push(event: SessionDelta, misordered: boolean): void {
    const garbled = !misordered && this.network.take('framesToGarble');
    this.toClient(() => {
      if (!garbled) this.listener.onDelta({ ...event, at: this.network.time.now });
      else {
        this.listener.onDelta({ type: 'session.garbled', count: 1 });
        if (!this.closed) this.listener.tell({ type: 'channel.doubted', failure: UNREADABLE });
      }
    }, 'delta');
  }

  /** The channel process ends on the server; the socket lives on. */
  crash(): void {
    if (!this.network.server.subscribers.has(this)) return;
    this.leaveServer();
    this.toClient(() => this.end('lost', { kind: 'crashed', detail: 'the channel crashed on the server' }));
  }

  closeByServer(code: number): void {
    if (!this.network.server.subscribers.has(this)) return;
    this.leaveServer();
    const kind = [1001, 1012, 1013].includes(code) ? 'restarting' : 'closed';
    const failure: Failure = { kind, detail: `the server closed the connection (${code})` };
    this.toClient(() => this.end('lost', failure));
  }

  private connect(): void {
    const { network } = this;
    const { time } = network;
    if (network.offline) {
      time.schedule('input', 1, () => this.end('lost', UNREACHABLE));
      return;
    }
    this.timer = time.schedule('timer', HANDSHAKE_TIMEOUT_MS, () => this.end('lost', UNREACHABLE));
    if (network.silent) return;
    this.toServer(() => {
      if (!network.server.running) {
        this.toClient(() => this.end('lost', UNREACHABLE));
        return;
      }
      const answer =
        network.upgradeAnswers.shift() ??
        (network.server.accepts(this.token) ? undefined : ({ status: 403 } as const));
      this.toClient(() => {
        if (!answer) this.opened();
        else {
          const wait = 'retryAfterMs' in answer ? { retryAfterMs: answer.retryAfterMs } : {};
          this.end(answer.status === 403 ? 'refused' : 'lost', {
            kind: 'upgradeRefused',
            detail: `HTTP ${answer.status}`,
            ...wait,
          });
        }
      });
    });
  }

  private opened(): void {
    this.network.time.cancel(this.timer);
    this.timer = undefined;
    this.scheduleHeartbeat();
    this.toServer(() => this.joinOnServer());
  }

  private joinOnServer(): void {
    const { network } = this;
    if (this.closed) return;
    if (network.take('joinsToRefuse')) {
      const failure: Failure = { kind: 'joinRefused', detail: 'too many joins', retryAfterMs: 2_000 };
      this.toClient(() => this.end('lost', failure));
      return;
    }
    network.server.subscribers.add(this);
    this.toClient(() => {
      this.joined = true;
      this.listener.tell({ type: 'channel.joined' });
    });
    const loop = network.crashAfterJoin;
    if (loop && network.time.now < loop.until) {
      network.time.schedule('world', loop.afterMs, () => this.crash());
    }
  }

  private scheduleHeartbeat(): void {
    const { time } = this.network;
    this.timer = time.schedule('timer', HEARTBEAT_MS, () => {
      this.timer = time.schedule('timer', HEARTBEAT_MS, () => {
        this.end('lost', { kind: 'timeout', detail: 'no answer to a heartbeat' });
      });
      this.toServer(() => {
        this.toClient(() => {
          time.cancel(this.timer);
          this.scheduleHeartbeat();
        }, 'heartbeat');
      });
    });
  }

  private end(end: 'lost' | 'refused', failure: Failure): void {
    if (this.closed) return;
    this.close();
    this.listener.tell({ type: `channel.${end}`, failure });
  }

  private forget(): void {
    this.closed = true;
    this.network.sockets.delete(this);
    this.network.time.cancel(this.timer);
  }

  private leaveServer(): void {
    this.network.server.subscribers.delete(this);
  }

  private toClient(deliver: () => void, kind: 'delta' | 'heartbeat' | 'control' = 'control'): void {
    const counts = kind !== 'heartbeat';
    if (counts) this.inFlight += 1;
    this.send('input', this.clientward, () => {
      if (counts) this.inFlight -= 1;
      if (!this.closed || (this.deaf && kind === 'delta')) deliver();
    });
  }

  private toServer(deliver: () => void): void {
    this.send('world', this.serverward, deliver);
  }

  private send(side: 'world' | 'input', lane: Lane, deliver: () => void): void {
    const { network } = this;
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

/** One direction: whichever arrival is due, the oldest frame comes first. */
interface Lane {
  readonly frames: (() => void)[];
  /** When the last frame arrives; frames sent at once arrive at once. */
  last: number;
  sentAt: number;
}
