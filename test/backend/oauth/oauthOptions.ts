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
  /** Instead of the address the server is asked at, in all of its metadata. */
  issuer?: string;
}

export type OAuthSettings = Required<Omit<OAuthOptions, 'issuer'>> & Pick<OAuthOptions, 'issuer'>;

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
    ...options,
  };
}
