import { authentication, window, type ExtensionContext } from 'vscode';
import { AccountStore } from './auth/accountStore';
import { AUTH_PROVIDER_ID, AuthProvider } from './auth/vscode/authProvider';
import { checkToken } from './auth/checkToken';
import { signInWithToken } from './auth/vscode/signInWithToken';
import { accountTokenSource } from './auth/tokenSource';
import { createCore } from './core';
import { RestClient } from './http/restClient';
import { createLog } from './log';
import { registerCommands } from './views/commands';
import { failureWords } from './views/connectionWords';
import { logSinkOf } from './views/logChannel';
import { ServerUrlSetting } from './views/serverUrlSetting';
import { SessionsView } from './views/sessionsView';
import { StatusBar } from './views/statusBar';
import { windowAttention } from './views/windowAttention';

export function activate({ secrets, subscriptions }: ExtensionContext): void {
  const channel = window.createOutputChannel('CodeMySpec', { log: true });
  const sink = logSinkOf(channel);
  const log = createLog(sink, 'Auth');
  const setting = new ServerUrlSetting();
  const serverUrl = () => setting.value;

  const accounts = new AccountStore(secrets, log);
  const signIn = signInWithToken({
    check: (address, token, signal) =>
      checkToken(new RestClient(address, createLog(sink, 'Http')), token, signal),
    failureWords,
  });
  const auth = new AuthProvider({ accounts, serverUrl, signIn, failureWords, log });
  const manager = createCore({
    serverUrl,
    tokens: accountTokenSource(accounts),
    sink,
    attention: windowAttention(() => view.tree),
  });
  const view = new SessionsView(manager);
  const statusBar = new StatusBar(manager);

  subscriptions.push(
    manager,
    view,
    statusBar,
    view.onFirstSeen(() => statusBar.want()),
    auth,
    authentication.registerAuthenticationProvider(AUTH_PROVIDER_ID, 'CodeMySpec', auth, {
      supportsMultipleAccounts: false,
    }),
    auth.onDidChangeAccount((command) => manager.send(command)),
    setting,
    setting.onDidChange(() => {
      auth.serverChanged();
      manager.send('serverChanged');
    }),
    registerCommands({ manager, auth, log: channel }),
    channel,
  );
  manager.initialize();
}

/** Everything ends with the context's subscriptions. */
export function deactivate(): void {}
