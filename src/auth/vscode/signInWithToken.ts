import { l10n, window } from 'vscode';
import type { Failure } from '../../model/failure';
import { Secret } from '../../model/secret';
import type { ServerAddress } from '../../model/serverAddress';
import type { Account } from '../account';
import { isBearerToken } from '../bearerToken';
import type { TokenCheck } from '../checkToken';
import { accountOf, type SignIn } from './signIn';

export interface TokenSignInOptions {
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  readonly failureWords: (failure: Failure) => string;
  /** What the box asks for. */
  readonly prompt?: (address: ServerAddress) => string;
}

/**
 * Asks for a token in a password box, which stays open until the server takes it. A token that nobody could check is
 * kept, and the person is told: the server may only be down.
 */
export function signInWithToken({ check, failureWords, prompt = askFor }: TokenSignInOptions): SignIn {
  return (address, { signal, onAgain }) =>
    new Promise<Account | undefined>((resolve, reject) => {
      const closing = new AbortController();
      const input = window.createInputBox();
      const asking = onAgain(() => input.show());
      input.title = l10n.t('Sign in to CodeMySpec');
      input.prompt = prompt(address);
      input.password = true;
      input.ignoreFocusOut = true;
      const end = (account?: Account) => {
        // First of all: disposing hides the box, which cancels.
        resolve(account);
        closing.abort();
        signal.removeEventListener('abort', cancel);
        asking.dispose();
        input.dispose();
      };
      const cancel = () => end();
      const fail = (error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        end();
      };
      const tryToken = async (): Promise<void> => {
        const typed = input.value.trim();
        const complaint = complaintAbout(typed);
        if (complaint !== undefined) {
          input.validationMessage = complaint;
          return;
        }
        // Not disabled meanwhile: that would take the focus away for good.
        input.busy = true;
        const token = new Secret(typed);
        const checked = await check(address, token, closing.signal);
        if (closing.signal.aborted) return;
        input.busy = false;
        if (checked.outcome === 'refused') {
          input.validationMessage =
            checked.failure.kind === 'unauthorized'
              ? l10n.t('The server refused this token. Paste another one, or press Escape.')
              : failureWords(checked.failure);
          return;
        }
        if (checked.outcome === 'unchecked') {
          void window.showInformationMessage(
            l10n.t('The token is kept but could not be checked yet. {0}', failureWords(checked.failure)),
          );
        }
        end(accountOf({ kind: 'pasted', accessToken: token }, checked));
      };
      input.onDidChangeValue(() => (input.validationMessage = undefined));
      input.onDidAccept(() => {
        if (!input.busy) tryToken().catch(fail);
      });
      input.onDidHide(cancel);
      signal.addEventListener('abort', cancel);
      input.show();
    });
}

function askFor({ base }: ServerAddress): string {
  return l10n.t('Paste an access token for {0}', base);
}

/** The prompt for a server that the browser cannot sign in to. */
export function askForInstead({ base }: ServerAddress): string {
  return l10n.t('This server has no sign-in in the browser. Paste an access token for {0}', base);
}

function complaintAbout(typed: string): string | undefined {
  if (!typed) return l10n.t('Paste a token.');
  if (/\s/.test(typed)) return l10n.t('A token has no spaces or line breaks in it.');
  return isBearerToken(typed)
    ? undefined
    : l10n.t('This is no access token: it has characters that none has.');
}
