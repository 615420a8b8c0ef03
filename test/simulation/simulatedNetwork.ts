import { SILENCE_TIMEOUT_MS } from '../../src/http/restClient';
import { failed, type Answer, type Failure } from '../../src/model/failure';
import type { Secret } from '../../src/model/secret';
import type { SessionsEvent } from '../../machines/sessions';
import type { SimulatedServer } from './simulatedServer';
import type { SimulatedSocket } from './simulatedSocket';
import type { SimulatedTime } from './simulatedTime';

/** What stands between and answers instead of the server: a proxy, an overload, a captive portal. */
export interface Interception {
  readonly status: 302 | 403 | 429 | 500 | 503;
  readonly retryAfterMs?: number;
}

export type RequestKind = 'list' | 'lookup' | 'probe' | 'token' | 'upgrade';

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
  framesToGarble = 0;
  joinsToRefuse = 0;
  restAnswers: Interception[] = [];
  upgradeAnswers: Interception[] = [];
  crashAfterJoin: { until: number; afterMs: number } | undefined;
  readonly sockets = new Set<SimulatedSocket>();
  onRequest: (kind: RequestKind, token: Secret | undefined) => void = () => {};
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

  /** A GET as the REST client makes it: once more where the connection broke. */
  async get<T>(kind: RequestKind, token: Secret, signal: AbortSignal, ask: () => T): Promise<Answer<T>> {
    const judged = (): Answer<T> => {
      const answer = this.restAnswers.shift();
      if (answer) return failed(failureOf(answer));
      if (!this.server.accepts(token)) return failed({ kind: 'unauthorized', detail: 'HTTP 401' });
      return { ok: true, value: ask() };
    };
    const first = await this.exchange(kind, token, signal, judged);
    if (first.ok || first.failure.kind !== 'unreachable' || signal.aborted) return first;
    return this.exchange(kind, token, signal, judged);
  }

  /** One request and its reply; `ask` runs when the request reaches the server. */
  exchange<T>(
    kind: RequestKind,
    token: Secret | undefined,
    signal: AbortSignal | undefined,
    ask: () => Answer<T>,
    silenceMs = SILENCE_TIMEOUT_MS,
  ): Promise<Answer<T>> {
    this.onRequest(kind, token);
    return new Promise((resolve) => {
      const { time } = this;
      const abandon = () => exchange.end(BROKEN);
      const exchange: Exchange = {
        end: (answer) => {
          if (!this.exchanges.delete(exchange)) return;
          time.cancel(silence);
          signal?.removeEventListener('abort', abandon);
          this.settled = true;
          resolve(answer as Answer<T>);
        },
      };
      this.exchanges.add(exchange);
      const silence = time.schedule('timer', silenceMs, () => exchange.end(TIMED_OUT));
      signal?.addEventListener('abort', abandon);
      if (this.offline) {
        time.schedule('input', 1, () => exchange.end(BROKEN));
        return;
      }
      if (this.silent || this.take('requestsToLose')) return;
      time.schedule('world', this.delay(), () => {
        if (this.silent || this.offline || !this.exchanges.has(exchange)) return;
        const answer = this.server.running ? ask() : BROKEN;
        if (this.take('repliesToLose')) return;
        time.schedule('input', this.delay(), () => {
          if (!this.silent && !this.offline) exchange.end(answer);
        });
      });
    });
  }

  /** Every connection breaks, and both sides see it. */
  cut(failure: Failure = BROKEN.failure): void {
    this.breakExchanges();
    for (const socket of this.sockets) socket.cut(failure);
  }

  private breakExchanges(): void {
    for (const exchange of [...this.exchanges]) {
      this.time.schedule('input', 1, () => exchange.end(BROKEN));
    }
  }

  take(count: 'requestsToLose' | 'repliesToLose' | 'framesToGarble' | 'joinsToRefuse'): boolean {
    if (this[count] === 0) return false;
    this[count] -= 1;
    return true;
  }

  /** From now on the link is as good as a link can be. */
  calm(): void {
    this.delays = this.delays.map((ms) => Math.min(ms, 30));
    this.silentUntil = this.offlineUntil = this.slowUntil = 0;
    this.requestsToLose = this.repliesToLose = this.framesToGarble = this.joinsToRefuse = 0;
    this.restAnswers = [];
    this.upgradeAnswers = [];
    this.crashAfterJoin = undefined;
  }
}

interface Exchange {
  readonly end: (answer: Answer<unknown>) => void;
}

const BROKEN = failed({ kind: 'unreachable', detail: 'the connection broke' }) as {
  ok: false;
  failure: Failure;
};
const TIMED_OUT = failed({ kind: 'timeout', detail: 'no answer in time' });

function failureOf({ status, retryAfterMs }: Interception): Failure {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 302) return { kind: 'notCodeMySpec', detail: 'the server redirects elsewhere (HTTP 302)' };
  if (status === 429) return { kind: 'rateLimited', detail: 'HTTP 429', ...wait };
  return { kind: 'serverError', detail: `HTTP ${status}`, ...wait };
}
