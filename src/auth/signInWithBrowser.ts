import type { Log } from '../log';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { OAuthTokens } from './account';
import type { TokenCheck } from './checkToken';
import type { ClientStore } from './clientStore';
import type { OAuthClient } from './oauthClient';
import { refuse, type OAuthAnswer, type OAuthFailure } from './oauthFailure';
import type { OAuthServer } from './oauthServer';
import type { OAuthServers } from './oauthServers';
import type { SignInCallbacks } from './signInCallbacks';

export const SIGN_IN_TIMEOUT_MS = 5 * 60_000;

export interface BrowserSignInParts {
  readonly servers: Pick<OAuthServers, 'at' | 'forget'>;
  readonly clients: Pick<ClientStore, 'get' | 'put' | 'remove'>;
  readonly callbacks: Pick<SignInCallbacks, 'expect'>;
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  /** Where the browser is to come back to; asked for each time, since it may differ. */
  readonly redirectUri: () => PromiseLike<string>;
  readonly openBrowser: (url: string) => PromiseLike<unknown>;
  /** As the consent page shows it. */
  readonly clientName: string;
  readonly log: Log;
  readonly timeoutMs?: number;
}

export interface SignedIn {
  readonly credentials: OAuthTokens;
  readonly check: TokenCheck;
}

/** OAuth 2 authorization code with PKCE, through the browser of the person. */
export async function signInWithBrowser(
  parts: BrowserSignInParts,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<OAuthAnswer<SignedIn>> {
  const { servers, clients, check } = parts;
  servers.forget(address);
  const server = await servers.at(address, signal);
  if (!server.ok) return server;
  const redirectUri = await parts.redirectUri();
  let answer = await visit(parts, address, server.value, redirectUri, signal);
  if (!answer.ok && answer.failure.code === 'invalid_client') {
    parts.log.info(`${address.origin} does not know this client any more; registering anew`);
    await clients.remove(address.origin);
    answer = await visit(parts, address, server.value, redirectUri, signal);
  }
  if (!answer.ok) return answer;
  const credentials = answer.value;
  const checked = await check(address, credentials.accessToken, signal);
  if (signal.aborted) {
    void server.value.revoke(credentials.client, credentials.accessToken, new AbortController().signal);
    return CANCELLED;
  }
  if (checked.outcome === 'refused') return refuse(checked.failure);
  return { ok: true, value: { credentials, check: checked } };
}

const CANCELLED = refuse({ kind: 'cancelled', detail: 'the sign-in was cancelled' });

async function visit(
  parts: BrowserSignInParts,
  address: ServerAddress,
  server: OAuthServer,
  redirectUri: string,
  signal: AbortSignal,
): Promise<OAuthAnswer<OAuthTokens>> {
  const { clients, callbacks, openBrowser, timeoutMs = SIGN_IN_TIMEOUT_MS } = parts;
  const kept = await clients.get(address.origin, redirectUri);
  const client = kept
    ? ({ ok: true, value: kept } as const)
    : await register(parts, address, server, redirectUri, signal);
  if (!client.ok) return client;
  const begun = await server.beginVisit(client.value, redirectUri);
  const callback = await within(timeoutMs, signal, async (over) => {
    const waiting = callbacks.expect(begun.state, over);
    if (!over.aborted) await openBrowser(begun.url);
    return waiting;
  });
  if (!callback) {
    // A server that has forgotten the client shows that to the person alone.
    if (kept) await clients.remove(address.origin);
    return signal.aborted
      ? CANCELLED
      : refuse({ kind: 'unfinished', detail: `the browser did not come back in ${timeoutMs / 1000} s` });
  }
  const denial = denialIn(callback);
  if (denial) return refuse(denial);
  const grant = await server.endVisit(client.value, begun, callback, signal);
  if (!grant.ok) return grant;
  return { ok: true, value: { kind: 'oauth', ...grant.value, client: client.value, revision: 0 } };
}

/** `over` is raised when the time is up, when the signal is, and at the end in any case. */
async function within<T>(
  ms: number,
  signal: AbortSignal,
  task: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await task(ending.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  }
}

async function register(
  { clients, clientName, log }: BrowserSignInParts,
  { origin }: ServerAddress,
  server: OAuthServer,
  redirectUri: string,
  signal: AbortSignal,
): Promise<OAuthAnswer<OAuthClient>> {
  const registered = await server.register(redirectUri, clientName, signal);
  if (!registered.ok) return registered;
  log.info(`registered at ${origin}`);
  await clients.put(origin, redirectUri, registered.value);
  return registered;
}

function denialIn(callback: URLSearchParams): OAuthFailure | undefined {
  const error = callback.get('error');
  if (error === null) return undefined;
  const code = /^\w{1,64}$/.test(error) ? error : 'an error';
  return {
    kind: code === 'access_denied' ? 'declined' : 'grantRefused',
    detail: `the sign-in page answered ${code}`,
    code,
  };
}
