import {
  CancellationError,
  commands,
  EventEmitter,
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  type AuthenticationSession,
  type Disposable,
} from 'vscode';
import { messageOf, type Log } from '../../log';
import type { Failure } from '../../model/failure';
import { parseServerAddress, type ServerAddress } from '../../model/serverAddress';
import type { Account } from '../account';
import type { AccountStore } from '../accountStore';
import { SignInFailed, type SignIn } from './signIn';

export const AUTH_PROVIDER_ID = 'codemyspec';
const SCOPES: readonly string[] = ['read', 'write'];
const REVOKE_TIMEOUT_MS = 5_000;

export type SignInWay = 'browser' | 'token';

export interface AuthProviderOptions {
  readonly accounts: AccountStore;
  readonly serverUrl: () => string;
  readonly signIn: Record<SignInWay, SignIn>;
  /** Tells the server that the tokens of this account are given up. */
  readonly revoke: (address: ServerAddress, account: Account, signal: AbortSignal) => Promise<unknown>;
  readonly failureWords: (failure: Failure) => string;
  readonly log: Log;
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
  private signingIn: AbortController | undefined;
  private known: Account | undefined;
  private turns: Promise<void>;
  readonly onDidChangeSessions = this.sessionsChanged.event;
  /** The account came or went, in this window or another; not told when the server changes. */
  readonly onDidChangeAccount = this.accountChanged.event;

  constructor(private readonly options: AuthProviderOptions) {
    this.turns = this.follow('first');
    this.subscription = options.accounts.onDidChange((origin) => {
      if (origin === this.origin()) void this.queue('account');
    });
  }

  async getSessions(scopes?: readonly string[]): Promise<AuthenticationSession[]> {
    await this.turns;
    const covered = (scopes ?? []).every((scope) => SCOPES.includes(scope));
    return this.known && covered ? [sessionOf(this.known)] : [];
  }

  createSession(): Promise<AuthenticationSession> {
    return this.signIn('browser');
  }

  /** A second sign-in replaces one that is still under way. */
  async signIn(way: SignInWay): Promise<AuthenticationSession> {
    const { accounts, serverUrl, failureWords, log } = this.options;
    const address = parseServerAddress(serverUrl());
    if (!address.ok) throw new SignInFailed(failureWords(address.failure), address.failure.kind);
    this.signingIn?.abort();
    const signingIn = new AbortController();
    this.signingIn = signingIn;
    const account = await this.options.signIn[way](address.value, signingIn.signal);
    if (!account || signingIn.signal.aborted) throw new CancellationError();
    await accounts.put(address.value.origin, account);
    log.info(`signed in at ${address.value.origin}`);
    await this.queue('account');
    return sessionOf(account);
  }

  async removeSession(sessionId: string): Promise<void> {
    await this.turns;
    if (this.known?.id === sessionId) await this.signOut();
  }

  /** Forgets first: the server may be out of reach, or slow. */
  async signOut(): Promise<void> {
    const { accounts, serverUrl, revoke, log } = this.options;
    const address = parseServerAddress(serverUrl());
    if (!address.ok) return;
    const { origin } = address.value;
    const account = await accounts.get(origin).catch(() => undefined);
    await accounts.remove(origin);
    log.info(`signed out at ${origin}`);
    await this.queue('account');
    if (!account) return;
    await revoke(address.value, account, AbortSignal.timeout(REVOKE_TIMEOUT_MS)).catch((error: unknown) =>
      log.warn(`the tokens could not be revoked: ${messageOf(error)}`),
    );
  }

  /** The setting names another server: its account, if any, is the one that counts now. */
  serverChanged(): void {
    this.signingIn?.abort();
    void this.queue('server');
  }

  dispose(): void {
    this.signingIn?.abort();
    this.subscription.dispose();
    this.sessionsChanged.dispose();
    this.accountChanged.dispose();
  }

  private queue(cause: 'account' | 'server'): Promise<void> {
    this.turns = this.turns.then(() => this.follow(cause));
    return this.turns;
  }

  private async follow(cause: 'first' | 'account' | 'server'): Promise<void> {
    const before = this.known;
    try {
      const origin = this.origin();
      this.known = origin === undefined ? undefined : await this.options.accounts.get(origin);
    } catch (error) {
      this.options.log.warn(`the secret storage could not be read: ${messageOf(error)}`);
      return;
    }
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
    if (cause === 'account' && !same) this.accountChanged.fire(known ? 'signIn' : 'signOut');
  }

  private origin(): string | undefined {
    const address = parseServerAddress(this.options.serverUrl());
    return address.ok ? address.value.origin : undefined;
  }
}

/** VS Code's interface wants the plain token; it reaches only extensions that the person allowed. */
function sessionOf({ id, label, userId, credentials }: Account): AuthenticationSession {
  return {
    id,
    account: { id: userId ?? id, label },
    accessToken: credentials.accessToken.reveal(),
    scopes: SCOPES,
  };
}
