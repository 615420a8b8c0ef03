import {
  CancellationError,
  commands,
  EventEmitter,
  l10n,
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  type AuthenticationSession,
  type Disposable,
} from 'vscode';
import { messageOf, type Log } from '../../log';
import { err, type Result, type Failure } from '../../model/failure';
import { plainText } from '../../model/plainText';
import { parseServerAddress, type ServerAddress } from '../../model/serverAddress';
import type { Account } from '../account';
import type { AccountStore } from '../accountStore';
import type { AuthorizationServers } from '../authorizationServers';
import { SignInFailed, type SignIn, type SignInRequest } from './signIn';

const SCOPES: readonly string[] = ['read', 'write'];
const areCovered = (scopes: readonly string[] = []): boolean =>
  scopes.every((scope) => SCOPES.includes(scope));

/** A second click within this time is part of the first. */
const DOUBLE_CLICK_MS = 2_000;

export type SignInWay = 'browser' | 'code' | 'token';

export interface AuthProviderOptions {
  readonly accounts: AccountStore;
  readonly servers: Pick<AuthorizationServers, 'revokeUnused'>;
  readonly serverUrl: () => string;
  readonly signIn: Record<SignInWay, SignIn>;
  readonly failureMessage: (failure: Failure) => string;
  readonly log: Log;
}

interface SigningIn {
  readonly way: SignInWay;
  readonly begunAt: number;
  readonly ending: AbortController;
  readonly again: EventEmitter<void>;
  readonly session: Promise<AuthenticationSession>;
}

/**
 * The account at the server of the settings, for VS Code's Accounts menu and for the core. The secret storage is the
 * truth: what another window stores or deletes there is followed here.
 */
export class AuthProvider implements AuthenticationProvider, Disposable {
  private readonly sessionsChanged =
    new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>();
  private readonly accountChanged = new EventEmitter<'signIn' | 'signOut'>();
  private readonly subscription: { dispose(): void };
  private signingIn: SigningIn | undefined;
  private known: Account | undefined;
  private following: Promise<void>;
  readonly onDidChangeSessions = this.sessionsChanged.event;
  /** The account came or went, in this window or another; not told when the server changes. */
  readonly onDidChangeAccount = this.accountChanged.event;

  constructor(private readonly options: AuthProviderOptions) {
    this.following = this.follow('first');
    this.subscription = options.accounts.onDidChange((base) => {
      if (base === this.address()?.base) void this.queue('account');
    });
  }

  /** Of the server of the settings, as far as it is known. */
  get hasAccount(): boolean {
    return this.known !== undefined;
  }

  async getSessions(scopes?: readonly string[]): Promise<AuthenticationSession[]> {
    await this.following;
    return this.known && areCovered(scopes) ? [sessionOf(this.known)] : [];
  }

  async createSession(scopes?: readonly string[]): Promise<AuthenticationSession> {
    // Such an account would replace the one that is kept, and never be found for these scopes.
    if (!areCovered(scopes)) throw new Error(`CodeMySpec offers the scopes ${SCOPES.join(' and ')} alone`);
    return this.signIn('browser');
  }

  /** Joins a sign-in of the same way that is under way, and replaces one of another. */
  async signIn(way: SignInWay): Promise<AuthenticationSession> {
    const address = parseServerAddress(this.options.serverUrl());
    if (!address.ok) throw this.errorOf(address.failure);
    const underWay = this.signingIn;
    if (underWay?.way === way) {
      if (Date.now() - underWay.begunAt > DOUBLE_CLICK_MS) underWay.again.fire();
      return underWay.session;
    }
    underWay?.ending.abort();
    const ending = new AbortController();
    const again = new EventEmitter<void>();
    const request = { signal: ending.signal, onAgain: again.event };
    const session = this.obtain(address.value, way, request).finally(() => {
      again.dispose();
      if (this.signingIn?.ending === ending) this.signingIn = undefined;
    });
    this.signingIn = { way, begunAt: Date.now(), ending, again, session };
    return session;
  }

  /** Stores an account; the tokens of the one whose place it takes are revoked. */
  async adopt(address: ServerAddress, account: Account): Promise<AuthenticationSession> {
    const { accounts, servers, log } = this.options;
    const before = await accounts.get(address.base);
    const kept = await accounts.put(address.base, account);
    if (!kept.ok) {
      void servers.revokeUnused(address, account.credentials);
      throw this.errorOf(kept.failure);
    }
    log.info(`signed in at ${address.base}`);
    if (before.ok && before.value) void servers.revokeUnused(address, before.value.credentials);
    await this.queue('account');
    return sessionOf(account);
  }

