import { env, l10n, ProgressLocation, version, window, workspace, type Progress } from 'vscode';
import { loadedPart } from '../loadedPart';
import type { TokenSource } from '../model/tokenSource';
import { failureMessage } from '../views/failureMessage';

export interface DiagnoseOptions {
  readonly serverUrl: () => string;
  readonly tokens: TokenSource;
  /** Of the extension. */
  readonly version: string;
}

/** Examines the way to the server and opens the report; nothing is opened where the user cancels it. */
export async function diagnose(options: DiagnoseOptions): Promise<void> {
  const part = await loadedPart(() => import(/* webpackChunkName: "doctor" */ '../doctor/doctor'));
  if (!part.ok) {
    void window.showErrorMessage(failureMessage(part.failure));
    return;
  }
  const ending = new AbortController();
  const progressOptions = {
    location: ProgressLocation.Notification,
    title: l10n.t('CodeMySpec: diagnosing the connection'),
    cancellable: true,
  };
  const { report } = await window.withProgress(
    progressOptions,
    (progress: Progress<{ message?: string }>, token) => {
      token.onCancellationRequested(() => ending.abort());
      return part.value.doctor({
        ...{ serverUrl: options.serverUrl(), tokens: options.tokens, signal: ending.signal, l10n },
        proxies: proxySettings(),
        versions: [
          `CodeMySpec ${options.version}`,
          `VS Code ${version}`,
          `${process.platform} ${process.arch}`,
          remote(env.remoteName),
        ],
        onStep: (name) => progress.report({ message: name }),
      });
    },
  );
  if (ending.signal.aborted) return;
  await window.showTextDocument(await workspace.openTextDocument({ language: 'markdown', content: report }));
}

/** An editor in a browser names the host that it came from. */
const remote = (name = 'local') => (/^[a-z-]+$/.test(name) ? name : 'remote');

/** VS Code takes its setting before the variables, and neither where its proxy support is off. */
function proxySettings() {
  const http = workspace.getConfiguration('http');
  const setting = http.get<unknown>('proxy');
  const isOn = http.get<unknown>('proxySupport') !== 'off';
  const isSet = typeof setting === 'string' && setting !== '';
  const variables = Object.entries(process.env).flatMap(([name, url]) =>
    url && /^https?_proxy$/i.test(name) ? [{ name, url, isUsed: isOn && !isSet }] : [],
  );
  return isSet ? [{ name: 'http.proxy', url: setting, isUsed: isOn }, ...variables] : variables;
}
