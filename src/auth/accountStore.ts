import type { Log } from '../log';
import { readAccount, writeAccount, type Account } from './account';

/** VS Code's SecretStorage, as far as it is needed. */
export interface SecretStore {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
  onDidChange(listener: (event: { readonly key: string }) => void): { dispose(): void };
}

/** Windows whose secret storage does not tell them of changes. */
export interface OtherWindows {
  tell(change: 'put' | 'remove', origin: string, account: Account): void;
}

const PREFIX = 'account:';

/** One account for each server origin: a token kept for one is never read for another. */
export class AccountStore {
  constructor(
    private readonly secrets: SecretStore,
    private readonly log: Log,
    private readonly others?: OtherWindows,
  ) {}

  async get(origin: string): Promise<Account | undefined> {
    const text = await this.secrets.get(PREFIX + origin);
    if (text === undefined) return undefined;
    const account = readAccount(text);
    if (!account) this.log.warn(`the account kept for ${origin} could not be read`);
    return account;
  }

  async put(origin: string, account: Account): Promise<void> {
    await this.secrets.store(PREFIX + origin, writeAccount(account));
    this.others?.tell('put', origin, account);
  }

  async remove(origin: string): Promise<void> {
    const { others } = this;
    const account = others && (await this.get(origin));
    await this.secrets.delete(PREFIX + origin);
    if (account) others.tell('remove', origin, account);
  }

  /** Tells of changes in any window, this one included. */
  onDidChange(listener: (origin: string) => void): { dispose(): void } {
    return this.secrets.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) listener(key.slice(PREFIX.length));
    });
  }
}
