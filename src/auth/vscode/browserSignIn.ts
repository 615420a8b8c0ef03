import { l10n, ProgressLocation, window, type Progress } from 'vscode';
import type { Log } from '../../log';
import { isLoopbackHost, type ServerAddress } from '../../model/serverAddress';
import type { AuthorizationCodeFlow, RedirectTarget } from '../authorizationCodeFlow';
import { CALLBACK_PATH, type AuthorizationResponses } from '../authorizationResponses';
import type { Registration } from '../clientStore';
import { finishedPage } from './finishedPage';
import type { HostEnvironment } from './hostEnvironment';
import { pastedCode } from './pastedCode';
import type { SignIn } from './signIn';

/** The other ways are offered when nothing has come back for this long. */
export const OFFER_OTHER_WAYS_MS = 10_000;

export interface BrowserSignInOptions {
  readonly flow: AuthorizationCodeFlow;
  readonly responses: AuthorizationResponses;
  readonly host: HostEnvironment;
  /** As in `publisher.name`. */
  readonly extensionId: string;
  /** Where the server has no sign-in for browsers. */
  readonly withToken: SignIn;
  readonly log: Log;
}

/** Signing in on the server's own page: `browser` comes back by itself, `code` by the clipboard of the user. */
export function browserSignIn(options: BrowserSignInOptions): { browser: SignIn; code: SignIn } {
  const { host } = options;
  return {
    browser: signInBy(
      options,
      async (address, kept) =>
        (await loopbackTarget(options, kept)) ??
        (host.isInBrowser ? pastedCode(address) : bareUriTarget(options)),
      withNotification,
    ),
    code: signInBy(
      options,
      (address) => Promise.resolve(pastedCode(address)),
      (_address, signal, task) => task(signal),
    ),
  };
}

function signInBy(
  { flow, host, withToken }: BrowserSignInOptions,
  openTarget: (address: ServerAddress, kept: readonly Registration[]) => Promise<RedirectTarget>,
  show: typeof withNotification,
): SignIn {
  return async (address, request) => {
    let opening: { dispose(): unknown } | undefined;
    const userAgent = {
      openTarget: (kept: readonly Registration[]) => openTarget(address, kept),
      openBrowser: (url: string) => {
        opening?.dispose();
        opening = request.onAgain(() => void host.openBrowser(url));
        return host.openBrowser(url);
      },
    };
    const signedIn = await show(address, request.signal, (signal) =>
      flow.signIn(address, userAgent, signal),
    ).finally(() => opening?.dispose());
    return !signedIn.ok && signedIn.failure.kind === 'withoutOAuth' ? withToken(address, request) : signedIn;
  };
}

/** RFC 8252 §7.3. */
async function loopbackTarget(
  { host, responses, extensionId, log }: BrowserSignInOptions,
  kept: readonly Registration[],
): Promise<RedirectTarget | undefined> {
  const listener = await host.openListener({
    port: kept.find(({ port }) => port !== undefined)?.port,
    externalAddress: host.externalAddress,
    responses,
    page: () => finishedPage(host, extensionId),
    log,
  });
  if (!listener || canBeRegistered(listener.redirectUri)) return listener;
  log.info('the browser reaches this editor only at an address that servers do not accept for sign-in');
  listener.close();
  return undefined;
}

/** RFC 8252 §7.1. */
function bareUriTarget({ host, extensionId, responses }: BrowserSignInOptions): RedirectTarget {
  return {
    // Without a query: the server would match no redirect URI that has one.
    redirectUri: `${host.uriScheme}://${extensionId}${CALLBACK_PATH}`,
    port: undefined,
    reachesAnyWindow: true,
    receive: (state, signal) => responses.expect(state, signal),
    close: () => {},
  };
}

/** Servers match the whole address but its query, and take plain http from this machine alone. */
function canBeRegistered(redirectUri: string): boolean {
  const { protocol, hostname, search } = new URL(redirectUri);
  return search === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname)));
}

/** Says that the browser is waited for; can cancel it, and offers the other ways after a while. */
async function withNotification<T>(
  { base }: ServerAddress,
  signal: AbortSignal,
  task: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const options = {
    location: ProgressLocation.Notification,
    title: l10n.t('Signing in to {0}: continue in your browser', new URL(base).host),
    cancellable: true,
  };
  return window.withProgress(options, async (progress: Progress<{ message?: string }>, token) => {
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    const timer = setTimeout(() => progress.report({ message: otherWays() }), OFFER_OTHER_WAYS_MS);
    try {
      return await task(AbortSignal.any([signal, cancelled.signal]));
    } finally {
      clearTimeout(timer);
    }
  });
}

function otherWays(): string {
  return l10n.t(
    'if nothing happens there, [paste a code]({0}) or [use a token]({1}) instead.',
    'command:codeMySpec.signInWithCode',
    'command:codeMySpec.signInWithToken',
  );
}
