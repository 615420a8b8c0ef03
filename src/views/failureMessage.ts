import { l10n } from 'vscode';
import type { Failure, FailureKind } from '../model/failure';

/** What users read about every failure; the doctor, which runs without VS Code, has its own words in `doctor/advice.ts`. */
const FAILURES: Record<FailureKind, () => string> = {
  unreachable: () => l10n.t('The server cannot be reached.'),
  tlsRefused: () =>
    l10n.t(
      'The certificate of the server is not trusted. If it is your own, add it to the certificates of this computer; VS Code obeys its settings "http.systemCertificates" and "http.proxyStrictSSL".',
    ),
  proxyRefused: () =>
    l10n.t('The proxy on the way to the server refused the connection. Check the setting "http.proxy".'),
  timeout: () => l10n.t('The server did not answer in time.'),
  closed: () => l10n.t('The server closed the connection.'),
  restarting: () => l10n.t('The server is being restarted.'),
  crashed: () => l10n.t('The server had a problem with the live connection.'),
  listCrashed: () => l10n.t('The server had a problem with the list of sessions.'),
  noSocket: () => l10n.t('The server offers no live connection at this address.'),
  noFallback: () => l10n.t('This server offers no fallback; live again as soon as it can be reached.'),
  unsupported: () => l10n.t('This server does not offer that.'),
  joinRefused: () => l10n.t('The server does not offer live updates in a way that this version understands.'),
  upgradeRefused: () => l10n.t('The server refused the live connection.'),
  unauthorized: () => l10n.t('The server refused your sign-in.'),
  tokenPending: () => l10n.t('Your sign-in is being renewed.'),
  rateLimited: () => l10n.t('The server asked for fewer requests.'),
  serverError: () => l10n.t('The server reported an error.'),
  unavailable: () => l10n.t('The server is not available right now.'),
  unreadable: () => l10n.t('An answer from the server could not be read.'),
  tooLarge: () => l10n.t('The server sends more than can be shown here.'),
  userUnknown: () => l10n.t('The server does not say whose sessions these are until there is one.'),
  clockJumped: () => l10n.t('This computer was asleep.'),
  incompleteInstall: () =>
    l10n.t('A file of this extension is missing. Install the extension again, then reload the window.'),
  withoutOAuth: () => l10n.t('This server has no browser sign-in.'),
  foreignEndpoint: () => l10n.t('This server sends its sign-in to another server. Nothing was sent there.'),
  grantRefused: () => l10n.t('The server did not accept this sign-in. Please try again.'),
  registrationRefused: () => l10n.t('The server does not let this editor sign in through the browser.'),
  declined: () => l10n.t('The sign-in was declined in the browser.'),
  unfinished: () => l10n.t('The sign-in was not finished in the browser in time.'),
  cancelled: () => l10n.t('The sign-in was cancelled.'),
  storageUnavailable: () =>
    l10n.t('VS Code cannot open its secret storage. The keyring of this computer may be locked.'),
  signInEnded: () => l10n.t('The server ended your sign-in. Sign in again to see your sessions.'),
  signInChanged: () =>
    l10n.t(
      'The server refused the sign-in of this window. Another window may have changed it: reload this window, or sign in again.',
    ),
  accountUnreadable: () =>
    l10n.t(
      'The sign-in that is kept on this computer was written by another version of the extension. Sign in again.',
    ),
  signedOut: () => l10n.t('You are signed out.'),
  notConnected: () => l10n.t('There is no connection to the server.'),
  sessionNotFound: () => l10n.t('The server does not have this session.'),
  sessionFinished: () => l10n.t('This session is finished.'),
  readOnly: () => l10n.t('This session belongs to another user, and can only be read here.'),
  commandUnderway: () => l10n.t('The outcome of the last command is not known yet.'),
  commandRefused: () => l10n.t('The server refused that.'),
  internal: () => l10n.t('The extension itself failed; its log says where.'),
  invalidAddress: () => l10n.t('The server address in the settings is not a web address.'),
  credentialsInAddress: () =>
    l10n.t(
      'The server address in the settings contains a user name or a password. Remove it; you sign in through the browser.',
    ),
  insecureAddress: () =>
    l10n.t('Without https the token would travel unencrypted; plain http is for this computer only.'),
  notCodeMySpec: () =>
    l10n.t(
      'Something other than a CodeMySpec server answers at this address, such as a network that asks you to sign in.',
    ),
  incompatible: () =>
    l10n.t(
      'This server is not compatible with this version of the extension. It may be newer: update the extension.',
    ),
  browserRefused: () =>
    l10n.t('This server does not accept connections from editors that run only in a browser.'),
};

/** Words that differ for a list. */
const withoutList = () =>
  l10n.t('The server cannot list your sessions. Is a project active? Choose one on the pages of the server.');
const LIST_FAILURES: Partial<Record<FailureKind, () => string>> = {
  serverError: withoutList,
  listCrashed: withoutList,
};

export function failureMessage({ kind }: Pick<Failure, 'kind'>): string {
  return FAILURES[kind]();
}

/** Of a list that did not arrive. */
export function listFailureMessage({ kind }: Pick<Failure, 'kind'>): string {
  return (LIST_FAILURES[kind] ?? FAILURES[kind])();
}
