import { Disposable, window, type ExtensionContext, type LogOutputChannel } from 'vscode';
import type { HostEnvironment } from './auth/vscode/hostEnvironment';
import { loadedPart } from './loadedPart';
import type { Main } from './main';
import { err, ok, type Result } from './model/failure';
import { registerSessionView } from './sessionView/registerSessionView';
import { VIEW_ID } from './views/commandIds';
import { failureMessage } from './views/failureMessage';
import type { Row } from './views/sessionRows';
import type { CodeMySpecApi } from './vscode/codeMySpecApi';
import { Late } from './vscode/late';
import { lateApi } from './vscode/lateApi';
import { LateTree } from './vscode/lateTree';
import { registerAuthentication } from './vscode/registerAuthentication';
import { registerCommands } from './vscode/registerCommands';
import { registerTools } from './vscode/registerTools';

/**
 * Registers what VS Code may ask for, and loads the extension with the first need of it: a kept sign-in, a look at the
 * view, a command. VS Code gives the context alone, with whose subscriptions everything ends; `host` is what kind of
 * editor it is, where it is not asked.
 */
export function activate(context: ExtensionContext, host?: HostEnvironment): CodeMySpecApi {
  let isEnded = false;
  let log: LogOutputChannel | undefined;
  const tree = new LateTree<Row>(VIEW_ID);
  const main = new Late<Main>(async () => {
    const part = await loadedPart(() => import(/* webpackChunkName: "main" */ './main'));
    if (!part.ok) return part;
    if (isEnded) return err({ kind: 'cancelled', detail: 'the extension has ended' });
    log ??= window.createOutputChannel('CodeMySpec', { log: true });
    const own = context.subscriptions.length;
    try {
      return ok(part.value.start(context, log, (rows) => tree.attach(rows), host));
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      for (const begun of context.subscriptions.splice(own)) begun.dispose();
      return err({ kind: 'internal', detail: 'the extension could not be started' });
    } finally {
      // What ends before it may log.
      context.subscriptions.push(log);
    }
  });
  const from = async <T>(answer: (here: Main) => Promise<Result<T>>): Promise<Result<T>> => {
    const loaded = await main.need();
    return loaded.ok ? answer(loaded.value) : loaded;
  };
  // To be asked for its rows is to be looked at.
  tree.onAsked(async () => {
    const loaded = await main.need();
    if (!loaded.ok && !isEnded) tree.say(failureMessage(loaded.failure));
  });
  context.subscriptions.push(
    new Disposable(() => (isEnded = true)),
    tree,
    registerAuthentication(context.secrets, main),
    registerSessionView(() => from(({ sessionEditors }) => sessionEditors())),
    registerCommands(context.workspaceState, () => from(({ commands }) => commands())),
    registerTools(() => from(({ tools }) => tools())),
  );
  return lateApi(main);
}
