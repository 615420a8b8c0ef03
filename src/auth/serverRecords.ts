import * as v from 'valibot';
import { messageOf, type Log } from '../log';
import { ok, err, type Result } from '../model/failure';
import { Secret } from '../model/secret';
import { VERSION, type SecretStore } from './secretStore';

const ofThisVersion = v.looseObject({ version: v.literal(VERSION) });

/** Records of one kind, one for each server by its base address: what is kept for one is never read for another. */
export class ServerRecords<T extends object> {
  private readonly prefix: string;

  constructor(
    private readonly secrets: SecretStore,
    private readonly kind: 'account' | 'client' | 'authorization',
    private readonly schema: v.GenericSchema<unknown, T>,
    private readonly log: Log,
  ) {
    this.prefix = `${kind}:`;
  }

  /** Undefined where there is none. */
  async get(base: string): Promise<Result<T | undefined>> {
    const kept = await this.storage('read', () => this.secrets.get(this.prefix + base));
    if (!kept.ok) return kept;
    if (kept.value === undefined) return ok(undefined);
    try {
      return ok(v.parse(this.schema, v.parse(ofThisVersion, JSON.parse(kept.value))));
    } catch {
      const detail = `the ${this.kind} kept for ${base} could not be read`;
      this.log.warn(detail);
      return err({ kind: 'accountUnreadable', detail });
    }
  }

  put(base: string, record: T): Promise<Result<void>> {
    const text = plainJson({ version: VERSION, ...record });
    return this.storage('written', () => this.secrets.store(this.prefix + base, text));
  }

  remove(base: string): Promise<Result<void>> {
    return this.storage('written', () => this.secrets.delete(this.prefix + base));
  }

  /** Tells of changes in any window, this one included. */
  onDidChange(listener: (base: string) => void): { dispose(): void } {
    return this.secrets.onDidChange(({ key }) => {
      if (key.startsWith(this.prefix)) listener(key.slice(this.prefix.length));
    });
  }

  private async storage<R>(done: 'read' | 'written', act: () => PromiseLike<R>): Promise<Result<R>> {
    try {
      return ok(await act());
    } catch (error) {
      const detail = `the secret storage could not be ${done}: ${messageOf(error)}`;
      this.log.warn(detail);
      return err({ kind: 'storageUnavailable', detail });
    }
  }
}

/** For the secret storage alone: the one place where a secret becomes text. */
function plainJson(record: object): string {
  return JSON.stringify(record, function (this: Record<string, unknown>, key, shown: unknown) {
    const value = this[key];
    return value instanceof Secret ? value.reveal() : shown;
  });
}
