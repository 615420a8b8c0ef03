import { loadedPart } from '../loadedPart';
import { messageOf, type Log } from '../log';
import { ok, type Result } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import type { Credentials } from './account';
import type { AuthorizationServer } from './authorizationServer';

const REVOKE_TIMEOUT_MS = 10_000;

export interface AuthorizationServersOptions {
  readonly log: Log;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

/** The servers whose endpoints were asked for; what OAuth needs is loaded with the first question. */
export class AuthorizationServers {
  private readonly known = new Map<string, AuthorizationServer>();

  constructor(private readonly options: AuthorizationServersOptions) {}

  async at(address: ServerAddress, signal: AbortSignal): Promise<Result<AuthorizationServer>> {
    const known = this.known.get(address.base);
    // At a loopback address another program may listen by now: it is asked anew before each secret.
    if (known && !address.isPlain) return ok(known);
    const { log, fetch: fetchImpl = fetch, now = Date.now } = this.options;
    const part = await loadedPart(() => import(/* webpackChunkName: "oauth" */ './authorizationServer'));
    if (!part.ok) return part;
    const http = { fetch: fetchImpl, log };
    const found = await part.value.AuthorizationServer.discover(address, http, now, signal);
    if (found.ok) this.known.set(address.base, found.value);
    return found;
  }

  /** The next question asks the server again: it may have changed since. */
  clear(address: ServerAddress): void {
    this.known.delete(address.base);
  }

  /** Revokes what was granted and is not kept, as far as the server can be reached. */
  async revokeUnused(address: ServerAddress, credentials: Credentials): Promise<void> {
    if (credentials.kind !== 'oauth') return;
    try {
      const signal = AbortSignal.timeout(REVOKE_TIMEOUT_MS);
      const server = await this.at(address, signal);
      if (server.ok) await server.value.revoke(credentials, signal);
    } catch (error) {
      this.options.log.warn(`tokens that nobody wants could not be revoked: ${messageOf(error)}`);
    }
  }
}
