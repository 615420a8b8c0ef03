import type { Log } from '../log';
import type { ServerAddress } from '../model/serverAddress';

/** VS Code's SecretStorage, as far as it is needed. */
export interface SecretStore {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
  keys(): PromiseLike<string[]>;
  onDidChange(listener: (event: { readonly key: string }) => void): { dispose(): void };
}

/** What is kept is of this version; version 1 was bound to the origin of its server alone. */
export const VERSION = 2;
const KEPT = /^(account|client):(.*)$/s;

/**
 * The storage, once what version 1 left in it is bound to the whole base address: what is of the current server's
 * origin moves there, any other is deleted. What is newer or cannot be read stays as it is.
 */
export function boundToBase(
  secrets: SecretStore,
  address: () => ServerAddress | undefined,
  log: Log,
): SecretStore {
  let binding: Promise<void> | undefined;
  const bound = () =>
    (binding ??= bind(secrets, address(), log).catch((error: unknown) => {
      binding = undefined;
      throw error;
    }));
  const onceBound =
    <A extends unknown[], R>(act: (...given: A) => PromiseLike<R>) =>
    async (...given: A): Promise<R> => {
      await bound();
      return act(...given);
    };
  return {
    get: onceBound((key) => secrets.get(key)),
    store: onceBound((key, value) => secrets.store(key, value)),
    delete: onceBound((key) => secrets.delete(key)),
    keys: () => secrets.keys(),
    onDidChange: (listener) => secrets.onDidChange(listener),
  };
}

async function bind(secrets: SecretStore, address: ServerAddress | undefined, log: Log): Promise<void> {
  for (const key of await secrets.keys()) {
    const [, kind, place] = KEPT.exec(key) ?? [];
    if (kind === undefined) continue;
    const kept = read(await secrets.get(key));
    if (kept?.version !== 1) {
      if (kept?.version !== VERSION)
        log.warn(`what is kept as ${kind} of ${place} is of another version; it stays`);
      continue;
    }
    // Without an address nobody knows yet whose it is.
    if (!address) continue;
    const isCurrent = place === address.origin;
    if (isCurrent) await secrets.store(`${kind}:${address.base}`, JSON.stringify(converted(kept)));
    if (!isCurrent || address.base !== address.origin) await secrets.delete(key);
    log.info(
      `the ${kind} kept for ${place} ${isCurrent ? 'belongs to its base address now' : 'was deleted'}`,
    );
  }
}

function converted({ redirectUri, client, ...kept }: Record<string, unknown>): object {
  return client === undefined
    ? { ...kept, version: VERSION }
    : { version: VERSION, registrations: [{ redirectUri, client }] };
}

function read(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
