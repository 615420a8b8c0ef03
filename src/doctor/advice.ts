import type { FailureKind } from '../model/failure';
import type { Step, StepName } from './finding';

/** VS Code's own, or plain English where there is no VS Code. */
export interface Localization {
  t(message: string, ...values: string[]): string;
}

type Words = (l10n: Localization) => string;

const ADDRESS: Words = (l10n) =>
  l10n.t(
    'Correct the address of the server: a web address such as https://codemyspec.example.com, without a user name or password. Plain http is for this computer only.',
  );
const REACH: Words = (l10n) =>
  l10n.t(
    'Nothing answers at this address. Is the server running, are its name and port right, and is a network or VPN needed to reach it?',
  );
const CERTIFICATE: Words = (l10n) =>
  l10n.t(
    'The certificate of the server is not trusted. If it is your own, add it to the certificates of this computer; VS Code obeys its settings "http.systemCertificates" and "http.proxyStrictSSL".',
  );
const PROXY: Words = (l10n) =>
  l10n.t('The proxy on the way to the server refused the connection. Check the setting "http.proxy".');
const TROUBLE: Words = (l10n) =>
  l10n.t(
    'The server can be reached but has a problem of its own. Try again later, and give this report to whoever runs it.',
  );
const OTHER_PROGRAM: Words = (l10n) =>
  l10n.t(
    'Something other than a CodeMySpec server answers at this address. Is it the right one? Open it in a browser: a network may ask you to sign in first.',
  );
const SIGN_IN: Words = (l10n) =>
  l10n.t('Sign in, or provide a token for the server, and run this again: most steps need one.');
const SIGN_IN_AGAIN: Words = (l10n) =>
  l10n.t('The server refuses the token. Sign out and in again, or use a new token.');
const NO_BROWSER_SIGN_IN: Words = (l10n) =>
  l10n.t('This server has no browser sign-in that can be used. Sign in with a token instead.');
const BROWSER: Words = (l10n) =>
  l10n.t('This server does not accept connections from editors that run only in a browser.');
const UPGRADE: Words = (l10n) =>
  l10n.t(
    'The server answers, but the WebSocket does not open: a proxy, firewall or gateway on the way blocks it. Ask whoever runs it to let WebSockets through to /socket/websocket of the server. Until then the extension fetches the sessions at intervals.',
  );
const MESSAGES: Words = (l10n) =>
  l10n.t(
    'The WebSocket opens, but no message comes back: a proxy, firewall or virus scanner on the way may be holding messages back.',
  );
const NO_SESSION_YET: Words = (l10n) =>
  l10n.t(
    'This server says who signed in only once there is a session. Start one; live updates then begin automatically.',
  );
const NEWER_SERVER: Words = (l10n) =>
  l10n.t('The server is newer than this version of the extension. Update the extension.');
const PROJECT: Words = (l10n) =>
  l10n.t('The server cannot list your sessions. Is a project active? Choose one on the pages of the server.');
const INSTALL: Words = (l10n) =>
  l10n.t('A file of this extension is missing. Install the extension again, then reload the window.');
const REPORT: Words = (l10n) => l10n.t('Please open an issue with this report.');

const BY_KIND: Partial<Record<FailureKind, Words>> = {
  invalidAddress: ADDRESS,
  credentialsInAddress: ADDRESS,
  insecureAddress: ADDRESS,
  unreachable: REACH,
  timeout: REACH,
  tlsRefused: CERTIFICATE,
  proxyRefused: PROXY,
  notCodeMySpec: OTHER_PROGRAM,
  browserRefused: BROWSER,
  withoutOAuth: NO_BROWSER_SIGN_IN,
  foreignEndpoint: NO_BROWSER_SIGN_IN,
  unauthorized: SIGN_IN_AGAIN,
  incompatible: NEWER_SERVER,
  userUnknown: NO_SESSION_YET,
  incompleteInstall: INSTALL,
  serverError: TROUBLE,
  unavailable: TROUBLE,
  rateLimited: TROUBLE,
  crashed: TROUBLE,
  closed: TROUBLE,
};

/** Where the step says more than the kind of its failure. */
const BY_STEP: Partial<Record<StepName, Partial<Record<FailureKind, Words>>>> = {
  token: Object.fromEntries(
    ['signInEnded', 'signInChanged', 'accountUnreadable', 'grantRefused'].map((kind) => [
      kind,
      SIGN_IN_AGAIN,
    ]),
  ),
  upgrade: {
    upgradeRefused: UPGRADE,
    closed: UPGRADE,
    unreachable: UPGRADE,
    timeout: UPGRADE,
    unreadable: UPGRADE,
  },
  join: { unreachable: MESSAGES, timeout: MESSAGES, joinRefused: NEWER_SERVER },
  heartbeat: { unreachable: MESSAGES, timeout: MESSAGES },
  list: { serverError: PROJECT, crashed: PROJECT },
};

/** What users can do about the first step that failed; undefined where none did. */
export function adviceOf(steps: readonly Step[], l10n: Localization): string | undefined {
  const first = firstFailure(steps);
  if (!first)
    return steps.some(({ name, verdict }) => name === 'token' && verdict === 'skipped')
      ? SIGN_IN(l10n)
      : undefined;
  const kind = first.kind ?? 'internal';
  // The join was refused, and why is what the generation says.
  const last = steps.find(({ name }) => name === 'generation')?.kind;
  if (kind === 'joinRefused' && last === 'notCodeMySpec') return OTHER_PROGRAM(l10n);
  return (BY_STEP[first.name]?.[kind] ?? BY_KIND[kind] ?? REPORT)(l10n);
}

export const firstFailure = (steps: readonly Step[]): Step | undefined =>
  steps.find(({ verdict }) => verdict === 'failed');
