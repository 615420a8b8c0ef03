import type { Log } from '../log';
import { answered, type Answer } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import type { Credentials, OAuthTokens, TokenGrant } from './account';
import type { ClientStore } from './clientStore';
import { loadedPart } from '../loadedPart';
import type { OAuthServer } from './oauthServer';

export interface OAuthServersOptions {
  readonly clients: Pick<ClientStore, 'remove'>;
  readonly log: Log;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

/** Servers whose endpoints were asked for; what OAuth needs is loaded with the first question. */
export class OAuthServers {
  private readonly known = new Map<string, OAuthServer>();

  constructor(private readonly options: OAuthServersOptions) {}

  async at(address: ServerAddress, signal: AbortSignal): Promise<Answer<OAuthServer>> {
    const known = this.known.get(address.base);
    // At a loopback address another program may listen by now: it is asked anew before each secret.
    if (known && !address.isPlain) return answered(known);
    const { log, fetch: fetchImpl = fetch, now = Date.now } = this.options;
    const loaded = await loadedPart(() => import(/* webpackChunkName: "oauth" */ './oauthServer'));
    if (!loaded.ok) return loaded;
    const found = await loaded.value.discoverOAuthServer(address, { fetch: fetchImpl, log, now }, signal);
    if (found.ok) this.known.set(address.base, found.value);
    return found;
  }

  /** The next question asks the server again: it may have changed since. */
  forget(address: ServerAddress): void {
    this.known.delete(address.base);
  }

  /** Asks for new tokens with a refresh token that this server once gave. */
  async refresh(
    address: ServerAddress,
    { client, refreshToken }: OAuthTokens,
    signal: AbortSignal,
  ): Promise<Answer<TokenGrant>> {
    if (!refreshToken) throw new Error('There is no refresh token to ask with.');
    const server = await this.at(address, signal);
    if (!server.ok) return server;
    const answer = await server.value.refresh(client, refreshToken, signal);
    if (!answer.ok) {
      this.forget(address);
      if (answer.failure.code === 'invalid_client')
        await this.options.clients.remove(address.base, client.id);
    }
    return answer;
  }

  /** Gives tokens back, best effort: the refresh token first, since servers end the access token with it. */
  async revoke(address: ServerAddress, credentials: Credentials, signal: AbortSignal): Promise<void> {
    if (credentials.kind === 'pasted') return;
    const server = await this.at(address, signal);
    if (!server.ok) return;
    const { client, accessToken, refreshToken } = credentials;
    for (const token of [refreshToken, accessToken]) {
      const answer = token && (await server.value.revoke(client, token, signal));
      if (answer?.ok === false) this.options.log.info(`a token was not revoked: ${answer.failure.detail}`);
    }
  }
}
