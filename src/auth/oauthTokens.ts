import type { Log } from '../log';
import type { ServerAddress } from '../model/serverAddress';
import type { Credentials, OAuthTokens, TokenGrant } from './account';
import type { ClientStore } from './clientStore';
import type { OAuthAnswer } from './oauthFailure';
import type { OAuthServers } from './oauthServers';

export interface OAuthTokensParts {
  readonly servers: Pick<OAuthServers, 'at' | 'forget'>;
  readonly clients: Pick<ClientStore, 'remove'>;
  readonly log: Log;
}

/** What a server is asked for with tokens that it once gave. */
export function oauthTokens({ servers, clients, log }: OAuthTokensParts) {
  return {
    refresh: async (
      address: ServerAddress,
      { client, refreshToken }: OAuthTokens,
      signal: AbortSignal,
    ): Promise<OAuthAnswer<TokenGrant>> => {
      if (!refreshToken) throw new Error('There is no refresh token to ask with.');
      const server = await servers.at(address, signal);
      if (!server.ok) return server;
      const answer = await server.value.refresh(client, refreshToken, signal);
      if (!answer.ok) {
        servers.forget(address);
        if (answer.failure.code === 'invalid_client') await clients.remove(address.origin);
      }
      return answer;
    },

    /** Best effort: the newer of the two tokens first, since servers end both with it. */
    revoke: async (address: ServerAddress, credentials: Credentials, signal: AbortSignal): Promise<void> => {
      if (credentials.kind === 'pasted') return;
      const server = await servers.at(address, signal);
      if (!server.ok) return;
      const { client, accessToken, refreshToken } = credentials;
      for (const token of [refreshToken, accessToken]) {
        const answer = token && (await server.value.revoke(client, token, signal));
        if (answer?.ok === false) log.info(`a token could not be revoked: ${answer.failure.detail}`);
      }
    },
  };
}
