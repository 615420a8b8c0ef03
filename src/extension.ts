import { window, type ExtensionContext } from 'vscode';
import { createAuthentication } from './auth/vscode/authentication';
import { createCore } from './core';
import { registerCommands } from './views/commands';
import { failureWords } from './views/connectionWords';
import { logSinkOf } from './views/logChannel';
import { ServerUrlSetting } from './views/serverUrlSetting';
import { SessionsView } from './views/sessionsView';
import { StatusBar } from './views/statusBar';
import { windowAttention } from './views/windowAttention';

export function activate(context: ExtensionContext): void {
  const channel = window.createOutputChannel('CodeMySpec', { log: true });
  const sink = logSinkOf(channel);
  const setting = new ServerUrlSetting();
  const serverUrl = () => setting.value;

  const auth = createAuthentication({ context, serverUrl, sink, failureWords });
  const manager = createCore({
    serverUrl,
    tokens: auth.tokens,
    sink,
    attention: windowAttention(() => view.tree),
  });
  const view = new SessionsView(manager);
  const statusBar = new StatusBar(view.connection);

  context.subscriptions.push(
    manager,
    view,
    statusBar,
    view.onFirstSeen(() => statusBar.want()),
    ...auth.subscriptions,
    auth.provider.onDidChangeAccount((command) => manager.send(command)),
    setting,
    setting.onDidChange(() => {
      auth.serverChanged();
      manager.send('serverChanged');
    }),
    registerCommands({ manager, auth: auth.provider, log: channel }),
    channel,
  );
  manager.initialize();
}

/** Everything ends with the context's subscriptions. */
export function deactivate(): void {}
