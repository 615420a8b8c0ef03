import { env, l10n, ProgressLocation, Uri, window, type Disposable } from 'vscode';
import type { Log } from '../../log';
import type { Failure } from '../../model/failure';
import type { ServerAddress } from '../../model/serverAddress';
import type { SignInCallbacks } from '../signInCallbacks';
import type { BrowserSignInParts } from '../signInWithBrowser';
import { accountOf, SignInFailed, type SignIn } from './signIn';
import { signInWords } from './signInWords';

const CALLBACK_PATH = '/callback';

export interface BrowserSignInOptions extends Omit<
  BrowserSignInParts,
  'redirectUri' | 'openBrowser' | 'clientName'
> {
  /** As in `publisher.name`. */
  readonly extensionId: string;
  /** Where the server has no sign-in for browsers. */
  readonly withToken: SignIn;
  readonly failureWords: (failure: Failure) => string;
}

/** Signs in on the server's own page; a notification says so and can cancel it. */
export function signInThroughBrowser(options: BrowserSignInOptions): SignIn {
  const { extensionId, withToken, failureWords, log } = options;
  const parts: BrowserSignInParts = {
    ...options,
    clientName: `CodeMySpec (${env.appName})`,
    redirectUri: async () => {
      const uri = await env.asExternalUri(Uri.parse(`${env.uriScheme}://${extensionId}${CALLBACK_PATH}`));
      // As it is: encoded again, a query that the editor put there would not come back as one.
      return uri.toString(true);
    },
    // Whether it was opened is not asked: the person may have copied the link instead.
    openBrowser: async (url) => env.openExternal(await asLink(url)),
  };
  return async (address, signal) => {
    const { signInWithBrowser } = await import(/* webpackChunkName: "oauth" */ '../signInWithBrowser');
    const answer = await withCancel(address, signal, (stop) => signInWithBrowser(parts, address, stop));
    if (answer.ok) return accountOf(answer.value.credentials, answer.value.check);
    const { failure } = answer;
    if (failure.kind === 'cancelled') return undefined;
    log.warn(`signing in at ${address.origin} came to nothing: ${failure.detail}`);
    if (failure.kind === 'withoutOAuth') return withToken(address, signal);
    throw new SignInFailed(signInWords(failure, failureWords), failure.kind);
  };
}

/**
 * The address as the browser of the person reaches it. VS Code decodes the query of every Uri that it parses or
 * resolves, which breaks a redirect URI that has a query of its own; text it takes as it is.
 */
async function asLink(url: string): Promise<Uri> {
  const [place = url, query = ''] = url.split('?', 2);
  const resolved = await env.asExternalUri(Uri.parse(place, true));
  const link: unknown = `${resolved.toString(true)}?${query}`;
  return link as Uri;
}

async function withCancel<T>(
  { origin }: ServerAddress,
  signal: AbortSignal,
  task: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = () => ending.abort();
  signal.addEventListener('abort', end);
  try {
    return await window.withProgress(
      {
        location: ProgressLocation.Notification,
        title: l10n.t('Signing in to {0}: please go on in the browser', new URL(origin).host),
        cancellable: true,
      },
      (_progress, token) => {
        token.onCancellationRequested(end);
        return task(ending.signal);
      },
    );
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** Takes what the browser brings back; the query holds the code, so it is never logged. */
export function registerSignInCallback(callbacks: SignInCallbacks, log: Log): Disposable {
  return window.registerUriHandler({
    handleUri: ({ path, query }) => {
      if (path === CALLBACK_PATH) callbacks.receive(new URLSearchParams(query));
      else log.warn('a link to this extension that means nothing was refused');
    },
  });
}
