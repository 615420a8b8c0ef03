import { EventEmitter, workspace, type Disposable } from 'vscode';

const DEFAULT_SERVER_URL = 'http://localhost:4000';

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

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

function readUserValue(): string {
  const inspected = workspace.getConfiguration('codeMySpec').inspect<unknown>('serverUrl');
  const value = inspected?.globalValue ?? inspected?.defaultValue ?? '';
  // A value of another type is the user's mistake, to be told as a wrong address.
  return (typeof value === 'string' ? value.trim() : JSON.stringify(value)) || DEFAULT_SERVER_URL;
}
