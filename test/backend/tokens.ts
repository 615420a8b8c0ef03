import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { keepSecret } from '../traces';

const SIGNING_KEY = 'codemyspec-embedded-server';

export interface TokenRequest {
  userId?: number;
  lifetimeS?: number;
  /** A random string instead of a JWT whose `sub` is the user id. */
  opaque?: boolean;
  /** Ends the token, whatever it holds. */
  suffix?: string;
}

export type TokenCheck = { verdict: 'valid'; userId: number } | { verdict: 'expired' | 'unknown' };

/** Every token the server ever issued; one it did not issue is unknown, however well it is signed. */
export class Tokens {
  private readonly issued = new Map<string, { userId: number; expiresAtMs: number }>();

  constructor(private readonly defaultLifetimeS: number) {}

  issue({
    userId = 1,
    lifetimeS = this.defaultLifetimeS,
    opaque = false,
    suffix = '',
  }: TokenRequest = {}): string {
    const expiresAtMs = Date.now() + lifetimeS * 1000;
    const plain = opaque ? randomBytes(32).toString('base64url') : jwt(userId, expiresAtMs);
    const token = keepSecret(plain) + suffix;
    this.issued.set(token, { userId, expiresAtMs });
    return token;
  }

  /** Ends the tokens issued so far, of one user or of all. */
  expire(userId?: number): void {
    for (const grant of this.issued.values()) {
      if (userId === undefined || grant.userId === userId) grant.expiresAtMs = 0;
    }
  }

  /** Ends one token, as if it had run out. */
  end(token: string): void {
    const grant = this.issued.get(token);
    if (grant) grant.expiresAtMs = 0;
  }

  check(token: string): TokenCheck {
    const grant = this.issued.get(token);
    if (!grant) return { verdict: 'unknown' };
    if (grant.expiresAtMs <= Date.now()) return { verdict: 'expired' };
    return { verdict: 'valid', userId: grant.userId };
  }
}

function jwt(userId: number, expiresAtMs: number): string {
  const claims = {
    sub: String(userId),
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(expiresAtMs / 1000),
    jti: randomUUID(),
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', SIGNING_KEY).update(signed).digest('base64url')}`;
}
