import { messageOf, type Log } from '../log';
import { answered, failed, type Answer } from '../model/failure';
import { readAccount, writeAccount, type Account } from './account';
import type { SecretStore } from './secretStore';

const PREFIX = 'account:';

/** One account for each server, by its base address: a token kept for one is never read for another. */
export class AccountStore {
  constructor(
    private readonly secrets: SecretStore,
    private readonly log: Log,
  ) {}

  /** Undefined where nobody is signed in. */
  async get(base: string): Promise<Answer<Account | undefined>> {
    let text: string | undefined;
    try {
      text = await this.secrets.get(PREFIX + base);
    } catch (error) {
      const detail = `the secret storage could not be read: ${messageOf(error)}`;
      this.log.warn(detail);
      return failed({ kind: 'storageUnavailable', detail });
    }
    if (text === undefined) return answered(undefined);
    const account = readAccount(text);
    if (account) return answered(account);
    const detail = `the account kept for ${base} could not be read`;
    this.log.warn(detail);
    return failed({ kind: 'accountUnreadable', detail });
  }

  async put(base: string, account: Account): Promise<void> {
    await this.secrets.store(PREFIX + base, writeAccount(account));
  }

  async remove(base: string): Promise<void> {
    await this.secrets.delete(PREFIX + base);
  }

  /** Tells of changes in any window, this one included. */
  onDidChange(listener: (base: string) => void): { dispose(): void } {
    return this.secrets.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) listener(key.slice(PREFIX.length));
    });
  }
}
