import { ConfigurationTarget, EventEmitter, workspace, type Disposable, type Memento } from 'vscode';

const DEFAULT_SERVER_URL = 'https://www.codemyspec.com';
/** The default of version 0.1. */
const FORMER_DEFAULT = 'http://localhost:4000';
const FORMER_DEFAULT_SEEN = 'codeMySpec.formerDefaultSeen';

/**
 * The setting `codeMySpec.serverUrl`, from the user's own settings alone: a workspace must never choose where the
 * token goes.
 */
export class ServerUrlSetting implements Disposable {
  private readonly changed = new EventEmitter<void>();
  private readonly subscription: Disposable;
  private current = readUserValue();
  readonly onDidChange = this.changed.event;

  constructor() {
    this.subscription = workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration('codeMySpec.serverUrl')) return;
      const next = readUserValue();
      if (next === this.current) return;
      this.current = next;
      this.changed.fire();
    });
  }

  get value(): string {
    return this.current;
  }

  /** Who signed in at the former default and chose no other keeps it: once, it is written into their settings. */
  async keepFormerDefault(isKept: (base: string) => PromiseLike<boolean>, memory: Memento): Promise<void> {
    if (memory.get(FORMER_DEFAULT_SEEN)) return;
    if (inspected()?.globalValue === undefined && (await isKept(FORMER_DEFAULT))) {
      const settings = workspace.getConfiguration('codeMySpec');
      await settings.update('serverUrl', FORMER_DEFAULT, ConfigurationTarget.Global);
    }
    await memory.update(FORMER_DEFAULT_SEEN, true);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

const inspected = () => workspace.getConfiguration('codeMySpec').inspect<unknown>('serverUrl');

function readUserValue(): string {
  const value = inspected()?.globalValue ?? inspected()?.defaultValue ?? '';
  // A value of another type is the user's mistake, to be told as a wrong address.
  return (typeof value === 'string' ? value.trim() : JSON.stringify(value)) || DEFAULT_SERVER_URL;
}
