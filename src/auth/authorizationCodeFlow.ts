import type { Log } from '../log';
import { ok, err, type Result } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { accountOf, type Account } from './account';
import type { AuthorizationServer } from './authorizationServer';
import type { AuthorizationServers } from './authorizationServers';
import type { TokenCheck } from './checkToken';
import type { ClientStore, Registration } from './clientStore';
import type { AuthorizationRequest, PendingAuthorizations } from './pendingAuthorizations';

const AUTHORIZATION_TIMEOUT_MS = 5 * 60_000;
function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

const CANCELLED = err({ kind: 'cancelled', detail: 'the sign-in was cancelled' });

/** Where the browser brings the response (RFC 6749 §3.1.2). */
export interface RedirectTarget {
  readonly redirectUri: string;
  /** Of the loopback listener behind it. */
  readonly port: number | undefined;
  /** Another window may get the response, and must be able to finish. */
  readonly reachesAnyWindow: boolean;
  /** The response to the request with this state; undefined once the signal gives up. */
  receive(state: Secret, signal: AbortSignal): Promise<URLSearchParams | undefined>;
  close(): void;
}

/** How the browser is reached, and reaches us. */
export interface UserAgent {
  readonly openTarget: (kept: readonly Registration[]) => Promise<RedirectTarget>;
  readonly openBrowser: (url: string) => PromiseLike<unknown>;
}

export interface AuthorizationCodeFlowOptions {
  readonly servers: AuthorizationServers;
  readonly clients: ClientStore;
  readonly pending: PendingAuthorizations;
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  /** As the consent page shows it. */
  readonly clientName: string;
  readonly log: Log;
  readonly timeoutMs?: number;
}

/** Authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636), through the browser of the user (RFC 8252). */
export class AuthorizationCodeFlow {
  constructor(private readonly options: AuthorizationCodeFlowOptions) {}

  async signIn(address: ServerAddress, userAgent: UserAgent, signal: AbortSignal): Promise<Result<Account>> {
    const { servers, clients, log } = this.options;
    servers.clear(address);
    const server = await servers.at(address, signal);
    if (!server.ok) return server;
    const opening = userAgent.openTarget(await clients.list(address.base));
    const target = await Promise.race([opening, whenAborted(signal)]);
    if (!target) {
      opening.then(
        (late) => late.close(),
        () => {},
      );
      return CANCELLED;
    }
    const authorization = new Authorization(this.options, address, server.value, signal);
    try {
      const first = await authorization.ask(target, userAgent);
      if (first.ok || first.failure.code !== 'invalid_client') return first;
      log.info(`${address.base} does not know this client any more; registering anew`);
      return await authorization.ask(target, userAgent);
    } finally {
      target.close();
    }
  }

  /** What came to this window for one that another had begun; undefined where nobody had asked for it. */
  async finishPending(
    address: ServerAddress,
    response: URLSearchParams,
  ): Promise<Result<Account> | undefined> {
    const { pending, servers } = this.options;
    const request = await pending.take(address.base, response.get('state') ?? '');
    if (!request) return undefined;
    const { signal } = new AbortController();
    const server = await servers.at(address, signal);
    if (!server.ok) return server;
    return new Authorization(this.options, address, server.value, signal).finish(request, response);
  }
}

/** One sign-in at one server, until the signal gives it up. */
class Authorization {
  constructor(
    private readonly options: AuthorizationCodeFlowOptions,
    private readonly address: ServerAddress,
    private readonly server: AuthorizationServer,
    private readonly signal: AbortSignal,
  ) {}

  async ask(target: RedirectTarget, { openBrowser }: UserAgent): Promise<Result<Account>> {
    const { pending, timeoutMs = AUTHORIZATION_TIMEOUT_MS } = this.options;
    const { base } = this.address;
    const accepted = await this.acceptedRequest(target);
    if (!accepted.ok) return accepted;
    const { url, request } = accepted.value;
    if (target.reachesAnyWindow) await pending.put(base, request, Date.now() + timeoutMs);
    const late = AbortSignal.timeout(timeoutMs);
    const ended = new AbortController();
    const over = AbortSignal.any([late, this.signal, ended.signal]);
    let response: URLSearchParams | undefined;
    try {
      const waiting = target.receive(request.state, over);
      // An editor may ask first whether to open it, or not tell when it has.
      if (!over.aborted) await Promise.race([openBrowser(url), waiting]);
      response = await waiting;
    } finally {
      ended.abort();
      if (target.reachesAnyWindow) await pending.take(base, request.state.reveal());
    }
    if (response) return this.finish(request, response);
    return late.aborted
      ? err({ kind: 'unfinished', detail: `the browser did not come back in ${timeoutMs / 1000} s` })
      : CANCELLED;
  }

  /** A cancel is answered at once, and what is granted and not wanted is revoked when it has come. */
  finish(request: AuthorizationRequest, response: URLSearchParams): Promise<Result<Account>> {
    const cancelled = whenAborted(this.signal).then(() => CANCELLED);
    return Promise.race([this.exchangeCode(request, response), cancelled]);
  }

  /** A request that the server does not refuse by itself; a kept client that it has forgotten is registered anew. */
  private async acceptedRequest({
    redirectUri,
    port,
  }: RedirectTarget): Promise<Result<{ url: string; request: AuthorizationRequest }>> {
    const { server, signal } = this;
    const { clients, clientName, log } = this.options;
    const { base } = this.address;
    const kept = (await clients.list(base)).find((each) => each.redirectUri === redirectUri);
    if (kept) {
      const created = await server.createAuthorizationUrl(kept.client, redirectUri);
      if (!(await server.refusesAuthorization(created.url, signal))) return ok(created);
      await clients.remove(base, kept.client.id);
      log.info(`${base} refuses the client that is kept for it; registering anew`);
    }
    const registered = await server.register(redirectUri, clientName, signal);
    if (!registered.ok) return registered;
    log.info(`registered at ${base}`);
    const created = await server.createAuthorizationUrl(registered.value, redirectUri);
    if (await server.refusesAuthorization(created.url, signal)) {
      return err({ kind: 'registrationRefused', detail: 'the sign-in page refuses this editor' });
    }
    await clients.put(base, { redirectUri, port, client: registered.value });
    return ok(created);
  }

  private async exchangeCode(
    request: AuthorizationRequest,
    response: URLSearchParams,
  ): Promise<Result<Account>> {
    const { address, server, signal } = this;
    const { clients, servers, check } = this.options;
    // Not given up half way: what the server grants meanwhile could not be revoked.
    const granted = await server.exchangeCode(request, response, new AbortController().signal);
    if (!granted.ok) {
      if (granted.failure.code === 'invalid_client') await clients.remove(address.base, request.client.id);
      return signal.aborted ? CANCELLED : granted;
    }
    const tokens = granted.value;
    const checked = signal.aborted ? undefined : await check(address, tokens.accessToken, signal);
    if (checked && !signal.aborted && checked.outcome !== 'refused') {
      return ok(accountOf(tokens, checked));
    }
    void servers.revokeUnused(address, tokens);
    return checked?.outcome === 'refused' && !signal.aborted ? err(checked.failure) : CANCELLED;
  }
}
