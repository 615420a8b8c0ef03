import { randomBytes } from 'node:crypto';
import { keepSecret } from '../../traces';
import type { Tokens } from '../tokens';
import { Clients } from './clients';

const CODE_LIFETIME_S = 60;

/** What somebody allowed a client to do. */
export interface Consent {
  clientId: string;
  userId: number;
  redirectUri: string;
  scope: string;
  codeChallenge: string;
}

export interface RefreshGrant {
  consent: Consent;
  /** The same for all the tokens that one consent led to. */
  signIn: string;
  accessTokens: string[];
  expiresAtMs: number;
  rotatedAtMs?: number;
}

interface Code {
  consent: Consent;
  expiresAtMs: number;
}

/** Clients, codes and refresh tokens; what a restarted server goes on with. */
export class SignIns {
  readonly clients = new Clients();
  private readonly codes = new Map<string, Code>();
  private readonly refreshGrants = new Map<string, RefreshGrant>();

  issueCode(consent: Consent): string {
    const code = keepSecret(randomBytes(32).toString('base64url'));
    this.codes.set(code, { consent, expiresAtMs: Date.now() + CODE_LIFETIME_S * 1000 });
    return code;
  }

  findCode(code: string): Consent | undefined {
    const found = this.codes.get(code);
    return found && found.expiresAtMs > Date.now() ? found.consent : undefined;
  }

  spendCode(code: string): void {
    this.codes.delete(code);
  }

  issueRefreshToken(
    grant: Pick<RefreshGrant, 'consent' | 'signIn' | 'accessTokens'>,
    lifetimeS: number,
    suffix: string,
  ): string {
    const token = keepSecret(randomBytes(32).toString('base64url')) + suffix;
    this.refreshGrants.set(token, { ...grant, expiresAtMs: Date.now() + lifetimeS * 1000 });
    return token;
  }

  findRefreshToken(token: string): RefreshGrant | undefined {
    const grant = this.refreshGrants.get(token);
    return grant && grant.expiresAtMs > Date.now() ? grant : undefined;
  }

  findAccessToken(token: string): RefreshGrant | undefined {
    return [...this.refreshGrants.values()].find((grant) => grant.accessTokens.includes(token));
  }

  /** Ends the matching refresh tokens and the access tokens that went with them. */
  end(tokens: Tokens, matches: (grant: RefreshGrant) => boolean): void {
    for (const [token, grant] of this.refreshGrants) {
      if (!matches(grant)) continue;
      this.refreshGrants.delete(token);
      for (const accessToken of grant.accessTokens) tokens.end(accessToken);
    }
  }
}
