import { startBackend, type Backend, type BackendOptions } from '../backend/backend';
import { findBrowser } from '../vscode/browser';
import { packageVsix } from '../vscode/package';
import { startVSCode, type VSCodeServer, type VSCodeServerOptions } from '../vscode/server';
import { trusting } from '../vscode/signIn';
import { openWorkbench, type Workbench } from '../vscode/workbench';
import type { StatusBarItem } from '../vscode/workbenchState';

const STATUS_TIMEOUT_MS = 20_000;
const log = (line: string) => console.log(line);

export interface Editor {
  readonly backend: Backend;
  readonly vscode: VSCodeServer;
  readonly workbench: Workbench;
  /** Waits until the status bar of a window says this of the connection. */
  readonly status: (
    text: string,
    options?: { window?: Workbench; timeoutMs?: number },
  ) => Promise<StatusBarItem>;
  readonly stop: () => Promise<void>;
}

/** A real VS Code with the extension, its view open, and an embedded server of its own that it is set to. */
export async function startEditor(
  server: BackendOptions,
  {
    extensionFolders,
    languages = [],
    port,
  }: Pick<VSCodeServerOptions, 'extensionFolders' | 'languages' | 'port'> = {},
): Promise<Editor> {
  const backend = await startBackend(server);
  const [vsix, browser] = await Promise.all([
    extensionFolders ? undefined : packageVsix({ log }),
    findBrowser({ log }),
  ]);
  const vscode = await startVSCode({
    ...(vsix === undefined ? {} : { vsix }),
    ...(extensionFolders === undefined ? {} : { extensionFolders }),
    ...(port === undefined ? {} : { port }),
    settings: { 'codeMySpec.serverUrl': backend.url },
    args: trusting(backend.url),
    ...{ languages, log },
  });
  const workbench = await openWorkbench({ url: vscode.url, browser });
  await workbench.openView('CodeMySpec');
  return {
    ...{ backend, vscode, workbench },
    status: (text, { window = workbench, timeoutMs = STATUS_TIMEOUT_MS } = {}) =>
      window.statusBar(new RegExp(`CodeMySpec: ${text}`), {
        what: `the status bar to say ${text}`,
        timeoutMs,
      }),
    stop: async () => {
      await workbench.close();
      await vscode.stop();
      await backend.stop();
    },
  };
}
