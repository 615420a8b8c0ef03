import type { Granted, TokenSource } from '../model/tokenSource';
import { messageOf, type Log } from '../log';
import { answered, failed, type Answer } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { revisionOf, type Account, type OAuthTokens, type TokenGrant } from './account';
import type { AccountStore } from './accountStore';
import type { OAuthServers } from './oauthServers';
import type { RefreshTurns, TurnNote } from './refreshTurns';
import { RenewalTimes } from './renewalTimes';

/** Longer than the lease of a window that crashed. */
const TURN_WAIT_MS = 16_000;
const REFRESH_TIMEOUT_MS = 8_000;
/** What another window stored may show here only this much later. */
const STORAGE_LAG_MS = 2_000;
/** A server whose tokens end at once is not asked without a pause. */
const SOONEST_RENEWAL_MS = 1_000;
const LOOK_AGAIN_MS = 50;

export interface TokenSourceOptions {
  readonly accounts: Pick<AccountStore, 'get' | 'put' | 'remove'>;
  readonly servers: Pick<OAuthServers, 'refresh' | 'revoke'>;
  readonly turns: RefreshTurns;
  /**
   * Whether this window sees what other windows store. Where it does not, a refusal may be of an older copy: it ends
   * the sign-in of this window alone.
   */
  readonly followsOtherWindows: boolean;
  readonly log: Log;
  readonly random?: () => number;
  readonly now?: () => number;
  readonly storageLagMs?: number;
}

/**
 * The token of the account at each server, renewed ahead of its end, by one window at a time. The secret storage is
 * the truth. Nothing but the server's refusal of the very refresh token that is stored signs anybody out.
 */
export function accountTokenSource(options: TokenSourceOptions): TokenSource {
  const servers = new Map<string, ServerTokens>();
  return {
    get({ address, renew }) {
      const tokens = servers.get(address.base) ?? new ServerTokens(options);
      servers.set(address.base, tokens);
      return tokens.get(address, renew);
    },
  };
}

type Grant = Answer<Granted | undefined>;

class ServerTokens {
  private readonly times: RenewalTimes;
  private readonly now: () => number;
  private granted: Secret | undefined;
  /** The refresh token that the server refused while the access token was still good. */
  private refusedRefreshToken: Secret | undefined;
  /** Renewed, and not yet taken by the secret storage: the only copy of a token that was rotated. */
  private unsaved: Account | undefined;
  private renewing: Promise<Grant> | undefined;

  constructor(private readonly options: TokenSourceOptions) {
    const { random = Math.random, now = Date.now } = options;
    this.times = new RenewalTimes(random);
    this.now = now;
  }

