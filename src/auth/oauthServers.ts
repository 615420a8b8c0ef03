import type { Log } from '../log';
import type { ServerAddress } from '../model/serverAddress';
import type { OAuthAnswer } from './oauthFailure';
import type { OAuthServer } from './oauthServer';

export interface OAuthServersOptions {
  readonly log: Log;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

/** Servers whose endpoints were asked for; what OAuth needs is loaded with the first question. */
export class OAuthServers {
  private readonly known = new Map<string, OAuthServer>();

  constructor(private readonly options: OAuthServersOptions) {}

  async at(address: ServerAddress, signal: AbortSignal): Promise<OAuthAnswer<OAuthServer>> {
    const known = this.known.get(address.base);
    if (known) return { ok: true, value: known };
    const { discoverOAuthServer } = await import(/* webpackChunkName: "oauth" */ './oauthServer');
    const { log, fetch: fetchImpl = fetch, now = Date.now } = this.options;
    const way = { origin: address.origin, fetch: fetchImpl, log, now };
    const found = await discoverOAuthServer(address, way, signal);
    if (found.ok) this.known.set(address.base, found.value);
    return found;
  }

  /** The next question asks the server again: it may have changed since. */
  forget(address: ServerAddress): void {
    this.known.delete(address.base);
  }
}
