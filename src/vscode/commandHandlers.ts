import { CancellationError, commands, env, l10n, Uri, window } from 'vscode';
import type { AuthProvider, SignInWay } from '../auth/vscode/authProvider';
import { SignInFailed } from '../auth/vscode/signIn';
import type { ConnectionSource } from '../connectionView/connectionPanel';
import { loadedPart } from '../loadedPart';
import { serverName } from '../model/serverAddress';
import type { SessionManager } from '../sessionManager';
import { OPEN_SERVER_URL, VIEW_ID } from '../views/commandIds';
import { refreshedMessage } from '../views/connectionPresentation';
import { failureMessage } from '../views/failureMessage';
import { diagnose, type DiagnoseOptions } from './diagnose';
import { askForOpenSteps, type OpenStepTargets } from './openSteps';
import { openServer } from './openServer';
import type { CommandHandlers } from './registerCommands';
import { StepRunner } from './runStep';
import { sessionActions, type SessionActionTargets } from './sessionActions';
import { showStatusMenu, type StatusMenuTargets } from './statusMenu';

export type CommandTargets = SessionActionTargets &
  StatusMenuTargets &
  DiagnoseOptions &
  OpenStepTargets &
  Pick<ConnectionSource, 'record'> & {
    readonly manager: Pick<SessionManager, 'send' | 'refreshSessions'>;
    readonly auth: Pick<AuthProvider, 'signIn' | 'signOut'>;
    readonly log: { show(): void };
    readonly extensionUri: Uri;
  };

/** What the commands do; loaded with the first of them. */
export function commandHandlers(targets: CommandTargets): CommandHandlers {
  const { manager, auth, log, serverUrl } = targets;
  const steps = new StepRunner(targets);
  return {
    'codeMySpec.signIn': () => signIn(targets, 'browser'),
    'codeMySpec.signInWithCode': () => signIn(targets, 'code'),
    'codeMySpec.signInWithToken': () => signIn(targets, 'token'),
    'codeMySpec.signOut': () => signOut(auth),
    'codeMySpec.refreshSessions': () => refresh(manager),
    'codeMySpec.reconnect': () => manager.send('reconnect'),
    'codeMySpec.connect': () => manager.send('connect'),
    'codeMySpec.disconnect': () => manager.send('disconnect'),
    'codeMySpec.openServer': () => openServer(serverUrl()),
    'codeMySpec.openInDesktop': openInDesktop,
    'codeMySpec.showLogs': () => log.show(),
    'codeMySpec.diagnose': () => diagnose(targets),
    'codeMySpec.showConnection': () => showConnection(targets),
    'codeMySpec.showStatusMenu': () => showStatusMenu(targets),
    ...sessionActions(targets, steps),
    askForOpenSteps: () => askForOpenSteps(targets, steps),
  };
}

async function showConnection(targets: CommandTargets): Promise<void> {
  const part = await loadedPart(
    () => import(/* webpackChunkName: "connectionPanel" */ '../connectionView/connectionPanel'),
  );
  if (part.ok) part.value.showConnection(targets, Uri.joinPath(targets.extensionUri, 'dist'));
  else void window.showErrorMessage(failureMessage(part.failure));
}

async function signOut(auth: CommandTargets['auth']): Promise<void> {
  try {
    await auth.signOut();
  } catch (error) {
    if (!(error instanceof SignInFailed)) throw error;
    void window.showErrorMessage(error.message);
  }
}

const ANSWER_SHOWN_MS = 5_000;

/** Answers in the status bar, since nothing else may change: not where the server is still away. */
async function refresh(manager: Pick<SessionManager, 'refreshSessions'>): Promise<void> {
  const refreshed = manager.refreshSessions();
  window.setStatusBarMessage(l10n.t('{0} CodeMySpec: refreshing', '$(sync~spin)'), refreshed);
  const status = await window.withProgress({ location: { viewId: VIEW_ID } }, () => refreshed);
  window.setStatusBarMessage(refreshedMessage(status), ANSWER_SHOWN_MS);
}

/** The editor on the desktop offers to install this extension where it is not. */
async function openInDesktop(): Promise<void> {
  await env.openExternal(Uri.parse(`${env.uriScheme}://codemyspec.codemyspec/`));
}

type Remedy = 'desktop' | 'setting' | 'network' | 'again' | 'code' | 'token';

/** What may help where signing in came to nothing. */
const REMEDIES: Partial<Record<SignInFailed['kind'], readonly Remedy[]>> = {
  invalidAddress: ['setting'],
  credentialsInAddress: ['setting'],
  insecureAddress: ['setting'],
  notCodeMySpec: ['setting', 'token'],
  browserRefused: ['desktop', 'setting'],
  foreignEndpoint: ['setting', 'token'],
  unreachable: ['again', 'setting'],
  tlsRefused: ['network', 'again'],
  proxyRefused: ['network', 'again'],
  unfinished: ['again', 'code', 'token'],
  registrationRefused: ['code', 'token'],
  storageUnavailable: ['again'],
  incompleteInstall: [],
};
const OTHERWISE: readonly Remedy[] = ['again', 'token'];

type SignInTargets = Pick<CommandTargets, 'auth' | 'serverUrl'>;

async function signIn(targets: SignInTargets, way: SignInWay): Promise<void> {
  try {
    await targets.auth.signIn(way);
  } catch (error) {
    if (error instanceof CancellationError) return;
    const names: Record<Remedy, string> = {
      desktop: l10n.t('Open in Desktop'),
      setting: l10n.t('Open Setting'),
      network: l10n.t('Open Settings'),
      again: l10n.t('Try Again'),
      code: l10n.t('Sign In with a Code…'),
      token: l10n.t('Sign In with a Token…'),
    };
    const remedies = (error instanceof SignInFailed && REMEDIES[error.kind]) || OTHERWISE;
    const reason = error instanceof SignInFailed ? error.message : l10n.t('See the log for details.');
    const message = l10n.t('Signing in to {0} failed. {1}', serverName(targets.serverUrl()), reason);
    const chosen = await window.showErrorMessage(message, ...remedies.map((remedy) => names[remedy]));
    const remedy = remedies.find((each) => names[each] === chosen);
    if (remedy === 'again') await signIn(targets, way);
    if (remedy === 'code') await signIn(targets, 'code');
    if (remedy === 'token') await signIn(targets, 'token');
    if (remedy === 'desktop') await openInDesktop();
    if (remedy === 'setting') await openSettings(OPEN_SERVER_URL);
    if (remedy === 'network') await openSettings(OPEN_NETWORK_SETTINGS);
  }
}

const OPEN_NETWORK_SETTINGS = {
  command: OPEN_SERVER_URL.command,
  arguments: ['@id:http.systemCertificates,http.proxyStrictSSL,http.proxy'],
} as const;

async function openSettings(link: typeof OPEN_SERVER_URL | typeof OPEN_NETWORK_SETTINGS): Promise<void> {
  await commands.executeCommand(link.command, ...link.arguments);
}
