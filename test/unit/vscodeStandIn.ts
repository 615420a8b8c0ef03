/** What unit tests need of the `vscode` module; `recorded` holds what was made through it. */

type Listener<T> = (event: T) => unknown;

export class Disposable {
  constructor(private readonly end: () => void) {}
  static from(...items: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => items.forEach((item) => void item.dispose()));
  }
  dispose(): void {
    this.end();
  }
}

export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(event: T): void {
    for (const listener of [...this.listeners]) listener(event);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class CancellationError extends Error {}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class FileDecoration {
  constructor(
    readonly badge?: string,
    readonly tooltip?: string,
    readonly color?: ThemeColor,
  ) {}
}

export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export class MarkdownString {
  isTrusted: boolean | undefined;
  supportHtml: boolean | undefined;
  supportThemeIcons: boolean | undefined;
  constructor(readonly value = '') {}
}

export enum TreeItemCollapsibleState {
  None,
  Collapsed,
  Expanded,
}

export enum LogLevel {
  Off,
  Trace,
  Debug,
  Info,
  Warning,
  Error,
}

export enum StatusBarAlignment {
  Left = 1,
  Right,
}

export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: TreeItemCollapsibleState,
  ) {}
}

export class StatusBarItem {
  name: string | undefined;
  text = '';
  tooltip: MarkdownString | undefined;
  command: { command: string; arguments: unknown[] } | string | undefined;
  backgroundColor: ThemeColor | undefined;
  accessibilityInformation: { label: string; role?: string } | undefined;
  visible = false;
  constructor(readonly id: string) {}
  show(): void {
    this.visible = true;
  }
  dispose(): void {
    this.visible = false;
  }
}

interface Rows {
  getChildren(row?: unknown): unknown[];
  getTreeItem(row: unknown): unknown;
}

export class TreeView {
  visible = true;
  constructor(private readonly rows: Rows) {}
  /** VS Code asks for the rows at the root. */
  fetch(): void {
    for (const row of this.rows.getChildren()) this.rows.getTreeItem(row);
  }
  itemOf(row: unknown): unknown {
    return this.rows.getTreeItem(row);
  }
  /** The rows under the first at the root. */
  under(): unknown[] {
    return this.rows.getChildren(this.rows.getChildren()[0]);
  }
  readonly assigned: [name: 'message' | 'description', value: string | undefined][] = [];
  private readonly visibility = new EventEmitter<{ visible: boolean }>();
  private readonly selected = new EventEmitter<{ selection: unknown[] }>();
  readonly onDidChangeSelection = this.selected.event;
  selection: unknown[] = [];
  title: string | undefined;
  badge: { value: number; tooltip: string } | undefined;
  select(...selection: unknown[]): void {
    this.selection = selection;
    this.selected.fire({ selection });
  }
  readonly onDidChangeVisibility = this.visibility.event;
  get message(): string | undefined {
    return this.assigned.findLast(([name]) => name === 'message')?.[1];
  }
  set message(value: string | undefined) {
    this.assigned.push(['message', value]);
  }
  get description(): string | undefined {
    return this.assigned.findLast(([name]) => name === 'description')?.[1];
  }
  set description(value: string | undefined) {
    this.assigned.push(['description', value]);
  }
  dispose(): void {
    this.visibility.dispose();
  }
}

export class InputBox {
  title: string | undefined;
  prompt: string | undefined;
  value = '';
  password = false;
  placeholder: string | undefined;
  ignoreFocusOut = false;
  busy = false;
  validationMessage: string | undefined;
  open = false;
  private readonly accepted = new EventEmitter<undefined>();
  private readonly hidden = new EventEmitter<undefined>();
  private readonly changed = new EventEmitter<string>();
  readonly onDidAccept = this.accepted.event;
  readonly onDidHide = this.hidden.event;
  readonly onDidChangeValue = this.changed.event;
  show(): void {
    this.open = true;
  }
  type(value: string): void {
    this.value = value;
    this.changed.fire(value);
  }
  enter(value: string): void {
    this.type(value);
    this.accepted.fire(undefined);
  }
  escape(): void {
    this.open = false;
    this.hidden.fire(undefined);
  }
  /** Hides first, as VS Code does. */
  dispose(): void {
    if (this.open) this.escape();
  }
}

export interface TerminalExecution {
  readonly text: string;
  print(output: string): void;
  end(exitCode: number | undefined): void;
}

