import type { SecretStore } from '../../../src/auth/secretStore';

/** A secret storage that several windows share. */
export class SecretsInMemory implements SecretStore {
  readonly stored = new Map<string, string>();
  private readonly listeners = new Set<(event: { key: string }) => void>();
  broken = false;
  full = false;

  get(key: string): Promise<string | undefined> {
    return this.broken
      ? Promise.reject(new Error('the keyring is locked'))
      : Promise.resolve(this.stored.get(key));
  }

  store(key: string, value: string): Promise<void> {
    if (this.full) return Promise.reject(new Error('the disk is full'));
    this.stored.set(key, value);
    return this.tell(key);
  }

  delete(key: string): Promise<void> {
    if (this.broken) return Promise.reject(new Error('the keyring is locked'));
    this.stored.delete(key);
    return this.tell(key);
  }

  keys(): Promise<string[]> {
    return this.broken
      ? Promise.reject(new Error('the keyring is locked'))
      : Promise.resolve([...this.stored.keys()]);
  }

  onDidChange(listener: (event: { key: string }) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  private tell(key: string): Promise<void> {
    for (const listener of this.listeners) listener({ key });
    return Promise.resolve();
  }
}
