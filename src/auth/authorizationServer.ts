import * as oauth from 'oauth4webapi';
import { exchange, type Http, type HttpRequest } from '../http/exchange';
import { ok, err, type Result } from '../model/failure';
import { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { isBearerToken, type OAuthClient, type OAuthTokens } from './account';
import { discover } from './discovery';
import { readOAuthResponse, type OAuthBody } from './oauthResponse';
import type { AuthorizationRequest } from './pendingAuthorizations';

const SCOPE = 'read write';
const PREVIEW_TIMEOUT_MS = 3_000;
/** What servers answer for a client or a redirect URI that they do not know. */
const REFUSED_AUTHORIZATION: ReadonlySet<number> = new Set([400, 404, 422]);
const LONGEST_LIFETIME_S = 10 * 365 * 86_400;

interface TokenRequest extends Pick<HttpRequest, 'signal' | 'retry'> {
  readonly parameters: Record<string, string>;
}

/** The authorization server of a CodeMySpec server (RFC 6749 §1.1). */
export class AuthorizationServer {
  /** RFC 8414. */
  static async discover(
    address: ServerAddress,
    http: Http,
    now: () => number,
    signal: AbortSignal,
  ): Promise<Result<AuthorizationServer>> {
    const metadata = await discover(http, address, signal);
    return metadata.ok ? ok(new AuthorizationServer(address, metadata.value, http, now)) : metadata;
  }

  private constructor(
    private readonly address: ServerAddress,
    private readonly metadata: oauth.AuthorizationServer,
    private readonly http: Http,
    /** In ms since 1970. */
    private readonly now: () => number,
  ) {}

  /** Dynamic client registration (RFC 7591). */
  async register(redirectUri: string, clientName: string, signal: AbortSignal): Promise<Result<OAuthClient>> {
    const name = 'registration';
    const url = this.metadata.registration_endpoint;
    if (url === undefined) {
      return err({ kind: 'registrationRefused', detail: 'the server takes no registrations' });
    }
    const metadata = {
      client_name: clientName,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: SCOPE,
    };
    const response = await exchange(this.http, {
      ...{ name, url, address: this.address, signal, size: 'small', retry: true },
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    const answer = readOAuthResponse(name, response);
    if (!answer.ok) {
      const { failure } = answer;
      const refused = failure.code !== undefined || failure.kind === 'withoutOAuth';
      return err(refused ? { ...failure, kind: 'registrationRefused' } : failure);
    }
    return reading(name, async () => {
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

  /** The address for the browser, not for the log: it holds the state (RFC 6749 §4.1.1, RFC 7636 §4.3). */
  async createAuthorizationUrl(
    client: OAuthClient,
    redirectUri: string,
  ): Promise<{ url: string; request: AuthorizationRequest }> {
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
    const request = { client, redirectUri, state: new Secret(state), verifier: new Secret(verifier) };
    return { url: url.href, request };
  }

  /**
   * Whether the server shows an error instead of its page: what the user would see in the browser alone. Servers ask
   * for their own log-in first, so an answer that is no refusal proves nothing.
   */
  async refusesAuthorization(url: string, signal: AbortSignal): Promise<boolean> {
    const answer = await exchange(this.http, {
      ...{ name: 'sign-in page', address: this.address, retry: false, size: 'small' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PREVIEW_TIMEOUT_MS)]),
      ...{ url, headers: { accept: 'text/html' } },
      judge: ({ status }, name) => ({
        kind: REFUSED_AUTHORIZATION.has(status) ? 'registrationRefused' : 'cancelled',
        detail: `${name} (HTTP ${status})`,
      }),
    });
    return !answer.ok && answer.failure.kind === 'registrationRefused';
  }

  /** `response`: what the browser brought back for this request (RFC 6749 §4.1.2, §4.1.3). */
  async exchangeCode(
    { client, redirectUri, state, verifier }: AuthorizationRequest,
    response: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Result<OAuthTokens>> {
    const { metadata, address } = this;
    const known = { client_id: client.id };
    const error = response.get('error');
    if (error !== null) {
      const code = /^\w{1,64}$/.test(error) ? error : 'an error';
      const kind = code === 'access_denied' ? 'declined' : 'grantRefused';
      return err({ kind, detail: `the sign-in page answered ${code}`, code });
    }
    const issuer = response.get('iss');
    // The metadata's word does not count: a server could name another, and get what is meant for it (RFC 9207).
    if (issuer !== null && issuer.replace(/(?<!\/)\/+$/, '') !== address.base) {
      return err({ kind: 'foreignEndpoint', detail: 'the answer of the browser is from another server' });
    }
    const expected = { ...metadata, issuer: issuer ?? metadata.issuer };
    const checked = await reading('callback', () =>
      oauth.validateAuthResponse(expected, known, response, state.reveal()),
    );
    if (!checked.ok) return checked;
    return this.requestTokens('code exchange', client, {
      ...{ signal, retry: true },
      parameters: {
        grant_type: 'authorization_code',
        code: checked.value.get('code') ?? '',
        redirect_uri: redirectUri,
        code_verifier: verifier.reveal(),
      },
    });
  }

  /** RFC 6749 §6. */
  async refresh(tokens: OAuthTokens, signal: AbortSignal): Promise<Result<OAuthTokens>> {
    const { client, refreshToken } = tokens;
    if (!refreshToken) throw new Error('There is no refresh token to ask with.');
    const answer = await this.requestTokens('refresh', client, {
      ...{ signal, retry: true },
      parameters: { grant_type: 'refresh_token', refresh_token: refreshToken.reveal() },
    });
    if (!answer.ok) return answer;
    // A server that does not rotate names no refresh token, or the same one.
    const { refreshToken: rotated = refreshToken } = answer.value;
    return ok({ ...answer.value, refreshToken: rotated, revision: tokens.revision + 1 });
  }

  /** RFC 7009, best effort: the refresh token first, since servers end the access token with it. */
  async revoke({ client, accessToken, refreshToken }: OAuthTokens, signal: AbortSignal): Promise<void> {
    const url = this.metadata.revocation_endpoint;
    if (url === undefined) return;
    for (const token of [refreshToken, accessToken]) {
      if (!token) continue;
      const response = await exchange(this.http, {
        ...{ name: 'revocation', url, address: this.address, signal, size: 'small', retry: true },
        ...(await this.form(client, { token: token.reveal() })),
      });
      const answer = readOAuthResponse('revocation', response);
      if (!answer.ok) this.http.log?.info(`a token was not revoked: ${answer.failure.detail}`);
    }
  }

  private async requestTokens(
    name: string,
    client: OAuthClient,
    { parameters, ...request }: TokenRequest,
  ): Promise<Result<OAuthTokens>> {
    const issuedAt = this.now();
    const response = await exchange(this.http, {
      ...{ ...request, name, address: this.address, size: 'small' },
      url: this.metadata.token_endpoint ?? '',
      ...(await this.form(client, parameters)),
    });
    const answer = readOAuthResponse(name, response);
    if (!answer.ok) return answer;
    return reading(name, async () => {
      // An id token is not asked for; one that comes all the same is not looked at.
      const body: OAuthBody = {
        token_type: 'bearer',
        ...answer.value,
        id_token: undefined,
        expires_in: lifetimeIn(answer.value['expires_in']),
      };
      const known = { client_id: client.id };
      const granted = await oauth.processRefreshTokenResponse(this.metadata, known, Response.json(body));
      const { access_token, refresh_token, expires_in } = granted;
      if (!isBearerToken(access_token) || !isRefreshToken(refresh_token)) {
        throw new Error('a token has characters that none may have');
      }
      return {
        ...{ kind: 'oauth', client, revision: 0 },
        accessToken: new Secret(access_token),
        refreshToken: refresh_token === undefined ? undefined : new Secret(refresh_token),
        issuedAt,
        expiresAt: expires_in === undefined ? undefined : issuedAt + expires_in * 1000,
      };
    });
  }

  /** With the client's authentication where the server wants it (RFC 6749 §2.3.1). */
  private async form({ id, secret, authentication }: OAuthClient, parameters: Record<string, string>) {
    const body = new URLSearchParams(parameters);
    const headers = new Headers({ accept: 'application/json' });
    const by = authentication === 'header' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
    const authenticate = secret ? by(secret.reveal()) : oauth.None();
    await authenticate(this.metadata, { client_id: id }, body, headers);
    return { body, headers };
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

/** The library's errors carry the answer, tokens included, as their cause: their message alone is kept. */
async function reading<T>(name: string, read: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return ok(await read());
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is not as expected';
    return err({ kind: 'unreadable', detail: `${name}: ${why}` });
  }
}

/** Whether this, if anything, can be a refresh token (RFC 6749 §A.17). */
function isRefreshToken(token: string | undefined): boolean {
  return token === undefined || /^[\x20-\x7e]{1,8192}$/.test(token);
}

/** In seconds; undefined, as if nothing had been said, for what no token lives. */
function lifetimeIn(expiresIn: unknown): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !(seconds >= 0)) return undefined;
  return seconds <= LONGEST_LIFETIME_S ? seconds : undefined;
}
