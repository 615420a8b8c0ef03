import {
  Disposable,
  Uri,
  workspace,
  type ExtensionContext,
  type LogOutputChannel,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import type { AuthProvider } from './auth/vscode/authProvider';
import { createAuthentication } from './auth/vscode/authentication';
import { hostEnvironment } from './auth/vscode/hostEnvironment';
import { connectionRecord } from './connectionRecord';
import { createCore, renewalTimes } from './core';
import { loadedPart } from './loadedPart';
import { createLog } from './log';
import type { Result } from './model/failure';
import { sessionOpener, type SessionEditors } from './sessionView/registerSessionView';
import { Attention } from './views/attention';
import { failureMessage } from './views/failureMessage';
import { LastPicture } from './views/lastPicture';
import type { Row } from './views/sessionRows';
import { SessionsView } from './views/sessionsView';
import { StatusBar } from './views/statusBar';
import type { CodeMySpecApi } from './vscode/codeMySpecApi';
import { contractMemory } from './vscode/contractMemory';
import { logSinkOf } from './vscode/logChannel';
import { publicApi } from './vscode/publicApi';
import type { CommandHandlers } from './vscode/registerCommands';
import { registerNotifications } from './vscode/registerNotifications';
import type { ToolHandlers } from './vscode/registerTools';
import { ServerUrlSetting } from './vscode/serverUrlSetting';
import { VscodeWindowActivity } from './vscode/windowActivity';

const sharesContent = (): boolean =>
  workspace.getConfiguration('codeMySpec').get('shareSessionContent') === true;

/** What VS Code is answered with, once it asks. */
export interface Main {
  readonly api: CodeMySpecApi;
  readonly authentication: AuthProvider;
  readonly handleUri: (uri: Uri) => Promise<void>;
  readonly sessionEditors: () => Promise<Result<SessionEditors>>;
  readonly commands: () => Promise<Result<CommandHandlers>>;
  readonly tools: () => Promise<Result<ToolHandlers>>;
}

/** Puts the parts together and follows the server, until the subscriptions of the context end. */
export function start(
  context: ExtensionContext,
  channel: LogOutputChannel,
  treeOf: (rows: TreeDataProvider<Row>) => TreeView<Row>,
  host = hostEnvironment(),
): Main {
  /** What was begun ends with the context, though what comes after it fails to begin. */
  const own = <T extends { dispose(): unknown }>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const sink = logSinkOf(channel);
  const setting = own(new ServerUrlSetting());
  const serverUrl = () => setting.value;
  const windowActivity = own(new VscodeWindowActivity());
  const { version } = context.extension.packageJSON as { version: string };
  const storage = context.globalStorageUri;

  const auth = createAuthentication({
    ...{ context, serverUrl, sink, failureMessage, host },
    renewal: renewalTimes(Math.random),
  });
  const record = connectionRecord();
  own(auth.provider);
  const manager = own(
    createCore({
      ...record,
      serverUrl,
      tokens: auth.tokens,
      sink,
      windowActivity,
      contracts: contractMemory(context.globalState),
    }),
  );
  const attention = own(new Attention(manager, context.globalState, serverUrl));
  const picture = own(new LastPicture(manager));
  const view = own(
    new SessionsView(
      manager,
      picture,
      serverUrl,
      attention,
      context.workspaceState,
      sessionOpener(serverUrl),
      treeOf,
    ),
  );
  const keeper = loadedPart(async () => {
    const part = await import(/* webpackChunkName: "picture" */ './vscode/pictureKeeper');
    const { accountId } = auth;
    return new part.PictureKeeper({ manager, picture, memory: context.globalState, serverUrl, accountId });
  });
  own(new Disposable(() => void keeper.then((part) => part.ok && part.value.dispose())));
  windowActivity.follow(view.tree);
  const statusBar = own(new StatusBar(view.connection, attention, serverUrl));
  own(view.onFirstSeen(() => statusBar.reveal()));
  own(auth.provider.onDidChangeAccount((command) => manager.send(command)));
  own(
    setting.onDidChange(() => {
      auth.serverChanged();
      manager.send('serverChanged');
      view.serverChanged();
      statusBar.serverChanged();
    }),
  );
  own(
    registerNotifications({
      ...{ manager, windowActivity, serverUrl },
      folder: storage.scheme === 'file' ? `${storage.fsPath}/notified` : undefined,
      log: createLog(sink, 'Notifications'),
    }),
  );
  const isKept = (base: string) => auth.isKept(base);
  setting
    .keepFormerDefault(isKept, context.globalState)
    .catch((error: unknown) => channel.error(error instanceof Error ? error : String(error)))
    .finally(() => manager.initialize());
  return {
    api: publicApi(manager),
    authentication: auth.provider,
    handleUri: auth.handleUri,
    sessionEditors: () =>
      loadedPart(async () => {
        const part = await import(/* webpackChunkName: "sessionEditor" */ './sessionView/sessionEditor');
        const source = { manager, connection: view.connection, attention, serverUrl };
        return part.sessionEditors(source, Uri.joinPath(context.extensionUri, 'dist'));
      }),
    commands: () =>
      loadedPart(async () => {
        const part = await import(/* webpackChunkName: "commands" */ './vscode/commandHandlers');
        return part.commandHandlers({
          ...{ manager, attention, view, serverUrl, version, record, extensionUri: context.extensionUri },
          ...{ auth: auth.provider, tokens: auth.tokens, log: channel },
          workspaceState: context.workspaceState,
        });
      }),
    tools: () =>
      loadedPart(async () => {
        const part = await import(/* webpackChunkName: "tools" */ './vscode/sessionTools');
        return part.sessionTools({ manager, sharesContent });
      }),
  };
}