  async get(address: ServerAddress, renew: boolean): Promise<Grant> {
    const read = await this.read(address);
    if (!read.ok) return read;
    const account = read.value;
    if (!account) return answered(undefined);
    const refused = renew ? this.granted : undefined;
    if (!this.isDue(account, refused)) return this.grant(account);
    this.renewing ??= this.renew(address, refused).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async renew(address: ServerAddress, refused: Secret | undefined): Promise<Grant> {
    const { turns, servers, log } = this.options;
    const turn = await turns.take(address.base, TURN_WAIT_MS);
    if (!turn) {
      log.warn('another window is renewing the token and takes too long');
      const read = await this.read(address);
      const account = read.ok ? read.value : undefined;
      if (account && this.isAlive(account, refused)) return this.grant(account, this.times.retryMs());
      return failed({ kind: 'timeout', detail: 'another window is renewing the token' });
    }
    let left: Account | undefined;
    try {
      // What the last turn left behind may show here only after the turn itself.
      const read = await this.readUntil(address, isAsNewAs(turn.note));
      if (!read.ok) return read;
      const before = read.value;
      if (!before) return answered(undefined);
      const { credentials } = before;
      if (credentials.kind === 'pasted' || !this.isDue(before, refused)) return this.grant(before);
      const answer = await servers.refresh(address, credentials, AbortSignal.timeout(REFRESH_TIMEOUT_MS));
      // Signing in or out waits for no turn, so the storage is asked again.
      const readAgain = await this.read(address);
      if (!readAgain.ok && !answer.ok) return readAgain;
      const current = readAgain.ok ? readAgain.value : before;
      if (answer.ok && current?.id !== before.id) {
        this.giveBack(address, { ...credentials, ...answer.value });
      }
      if (!current) return answered(undefined);
      if (!sharesRefreshToken(current, credentials.refreshToken)) return this.grant(current);
      if (answer.ok) {
        left = renewed(before, credentials, answer.value);
        await this.keep(address, left);
        log.info(`renewed the token for ${address.base}`);
        return this.grant(left);
      }
      const { failure } = answer;
      if (failure.kind === 'grantRefused') {
        const outdated = !isAsNewAs(turn.note)(current);
        return await this.endOrWait(address, current, refused, outdated, failure.detail);
      }
      log.warn(`the token could not be renewed: ${failure.detail}`);
      if (this.isAlive(current, refused)) return this.grant(current, this.times.retryMs());
      return answer;
    } finally {
      const note = left && { account: left.id, revision: revisionOf(left) };
      await turn.leave(note).catch((error: unknown) => log.warn(`the turn stays: ${messageOf(error)}`));
    }
  }

  /** The server will not renew: the access token serves to its end, and the refusal counts only after that. */
  private async endOrWait(
    address: ServerAddress,
    account: Account,
    refused: Secret | undefined,
    outdated: boolean,
    why: string,
  ): Promise<Grant> {
    const { log, accounts, followsOtherWindows } = this.options;
    if (this.isAlive(account, refused)) {
      log.warn(`the server will not renew the token, which is still good: ${why}`);
      this.refusedRefreshToken = refreshTokenOf(account);
      return this.grant(account);
    }
    const other = await this.readUntil(address, (now) => !sharesRefreshToken(now, refreshTokenOf(account)));
    if (!other.ok) return other;
    if (other.value && !sharesRefreshToken(other.value, refreshTokenOf(account)))
      return this.grant(other.value);
    this.granted = undefined;
    const detail = `the server ended the sign-in at ${address.base}: ${why}`;
    log.warn(detail);
    if (outdated || !followsOtherWindows) return failed({ kind: 'signInChanged', detail });
    await accounts.remove(address.base);
    return failed({ kind: 'signInEnded', detail });
  }

  private grant(account: Account, retryMs?: number): Grant {
    const { credentials } = account;
    const { accessToken } = credentials;
    this.granted = accessToken;
    const granted = { token: accessToken, accountId: account.id };
    if (credentials.kind === 'pasted' || !credentials.refreshToken) return answered(granted);
    const { expiresAt } = credentials;
    if (expiresAt === undefined) return answered(granted);
    const left = expiresAt - this.now();
    const noMore = credentials.refreshToken.equals(this.refusedRefreshToken);
    const ahead = noMore ? left : this.times.leftUntilDue(credentials, this.now());
    const renewInMs = Math.max(SOONEST_RENEWAL_MS, Math.min(retryMs ?? ahead, left));
    return answered({ ...granted, renewInMs });
  }

  /** A fresh token is wanted, and can be asked for. */
  private isDue({ credentials }: Account, refused: Secret | undefined): boolean {
    if (credentials.kind === 'pasted' || !credentials.refreshToken) return false;
    if (credentials.accessToken.equals(refused)) return true;
    if (credentials.expiresAt === undefined) return false;
    const noMore = credentials.refreshToken.equals(this.refusedRefreshToken);
    return noMore
      ? this.now() >= credentials.expiresAt
      : this.times.leftUntilDue(credentials, this.now()) <= 0;
  }

  private isAlive({ credentials }: Account, refused: Secret | undefined): boolean {
    if (credentials.kind === 'pasted' || credentials.accessToken.equals(refused)) return false;
    return credentials.expiresAt !== undefined && this.now() < credentials.expiresAt;
  }

  /** What is stored, unless this window holds what the storage would not take. */
  private async read({ base }: ServerAddress): Promise<Answer<Account | undefined>> {
    const { accounts, log } = this.options;
    const { unsaved } = this;
    const stored = await accounts.get(base);
    if (!unsaved || !stored.ok) return stored;
    if (stored.value?.id !== unsaved.id || revisionOf(stored.value) >= revisionOf(unsaved)) {
      this.unsaved = undefined;
      return stored;
    }
    try {
      await accounts.put(base, unsaved);
      this.unsaved = undefined;
      log.info('the renewed token is stored now');
    } catch {
      // Said when it failed first.
    }
    return answered(unsaved);
  }

  /** The account once it is as wanted, or as it is when there is no more to wait for. */
  private async readUntil(
    address: ServerAddress,
    wanted: (account: Account) => boolean,
  ): Promise<Answer<Account | undefined>> {
    const { storageLagMs = STORAGE_LAG_MS } = this.options;
    for (let waited = 0; ; waited += LOOK_AGAIN_MS) {
      const read = await this.read(address);
      if (!read.ok || !read.value || wanted(read.value) || waited >= storageLagMs) return read;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  private giveBack(address: ServerAddress, tokens: OAuthTokens): void {
    const { servers, log } = this.options;
    servers
      .revoke(address, tokens, AbortSignal.timeout(REFRESH_TIMEOUT_MS))
      .catch((error: unknown) =>
        log.warn(`tokens that nobody wants any more could not be given back: ${messageOf(error)}`),
      );
  }

  private async keep({ base }: ServerAddress, account: Account): Promise<void> {
    try {
      await this.options.accounts.put(base, account);
    } catch (error) {
      this.unsaved = account;
      this.options.log.warn(`the renewed token could not be stored: ${messageOf(error)}`);
    }
  }
}

const isAsNewAs = (note: TurnNote | undefined) => (account: Account) =>
  account.id !== note?.account || revisionOf(account) >= note.revision;

function renewed(account: Account, before: OAuthTokens, grant: TokenGrant): Account {
  // A server that does not rotate names no refresh token, or the same one.
  const refreshToken = grant.refreshToken ?? before.refreshToken;
  return {
    ...account,
    credentials: { ...before, ...grant, refreshToken, revision: before.revision + 1 },
  };
}

function refreshTokenOf({ credentials }: Account): Secret | undefined {
  return credentials.kind === 'oauth' ? credentials.refreshToken : undefined;
}

function sharesRefreshToken(account: Account, refreshToken: Secret | undefined): boolean {
  return refreshTokenOf(account)?.equals(refreshToken) === true;
}
