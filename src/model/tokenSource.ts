import type { Result } from './failure';
import type { Secret } from './secret';
import type { ServerAddress } from './serverAddress';

export interface TokenSource {
  /** Whether anybody is signed in there, as far as is known without asking the server; else `get` says it. */
  readonly isSignedIn?: (address: ServerAddress) => Promise<boolean>;
  /**
   * The token for this server; undefined where nobody is signed in there. `renew`: the last one was refused, so a
   * fresh one is wanted if it can be had. A failure means that the sign-in service is out of reach.
   */
  get(request: { address: ServerAddress; renew: boolean }): Promise<Result<Granted | undefined>>;
}

/** The lifecycle's numbers for renewals, in ms. */
export interface RenewalTimes {
  /** How long before its end a token of that life is renewed. */
  readonly marginMs: (lifeMs: number) => number;
  /** Until the next try, where one failed while the token is still good. */
  readonly retryMs: () => number;
}

export interface Granted {
  readonly token: Secret;
  /** When to ask again, ahead of the expiry; a live link stays, and requests take the new token from then on. */
  readonly renewInMs?: number;
  /** Whose it is: the same for every token of one account, and another for every other account. */
  readonly accountId?: string;
}
