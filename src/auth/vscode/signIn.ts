import type { Result, FailureKind } from '../../model/failure';
import type { ServerAddress } from '../../model/serverAddress';
import type { Account } from '../account';

export interface SignInRequest {
  readonly signal: AbortSignal;
  /** The user asked again for what is under way. */
  readonly onAgain: (listener: () => void) => { dispose(): unknown };
}

/** A way to sign in; `cancelled` where the user gave up. */
export type SignIn = (address: ServerAddress, request: SignInRequest) => Promise<Result<Account>>;

/** Signing in came to nothing; the message is for users. */
export class SignInFailed extends Error {
  constructor(
    message: string,
    readonly kind: FailureKind,
  ) {
    super(message);
  }
}
