import { l10n } from 'vscode';
import type { Failure, FailureKind, RefusalKind } from '../model/failure';
import type { ConnectionStatus } from '../sessionManager';
import type { CommandId } from './commands';
import { OPEN_SERVER_URL } from './serverUrlSetting';

/** What people read about the connection: every state and every failure, in this file alone. */
export interface ConnectionWords {
  readonly icon: string;
  /** One or two words. */
  readonly text: string;
  readonly explanation: string;
  readonly click: Click;
  /** Nothing goes on without a person. */
  readonly needsPerson: boolean;
  /** Also true before anybody showed an interest in the extension. */
  readonly unasked: boolean;
  /** Goes on for long enough to be said above the sessions too. */
  readonly lasting: boolean;
}

export interface Click {
  readonly command: CommandId | typeof OPEN_SERVER_URL.command | 'codeMySpec.sessions.focus';
  readonly arguments?: readonly string[];
  readonly title: string;
}

/** What an empty tree says; each has a `viewsWelcome` in package.json. */
export type Welcome = 'signedOut' | 'disconnected' | 'connecting' | 'away' | 'empty' | RefusalKind;

interface Row {
  readonly icon: string;
  readonly text: () => string;
  readonly explanation: () => string;
  readonly click: keyof typeof CLICKS;
  readonly needsPerson?: true;
  readonly unasked?: true;
  readonly lasting?: true;
}

const CLICKS = {
  signIn: () => ({ command: 'codeMySpec.signIn', title: l10n.t('Sign in') }),
  connect: () => ({ command: 'codeMySpec.connect', title: l10n.t('Connect') }),
  reconnect: () => ({ command: 'codeMySpec.reconnect', title: l10n.t('Reconnect now') }),
  refresh: () => ({ command: 'codeMySpec.refreshSessions', title: l10n.t('Refresh the sessions') }),
  showSessions: () => ({ command: 'codeMySpec.sessions.focus', title: l10n.t('Show the sessions') }),
  openSetting: () => ({ ...OPEN_SERVER_URL, title: l10n.t('Open the setting') }),
} satisfies Record<string, () => Click>;

const SYNCING: Row = {
  icon: 'sync~spin',
  text: () => l10n.t('Syncing'),
  explanation: () => l10n.t('Connected; the full list of sessions is on its way.'),
  click: 'showSessions',
};

const POLLING: Row = {
  icon: 'history',
  text: () => l10n.t('Polling'),
  explanation: () =>
    l10n.t('There is no live connection. The list is fetched at intervals while attempts go on.'),
  click: 'refresh',
  lasting: true,
};

const STATES = {
  disconnected: {
    icon: 'debug-disconnect',
    text: () => l10n.t('Disconnected'),
    explanation: () => l10n.t('The connection was ended here.'),
    click: 'connect',
    unasked: true,
    lasting: true,
  },
  signedOut: {
    icon: 'account',
    text: () => l10n.t('Signed out'),
    explanation: () => l10n.t('Sign in to see your sessions.'),
    click: 'signIn',
    unasked: true,
  },
  refused: {
    icon: 'warning',
    text: () => l10n.t('Not connected'),
    explanation: () => l10n.t('This server cannot be used. Check the address in the settings.'),
    click: 'openSetting',
    needsPerson: true,
  },
  authenticating: {
    icon: 'loading~spin',
    text: () => l10n.t('Signing in'),
    explanation: () => l10n.t('Looking up your account.'),
    click: 'showSessions',
    unasked: true,
  },
  loading: {
    icon: 'loading~spin',
    text: () => l10n.t('Connecting'),
    explanation: () => l10n.t('The first list is on its way while the live connection opens.'),
    click: 'showSessions',
  },
  'connected.syncing': SYNCING,
  'connected.resting': SYNCING,
  'connected.live': {
    icon: 'pulse',
    text: () => l10n.t('Live'),
    explanation: () =>
      l10n.t('What is shown is what the server holds; a row that names a time is as of then.'),
    click: 'showSessions',
  },
  reconnecting: {
    icon: 'sync~spin',
    text: () => l10n.t('Reconnecting'),
    explanation: () =>
      l10n.t('The live connection was lost and is being made again. The sessions shown may be out of date.'),
    click: 'reconnect',
  },
  'polling.refreshing': POLLING,
  'polling.fresh': POLLING,
  'polling.offline': {
    icon: 'circle-slash',
    text: () => l10n.t('Offline'),
    explanation: () =>
      l10n.t('No list could be fetched. Attempts go on; the sessions shown may be out of date.'),
    click: 'refresh',
    lasting: true,
  },
  'polling.paused': {
    icon: 'debug-pause',
    text: () => l10n.t('Paused'),
    explanation: () =>
      l10n.t('There is no live connection, and the list is not fetched while the sessions view is hidden.'),
    click: 'showSessions',
    lasting: true,
  },
} satisfies Record<string, Row>;

