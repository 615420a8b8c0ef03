import type { SessionsEvent } from '../../machines/sessionsEvents';
import type { SimulatedServer } from './simulatedServer';
import type { SimulatedSocket } from './simulatedSocket';
import type { SimulatedTime } from './simulatedTime';

/** What stands between and answers instead of the server: a proxy, an overload, a captive portal. */
export interface Interception {
  readonly status: 302 | 403 | 429 | 500 | 503;
  readonly retryAfterMs?: number;
}

export type RequestKind = 'list' | 'lookup' | 'me' | 'probe' | 'token' | 'upgrade';

/** The link between client and server, with every fault that a history can ask of it. */
export class SimulatedNetwork {
  /** Until then nothing passes: what is on its way over a socket waits, everything else is lost. */
  silentUntil = 0;
  /** Until then the client has no network: requests fail at once. */
  offlineUntil = 0;
  slowUntil = 0;
  slowByMs = 0;
  requestsToLose = 0;
  repliesToLose = 0;
  framesToMangle = 0;
  joinsToRefuse = 0;
  restAnswers: Interception[] = [];
  upgradeAnswers: Interception[] = [];
  /** When a channel crashed last. */
  crashedAt = -Infinity;
  crashAfterJoin: { until: number; afterMs: number } | undefined;
  readonly sockets = new Set<SimulatedSocket>();
  onRequest: (kind: RequestKind, token: string | undefined) => void = () => {};
  /** Each look-up of one session, as it is asked for; the result tells whether the client was given the session. */
  onLookup: (id: string, answered: Promise<boolean>) => void = () => {};
  /** An event that the client takes. */
  onDelivered: (event: SessionsEvent) => void = () => {};
  /** Promises were settled, whose reactions run before anything else. */
  settled = false;
  private readonly exchanges = new Set<Exchange>();
  private draws = 0;
  longestDelayMs = 0;

  constructor(
    readonly time: SimulatedTime,
    readonly server: SimulatedServer,
    private delays: readonly number[],
  ) {}

  /** One way through the network, in ms. */
  delay(): number {
    const base = this.delays[(this.draws += 1) % this.delays.length] ?? 0;
    const ms = 1 + base + (this.time.now < this.slowUntil ? this.slowByMs : 0);
    this.longestDelayMs = Math.max(this.longestDelayMs, ms);
    return ms;
  }

  get silent(): boolean {
    return this.time.now < this.silentUntil;
  }

  get offline(): boolean {
    return this.time.now < this.offlineUntil;
  }

  /** When held frames of an open socket pass again. */
  get passesAt(): number {
    return Math.max(this.silentUntil, this.offlineUntil);
  }

  /** One request and its reply; `ask` runs when the request reaches the server. Rejects where the connection breaks. */
  exchange<T>(
    kind: RequestKind,
    token: string | undefined,
    signal: AbortSignal | undefined,
    ask: () => T,
  ): Promise<T> {
    this.onRequest(kind, token);
    return this.underWay(signal, ({ arrive, breakOff, isOpen }) => {
      const { time } = this;
      if (this.silent || this.take('requestsToLose')) return;
      time.schedule('world', this.delay(), () => {
        if (this.silent || this.offline || !isOpen()) return;
        const answer = this.server.running ? { value: ask() } : undefined;
        if (this.take('repliesToLose')) return;
        time.schedule('input', this.delay(), () => {
          if (this.silent || this.offline) return;
          if (answer) arrive(answer.value);
          else breakOff();
        });
      });
    });
  }

  /** The next piece of a reply that has begun. */
  nextPiece(signal: AbortSignal | undefined): Promise<void> {
    return this.underWay(signal, ({ arrive }) => {
      this.time.schedule('input', this.delay(), () => {
        if (!this.silent && !this.offline) arrive();
      });
    });
  }

  private underWay<T>(signal: AbortSignal | undefined, begin: (way: Way<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        if (!this.exchanges.delete(exchange)) return;
        signal?.removeEventListener('abort', breakOff);
        this.settled = true;
        end();
      };
      const breakOff = () => settle(() => reject(new Error('the connection broke')));
      const exchange: Exchange = { breakOff };
      this.exchanges.add(exchange);
      signal?.addEventListener('abort', breakOff);
      if (signal?.aborted) breakOff();
      else if (this.offline) this.time.schedule('input', 1, breakOff);
      else {
        begin({
          arrive: (value) => settle(() => resolve(value)),
          breakOff,
          isOpen: () => this.exchanges.has(exchange),
        });
      }
    });
  }

  /** Every connection breaks, and both sides see it. */
  cut(code?: number): void {
    for (const { breakOff } of [...this.exchanges]) this.time.schedule('input', 1, breakOff);
    for (const socket of this.sockets) socket.cut(code);
  }

  take(count: 'requestsToLose' | 'repliesToLose' | 'framesToMangle' | 'joinsToRefuse'): boolean {
    if (this[count] === 0) return false;
    this[count] -= 1;
    return true;
  }

  /** From now on the link is as good as a link can be. */
  calm(): void {
    this.delays = this.delays.map((ms) => Math.min(ms, 30));
    this.silentUntil = this.offlineUntil = this.slowUntil = 0;
    this.requestsToLose = this.repliesToLose = this.framesToMangle = this.joinsToRefuse = 0;
    this.restAnswers = [];
    this.upgradeAnswers = [];
    this.crashAfterJoin = undefined;
  }
}

interface Exchange {
  readonly breakOff: () => void;
}

interface Way<T> {
  readonly arrive: (value: T) => void;
  readonly breakOff: () => void;
  readonly isOpen: () => boolean;
}