/** One that a test plays the shell of. */
export class Terminal {
  state: { isInteractedWith: boolean; shell: string | undefined } = {
    isInteractedWith: false,
    shell: undefined,
  };
  shellIntegration: { executeCommand(text: string): unknown } | undefined;
  /** All that it was given, whether by shell integration or as keys. */
  readonly given: string[] = [];
  constructor(readonly options: { name: string }) {}
  show(): void {}
  sendText(text: string, isExecuted = true): void {
    this.given.push(isExecuted ? `${text}\r` : text);
  }
  /** The shell has come to its prompt. */
  prompt(shell: string): void {
    this.state = { ...this.state, shell };
    this.shellIntegration = { executeCommand: (text) => this.execute(text) };
    recorded.shellReady.fire(undefined);
  }
  close(): void {
    recorded.terminalClosed.fire(this);
  }
  private execute(text: string): unknown {
    this.given.push(text);
    const output: string[] = [];
    const execution = {
      read: async function* () {
        await Promise.resolve();
        yield* output;
      },
    };
    const played: TerminalExecution = {
      text,
      print: (more) => void output.push(more),
      end: (exitCode) => recorded.executionEnded.fire({ execution, exitCode }),
    };
    queueMicrotask(() => recorded.play(played, this));
    return execution;
  }
}

export class Uri {
  private constructor(
    private readonly text: string,
    readonly scheme: string,
    readonly path: string,
    readonly query: string,
    readonly authority = '',
  ) {}
  get fsPath(): string {
    return this.path;
  }
  static file(path: string): Uri {
    return new Uri(`file://${path}`, 'file', path, '');
  }
  static remote(authority: string, path: string): Uri {
    return new Uri(`vscode-remote://${authority}${path}`, 'vscode-remote', path, '', authority);
  }
  static parse(text: string): Uri {
    const { protocol, pathname, search } = new URL(text);
    return new Uri(text, protocol.slice(0, -1), pathname, search.slice(1));
  }
  static from({ scheme, path, query }: { scheme: string; path: string; query: string }): Uri {
    return new Uri(`${scheme}:${path}?${query}`, scheme, path, query);
  }
  static joinPath({ text, scheme, path }: Uri, name: string): Uri {
    return new Uri(`${text}/${name}`, scheme, `${path}/${name}`, '');
  }
  /** Encodes what must not be encoded in a query, unless it is told not to, as VS Code does. */
  toString(skipEncoding = false): string {
    return skipEncoding ? this.text : this.text.replace(this.query, encodeURIComponent(this.query));
  }
}

export enum ProgressLocation {
  SourceControl = 1,
  Window = 10,
  Notification = 15,
}

interface Progress {
  readonly title: string | undefined;
  readonly cancellable: boolean | undefined;
  message: string | undefined;
  open: boolean;
  cancel(): void;
}

