import * as v from 'valibot';
import { messageOf, type Log } from '../log';
import { answered, failed, type Answer } from '../model/failure';
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
  async get(base: string): Promise<Answer<T | undefined>> {
    let text: string | undefined;
    try {
      text = await this.secrets.get(this.prefix + base);
    } catch (error) {
      const detail = `the secret storage could not be read: ${messageOf(error)}`;
      this.log.warn(detail);
      return failed({ kind: 'storageUnavailable', detail });
    }
    if (text === undefined) return answered(undefined);
    try {
      return answered(v.parse(this.schema, v.parse(ofThisVersion, JSON.parse(text))));
    } catch {
      const detail = `the ${this.kind} kept for ${base} could not be read`;
      this.log.warn(detail);
      return failed({ kind: 'accountUnreadable', detail });
    }
  }

  async put(base: string, record: T): Promise<void> {
    await this.secrets.store(this.prefix + base, plainJson({ version: VERSION, ...record }));
  }

  async remove(base: string): Promise<void> {
    await this.secrets.delete(this.prefix + base);
  }

  /** Tells of changes in any window, this one included. */
  onDidChange(listener: (base: string) => void): { dispose(): void } {
    return this.secrets.onDidChange(({ key }) => {
      if (key.startsWith(this.prefix)) listener(key.slice(this.prefix.length));
    });
  }
}

/** For the secret storage alone: the one place where a secret becomes text. */
function plainJson(record: object): string {
  return JSON.stringify(record, function (this: Record<string, unknown>, key, shown: unknown) {
    const value = this[key];
    return value instanceof Secret ? value.reveal() : shown;
  });
}
