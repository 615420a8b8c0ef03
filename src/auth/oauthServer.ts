import * as oauth from 'oauth4webapi';
import { answered, failed, type Answer } from '../model/failure';
import { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { TokenGrant } from './account';
import type { OAuthClient } from './oauthClient';
import { isBearerToken, isRefreshToken } from './bearerToken';
import { metadataAt } from './oauthMetadata';
import { exchange, type OAuthBody, type OAuthRequest, type OAuthWay } from './oauthRequest';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const SCOPE = 'read write';
const PREVIEW_TIMEOUT_MS = 3_000;
/** What servers answer for a client or a redirect URI that they do not know. */
const REFUSED_AUTHORIZATION: ReadonlySet<number> = new Set([400, 404, 422]);
const LONGEST_LIFETIME_S = 10 * 365 * 86_400;

/** One request for authorization (RFC 6749 §4.1.1); good for one answer. */
export interface AuthorizationRequest {
  /** Holds the state: for the browser, not for the log. */
  readonly url: string;
  readonly redirectUri: string;
  readonly state: Secret;
  readonly verifier: Secret;
}

/** Asks the server for its OAuth endpoints (RFC 8414). */
export async function discoverOAuthServer(
  address: ServerAddress,
  way: OAuthWay,
  signal: AbortSignal,
): Promise<Answer<OAuthServer>> {
  const { origin, pathname } = new URL(address.base);
  const places = new Set([address.base + WELL_KNOWN, origin + WELL_KNOWN + pathname.replace(/\/$/, '')]);
  let answer: Answer<OAuthBody> = failed({ kind: 'withoutOAuth', detail: 'discovery' });
  for (const place of places) {
    answer = await exchange(way, {
      doing: 'discovery',
      origin,
      signal,
      send: (guardedFetch, stop) =>
        guardedFetch(place, { headers: { accept: 'application/json' }, redirect: 'manual', signal: stop }),
    });
    if (answer.ok || answer.failure.kind !== 'withoutOAuth') break;
  }
  if (!answer.ok) {
    const { failure } = answer;
    // Nobody's grant is refused where only the metadata was asked for.
    return failure.kind === 'grantRefused' ? failed({ ...failure, kind: 'serverError' }) : answer;
  }
  const metadata = metadataAt(address, answer.value);
  return metadata.ok ? answered(new OAuthServer(address, metadata.value, way)) : metadata;
}

/** The OAuth half of a CodeMySpec server. */
export class OAuthServer {
  constructor(
    private readonly address: ServerAddress,
    private readonly metadata: oauth.AuthorizationServer,
    private readonly way: OAuthWay,
  ) {}

  async register(redirectUri: string, clientName: string, signal: AbortSignal): Promise<Answer<OAuthClient>> {
    const answer = await this.ask('registration', signal, (options) =>
      oauth.dynamicClientRegistrationRequest(
        this.metadata,
        {
          client_name: clientName,
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'client_secret_post',
          scope: SCOPE,
        },
        options,
      ),
    );
    if (!answer.ok) {
      const { failure } = answer;
      const refused = failure.code !== undefined || failure.kind === 'withoutOAuth';
      return failed(refused ? { ...failure, kind: 'registrationRefused' } : failure);
    }
    return reading('registration', async () => {
      const client = await oauth.processDynamicClientRegistrationResponse(
        // Early servers leave out the expiry that RFC 7591 wants beside a secret.
        Response.json({ client_secret_expires_at: 0, ...answer.value }, { status: 201 }),
      );
      return {
        id: client.client_id,
        secret: typeof client.client_secret === 'string' ? new Secret(client.client_secret) : undefined,
        authentication: this.authenticationOf(client.token_endpoint_auth_method),
      };
    });
  }

  async createAuthorizationRequest(client: OAuthClient, redirectUri: string): Promise<AuthorizationRequest> {
    const state = oauth.generateRandomState();
    const verifier = oauth.generateRandomCodeVerifier();
    const url = new URL(this.metadata.authorization_endpoint ?? '');
    const parameters = {
      response_type: 'code',
      client_id: client.id,
      redirect_uri: redirectUri,
      scope: SCOPE,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url: url.href, redirectUri, state: new Secret(state), verifier: new Secret(verifier) };
  }

  /**
   * Whether the server shows an error instead of its page: what the user would see in the browser alone. Servers ask
   * for their own log-in first, so an answer that is no refusal proves nothing.
   */
  async refusesAuthorization({ url }: AuthorizationRequest, signal: AbortSignal): Promise<boolean> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(PREVIEW_TIMEOUT_MS)]);
    try {
      const { status, body } = await this.way.fetch(url, {
        headers: { accept: 'text/html' },
        redirect: 'manual',
        signal: soon,
      });
      await body?.cancel();
      return REFUSED_AUTHORIZATION.has(status);
    } catch {
      return false;
    }
  }

  /** `response`: what the browser brought back for this request (RFC 6749 §4.1.2). */
  async exchangeCode(
    client: OAuthClient,
    request: Pick<AuthorizationRequest, 'redirectUri' | 'state' | 'verifier'>,
    response: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Answer<TokenGrant>> {
    const known = { client_id: client.id };
    const issuer = response.get('iss');
    // The metadata's word does not count: a server could name another, and get what is meant for it (RFC 9207).
    if (issuer !== null && issuer.replace(/(?<!\/)\/+$/, '') !== this.address.base) {
      return failed({ kind: 'foreignEndpoint', detail: 'the answer of the browser is from another server' });
    }
    const checked = await reading('callback', () =>
      Promise.resolve(
        oauth.validateAuthResponse(
          { ...this.metadata, issuer: issuer ?? this.metadata.issuer },
          known,
          response,
          request.state.reveal(),
        ),
      ),
    );
    if (!checked.ok) return checked;
    return this.grant('code exchange', client, signal, (authentication, options) =>
      oauth.authorizationCodeGrantRequest(
        this.metadata,
        known,
        authentication,
        checked.value,
        request.redirectUri,
        request.verifier.reveal(),
        options,
      ),
    );
  }

  refresh(client: OAuthClient, refreshToken: Secret, signal: AbortSignal): Promise<Answer<TokenGrant>> {
    return this.grant('refresh', client, signal, (authentication, options) =>
      oauth.refreshTokenGrantRequest(
        this.metadata,
        { client_id: client.id },
        authentication,
        refreshToken.reveal(),
        options,
      ),
    );
  }

  async revoke(client: OAuthClient, token: Secret, signal: AbortSignal): Promise<Answer<unknown>> {
    if (this.metadata.revocation_endpoint === undefined) return { ok: true, value: undefined };
    return this.ask('revocation', signal, (options) =>
      oauth.revocationRequest(
        this.metadata,
        { client_id: client.id },
        authenticationBy(client),
        token.reveal(),
        options,
      ),
    );
  }

  private async grant(
    doing: string,
    client: OAuthClient,
    signal: AbortSignal,
    send: (authentication: oauth.ClientAuth, options: Options) => Promise<Response>,
  ): Promise<Answer<TokenGrant>> {
    let issuedAt = 0;
    const answer = await this.ask(doing, signal, (options) => {
      issuedAt = this.way.now();
      return send(authenticationBy(client), options);
    });
    if (!answer.ok) return answer;
    return reading(doing, async () => {
      // An id token is not asked for; one that comes all the same is not looked at.
      const body: OAuthBody = {
        token_type: 'bearer',
        ...answer.value,
        id_token: undefined,
        expires_in: lifetimeIn(answer.value['expires_in']),
      };
      const granted = await oauth.processRefreshTokenResponse(
        this.metadata,
        { client_id: client.id },
        Response.json(body),
      );
      const { access_token, refresh_token, expires_in } = granted;
      if (!isBearerToken(access_token) || !isRefreshToken(refresh_token)) {
        throw new Error('a token has characters that none may have');
      }
      return {
        accessToken: new Secret(access_token),
        refreshToken: refresh_token === undefined ? undefined : new Secret(refresh_token),
        issuedAt,
        expiresAt: expires_in === undefined ? undefined : issuedAt + expires_in * 1000,
      };
    });
  }

  private ask(
    doing: string,
    signal: AbortSignal,
    send: (options: Options) => Promise<Response>,
  ): Promise<Answer<OAuthBody>> {
    const request: OAuthRequest = {
      doing,
      origin: this.address.origin,
      signal,
      send: (guardedFetch, stop) =>
        send({
          [oauth.customFetch]: (url, init) => guardedFetch(url, init),
          ...plainHttp(this.address.isPlain),
          signal: stop,
        }),
    };
    return exchange(this.way, request);
  }

  private authenticationOf(told: unknown): OAuthClient['authentication'] {
    if (told === 'client_secret_post') return 'body';
    if (told === 'client_secret_basic') return 'header';
    const supported = this.metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return !supported.includes('client_secret_post') && supported.includes('client_secret_basic')
      ? 'header'
      : 'body';
  }
}

// eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated only to stand out; https is wanted elsewhere
const plainHttp = (allowed: boolean) => ({ [oauth.allowInsecureRequests]: allowed });

interface Options extends ReturnType<typeof plainHttp> {
  readonly [oauth.customFetch]: (url: string, init: object) => Promise<Response>;
  readonly signal: AbortSignal;
}

function authenticationBy({ secret, authentication }: OAuthClient): oauth.ClientAuth {
  if (!secret) return oauth.None();
  const by = authentication === 'header' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
  return by(secret.reveal());
}

/** The library's errors carry the answer, tokens included, as their cause: their message alone is kept. */
async function reading<T>(doing: string, read: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is not as expected';
    return failed({ kind: 'unreadable', detail: `${doing}: ${why}` });
  }
}

/** In seconds; undefined, as if nothing had been said, for what no token lives. */
function lifetimeIn(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !(seconds >= 0)) return undefined;
  return seconds <= LONGEST_LIFETIME_S ? seconds : undefined;
}
