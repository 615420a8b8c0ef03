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
  command: { command: string; arguments: unknown[] } | undefined;
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

export class InputBox {
  title: string | undefined;
  prompt: string | undefined;
  value = '';
  password = false;
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

interface Inspected {
  defaultValue?: unknown;
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

interface Recorded {
  readonly contextKeys: Map<string, unknown>;
  readonly executed: unknown[][];
  readonly handlers: Map<string, () => Promise<void>>;
  readonly inputs: InputBox[];
  readonly messages: string[];
  readonly statusBarItems: StatusBarItem[];
  serverUrl: Inspected;
  readonly configurationChanged: EventEmitter<{ affectsConfiguration(section: string): boolean }>;
}

const fresh = (): Recorded => ({
  contextKeys: new Map(),
  executed: [],
  handlers: new Map(),
  inputs: [],
  messages: [],
  statusBarItems: [],
  serverUrl: {},
  configurationChanged: new EventEmitter(),
});

export let recorded = fresh();
export function forget(): void {
  recorded = fresh();
}

export const env = { language: 'en' };

export const l10n = {
  t: (message: string, ...values: unknown[]) =>
    message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};

export const commands = {
  executeCommand: (command: string, ...values: unknown[]): Promise<void> => {
    if (command === 'setContext') recorded.contextKeys.set(String(values[0]), values[1]);
    else recorded.executed.push([command, ...values]);
    return Promise.resolve();
  },
  registerCommand: (id: string, handler: () => Promise<void>): Disposable => {
    const { handlers } = recorded;
    handlers.set(id, handler);
    return new Disposable(() => handlers.delete(id));
  },
};

const say = (message: string): Promise<undefined> => {
  recorded.messages.push(message);
  return Promise.resolve(undefined);
};

export const window = {
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
  showInformationMessage: say,
  withProgress: (_options: unknown, task: () => unknown) => task(),
};

export const workspace = {
  getConfiguration: () => ({ inspect: () => recorded.serverUrl }),
  onDidChangeConfiguration: (listener: Listener<{ affectsConfiguration(section: string): boolean }>) =>
    recorded.configurationChanged.event(listener),
};
