import { messageOf, type Log } from '../log';
import { ok, err, type Result } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { Granted, RenewalTimes, TokenSource } from '../model/tokenSource';
import { revisionOf, type Account, type OAuthTokens } from './account';
import type { AccountStore } from './accountStore';
import type { AuthorizationServer } from './authorizationServer';
import type { AuthorizationServers } from './authorizationServers';
import type { ClientStore } from './clientStore';
import { LEASE_MS, type RefreshLock, type RefreshLocks } from './refreshLock';

/** Longer than the lease of a window that crashed. */
export const LOCK_WAIT_MS = LEASE_MS + 1_000;
export const REFRESH_TIMEOUT_MS = 8_000;
/** What another window stored may show here only this much later. */
export const STORAGE_LAG_MS = 2_000;
/** A storage may wait for somebody to unlock it. */
export const STORE_WAIT_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** Timers may fire this much early. */
const EARLY_MS = 20;

export interface AccountTokenSourceOptions {
  readonly accounts: Pick<AccountStore, 'get' | 'put' | 'remove'>;
  readonly clients: Pick<ClientStore, 'remove'>;
  readonly servers: Pick<AuthorizationServers, 'clear' | 'revokeUnused'> & {
    at(address: ServerAddress, signal: AbortSignal): Promise<Result<Pick<AuthorizationServer, 'refresh'>>>;
  };
  readonly locks: RefreshLocks;
  /**
   * Whether this window sees what other windows store. Where it does not, a refusal may be of an older copy: it ends
   * the sign-in of this window alone.
   */
  readonly followsOtherWindows: boolean;
  readonly log: Log;
  readonly renewal: RenewalTimes;
  readonly now?: () => number;
  readonly storageLagMs?: number;
}

/**
 * The token of the account at each server, renewed ahead of its end, by one window at a time. The secret storage is
 * the truth. Nothing but the server's refusal of the very refresh token that is stored signs anybody out.
 */
export function accountTokenSource(options: AccountTokenSourceOptions): TokenSource {
  const sources = new Map<string, ServerTokenSource>();
  return {
    isSignedIn: async ({ base }) => {
      const kept = await options.accounts.get(base);
      return !kept.ok || kept.value !== undefined;
    },
    get({ address, renew }) {
      const source = sources.get(address.base) ?? new ServerTokenSource(address, options);
      sources.set(address.base, source);
      return source.get(renew);
    },
  };
}

type Token = Result<Granted | undefined>;

class ServerTokenSource {
  private readonly now: () => number;
  private granted: Secret | undefined;
  /** The refresh token that the server refused while the access token was still good. */
  private refusedRefreshToken: Secret | undefined;
  /** Renewed, and not yet taken by the secret storage: the only copy of a token that was rotated. */
  private unsaved: Account | undefined;
  private renewing: Promise<Token> | undefined;

  constructor(
    private readonly address: ServerAddress,
    private readonly options: AccountTokenSourceOptions,
  ) {
    this.now = options.now ?? Date.now;
  }

