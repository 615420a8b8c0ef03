import { env, l10n, UIKind } from 'vscode';
import { isSignedOut, type FailureKind, type RefusalKind, type SignedOutKind } from '../model/failure';
import type { ConnectionState, ConnectionStatus } from '../sessionManager';
import { clockTime } from './clockTime';
import { OPEN_SERVER_URL, type CommandId } from './commandIds';
import { failureMessage, listFailureMessage } from './failureMessage';

/** What users read about the connection: every state, in this file alone. */
export interface ConnectionPresentation {
  readonly icon: string;
  /** One or two words. */
  readonly text: string;
  readonly explanation: string;
  readonly click: Click;
  /** Nothing goes on without a user. */
  readonly needsUser: boolean;
  /** Also true before anybody showed an interest in the extension. */
  readonly showBeforeFirstUse: boolean;
  /** Goes on for long enough to be said above the sessions too. */
  readonly showBanner: boolean;
}

interface Click {
  readonly command: CommandId | typeof OPEN_SERVER_URL.command | 'codeMySpec.sessions.focus';
  readonly arguments?: readonly string[];
  readonly title: string;
}

/** What an empty tree says; each has a `viewsWelcome` in package.json. */
export type Welcome =
  | 'signedOut'
  | 'signInRefused'
  | 'disconnected'
  | 'connecting'
  | 'away'
  | 'empty'
  | 'noList'
  | 'stopped'
  | SignedOutKind
  | RefusalKind;

interface Row {
  readonly icon: string;
  readonly text: () => string;
  readonly explanation: () => string;
  readonly click: keyof typeof CLICKS;
  /** What an empty tree says before there ever was a list; else that the list is on its way. */
  readonly welcome?: Welcome;
  /** It is the list that does not arrive. */
  readonly ofList?: true;
  readonly showBeforeFirstUse?: true;
  readonly showBanner?: true;
}

const CLICKS = {
  signIn: () => ({ command: 'codeMySpec.signIn', title: l10n.t('Sign In') }),
  connect: () => ({ command: 'codeMySpec.connect', title: l10n.t('Connect') }),
  reconnect: () => ({ command: 'codeMySpec.reconnect', title: l10n.t('Reconnect Now') }),
  refresh: () => ({ command: 'codeMySpec.refreshSessions', title: l10n.t('Refresh Sessions') }),
  showSessions: () => ({ command: 'codeMySpec.sessions.focus', title: l10n.t('Show Sessions') }),
  openSetting: () => ({ ...OPEN_SERVER_URL, title: l10n.t('Open Setting') }),
  openServer: () => ({ command: 'codeMySpec.openServer', title: l10n.t('Open Server in Browser') }),
  openInDesktop: () => ({ command: 'codeMySpec.openInDesktop', title: l10n.t('Open in Desktop') }),
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
    l10n.t('There is no live connection. The list is fetched at intervals while attempts continue.'),
  click: 'refresh',
  welcome: 'away',
  showBanner: true,
};

const STATES: Record<ConnectionState, Row> = {
  disconnected: {
    icon: 'debug-disconnect',
    text: () => l10n.t('Disconnected'),
    explanation: () => l10n.t('You are disconnected from the server.'),
    click: 'connect',
    showBeforeFirstUse: true,
    showBanner: true,
  },
  signedOut: {
    icon: 'account',
    text: () => l10n.t('Signed out'),
    explanation: () => l10n.t('Sign in to see your sessions.'),
    click: 'signIn',
    showBeforeFirstUse: true,
  },
  invalidServer: {
    icon: 'warning',
    text: () => l10n.t('Not connected'),
    explanation: () => l10n.t('This server cannot be used. Check the address in the settings.'),
    click: 'openSetting',
  },
  authenticating: {
    icon: 'loading~spin',
    text: () => l10n.t('Signing in'),
    explanation: () => l10n.t('Looking up your account.'),
    click: 'showSessions',
    showBeforeFirstUse: true,
  },
  loading: {
    icon: 'loading~spin',
    text: () => l10n.t('Connecting'),
    explanation: () => l10n.t('The first list is on its way while the live connection opens.'),
    click: 'showSessions',
  },
  'connected.syncing': SYNCING,
  'connected.retryWait': {
    icon: 'warning',
    text: () => l10n.t('Not synced'),
    explanation: () =>
      l10n.t(
        'Connected, but the list of sessions did not arrive, so what is shown may be incomplete. It is requested again automatically.',
      ),
    click: 'refresh',
    ofList: true,
    showBanner: true,
  },
  'connected.live': {
    icon: 'pulse',
    text: () => l10n.t('Live'),
    explanation: () => l10n.t('What is shown matches the server; a row with a time is as of that time.'),
    click: 'showSessions',
  },
  reconnecting: {
    icon: 'sync~spin',
    text: () => l10n.t('Reconnecting'),
    explanation: () =>
      l10n.t('The live connection was lost and is being restored. The sessions shown may be out of date.'),
    click: 'reconnect',
    welcome: 'away',
  },
  'polling.waiting': POLLING,
  'polling.refreshing': POLLING,
  'polling.fresh': POLLING,
  'polling.offline': {
    icon: 'circle-slash',
    text: () => l10n.t('Offline'),
    explanation: () =>
      l10n.t('No list could be fetched. Attempts continue; the sessions shown may be out of date.'),
    click: 'refresh',
    welcome: 'away',
    ofList: true,
    showBanner: true,
  },
  'polling.paused': {
    icon: 'debug-pause',
    text: () => l10n.t('Paused'),
    explanation: () =>
      l10n.t('There is no live connection, and the list is not fetched until you come back.'),
    click: 'showSessions',
    welcome: 'away',
    showBanner: true,
  },
  restarting: {
    icon: 'sync~spin',
    text: () => l10n.t('Restarting'),
    explanation: () =>
      l10n.t('The extension had an internal error and is restarting. The sessions shown may be out of date.'),
    click: 'reconnect',
  },
  stopped: {
    icon: 'error',
    text: () => l10n.t('Stopped'),
    explanation: () =>
      l10n.t(
        'The extension had an internal error several times and stopped. It starts again every 5 minutes, and when you reconnect; see the log for details.',
      ),
    click: 'reconnect',
    showBanner: true,
  },
};

