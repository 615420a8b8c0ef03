import { l10n } from 'vscode';
import type { ServerAddress } from '../../model/serverAddress';
import type { RedirectTarget } from '../authorizationCodeFlow';
import { askForSecret } from './inputBox';

/** The page of the server shows the code instead of sending it (draft-ietf-oauth-v2-00 §1.4.4). */
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

/** Asks for the code that the page shows; for where nothing comes back from the browser. */
export function pastedCode({ base }: ServerAddress): RedirectTarget {
  return {
    redirectUri: OUT_OF_BAND,
    port: undefined,
    reachesAnyWindow: false,
    receive: async (state, signal) => {
      const code = await askForSecret({
        prompt: l10n.t('Allow access on the page of {0}, then paste the code that it shows.', base),
        signal,
        read: (typed) => {
          const read = codeIn(typed);
          return read === undefined
            ? { complaint: l10n.t('Paste the code that the page shows.') }
            : { value: read };
        },
      });
      return code === undefined ? undefined : new URLSearchParams({ code, state: state.reveal() });
    },
    close: () => {},
  };
}

/** The code alone, or the whole of what the page shows: `{"code": "…"}`. */
function codeIn(typed: string): string | undefined {
  const [, quoted] = /"code"\s*:\s*"([^"]{1,2048})"/.exec(typed.slice(0, 4096)) ?? [];
  const code = (quoted ?? typed).trim();
  return /^[\x21-\x7e]{1,2048}$/.test(code) ? code : undefined;
}