  async removeSession(sessionId: string): Promise<void> {
    await this.following;
    if (this.known?.id === sessionId) await this.signOut();
  }

  /** Forgets first: the server may be out of reach, or slow. */
  async signOut(): Promise<void> {
    const { accounts, servers, log } = this.options;
    const address = this.address();
    if (!address) return;
    const account = await accounts.get(address.base);
    const removed = await accounts.remove(address.base);
    if (!removed.ok) throw this.errorOf(removed.failure);
    log.info(`signed out at ${address.base}`);
    await this.queue('account');
    if (account.ok && account.value) await servers.revokeUnused(address, account.value.credentials);
  }

  /** The setting names another server: its account, if any, is the one that counts now. */
  serverChanged(): void {
    this.signingIn?.ending.abort();
    void this.queue('server');
  }

  dispose(): void {
    this.signingIn?.ending.abort();
    this.subscription.dispose();
    this.sessionsChanged.dispose();
    this.accountChanged.dispose();
  }

  private async obtain(
    address: ServerAddress,
    way: SignInWay,
    request: SignInRequest,
  ): Promise<AuthenticationSession> {
    const { servers, log } = this.options;
    const { signal } = request;
    const before = this.known?.id;
    const signedIn = await this.account(address, way, request).catch((error: unknown) => {
      log.error(`signing in: ${messageOf(error)}`);
      throw error;
    });
    if (signedIn.ok && !signal.aborted) return this.adopt(address, signedIn.value);
    if (signedIn.ok) void servers.revokeUnused(address, signedIn.value.credentials);
    // Another window finished what this one began.
    if (signal.aborted && this.known && this.known.id !== before && this.address()?.base === address.base) {
      return sessionOf(this.known);
    }
    if (signedIn.ok || signedIn.failure.kind === 'cancelled') throw new CancellationError();
    log.warn(`signing in at ${address.base} came to nothing: ${signedIn.failure.detail}`);
    throw this.errorOf(signedIn.failure);
  }

  /** A sign-in whose outcome cannot be kept is not begun. */
  private async account(
    address: ServerAddress,
    way: SignInWay,
    request: SignInRequest,
  ): Promise<Result<Account>> {
    const { accounts, signIn } = this.options;
    const kept = await accounts.get(address.base);
    if (!kept.ok && kept.failure.kind === 'storageUnavailable') return kept;
    if (request.signal.aborted) return err({ kind: 'cancelled', detail: 'another sign-in began' });
    return signIn[way](address, request);
  }

  private errorOf(failure: Failure): SignInFailed {
    return new SignInFailed(this.options.failureMessage(failure), failure.kind);
  }

  private queue(cause: 'account' | 'server'): Promise<void> {
    this.following = this.following.then(() => this.follow(cause));
    return this.following;
  }

  private async follow(cause: 'first' | 'account' | 'server'): Promise<void> {
    const before = this.known;
    const address = this.address();
    const kept = address && (await this.options.accounts.get(address.base));
    if (kept?.ok === false && kept.failure.kind === 'storageUnavailable') return;
    this.known = kept?.ok === true ? kept.value : undefined;
    const { known } = this;
    void commands.executeCommand('setContext', 'codeMySpec.hasAccount', known !== undefined);
    if (cause === 'first') return;
    const same = before?.id === known?.id;
    if (same && before?.credentials.accessToken.equals(known?.credentials.accessToken) !== false) return;
    this.sessionsChanged.fire({
      added: known && !same ? [sessionOf(known)] : [],
      removed: before && !same ? [sessionOf(before)] : [],
      changed: known && same ? [sessionOf(known)] : [],
    });
    if (cause !== 'account' || same) return;
    if (known) this.signingIn?.ending.abort();
    this.accountChanged.fire(known ? 'signIn' : 'signOut');
  }

  private address(): ServerAddress | undefined {
    const address = parseServerAddress(this.options.serverUrl());
    return address.ok ? address.value : undefined;
  }
}

/** VS Code's interface wants the plain token; it reaches only extensions that the user allowed. */
function sessionOf({ id, label, userId, credentials }: Account): AuthenticationSession {
  const unnamed = userId === undefined ? 'CodeMySpec' : l10n.t('User {0}', plainText(userId));
  return {
    id,
    account: { id: userId ?? id, label: plainText(label) || unnamed },
    accessToken: credentials.accessToken.reveal(),
    scopes: SCOPES,
  };
}