  async get(renew: boolean): Promise<Token> {
    const read = await this.read();
    if (!read.ok) return read;
    const account = read.value;
    if (!account) return ok(undefined);
    const rejected = renew ? this.granted : undefined;
    if (!this.isDue(account, rejected)) return this.grant(account);
    this.renewing ??= this.renew(rejected).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  /** `rejected`: the access token that REST refused. */
  private async renew(rejected: Secret | undefined): Promise<Token> {
    const { locks, log } = this.options;
    const lock = await locks.acquire(this.address.base, LOCK_WAIT_MS);
    if (!lock) {
      log.warn('another window is renewing the token and takes too long');
      const read = await this.read();
      if (read.ok && read.value && this.isAlive(read.value, rejected)) return this.grantForNow(read.value);
      return err({ kind: 'timeout', detail: 'another window is renewing the token' });
    }
    let renewed: Account | undefined;
    try {
      // What the last refresh left behind may show here only later than the lock.
      const read = await this.readUntil((account) => isCurrent(account, lock));
      if (!read.ok) return read;
      const account = read.value;
      if (!account) return ok(undefined);
      const { credentials } = account;
      if (credentials.kind !== 'oauth' || !this.isDue(account, rejected)) return this.grant(account);
      const refreshed = await this.refresh(credentials);
      // Signing in or out waits for no lock, so the storage is asked again.
      const readAgain = await this.read();
      if (!readAgain.ok && !refreshed.ok) return readAgain;
      const now = readAgain.ok ? readAgain.value : account;
      if (refreshed.ok && now?.id !== account.id) {
        void this.options.servers.revokeUnused(this.address, refreshed.value);
      }
      if (!now) return ok(undefined);
      if (!sharesRefreshToken(now, account)) return this.grant(now);
      if (refreshed.ok) {
        renewed = { ...account, credentials: refreshed.value };
        log.info(`renewed the token for ${this.address.base}`);
        await this.keep(renewed);
        return this.grant(renewed);
      }
      const { failure } = refreshed;
      const alive = this.isAlive(now, rejected);
      if (failure.kind === 'grantRefused') {
        return alive
          ? this.refreshLater(now, failure.detail)
          : await this.endSignIn(now, lock, failure.detail);
      }
      log.warn(`the token could not be renewed: ${failure.detail}`);
      return alive ? this.grantForNow(now) : refreshed;
    } finally {
      await lock
        .release(renewed && { account: renewed.id, revision: revisionOf(renewed) })
        .catch((error: unknown) => log.warn(`the lock of the renewal stays: ${messageOf(error)}`));
    }
  }

  private async refresh(tokens: OAuthTokens): Promise<Result<OAuthTokens>> {
    const { servers, clients } = this.options;
    const signal = AbortSignal.timeout(REFRESH_TIMEOUT_MS);
    const server = await servers.at(this.address, signal);
    if (!server.ok) return server;
    const refreshed = await server.value.refresh(tokens, signal);
    if (refreshed.ok) return refreshed;
    servers.clear(this.address);
    if (refreshed.failure.code === 'invalid_client') {
      await clients.remove(this.address.base, tokens.client.id);
    }
    return refreshed;
  }

  /** The access token serves to its end, and the refusal counts only after that. */
  private refreshLater(account: Account, why: string): Token {
    this.options.log.warn(`the server will not renew the token, which is still good: ${why}`);
    this.refusedRefreshToken = refreshTokenOf(account);
    return this.grant(account);
  }

  private async endSignIn(account: Account, lock: RefreshLock, why: string): Promise<Token> {
    const { log, accounts, followsOtherWindows } = this.options;
    const later = await this.readUntil((now) => !sharesRefreshToken(now, account));
    if (!later.ok) return later;
    if (later.value && !sharesRefreshToken(later.value, account)) return this.grant(later.value);
    this.granted = undefined;
    const detail = `the server ended the sign-in at ${this.address.base}: ${why}`;
    log.warn(detail);
    if (!followsOtherWindows || !isCurrent(account, lock)) return err({ kind: 'signInChanged', detail });
    await accounts.remove(this.address.base);
    return err({ kind: 'signInEnded', detail });
  }

  private grant({ id, credentials }: Account, renewInMs = this.untilDue(credentials)): Token {
    const { accessToken: token } = credentials;
    this.granted = token;
    if (renewInMs === Number.POSITIVE_INFINITY) return ok({ token, accountId: id });
    const left = this.lifeOf(credentials);
    return ok({
      ...{ token, accountId: id },
      renewInMs: Math.max(0, Math.min(renewInMs, left)),
    });
  }

  private grantForNow(account: Account): Token {
    return this.grant(account, this.options.renewal.retryMs());
  }

  /** In ms; 0: a fresh token is wanted now. Infinite where it does not say when it ends, or nobody can renew it. */
  private untilDue(credentials: Account['credentials']): number {
    if (credentials.kind !== 'oauth' || !credentials.refreshToken) return Number.POSITIVE_INFINITY;
    const { issuedAt, expiresAt, refreshToken } = credentials;
    if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
    const margin = this.options.renewal.marginMs(expiresAt - issuedAt);
    const isRefused = refreshToken.equals(this.refusedRefreshToken);
    const left = this.lifeOf(credentials) - (isRefused ? 0 : margin);
    return left <= (isRefused ? 0 : EARLY_MS) ? 0 : left;
  }

  private isDue({ credentials }: Account, rejected: Secret | undefined): boolean {
    const canBeRenewed = credentials.kind === 'oauth' && credentials.refreshToken !== undefined;
    if (canBeRenewed && credentials.accessToken.equals(rejected)) return true;
    return this.untilDue(credentials) === 0;
  }

  private isAlive({ credentials }: Account, rejected: Secret | undefined): boolean {
    if (credentials.accessToken.equals(rejected)) return false;
    return (
      credentials.kind === 'oauth' && credentials.expiresAt !== undefined && this.lifeOf(credentials) > 0
    );
  }

  private lifeOf(credentials: Account['credentials']): number {
    const expiresAt = credentials.kind === 'oauth' ? credentials.expiresAt : undefined;
    return (expiresAt ?? Number.POSITIVE_INFINITY) - this.now();
  }

  /** What is stored, unless this window holds what the storage would not take. */
  private async read(): Promise<Result<Account | undefined>> {
    const { unsaved } = this;
    const stored = await this.options.accounts.get(this.address.base);
    if (!unsaved || !stored.ok) return stored;
    if (stored.value?.id !== unsaved.id || revisionOf(stored.value) >= revisionOf(unsaved)) {
      this.unsaved = undefined;
      return stored;
    }
    await this.keep(unsaved);
    return ok(unsaved);
  }

  /** The account once it is as wanted, or as it is when there is no more to wait for. */
  private async readUntil(wanted: (account: Account) => boolean): Promise<Result<Account | undefined>> {
    const { storageLagMs = STORAGE_LAG_MS } = this.options;
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      const read = await this.read();
      if (!read.ok || !read.value || wanted(read.value) || waited >= storageLagMs) return read;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Waits for a storage that hangs no longer than `STORE_WAIT_MS`; the account serves all the same. */
  private async keep(account: Account): Promise<void> {
    this.unsaved = account;
    const stored = this.options.accounts.put(this.address.base, account).then((kept) => {
      if (kept.ok && this.unsaved === account) this.unsaved = undefined;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, STORE_WAIT_MS)));
    await Promise.race([stored, late]).finally(() => clearTimeout(timer));
  }
}

/** Whether this copy of the account is as new as what the last refresh left behind. */
function isCurrent(account: Account, { lastRevision }: RefreshLock): boolean {
  return account.id !== lastRevision?.account || revisionOf(account) >= lastRevision.revision;
}

function refreshTokenOf({ credentials }: Account): Secret | undefined {
  return credentials.kind === 'oauth' ? credentials.refreshToken : undefined;
}

function sharesRefreshToken(account: Account, other: Account): boolean {
  return refreshTokenOf(account)?.equals(refreshTokenOf(other)) === true;
}
