import { l10n, window } from 'vscode';
import { ok, err, type Failure, type Result } from '../../model/failure';
import { Secret } from '../../model/secret';
import type { ServerAddress } from '../../model/serverAddress';
import { accountOf, isBearerToken, type Account } from '../account';
import type { TokenCheck } from '../checkToken';
import { askForSecret, type Reading } from './inputBox';
import type { SignIn } from './signIn';

export interface TokenSignInOptions {
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  readonly failureMessage: (failure: Failure) => string;
  /** What the box asks for. */
  readonly prompt?: (address: ServerAddress) => string;
}

/**
 * Asks for a personal access token until the server takes it. One that nobody could check is kept, and the user is
 * told: the server may only be down.
 */
export function signInWithToken({ check, failureMessage, prompt = askFor }: TokenSignInOptions): SignIn {
  return async (address, request) => {
    const tryToken = async (token: Secret, closed: AbortSignal): Promise<Reading<Result<Account>>> => {
      const checked = await check(address, token, closed);
      // No token helps there.
      if (checked.outcome === 'refused' && checked.failure.kind === 'browserRefused')
        return { value: err(checked.failure) };
      if (checked.outcome === 'refused') {
        const complaint =
          checked.failure.kind === 'unauthorized'
            ? l10n.t('The server refused this token. Paste another one, or press Escape.')
            : failureMessage(checked.failure);
        return { complaint };
      }
      if (checked.outcome === 'unchecked' && !closed.aborted) {
        void window.showInformationMessage(
          l10n.t('The token was saved but could not be checked yet. {0}', failureMessage(checked.failure)),
        );
      }
      return { value: ok(accountOf({ kind: 'personalAccessToken', accessToken: token }, checked)) };
    };
    const account = await askForSecret({
      ...request,
      prompt: prompt(address),
      read: (typed, closed) => {
        const complaint = complaintAbout(typed);
        return complaint === undefined ? tryToken(new Secret(typed), closed) : { complaint };
      },
    });
    return account ?? err({ kind: 'cancelled', detail: 'no token was pasted' });
  };
}

function askFor({ base }: ServerAddress): string {
  return l10n.t('Paste an access token for {0}', base);
}

/** The prompt for a server that the browser cannot sign in to. */
export function askForInstead({ base }: ServerAddress): string {
  return l10n.t('This server has no browser sign-in. Paste an access token for {0}', base);
}

function complaintAbout(typed: string): string | undefined {
  if (!typed) return l10n.t('Paste a token.');
  if (/\s/.test(typed)) return l10n.t('A token has no spaces or line breaks in it.');
  return isBearerToken(typed)
    ? undefined
    : l10n.t('This is not an access token: it contains invalid characters.');
}
