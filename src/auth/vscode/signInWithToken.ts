import { randomUUID } from 'node:crypto';
import { l10n, window } from 'vscode';
import type { Failure } from '../../model/failure';
import { Secret } from '../../model/secret';
import type { ServerAddress } from '../../model/serverAddress';
import { userIdOfToken } from '../../model/userId';
import type { Account } from '../account';
import type { TokenCheck } from '../checkToken';

/** A way to sign in; undefined where the person gave up. */
export type SignIn = (address: ServerAddress, signal: AbortSignal) => Promise<Account | undefined>;

export interface TokenSignInOptions {
  readonly check: (address: ServerAddress, token: Secret, signal: AbortSignal) => Promise<TokenCheck>;
  readonly failureWords: (failure: Failure) => string;
}

/**
 * Asks for a token in a password box, which stays open until the server takes it. A token that nobody could check is
 * kept, and the person is told: the server may only be down.
 */
export function signInWithToken({ check, failureWords }: TokenSignInOptions): SignIn {
  return (address, signal) =>
    new Promise<Account | undefined>((resolve, reject) => {
      const closing = new AbortController();
      const input = window.createInputBox();
      input.title = l10n.t('Sign in to CodeMySpec');
      input.prompt = l10n.t('Paste an access token for {0}', address.origin);
      input.password = true;
      input.ignoreFocusOut = true;
      const end = (account?: Account) => {
        // First of all: disposing hides the box, which cancels.
        resolve(account);
        closing.abort();
        signal.removeEventListener('abort', cancel);
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
        end(accountOf(token, checked));
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

function complaintAbout(typed: string): string | undefined {
  if (!typed) return l10n.t('Paste a token.');
  return /\s/.test(typed) ? l10n.t('A token has no spaces or line breaks in it.') : undefined;
}

function accountOf(token: Secret, checked: TokenCheck): Account {
  const me = checked.outcome === 'accepted' ? checked.me : undefined;
  const userId = me?.id ?? userIdOfToken(token);
  const label = me?.email ?? (userId === undefined ? 'CodeMySpec' : l10n.t('User {0}', userId));
  return { id: randomUUID(), userId, label, credentials: { kind: 'pasted', accessToken: token } };
}
