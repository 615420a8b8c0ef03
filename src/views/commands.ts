import { CancellationError, commands, Disposable, l10n, window } from 'vscode';
import type { AuthProvider } from '../auth/vscode/authProvider';
import type { SessionManager } from '../sessionManager';
import { OPEN_SERVER_URL } from './serverUrlSetting';
import { VIEW_ID } from './sessionsView';

/** Every command of the extension; package.json contributes the same. */
export const COMMANDS = [
  'codeMySpec.signIn',
  'codeMySpec.signOut',
  'codeMySpec.refreshSessions',
  'codeMySpec.reconnect',
  'codeMySpec.connect',
  'codeMySpec.disconnect',
  'codeMySpec.showLogs',
] as const;

export type CommandId = (typeof COMMANDS)[number];

export interface CommandTargets {
  readonly manager: Pick<SessionManager, 'send' | 'refreshSessions'>;
  readonly auth: Pick<AuthProvider, 'createSession' | 'signOut'>;
  readonly log: { show(): void };
}

export function registerCommands({ manager, auth, log }: CommandTargets): Disposable {
  const handlers: Record<CommandId, () => unknown> = {
    'codeMySpec.signIn': () => signIn(auth),
    'codeMySpec.signOut': () => auth.signOut(),
    'codeMySpec.refreshSessions': () =>
      window.withProgress({ location: { viewId: VIEW_ID } }, () => manager.refreshSessions()),
    'codeMySpec.reconnect': () => manager.send('reconnect'),
    'codeMySpec.connect': () => manager.send('connect'),
    'codeMySpec.disconnect': () => manager.send('disconnect'),
    'codeMySpec.showLogs': () => log.show(),
  };
  return Disposable.from(
    ...COMMANDS.map((id) =>
      commands.registerCommand(id, async () => {
        await handlers[id]();
      }),
    ),
  );
}

async function signIn(auth: CommandTargets['auth']): Promise<void> {
  try {
    await auth.createSession();
  } catch (error) {
    if (error instanceof CancellationError) return;
    const open = l10n.t('Open Setting');
    const message = error instanceof Error ? error.message : l10n.t('Signing in failed.');
    if ((await window.showErrorMessage(message, open)) === open) {
      await commands.executeCommand(OPEN_SERVER_URL.command, ...OPEN_SERVER_URL.arguments);
    }
  }
}
