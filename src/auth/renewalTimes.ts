import type { Secret } from '../model/secret';
import type { TokenGrant } from './account';

const MARGIN_OF_LIFE = 0.2;
const LONGEST_MARGIN_MS = 5 * 60_000;
/** Timers may fire this much early. */
const EARLY_MS = 20;
const RETRY_MS = 10_000;

/**
 * When a token is due for renewal: one number for each token, drawn once, so that the windows of a user differ and
 * this one never disagrees with itself.
 */
export class RenewalTimes {
  private drawn: { readonly token: Secret; readonly factor: number } | undefined;

  constructor(private readonly random: () => number) {}

  /** In ms; 0 or less: now. Infinite for a token that does not say when it ends. */
  leftUntilDue({ accessToken, issuedAt, expiresAt }: TokenGrant, now: number): number {
    if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
    const margin = Math.min((expiresAt - issuedAt) * MARGIN_OF_LIFE, LONGEST_MARGIN_MS);
    const left = expiresAt - margin * this.factorFor(accessToken) - now;
    return left <= EARLY_MS ? 0 : left;
  }

  /** After an attempt that failed for a reason that may pass, while the token is still good. */
  retryMs(): number {
    return RETRY_MS * (1 + this.random());
  }

  private factorFor(token: Secret): number {
    if (!token.equals(this.drawn?.token)) this.drawn = { token, factor: 1 + this.random() };
    return this.drawn?.factor ?? 1;
  }
}
