import { randomUUID } from 'node:crypto';
import { l10n } from 'vscode';
import type { ServerAddress } from '../../model/serverAddress';
import { userIdOfToken } from '../../model/userId';
import type { Account, Credentials } from '../account';
import type { TokenCheck } from '../checkToken';
import type { OAuthFailure } from '../oauthFailure';

/** A way to sign in; undefined where the person gave up. */
export type SignIn = (address: ServerAddress, signal: AbortSignal) => Promise<Account | undefined>;

/** Signing in came to nothing; the message is for people. */
export class SignInFailed extends Error {
  constructor(
    message: string,
    readonly kind: OAuthFailure['kind'],
  ) {
    super(message);
  }
}

export function accountOf(credentials: Credentials, checked: TokenCheck): Account {
  const me = checked.outcome === 'accepted' ? checked.me : undefined;
  const userId = me?.id ?? userIdOfToken(credentials.accessToken);
  const label = me?.email ?? (userId === undefined ? 'CodeMySpec' : l10n.t('User {0}', userId));
  return { id: randomUUID(), userId, label, credentials };
}