export const PRESENTED_STATES = Object.keys(STATES) as ConnectionState[];

interface Refusal {
  readonly text: () => string;
  readonly click: keyof typeof CLICKS;
}

const REFUSALS: Record<RefusalKind, Refusal> = {
  invalidAddress: { text: () => l10n.t('Wrong address'), click: 'openSetting' },
  credentialsInAddress: { text: () => l10n.t('Wrong address'), click: 'openSetting' },
  insecureAddress: { text: () => l10n.t('Insecure address'), click: 'openSetting' },
  notCodeMySpec: { text: () => l10n.t('Wrong server'), click: 'openSetting' },
  incompatible: { text: () => l10n.t('Incompatible'), click: 'reconnect' },
  browserRefused: { text: () => l10n.t('Desktop only'), click: 'openInDesktop' },
};

type Shown = Pick<ConnectionStatus, 'state' | 'tags' | 'failure' | 'linkFailure' | 'listFailure'>;

/** Failures of a list that a project may end, once one is active. */
const LISTLESS: ReadonlySet<FailureKind | undefined> = new Set(['serverError', 'listCrashed']);

/** Failures of a list that are no news: its turn comes, or the next token. */
const PASSING: ReadonlySet<FailureKind> = new Set(['restarting', 'tokenPending']);

export function presentationOf(status: Shown): ConnectionPresentation {
  const { state, failure } = status;
  const row = rowFor(status);
  const refusal = state === 'invalidServer' && failure ? REFUSALS[failure.kind as RefusalKind] : undefined;
  return {
    icon: row.icon,
    text: (refusal?.text ?? row.text)(),
    explanation:
      failure && (refusal || state === 'signedOut' || lacksFallback(status))
        ? failureMessage(failure)
        : row.explanation(),
    click: CLICKS[clickOf(status, refusal?.click ?? row.click)](),
    // Whoever never signed in is not called for.
    needsUser: status.tags.includes('needsUser') && (state !== 'signedOut' || failure !== undefined),
    showBeforeFirstUse: row.showBeforeFirstUse === true,
    showBanner: row.showBanner === true,
  };
}

function rowFor({ state, listFailure }: Shown): Row {
  const waits = state === 'connected.retryWait' && (!listFailure || PASSING.has(listFailure.kind));
  return waits ? SYNCING : STATES[state];
}

const lacksFallback = ({ state, listFailure }: Pick<Shown, 'state' | 'listFailure'>) =>
  state === 'polling.offline' && listFailure?.kind === 'noFallback';

/** Where no project is active, the server's own pages help; where there is nothing to poll, a new connection. */
function clickOf({ state, listFailure }: Shown, click: keyof typeof CLICKS): keyof typeof CLICKS {
  if (lacksFallback({ state, listFailure })) return 'reconnect';
  return STATES[state].ofList && LISTLESS.has(listFailure?.kind) ? 'openServer' : click;
}

/** Why the state is what it is: of the link and of the lists apart, where both failed for a reason of their own. */
export function reasonsFor({ failure, linkFailure, listFailure }: Shown): string[] {
  const reasons = [
    linkFailure && failureMessage(linkFailure),
    listFailure && listFailureMessage(listFailure),
  ].filter((reason) => reason !== undefined);
  if (reasons.length === 0) return failure ? [failureMessage(failure)] : [];
  return [...new Set(reasons)];
}

export const offlineSince = (text: string, since: number): string =>
  l10n.t('{0} since {1}', text, clockTime(since));

/** What a click on "refresh" came to, wherever it was made. */
export function refreshedMessage(status: ConnectionStatus): string {
  const { loaded, tags } = status;
  if (loaded && !tags.includes('stale') && !tags.includes('fetching')) {
    return l10n.t('CodeMySpec: the list of sessions has just been fetched.');
  }
  const [reason] = reasonsFor(status).reverse();
  const { text, explanation } = presentationOf(status);
  return l10n.t('CodeMySpec: {0}. {1}', text, reason ?? explanation);
}

/** There each window keeps a copy of the secrets, so that a refusal may be of an old one. */
const isInBrowser = () => env.uiKind === UIKind.Web;

export function welcomeFor(status: Shown & Pick<ConnectionStatus, 'loaded'>): Welcome {
  const { state, failure, loaded } = status;
  if (state === 'disconnected' || state === 'stopped') return state;
  if (state === 'signedOut') {
    if (!failure) return state;
    return isSignedOut(failure) ? failure.kind : isInBrowser() ? 'signInChanged' : 'signInRefused';
  }
  if (state === 'invalidServer') {
    return failure && failure.kind in REFUSALS ? (failure.kind as RefusalKind) : 'notCodeMySpec';
  }
  if (clickOf(status, 'refresh') === 'openServer') return 'noList';
  return loaded ? 'empty' : (STATES[state].welcome ?? 'connecting');
}

/** `since` as it is shown counts from when these words came up, whatever goes on behind them. */
export function shownStatus(shown: ConnectionStatus | undefined, next: ConnectionStatus): ConnectionStatus {
  return shown && rowFor(shown) === rowFor(next) ? { ...next, since: shown.since } : next;
}
