import { commands, env, l10n, version, ViewColumn, window, type Uri, type WebviewPanel } from 'vscode';
import type { ConnectionRecord } from '../connectionRecord';
import type { SessionManager } from '../sessionManager';
import { pageHtml } from '../views/pageHtml';
import { connectionModel, eventsPerMinute, type ModelInput } from './connectionModel';
import { connectionReport } from './connectionReport';
import { FROM_PAGE, type FromPage, type ToPage } from './pageModel';

export interface ConnectionSource {
  readonly manager: Pick<SessionManager, 'status'>;
  readonly record: ConnectionRecord;
  /** Of the extension. */
  readonly version: string;
}

/** At most so often is the page told. */
const UPDATE_INTERVAL_MS = 250;
/** A rate of events falls by itself. */
const RATE_INTERVAL_MS = 1_000;
const ANSWER_SHOWN_MS = 5_000;

let panel: ConnectionPanel | undefined;

/** Opens the view, or shows the one that is open. */
export function showConnection(source: ConnectionSource, dist: Uri): void {
  if (panel) panel.reveal();
  else panel = new ConnectionPanel(source, dist, () => (panel = undefined));
}

class ConnectionPanel {
  private readonly panel: WebviewPanel;
  private isReady = false;
  private toldAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly source: ConnectionSource,
    dist: Uri,
    ended: () => void,
  ) {
    const title = l10n.t('CodeMySpec Connection');
    this.panel = window.createWebviewPanel('codeMySpec.connection', title, ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [dist],
    });
    const { webview } = this.panel;
    webview.onDidReceiveMessage((message: unknown) => this.receive(message));
    this.panel.onDidChangeViewState(() => this.panel.visible || this.rest());
    this.panel.onDidDispose(() => {
      this.rest();
      ended();
    });
    webview.html = pageHtml(webview, dist, {
      ...{ title, script: 'connectionView', styles: ['sessionView', 'connectionView'] },
    });
  }

  reveal(): void {
    this.panel.reveal();
  }

  private receive(message: unknown): void {
    const type = FROM_PAGE.find((each) => each === (message as Partial<FromPage> | null)?.type);
    if (type === 'ready') {
      this.isReady = true;
      this.source.record.onChange = () => this.tellIn(UPDATE_INTERVAL_MS);
      this.tell();
    } else if (type === 'copyReport') void this.copyReport();
    else if (type === 'runDoctor') void commands.executeCommand('codeMySpec.diagnose');
  }

  /** A page that is hidden is not there, and asks when it comes back. */
  private rest(): void {
    this.isReady = false;
    this.source.record.onChange = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tellIn(intervalMs: number): void {
    if (intervalMs === UPDATE_INTERVAL_MS) clearTimeout(this.timer);
    const waitMs = Math.max(0, this.toldAt + intervalMs - Date.now());
    this.timer = setTimeout(() => this.tell(), waitMs);
  }

  private tell(): void {
    clearTimeout(this.timer);
    if (!this.isReady) return;
    this.toldAt = Date.now();
    const model = connectionModel(this.input());
    void this.panel.webview.postMessage({ type: 'model', model } satisfies ToPage);
    if (eventsPerMinute(this.source.record.eventTimes, this.toldAt) > 0) this.tellIn(RATE_INTERVAL_MS);
  }

  private input(): ModelInput {
    const { manager, record } = this.source;
    return { status: manager.status, record, now: Date.now() };
  }

  private async copyReport(): Promise<void> {
    const versions = [`CodeMySpec ${this.source.version}, VS Code ${version}`];
    await env.clipboard.writeText(connectionReport(this.input(), versions));
    window.setStatusBarMessage(
      l10n.t('CodeMySpec: the report was copied to the clipboard.'),
      ANSWER_SHOWN_MS,
    );
  }
}