interface Inspected {
  defaultValue?: unknown;
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** A page of its own; `say` is what the page tells. */
export class WebviewPanel {
  visible = true;
  revealed = 0;
  readonly posted: unknown[] = [];
  private readonly received = new EventEmitter<unknown>();
  private readonly disposed = new EventEmitter<undefined>();
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidDispose = this.disposed.event;
  readonly onDidChangeViewState = this.changed.event;
  readonly webview = {
    ...{ html: '', cspSource: 'https://webview.example' },
    asWebviewUri: (uri: Uri) => Uri.parse(`https://webview.example${uri.path}`),
    onDidReceiveMessage: this.received.event,
    postMessage: (message: unknown) => {
      this.posted.push(message);
      return Promise.resolve(true);
    },
  };
  constructor(
    readonly viewType: string,
    readonly title: string,
    readonly options: unknown,
  ) {}
  say(message: unknown): void {
    this.received.fire(message);
  }
  reveal(): void {
    this.revealed += 1;
  }
  show(visible: boolean): void {
    this.visible = visible;
    this.changed.fire(undefined);
  }
  dispose(): void {
    this.disposed.fire(undefined);
  }
}

interface Recorded {
  readonly panels: WebviewPanel[];
  readonly contextKeys: Map<string, unknown>;
  readonly executed: unknown[][];
  readonly handlers: Map<string, (target?: unknown) => Promise<void>>;
  readonly inputs: InputBox[];
  readonly messages: string[];
  readonly statusBarMessages: string[];
  /** The choices of the last message, and the one that is taken. */
  choices: string[];
  choice: string | undefined;
  /** What was opened in the browser, and who sits before it. */
  readonly opened: string[];
  user: (url: string) => void;
  externalUri: (uri: string) => string;
  readonly progress: Progress[];
  readonly uriHandlers: Set<{ handleUri(uri: Uri): unknown }>;
  readonly statusBarItems: StatusBarItem[];
  serverUrl: Inspected;
  /** Of other settings, by their whole names. */
  readonly settings: Map<string, unknown>;
  /** The text documents that were opened and shown. */
  readonly documents: { language: string; content: string }[];
  readonly configurationChanged: EventEmitter<{ affectsConfiguration(section: string): boolean }>;
  remoteName: string | undefined;
  /** The options of each. */
  readonly terminals: object[];
  /** What the shell of a new one does, and a command in it. */
  shell: (terminal: Terminal) => void;
  play: (execution: TerminalExecution, terminal: Terminal) => void;
  readonly shellReady: EventEmitter<undefined>;
  readonly executionEnded: EventEmitter<{ execution: unknown; exitCode: number | undefined }>;
  readonly terminalClosed: EventEmitter<Terminal>;
  folders: { name: string; uri: Uri }[] | undefined;
  /** What is chosen or typed, in turn, where `choice` says nothing. */
  readonly answers: (string | undefined)[];
  /** Each message, list and input with all that it shows. */
  readonly asked: { text: string; detail?: string; choices: string[] }[];
  clipboard: string;
  readonly editors: Map<string, CustomEditorProvider>;
  readonly contents: Map<string, ContentProvider>;
  readonly documentClosed: EventEmitter<{ uri: Uri }>;
  isFocused: boolean;
  readonly focusChanged: EventEmitter<{ focused: boolean }>;
  /** What other extensions give, by their ids. */
  readonly extensions: Map<string, unknown>;
  readonly tools: Map<string, Tool>;
  readonly accounts: Map<string, AccountProvider>;
  /** What gives the rows of a view that has no more than those, by the id of the view. */
  readonly rows: Map<string, { getChildren(): Promise<unknown[]> }>;
  readonly views: Map<string, TreeView>;
  readonly outputChannels: string[];
  /** Errors in any of them. */
  readonly logged: string[];
  /** What the user reads instead of each text of the source. */
  translate: (message: string) => string;
}

interface AccountProvider {
  onDidChangeSessions(listener: Listener<unknown>): Disposable;
  getSessions(scopes: readonly string[] | undefined, options: object): Promise<unknown[]>;
  createSession(scopes: readonly string[], options: object): Promise<unknown>;
  removeSession(id: string): Promise<void>;
}

interface Tool {
  invoke(options: { input: unknown }): Promise<unknown>;
  prepareInvocation?(): { invocationMessage: string };
}

interface CustomEditorProvider {
  resolveCustomEditor(document: { uri: unknown }, panel: unknown): Promise<void>;
}

interface ContentProvider {
  onDidChange(listener: Listener<Uri>): Disposable;
  provideTextDocumentContent(uri: unknown): Promise<string>;
}

const fresh = (): Recorded => ({
  panels: [],
  contextKeys: new Map(),
  executed: [],
  handlers: new Map(),
  inputs: [],
  messages: [],
  statusBarMessages: [],
  choices: [],
  choice: undefined,
  opened: [],
  user: () => {},
  externalUri: (uri) => uri,
  progress: [],
  uriHandlers: new Set(),
  statusBarItems: [],
  serverUrl: {},
  settings: new Map(),
  documents: [],
  configurationChanged: new EventEmitter(),
  remoteName: undefined,
  terminals: [],
  shell: () => {},
  play: () => {},
  shellReady: new EventEmitter(),
  executionEnded: new EventEmitter(),
  terminalClosed: new EventEmitter(),
  folders: undefined,
  answers: [],
  asked: [],
  clipboard: '',
  editors: new Map(),
  contents: new Map(),
  documentClosed: new EventEmitter(),
  isFocused: true,
  focusChanged: new EventEmitter(),
  extensions: new Map(),
  tools: new Map(),
  accounts: new Map(),
  rows: new Map(),
  views: new Map(),
  outputChannels: [],
  logged: [],
  translate: (message) => message,
});

export let recorded = fresh();
/** The user turns to the window, or away. */
export function focusWindow(focused: boolean): void {
  recorded.isFocused = focused;
  recorded.focusChanged.fire({ focused });
}

export function resetStandIn(): void {
  recorded = fresh();
}

export enum UIKind {
  Desktop = 1,
  Web,
}

export const env = {
  uiKind: UIKind.Desktop,
  language: 'en',
  appName: 'Code',
  uriScheme: 'code-oss',
  clipboard: {
    writeText: (text: string) => {
      recorded.clipboard = text;
      return Promise.resolve();
    },
  },
  get remoteName() {
    return recorded.remoteName;
  },
  asExternalUri: (uri: Uri) => Promise.resolve(Uri.parse(recorded.externalUri(uri.toString(true)))),
  /** A text is opened as it is; a Uri has lost the encoding of its query. */
  openExternal: (link: Uri | string) => {
    const url = typeof link === 'string' ? link : decodeURIComponent(link.toString(true));
    recorded.opened.push(url);
    recorded.user(url);
    return Promise.resolve(true);
  },
};

export const authentication = {
  registerAuthenticationProvider: (id: string, _label: string, provider: AccountProvider) => {
    const { accounts } = recorded;
    accounts.set(id, provider);
    return new Disposable(() => accounts.delete(id));
  },
};

export const l10n = {
  t: (message: string, ...values: unknown[]) =>
    recorded.translate(message).replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};

export class LanguageModelTextPart {
  constructor(readonly value: string) {}
}

export class LanguageModelToolResult {
  constructor(readonly content: readonly unknown[]) {}
}

export const lm = {
  registerTool: (name: string, tool: Tool) => {
    const { tools } = recorded;
    tools.set(name, tool);
    return new Disposable(() => tools.delete(name));
  },
};

export const extensions = {
  getExtension: (id: string) =>
    recorded.extensions.has(id)
      ? { activate: () => Promise.resolve(recorded.extensions.get(id)) }
      : undefined,
};

export const QuickPickItemKind = { Separator: -1, Default: 0 };

export const commands = {
  executeCommand: (command: string, ...values: unknown[]): Promise<void> => {
    if (command === 'setContext') recorded.contextKeys.set(String(values[0]), values[1]);
    else recorded.executed.push([command, ...values]);
    return Promise.resolve();
  },
  registerCommand: (id: string, handler: (target?: unknown) => Promise<void>): Disposable => {
    const { handlers } = recorded;
    handlers.set(id, handler);
    return new Disposable(() => handlers.delete(id));
  },
};

interface Item {
  readonly title: string;
  readonly isCloseAffordance?: boolean;
}

type Choices = (string | Item | { modal: boolean; detail: string })[];

function answer(): string | undefined {
  const { choice } = recorded;
  recorded.choice = undefined;
  return choice ?? recorded.answers.shift();
}

const say = (message: string, ...choices: Choices): Promise<string | Item | undefined> => {
  recorded.messages.push(message);
  const items = choices.filter((each) => typeof each === 'object' && 'title' in each);
  recorded.choices = [
    ...choices.filter((each) => typeof each === 'string'),
    ...items.map(({ title }) => title),
  ];
  const detail = choices.find((each) => typeof each === 'object' && 'detail' in each)?.detail;
  recorded.asked.push({ text: message, ...(detail !== undefined && { detail }), choices: recorded.choices });
  // What offers nothing is answered by nobody.
  const chosen = recorded.choices.length === 0 ? undefined : answer();
  if (items.length === 0) return Promise.resolve(chosen);
  const item = items.find(({ title }) => title === chosen);
  return Promise.resolve(item ?? items.find(({ isCloseAffordance }) => isCloseAffordance));
};

export const version = '1.105.0';

export const window = {
  showTextDocument: (document: { language: string; content: string }) => {
    recorded.documents.push(document);
    return Promise.resolve();
  },
  get state() {
    return { focused: recorded.isFocused };
  },
  onDidChangeWindowState: (listener: Listener<{ focused: boolean }>) => recorded.focusChanged.event(listener),
  createTreeView: (id: string, { treeDataProvider }: { treeDataProvider: Rows }) => {
    recorded.rows.set(id, treeDataProvider as never);
    const view = new TreeView(treeDataProvider);
    recorded.views.set(id, view);
    return view;
  },
  createWebviewPanel: (viewType: string, title: string, _column: number, options: unknown) => {
    const panel = new WebviewPanel(viewType, title, options);
    recorded.panels.push(panel);
    return panel;
  },
  createOutputChannel: (name: string) => {
    recorded.outputChannels.push(name);
    return { error: (error: unknown) => recorded.logged.push(String(error)), dispose: () => {} };
  },
  createStatusBarItem: (id: string) => {
    const item = new StatusBarItem(id);
    recorded.statusBarItems.push(item);
    return item;
  },
  createInputBox: () => {
    const input = new InputBox();
    recorded.inputs.push(input);
    return input;
  },
  showErrorMessage: say,
  showWarningMessage: say,
  showQuickPick: <T extends { label: string }>(
    items: readonly T[],
    options: { title?: string } = {},
  ): Promise<T | undefined> => {
    recorded.choices = items.map(({ label }) => label);
    recorded.asked.push({ text: options.title ?? '', choices: recorded.choices });
    const choice = answer();
    return Promise.resolve(items.find(({ label }) => label === choice));
  },
  createTerminal: (options: { name: string }) => {
    recorded.terminals.push(options);
    const terminal = new Terminal(options);
    queueMicrotask(() => recorded.shell(terminal));
    return terminal;
  },
  showInputBox: ({ prompt = '' }: { prompt?: string }) => {
    recorded.asked.push({ text: prompt, choices: [] });
    return Promise.resolve(answer());
  },
  onDidChangeTerminalShellIntegration: (listener: Listener<undefined>) => recorded.shellReady.event(listener),
  onDidChangeTerminalState: () => new Disposable(() => {}),
  onDidEndTerminalShellExecution: (
    listener: Listener<{ execution: unknown; exitCode: number | undefined }>,
  ) => recorded.executionEnded.event(listener),
  onDidCloseTerminal: (listener: Listener<Terminal>) => recorded.terminalClosed.event(listener),
  registerFileDecorationProvider: () => new Disposable(() => {}),
  showInformationMessage: say,
  setStatusBarMessage: (text: string) => {
    recorded.statusBarMessages.push(text);
    return new Disposable(() => {});
  },
  withProgress: async (
    { title, cancellable }: { title?: string; cancellable?: boolean },
    task: (progress: unknown, token: unknown) => unknown,
  ) => {
    const cancelled = new EventEmitter<undefined>();
    const progress: Progress = {
      ...{ title, cancellable, open: true, message: undefined },
      cancel: () => cancelled.fire(undefined),
    };
    const report = ({ message }: { message?: string }) => (progress.message = message);
    recorded.progress.push(progress);
    try {
      return await task({ report }, { onCancellationRequested: cancelled.event });
    } finally {
      progress.open = false;
    }
  },
  registerCustomEditorProvider: (id: string, provider: CustomEditorProvider) => {
    const { editors } = recorded;
    editors.set(id, provider);
    return new Disposable(() => editors.delete(id));
  },
  registerUriHandler: (handler: { handleUri(uri: Uri): unknown }) => {
    const { uriHandlers } = recorded;
    uriHandlers.add(handler);
    return new Disposable(() => uriHandlers.delete(handler));
  },
};

export const ViewColumn = { Active: -1 };

export const ConfigurationTarget = { Global: 1 };

export const workspace = {
  isTrusted: true,
  get workspaceFolders() {
    return recorded.folders;
  },
  getConfiguration: (section: string) => ({
    inspect: () => recorded.serverUrl,
    get: (name: string) => recorded.settings.get(`${section}.${name}`),
    update: (_name: string, globalValue: unknown) => {
      recorded.serverUrl = { ...recorded.serverUrl, globalValue };
      return Promise.resolve();
    },
  }),
  registerTextDocumentContentProvider: (scheme: string, provider: ContentProvider) => {
    const { contents } = recorded;
    contents.set(scheme, provider);
    return new Disposable(() => contents.delete(scheme));
  },
  onDidCloseTextDocument: (listener: Listener<{ uri: Uri }>) => recorded.documentClosed.event(listener),
  openTextDocument: (document: { language: string; content: string }) => Promise.resolve(document),
  onDidChangeConfiguration: (listener: Listener<{ affectsConfiguration(section: string): boolean }>) =>
    recorded.configurationChanged.event(listener),
};
