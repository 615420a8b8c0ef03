import { randomUUID } from 'node:crypto';
import { l10n } from 'vscode';
import type { FailureKind } from '../../model/failure';
import { plainText } from '../../model/plainText';
import type { ServerAddress } from '../../model/serverAddress';
import { userIdOfToken } from '../../model/userId';
import type { Account, Credentials } from '../account';
import type { TokenCheck } from '../checkToken';

export interface SignInRequest {
  readonly signal: AbortSignal;
  /** The user asked again for what is under way. */
  readonly onAgain: (listener: () => void) => { dispose(): unknown };
}

/** A way to sign in; undefined where the user gave up. Throws `SignInFailed`. */
export type SignIn = (address: ServerAddress, request: SignInRequest) => Promise<Account | undefined>;

/** Signing in came to nothing; the message is for people. */
export class SignInFailed extends Error {
  constructor(
    message: string,
    readonly kind: FailureKind,
  ) {
    super(message);
  }
}

export function accountOf(credentials: Credentials, checked: TokenCheck): Account {
  const me = checked.outcome === 'accepted' ? checked.me : undefined;
  const userId = me?.id ?? userIdOfToken(credentials.accessToken);
  const unnamed = userId === undefined ? 'CodeMySpec' : l10n.t('User {0}', plainText(userId));
  return { id: randomUUID(), userId, label: plainText(me?.email ?? '') || unnamed, credentials };
}
