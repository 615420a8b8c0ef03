import type { Memento } from 'vscode';

/** What VS Code keeps, in memory. */
export class Memory implements Memento {
  private readonly kept = new Map<string, unknown>();

  keys = () => [...this.kept.keys()];

  get<T>(key: string, otherwise?: T): T | undefined {
    return (this.kept.get(key) as T | undefined) ?? otherwise;
  }

  update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.kept.delete(key);
    else this.kept.set(key, value);
    return Promise.resolve();
  }
}
