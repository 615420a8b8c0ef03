export interface OAuthOptions {
  /** Who is signed in on the server's own pages; `signInAs` changes it. */
  userId?: number;
  /**
   * `recorded`: as the recordings have it, every failure of the token endpoint an `invalid_request` around the
   * true one. `rfc`: errors of RFC 6749, registrations of RFC 7591, metadata that names `refresh_token`.
   */
  style?: 'recorded' | 'rfc';
  pkce?: 'ignored' | 'verified';
  /** Whether the token endpoint wants it; with `none`, a registration gives none away either. */
  secret?: 'required' | 'optional' | 'none';
  accessTokens?: 'jwt' | 'opaque';
  /** Without it, the `tokenLifetimeS` of the server. */
  accessTokenLifetimeS?: number;
  refreshTokenLifetimeS?: number;
  /**
   * What a refresh does. `rotated`: gives a new refresh token and ends the one it took. `added`: gives a new
   * one and leaves the old one valid. `kept`: gives none, so that the old one goes on.
   */
  refreshTokens?: 'rotated' | 'added' | 'kept';
  /** How long after its rotation a refresh token is still taken. */
  rotationGraceS?: number;
  /** A refresh token used again after its rotation and grace ends the whole sign-in. */
  reuseEndsSignIn?: boolean;
  /** A refresh ends the access token that went with the refresh token it took. */
  refreshEndsAccess?: boolean;
  /** Whoever is not signed in to the site logs in first, on a page of its own. */
  siteLogin?: boolean;
  /** Instead of the address the server is asked at, in all of its metadata. */
  issuer?: string;
  /** Sent with every answer to the redirect URI (RFC 9207): the server's own issuer, or another. */
  iss?: 'own' | `http${string}`;
  /** Whether the metadata promises it, which it may do without sending it. */
  promisesIss?: boolean;
  /**
   * The mix-up attack of RFC 9207: the origin of an honest server, to whose consent page this one's leads on, so
   * that the code comes from there. Started with `resume` of that server, the client is registered with both.
   */
  mixUpWith?: string;
  /** Sent instead of the lifetime of the access token, whatever it is; `undefined` sends none. */
  expiresIn?: unknown;
  /** Ends every access token, or refresh token, to bring in what no token may hold (RFC 6749, RFC 6750). */
  accessTokenSuffix?: string;
  refreshTokenSuffix?: string;
}

type WithoutDefault = 'issuer' | 'iss' | 'mixUpWith' | 'expiresIn';
export type OAuthSettings = Required<Omit<OAuthOptions, WithoutDefault>> & Pick<OAuthOptions, WithoutDefault>;

const DAY_S = 86_400;

export function oauthSettings(options: OAuthOptions, tokenLifetimeS: number): OAuthSettings {
  return {
    userId: 1,
    style: 'recorded',
    pkce: 'ignored',
    secret: 'required',
    accessTokens: 'jwt',
    accessTokenLifetimeS: tokenLifetimeS,
    refreshTokenLifetimeS: 30 * DAY_S,
    refreshTokens: 'added',
    rotationGraceS: 0,
    reuseEndsSignIn: false,
    refreshEndsAccess: false,
    siteLogin: false,
    promisesIss: false,
    accessTokenSuffix: '',
    refreshTokenSuffix: '',
    ...options,
  };
}
