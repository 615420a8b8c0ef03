import type { Granted } from '../../src/model/tokenSource';
import { ok, err, type Result } from '../../src/model/failure';
import type { Secret } from '../../src/model/secret';
import type { SimulatedNetwork } from './simulatedNetwork';

const REFRESH_TIMEOUT_MS = 8_000;
const RETRY_MS = 10_000;
/** The part of its life before a token is renewed. */
const SERVES = 0.8;

/** The account of the client: its token as stored, renewed at the server ahead of its end or when it was refused. */
export class TokenStore {
  /** When each token was last handed out. */
  readonly handedOutAt = new Map<string, number>();
  private stored: { readonly token: Secret; readonly issuedAt: number; readonly expiresAt: number };
  private granted: Secret | undefined;
  private renewing: Promise<Result<Granted>> | undefined;

  constructor(private readonly network: SimulatedNetwork) {
    this.stored = network.server.issueToken();
  }

  get token(): Secret {
    return this.stored.token;
  }

  async get({ renew }: { renew: boolean }): Promise<Result<Granted>> {
    const refused = renew ? this.granted : undefined;
    await this.readStorage();
    if (!this.stored.token.equals(refused) && this.dueInMs > 0) return this.grant();
    this.renewing ??= this.renew(refused).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renew(refused: Secret | undefined): Promise<Result<Granted>> {
    const { network } = this;
    const limit = new AbortController();
    const timer = network.time.schedule('timer', REFRESH_TIMEOUT_MS, () => limit.abort());
    const renewed = await network
      .exchange('token', undefined, limit.signal, () => network.server.issueToken())
      .then(ok, () => err({ kind: 'unreachable', detail: 'no token' }));
    network.time.cancel(timer);
    if (renewed.ok) this.stored = renewed.value;
    else if (this.stored.token.equals(refused) || network.time.now >= this.stored.expiresAt) return renewed;
    return this.grant(renewed.ok ? undefined : RETRY_MS);
  }

  private get dueInMs(): number {
    const { issuedAt, expiresAt } = this.stored;
    return issuedAt + SERVES * (expiresAt - issuedAt) - this.network.time.now;
  }

  private grant(retryMs = this.dueInMs): Result<Granted> {
    const { token } = this.stored;
    this.granted = token;
    this.handedOutAt.set(token.reveal(), this.network.time.now);
    return ok({ token, renewInMs: Math.max(1_000, retryMs) });
  }

  private readStorage(): Promise<void> {
    const { network } = this;
    return new Promise((resolve) => {
      network.time.schedule('input', 2, () => {
        network.settled = true;
        resolve();
      });
    });
  }
}
