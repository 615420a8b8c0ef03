import { l10n } from 'vscode';
import type { Failure } from '../../model/failure';
import { isOAuthOnly, type OAuthFailure, type OAuthOnlyKind } from '../oauthFailure';

/** What people read about a sign-in that came to nothing, where the connection has no words for it. */
const WORDS: Record<OAuthOnlyKind, () => string> = {
  withoutOAuth: () => l10n.t('This server has no sign-in in the browser.'),
  foreignEndpoint: () => l10n.t('This server sends its sign-in to another server. Nothing was sent there.'),
  grantRefused: () => l10n.t('The server did not accept this sign-in. Please try again.'),
  registrationRefused: () => l10n.t('The server does not let this editor sign in through the browser.'),
  declined: () => l10n.t('The sign-in was declined in the browser.'),
  unfinished: () => l10n.t('The sign-in was not finished in the browser in time.'),
  cancelled: () => l10n.t('The sign-in was cancelled.'),
};

export function signInWords(
  { kind, detail }: OAuthFailure,
  failureWords: (failure: Failure) => string,
): string {
  return isOAuthOnly(kind) ? WORDS[kind]() : failureWords({ kind, detail });
}
