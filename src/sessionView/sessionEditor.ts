import { commands, env, type Disposable, type Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import { pageHtml } from '../views/pageHtml';
import { isAction } from './actions';
import { FollowedSession, type SessionSource } from './followedSession';
import { OutputDocuments, outputUriOf } from './outputDocuments';
import type { FromPage, ToPage } from './pageModel';
import { parseSessionUri, sessionUri, type OutputPart, type SessionRef } from './sessionUri';
import type { SessionEditors } from './registerSessionView';
import { pageModel } from './sessionModel';
import { commandText } from './stepDetail';
import { interactionsOf } from './steps';

const PAGE = { title: 'CodeMySpec', script: 'sessionView', styles: ['sessionView'] };

/** `dist` holds the page. */
export const sessionEditors = (source: SessionSource, dist: Uri): SessionEditors => ({
  show: (uri, panel) => showSession(uri, panel, source, dist),
  documents: (changed) => new OutputDocuments(source, changed),
});

/** Shows the session in the panel until that is closed. */
function showSession(uri: Uri, panel: WebviewPanel, source: SessionSource, dist: Uri): void {
  const ref = parseSessionUri(uri);
  if (!ref) throw new Error('not the address of a session');
  const { webview } = panel;
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  const editor = new SessionEditor(ref, panel, source);
  webview.onDidReceiveMessage((message) => editor.receive(message as FromPage));
  panel.onDidDispose(() => editor.dispose());
  webview.html = pageHtml(webview, dist, PAGE);
}

class SessionEditor {
  private readonly followed: FollowedSession;
  private readonly focusing: Disposable;
  private selected: string | null = null;
  private isReady = false;

  constructor(
    private readonly ref: SessionRef,
    private readonly panel: WebviewPanel,
    private readonly source: SessionSource,
  ) {
    this.followed = new FollowedSession(ref, source, () => this.post());
    this.focusing = window.onDidChangeWindowState(() => this.see());
  }

  receive(message: FromPage): void {
    switch (message.type) {
      case 'ready':
      case 'select':
        this.isReady = true;
        this.selected = message.selected;
        this.post();
        break;
      case 'open':
        this.open(message.part, message.step);
        break;
      case 'rawJson':
        this.open('json', '');
        break;
      case 'act':
        if (isAction(message.action))
          void commands.executeCommand(`codeMySpec.${message.action}`, this.ref.id);
        break;
      case 'copyCommand':
        this.copyCommand(message.step);
        break;
      case 'parent': {
        const parent = this.parent();
        if (parent) void commands.executeCommand('vscode.open', sessionUri(this.ref.server, parent));
        break;
      }
      case 'openInBrowser': {
        const id = this.followed.session?.id;
        if (id === undefined) void commands.executeCommand('codeMySpec.openServer');
        else void commands.executeCommand('codeMySpec.openInBrowser', id);
      }
    }
  }

  dispose(): void {
    this.followed.dispose();
    this.focusing.dispose();
  }

  /** A page that is hidden is not there, and asks when it comes back. */
  private post(): void {
    if (!this.isReady || !this.panel.visible) return;
    const { followed, selected } = this;
    const model = pageModel({
      ...{ session: followed.session, standing: followed.standing, freshness: followed.freshness },
      ...{ need: followed.need, asked: followed.asked, liveOutput: followed.liveOutput },
      ...{ status: this.source.connection.status, parent: this.parent(), selected, now: Date.now() },
      whyNot: (command, id) => this.source.manager.whyNot(command, id),
    });
    void this.panel.webview.postMessage({ type: 'model', model } satisfies ToPage);
    this.see();
  }

  /** What the page shows is seen while somebody is there. */
  private see(): void {
    if (!this.isReady || !this.panel.visible || !window.state.focused) return;
    if (this.followed.standing === 'here') this.source.attention.markEndSeen(this.ref.id);
  }

  private parent() {
    const id = this.followed.session?.session_id;
    return id == null ? undefined : this.source.manager.getSession(id);
  }

  private copyCommand(step: string): void {
    const { session } = this.followed;
    const interaction = session && interactionsOf(session).get(step);
    if (interaction) void env.clipboard.writeText(commandText(interaction));
  }

  private open(part: OutputPart, step: string): void {
    const { session } = this.followed;
    if (!session) return;
    const uri = outputUriOf(this.ref, session, part, step);
    void commands.executeCommand('vscode.open', uri, { viewColumn: ViewColumn.Active, preview: true });
  }
}
