import type { Log } from '../log';
import { answered, failed, type Answer, type Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { OAuthTokens } from './account';
import type { TokenCheck } from './checkToken';
import type { ClientStore, Registration } from './clientStore';
import type { AuthorizationRequest, OAuthServer } from './oauthServer';
import type { OAuthServers } from './oauthServers';
import type { PendingAuthorization, PendingAuthorizations } from './pendingAuthorization';
import type { RedirectTarget } from './redirectTarget';

export const AUTHORIZATION_TIMEOUT_MS = 5 * 60_000;
const GIVE_BACK_TIMEOUT_MS = 10_000;

export interface AuthorizationParts {
  readonly servers: OAuthServers;
  readonly clients: ClientStore;
  readonly pending: PendingAuthorizations;
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  /** As the consent page shows it. */
  readonly clientName: string;
  readonly log: Log;
  readonly timeoutMs?: number;
}

export interface Authorized {
  readonly credentials: OAuthTokens;
  readonly check: TokenCheck;
}

/** What one way of signing in through the browser brings along. */
export interface AuthorizationWay {
  /** Undefined where this way cannot be had. */
  readonly openTarget: (kept: readonly Registration[]) => Promise<RedirectTarget | undefined>;
  readonly openBrowser: (url: string) => PromiseLike<unknown>;
}

/** Authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636), through the browser of the user. */
export async function authorize(
  parts: AuthorizationParts,
  address: ServerAddress,
  way: AuthorizationWay,
  signal: AbortSignal,
): Promise<Answer<Authorized>> {
  parts.servers.forget(address);
  const server = await parts.servers.at(address, signal);
  if (!server.ok) return server;
  const target = await way.openTarget(await parts.clients.list(address.base));
  if (!target) return failed({ kind: 'unfinished', detail: 'the browser has no way back to this editor' });
  try {
    const attempt = { parts, address, server: server.value, target, way, signal };
    const first = await authorizeOnce(attempt);
    if (first.ok || first.failure.code !== 'invalid_client') return first;
    parts.log.info(`${address.base} does not know this client any more; registering anew`);
    return await authorizeOnce(attempt);
  } finally {
    target.close();
  }
}

interface Attempt {
  readonly parts: AuthorizationParts;
  readonly address: ServerAddress;
  readonly server: OAuthServer;
  readonly target: RedirectTarget;
  readonly way: AuthorizationWay;
  readonly signal: AbortSignal;
}

async function authorizeOnce(attempt: Attempt): Promise<Answer<Authorized>> {
  const { parts, address, server, target, way, signal } = attempt;
  const { pending, timeoutMs = AUTHORIZATION_TIMEOUT_MS } = parts;
  const begun = await requestAccepted(attempt);
  if (!begun.ok) return begun;
  const { client, request } = begun.value;
  const expiresAt = Date.now() + timeoutMs;
  if (target.reachesAnyWindow) await pending.put(address.base, { ...request, client, expiresAt });
  const late = AbortSignal.timeout(timeoutMs);
  const ended = new AbortController();
  const over = AbortSignal.any([late, signal, ended.signal]);
  let response: URLSearchParams | undefined;
  try {
    const waiting = target.receive(request.state, over);
    if (!over.aborted) await way.openBrowser(request.url);
    response = await waiting;
  } finally {
    ended.abort();
    if (target.reachesAnyWindow) await pending.remove(address.base, request.state);
  }
  if (!response) {
    return late.aborted
      ? failed({ kind: 'unfinished', detail: `the browser did not come back in ${timeoutMs / 1000} s` })
      : CANCELLED;
  }
  return finishAuthorization({ parts, address, server, client, request, response, signal });
}

/** A request that the server does not refuse by itself; a kept client that it has forgotten is registered anew. */
async function requestAccepted({
  parts,
  address,
  server,
  target,
  signal,
}: Attempt): Promise<Answer<{ client: Registration['client']; request: AuthorizationRequest }>> {
  const { clients, clientName, log } = parts;
  const { redirectUri, port } = target;
  for (;;) {
    const kept = (await clients.list(address.base)).find((each) => each.redirectUri === redirectUri);
    let client = kept?.client;
    if (!client) {
      const registered = await server.register(redirectUri, clientName, signal);
      if (!registered.ok) return registered;
      log.info(`registered at ${address.base}`);
      client = registered.value;
      await clients.put(address.base, { redirectUri, port, client });
    }
    const request = await server.createAuthorizationRequest(client, redirectUri);
    if (!(await server.refusesAuthorization(request, signal))) return answered({ client, request });
    await clients.remove(address.base, client.id);
    if (!kept) {
      return failed({ kind: 'registrationRefused', detail: 'the sign-in page refuses this editor' });
    }
    log.info(`${address.base} refuses the client that is kept for it; registering anew`);
  }
}

export interface FinishOptions {
  readonly parts: Pick<AuthorizationParts, 'clients' | 'servers' | 'check'>;
  readonly address: ServerAddress;
  readonly server: OAuthServer;
  readonly client: Registration['client'];
  readonly request: Pick<PendingAuthorization, 'redirectUri' | 'state' | 'verifier'>;
  readonly response: URLSearchParams;
  readonly signal: AbortSignal;
}

/**
 * Exchanges the code and has the server check the token. A cancel is answered at once, and what is granted and not
 * wanted is given back when it has come.
 */
export function finishAuthorization(options: FinishOptions): Promise<Answer<Authorized>> {
  const { signal } = options;
  const cancelled = new Promise<Answer<never>>((resolve) => {
    signal.addEventListener('abort', () => resolve(CANCELLED), { once: true });
  });
  return Promise.race([exchangeAndCheck(options), cancelled]);
}

async function exchangeAndCheck(options: FinishOptions): Promise<Answer<Authorized>> {
  const { parts, address, server, client, request, response, signal } = options;
  const denial = denialIn(response);
  if (denial) return failed(denial);
  // Not given up half way: what the server grants meanwhile could not be given back.
  const grant = await server.exchangeCode(client, request, response, new AbortController().signal);
  if (!grant.ok) {
    if (grant.failure.code === 'invalid_client') await parts.clients.remove(address.base, client.id);
    return signal.aborted ? CANCELLED : grant;
  }
  const credentials: OAuthTokens = { kind: 'oauth', ...grant.value, client, revision: 0 };
  const check = signal.aborted ? undefined : await parts.check(address, credentials.accessToken, signal);
  if (check && !signal.aborted && check.outcome !== 'refused') return answered({ credentials, check });
  void parts.servers.revoke(address, credentials, AbortSignal.timeout(GIVE_BACK_TIMEOUT_MS));
  return check?.outcome === 'refused' && !signal.aborted ? failed(check.failure) : CANCELLED;
}

const CANCELLED = failed({ kind: 'cancelled', detail: 'the sign-in was cancelled' });

function denialIn(response: URLSearchParams): Failure | undefined {
  const error = response.get('error');
  if (error === null) return undefined;
  const code = /^\w{1,64}$/.test(error) ? error : 'an error';
  return {
    kind: code === 'access_denied' ? 'declined' : 'grantRefused',
    detail: `the sign-in page answered ${code}`,
    code,
  };
}