export const STATES_WITH_WORDS: readonly string[] = Object.keys(STATES);

const REFUSED_TEXTS: Record<RefusalKind, () => string> = {
  invalidAddress: () => l10n.t('Wrong address'),
  insecureAddress: () => l10n.t('Insecure address'),
  notCodeMySpec: () => l10n.t('Wrong server'),
  incompatible: () => l10n.t('Incompatible'),
};

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
  crashed: () => l10n.t('The server had a problem with the live connection.'),
  joinRefused: () => l10n.t('The server refused live updates for this account.'),
  upgradeRefused: () => l10n.t('The server refused the live connection.'),
  unauthorized: () => l10n.t('The server refused your sign-in.'),
  rateLimited: () => l10n.t('The server asked for fewer requests.'),
  serverError: () => l10n.t('The server reported an error.'),
  unavailable: () => l10n.t('The server is not available right now.'),
  unreadable: () => l10n.t('An answer of the server could not be read.'),
  userUnknown: () => l10n.t('The server does not tell whose sessions these are until there is one.'),
  requested: () => l10n.t('The request was ended here.'),
  clockJumped: () => l10n.t('This computer was asleep.'),
  invalidAddress: () => l10n.t('The server address in the settings is not a web address.'),
  insecureAddress: () =>
    l10n.t('Without https the token would travel unencrypted; plain http is for this computer only.'),
  notCodeMySpec: () => l10n.t('Something else than a CodeMySpec server answers at this address.'),
  incompatible: () => l10n.t('This version of the server does not fit this version of the extension.'),
};

// A state that has no words yet must not be taken for live.
const UNNAMED: Row = STATES.reconnecting;

function rowOf(state: string): Row {
  return Object.hasOwn(STATES, state) ? STATES[state as keyof typeof STATES] : UNNAMED;
}

export function wordsFor({ state, failure }: Pick<ConnectionStatus, 'state' | 'failure'>): ConnectionWords {
  const row = rowOf(state);
  const refused = state === 'refused' && failure ? REFUSED_TEXTS[failure.kind as RefusalKind] : undefined;
  return {
    icon: row.icon,
    text: (refused ?? row.text)(),
    explanation: row.explanation(),
    click: CLICKS[row.click](),
    needsPerson: row.needsPerson === true || (state === 'signedOut' && failure?.kind === 'unauthorized'),
    unasked: row.unasked === true,
    lasting: row.lasting === true,
  };
}

export function failureWords({ kind }: Pick<Failure, 'kind'>): string {
  return FAILURES[kind]();
}

export function welcomeFor({
  state,
  failure,
  loaded,
}: Pick<ConnectionStatus, 'state' | 'failure' | 'loaded'>): Welcome {
  if (state === 'signedOut' || state === 'disconnected') return state;
  if (state === 'refused') {
    return failure && failure.kind in REFUSED_TEXTS ? (failure.kind as RefusalKind) : 'notCodeMySpec';
  }
  if (loaded) return 'empty';
  return state === 'reconnecting' || state.startsWith('polling') ? 'away' : 'connecting';
}

/**
 * The status as it is shown: `since` counts from when these words came up, and a poll under way does not take back
 * that the last one failed.
 */
export function shownStatus(shown: ConnectionStatus | undefined, next: ConnectionStatus): ConnectionStatus {
  if (!shown) return next;
  const offline = shown.state === 'polling.offline' && next.state === 'polling.refreshing';
  const state = offline ? shown.state : next.state;
  return { ...next, state, since: rowOf(state) === rowOf(shown.state) ? shown.since : next.since };
}
