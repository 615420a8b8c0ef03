import { BAD_REQUEST, ROUTE_NOT_FOUND, type RestResponse } from '../answer';
import { RestFaults, type RestFault } from '../restFaults';
import type { Tokens } from '../tokens';
import type { World } from '../world';
import { createAuthorizeEndpoint, SCOPES } from './authorizeEndpoint';
import type { OAuthSettings } from './oauthOptions';
import { OAuthStats } from './oauthStats';
import { createRegisterEndpoint } from './registerEndpoint';
import type { SignIns } from './signIns';
import { createSiteLogin, LOG_IN_PATH } from './siteLogin';
import { createTokenEndpoint } from './tokenEndpoint';

const PATHS = {
  discovery: '/.well-known/oauth-authorization-server',
  register: '/oauth/register',
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  revoke: '/oauth/revoke',
};

export interface OAuthFault extends Pick<RestFault, 'status' | 'times' | 'retryAfterS'> {
  /** Without it, all of them. */
  endpoint?: keyof typeof PATHS;
}

export interface OAuthParts {
  world: World;
  tokens: Tokens;
  signIns: SignIns;
  /** Without them, the server has no OAuth. */
  settings: OAuthSettings | undefined;
}

export interface OAuthRequest {
  method: string;
  url: URL;
  /** Scheme and authority the server was asked at. */
  origin: string;
  contentType: string;
  cookies: string;
  text: string;
}

export type OAuth = ReturnType<typeof createOAuth>;

/** The server's OAuth 2: its endpoints, their faults and what they were asked. */
export function createOAuth({ world, tokens, signIns, settings }: OAuthParts) {
  const stats = new OAuthStats();
  const faults = new RestFaults();
  let signedInUserId = settings?.userId ?? 1;
  let repliesToLose = 0;
  const paths = [...Object.values(PATHS), ...(settings?.siteLogin ? [LOG_IN_PATH] : [])];
  const answerTo = settings ? endpoints(settings) : () => ROUTE_NOT_FOUND;

  return {
    stats,
    faults,
    serves: (path: string): boolean => settings !== undefined && paths.includes(path),
    answerTo,
    fail({ endpoint, ...fault }: OAuthFault): void {
      faults.add({ ...fault, ...(endpoint === undefined ? {} : { path: PATHS[endpoint] }) });
    },
    heal(): void {
      faults.clear();
      repliesToLose = 0;
    },
    loseTokenReply(times: number): void {
      repliesToLose = times;
    },
    signInAs(userId: number): void {
      signedInUserId = userId;
    },
    clearClients: (): void => signIns.clients.clear(),
    revokeAll(userId: number): void {
      signIns.end(tokens, ({ consent }) => consent.userId === userId);
      tokens.expire(userId);
    },
  };

  function endpoints(set: OAuthSettings): (request: OAuthRequest) => RestResponse {
    const authorize = createAuthorizeEndpoint({
      world,
      signIns,
      stats,
      settings: set,
      signedInUserId: () => signedInUserId,
    });
    const register = createRegisterEndpoint({ settings: set, signIns, stats });
    const token = createTokenEndpoint({ settings: set, tokens, signIns, stats });
    const site = createSiteLogin();

    return (request) => {
      const body = parseBody(request);
      if (!body) return BAD_REQUEST;
      const { method, url, cookies } = request;
      const issuer = set.issuer ?? request.origin;
      if (url.pathname === PATHS.authorize && set.siteLogin && !site.isLoggedIn(cookies)) {
        return site.sendToLogIn(url.pathname + url.search);
      }
      switch (`${method} ${url.pathname}`) {
        case `GET ${PATHS.discovery}`:
          return metadata(set, issuer);
        case `POST ${PATHS.register}`:
          return register(body);
        case `GET ${PATHS.authorize}`:
          return authorize.ask(url.searchParams, issuer);
        case `POST ${PATHS.authorize}`:
          return authorize.decide(texts(body), issuer);
        case `POST ${PATHS.token}`:
          return lostOrNot(token.grant(texts(body)));
        case `POST ${PATHS.revoke}`:
          return token.revoke(texts(body));
        case `GET ${LOG_IN_PATH}`:
          return site.showLogIn();
        case `POST ${LOG_IN_PATH}`:
          return site.logIn(cookies);
        default:
          return ROUTE_NOT_FOUND;
      }
    };
  }

  function lostOrNot(answer: RestResponse): RestResponse {
    if (repliesToLose === 0) return answer;
    repliesToLose -= 1;
    return { ...answer, lost: true };
  }
}

function metadata({ style, promisesIss }: OAuthSettings, issuer: string): RestResponse {
  return {
    status: 200,
    body: {
      issuer,
      authorization_endpoint: issuer + PATHS.authorize,
      token_endpoint: issuer + PATHS.token,
      registration_endpoint: issuer + PATHS.register,
      revocation_endpoint: issuer + PATHS.revoke,
      scopes_supported: SCOPES,
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', style === 'rfc' ? 'refresh_token' : 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
      ...(promisesIss ? { authorization_response_iss_parameter_supported: true } : {}),
    },
    headers: { 'access-control-allow-origin': '*' },
  };
}

function parseBody({ contentType, text }: OAuthRequest): Record<string, unknown> | undefined {
  if (text === '') return {};
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function texts(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
