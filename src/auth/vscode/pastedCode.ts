import { l10n, window } from 'vscode';
import type { ServerAddress } from '../../model/serverAddress';
import type { RedirectTarget } from '../redirectTarget';

/** The page of the server shows the code instead of sending it (draft-ietf-oauth-v2-00 §1.4.4). */
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

/** Asks for the code that the page shows; for where nothing comes back from the browser. */
export function pastedCode({ base }: ServerAddress): RedirectTarget {
  return {
    redirectUri: OUT_OF_BAND,
    port: undefined,
    reachesAnyWindow: false,
    receive: (state, signal) =>
      new Promise((resolve) => {
        const input = window.createInputBox();
        input.title = l10n.t('Sign in to CodeMySpec');
        input.prompt = l10n.t('Allow access on the page of {0}, then paste the code that it shows.', base);
        input.password = true;
        input.ignoreFocusOut = true;
        const end = (code?: string) => {
          resolve(code === undefined ? undefined : new URLSearchParams({ code, state: state.reveal() }));
          signal.removeEventListener('abort', giveUp);
          input.dispose();
        };
        const giveUp = () => end();
        input.onDidChangeValue(() => (input.validationMessage = undefined));
        input.onDidAccept(() => {
          const code = codeIn(input.value);
          if (code === undefined) input.validationMessage = l10n.t('Paste the code that the page shows.');
          else end(code);
        });
        input.onDidHide(giveUp);
        signal.addEventListener('abort', giveUp);
        if (signal.aborted) giveUp();
        else input.show();
      }),
    close: () => {},
  };
}

/** The code alone, or the whole of what the page shows: `{"code": "…"}`. */
function codeIn(typed: string): string | undefined {
  const [, quoted] = /"code"\s*:\s*"([^"]{1,2048})"/.exec(typed.slice(0, 4096)) ?? [];
  const code = (quoted ?? typed).trim();
  return /^[\x21-\x7e]{1,2048}$/.test(code) ? code : undefined;
}
