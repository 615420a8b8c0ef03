import { commands, env, l10n, QuickPickItemKind, window, type QuickPickItem } from 'vscode';
import type { AuthProvider } from '../auth/vscode/authProvider';
import { parseServerAddress, serverName } from '../model/serverAddress';
import type { ConnectionState, ConnectionStatus, SessionManager } from '../sessionManager';
import { sessionUri } from '../sessionView/sessionUri';
import type { Attention } from '../views/attention';
import { OPEN_SERVER_URL, type CommandId } from '../views/commandIds';
import { presentationOf, reasonsFor } from '../views/connectionPresentation';
import { groupOf } from '../views/grouping';
import { pickText } from '../views/messageText';
import { kindOf, sessionName } from '../views/sessionName';
import { activeAtOf, orderIn } from '../views/sessionOrder';
import { needPresentation } from '../views/sessionStatus';

export interface StatusMenuTargets {
  readonly manager: Pick<SessionManager, 'status' | 'getAllSessions'>;
  readonly attention: Pick<Attention, 'needOf'>;
  readonly auth: Pick<AuthProvider, 'hasAccount'>;
  readonly serverUrl: () => string;
}

type MenuCommand = CommandId | typeof OPEN_SERVER_URL.command | 'codeMySpec.sessions.focus';

interface Entry {
  readonly command: MenuCommand;
  readonly arguments?: readonly unknown[];
  readonly icon: string;
  readonly title: () => string;
  /** As package.json has it for the same command. */
  readonly isPossible?: (state: ConnectionState, hasAccount: boolean) => boolean;
}

const canSignIn: Entry['isPossible'] = (state, hasAccount) => !hasAccount || state === 'signedOut';
const FETCHING = /^(connected|reconnecting|polling|invalidServer|restarting|stopped)\b/;

/** In the order in which they are of use; what the state asks for goes before all. */
export const MENU: readonly Entry[] = [
  { command: 'codeMySpec.sessions.focus', icon: 'list-tree', title: () => l10n.t('Show Sessions') },
  {
    ...{ command: 'codeMySpec.signIn', icon: 'sign-in', title: () => l10n.t('Sign In') },
    isPossible: canSignIn,
  },
  {
    ...{ command: 'codeMySpec.signInWithToken', icon: 'key', title: () => l10n.t('Sign In with a Token…') },
    isPossible: canSignIn,
  },
  {
    ...{ command: 'codeMySpec.connect', icon: 'plug', title: () => l10n.t('Connect') },
    isPossible: (state) => state === 'disconnected',
  },
  {
    ...{
      command: 'codeMySpec.refreshSessions',
      icon: 'refresh',
      title: () => l10n.t('Refresh Sessions'),
    },
    isPossible: (state) => FETCHING.test(state),
  },
  {
    ...{ command: 'codeMySpec.reconnect', icon: 'debug-restart', title: () => l10n.t('Reconnect Now') },
    isPossible: (state) => state !== 'signedOut',
  },
  {
    ...{ command: 'codeMySpec.openServer', icon: 'globe' },
    title: () => l10n.t('Open Server in Browser'),
    isPossible: (state) => state !== 'invalidServer',
  },
  { command: 'codeMySpec.diagnose', icon: 'pulse', title: () => l10n.t('Diagnose Connection') },
  {
    command: 'codeMySpec.showConnection',
    icon: 'type-hierarchy',
    title: () => l10n.t('Show Connection'),
  },
  { command: 'codeMySpec.showLogs', icon: 'output', title: () => l10n.t('Show Log') },
  { ...OPEN_SERVER_URL, icon: 'settings-gear', title: () => l10n.t('Open Setting') },
  {
    ...{ command: 'codeMySpec.disconnect', icon: 'debug-disconnect', title: () => l10n.t('Disconnect') },
    isPossible: (state) => state !== 'disconnected' && state !== 'signedOut',
  },
  {
    ...{ command: 'codeMySpec.signOut', icon: 'sign-out', title: () => l10n.t('Sign Out') },
    isPossible: (_, hasAccount) => hasAccount,
  },
];

const MAX_NEEDS = 5;

interface Choice extends QuickPickItem {
  readonly run?: () => unknown;
}

/** What can be done now, best first, with what waits for the user. */
export async function showStatusMenu(targets: StatusMenuTargets): Promise<void> {
  const { status } = targets.manager;
  const { text } = presentationOf(status);
  const address = parseServerAddress(targets.serverUrl());
  const chosen = await window.showQuickPick<Choice>(
    [best(status), ...needs(targets), ...others(status, targets.auth.hasAccount)],
    {
      title: `CodeMySpec: ${text}`,
      placeHolder: [address.ok ? serverName(targets.serverUrl()) : '', ...reasonsFor(status)]
        .filter(Boolean)
        .join(' · '),
    },
  );
  await chosen?.run?.();
}

function best(status: ConnectionStatus): Choice {
  const { click, icon, explanation } = presentationOf(status);
  const known = MENU.find(({ command }) => command === click.command);
  return {
    label: `$(${known?.icon ?? icon}) ${click.title}`,
    detail: explanation,
    run: () => commands.executeCommand(click.command, ...(click.arguments ?? [])),
  };
}

function needs({ manager, attention, serverUrl }: StatusMenuTargets): Choice[] {
  const waiting = manager.getAllSessions().flatMap((session) => {
    const need = attention.needOf(session);
    return need ? [{ session, need, activeAt: activeAtOf(session) }] : [];
  });
  const [first] = waiting;
  if (!first) return [];
  waiting.sort(orderIn(groupOf('attention', first.session, first.need)));
  const more = waiting.splice(MAX_NEEDS).length;
  return [
    { label: l10n.t('Needs You'), kind: QuickPickItemKind.Separator },
    ...waiting.map(({ session, need }): Choice => {
      const { icon, label } = needPresentation(need);
      return {
        label: `$(${icon}) ${pickText(sessionName(session))}`,
        description: pickText([kindOf(session), label].join(' · ')),
        run: () => commands.executeCommand('vscode.open', sessionUri(serverUrl(), session)),
      };
    }),
    ...(more > 0
      ? [
          {
            label: `$(ellipsis) ${l10n.t('{0} more…', more.toLocaleString(env.language))}`,
            run: () => commands.executeCommand('codeMySpec.sessions.focus'),
          },
        ]
      : []),
  ];
}

function others({ state, ...status }: ConnectionStatus, hasAccount: boolean): Choice[] {
  const { command: first } = presentationOf({ state, ...status }).click;
  return [
    { label: l10n.t('Connection'), kind: QuickPickItemKind.Separator },
    ...MENU.filter(
      ({ command, isPossible }) => command !== first && isPossible?.(state, hasAccount) !== false,
    ).map(({ command, arguments: given = [], icon, title }): Choice => ({
      label: `$(${icon}) ${title()}`,
      run: () => commands.executeCommand(command, ...given),
    })),
  ];
}
