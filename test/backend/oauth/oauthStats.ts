import { createHash } from 'node:crypto';
import type { SecretSent } from './clients';

interface Registration {
  at: number;
  clientId: string;
  name: string;
  redirectUris: string[];
}

interface Authorization {
  at: number;
  clientId: string | null;
  redirectUri: string | null;
  scope: string | null;
  state: string | null;
  codeChallenge: string | null;
  /** `shown` until it is answered; otherwise the error it was refused with. */
  outcome: string;
}

interface TokenRequest {
  at: number;
  grant: string | null;
  clientId: string | null;
  secret: SecretSent;
  /** `unchecked` where the code is unknown, and for a refresh. */
  verifier: 'none' | 'right' | 'wrong' | 'unchecked';
  /** Fingerprints of the refresh token taken, and of the tokens given. */
  took: string | null;
  gave: { accessToken: string; refreshToken: string | null } | null;
  /** `ok` or the true error, whatever the style of the answer. */
  outcome: string;
}

interface Revocation {
  at: number;
  clientId: string | null;
  secret: SecretSent;
  token: string;
  ended: 'access' | 'refresh' | 'nothing';
}

/** What clients asked of the endpoints, in order, with fingerprints in the place of secrets. */
export class OAuthStats {
  private readonly registrations: Registration[] = [];
  private readonly authorizations: Authorization[] = [];
  private readonly tokenRequests: TokenRequest[] = [];
  private readonly revocations: Revocation[] = [];

  registered(record: Omit<Registration, 'at'>): void {
    this.registrations.push({ at: Date.now(), ...record });
  }

  /** The returned function notes how it was answered. */
  authorizing(record: Omit<Authorization, 'at'>): (outcome: string) => void {
    const kept = { at: Date.now(), ...record };
    this.authorizations.push(kept);
    return (outcome) => {
      kept.outcome = outcome;
    };
  }

  tokenRequested(record: Omit<TokenRequest, 'at'>): void {
    this.tokenRequests.push({ at: Date.now(), ...record });
  }

  revoked(record: Omit<Revocation, 'at'>): void {
    this.revocations.push({ at: Date.now(), ...record });
  }

  snapshot() {
    const refreshed = this.tokenRequests.filter(
      ({ grant, outcome }) => grant === 'refresh_token' && outcome === 'ok',
    );
    return {
      registrations: [...this.registrations],
      authorizations: this.authorizations.map((each) => ({ ...each })),
      tokenRequests: [...this.tokenRequests],
      /** Refreshes that succeeded, replies that were lost included. */
      refreshes: refreshed.length,
      revocations: [...this.revocations],
    };
  }
}

/** Tells two secrets apart and gives neither away. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 16);
}
