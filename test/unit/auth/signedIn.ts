import { randomUUID } from 'node:crypto';
import type { Account, OAuthTokens } from '../../../src/auth/account';
import type { AuthorizationServer } from '../../../src/auth/authorizationServer';
import {
  AuthorizationServers,
  type AuthorizationServersOptions,
} from '../../../src/auth/authorizationServers';
import { createLog, type Log } from '../../../src/log';
import { parseServerAddress, type ServerAddress } from '../../../src/model/serverAddress';
import type { Backend } from '../../backend/backend';
import { answerConsent } from '../../backend/oauth/answerConsent';

export const REDIRECT_URI = 'vscode://codemyspec.codemyspec/callback';
export const never = new AbortController().signal;

export function addressOf(url: string): ServerAddress {
  const address = parseServerAddress(url);
  if (!address.ok) throw new Error(address.failure.detail);
  return address.value;
}

/** What tests read of the log. */
export function recordedLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ log: (level, line) => lines.push(`${level} ${line}`) }, 'Auth') };
}

export async function serverAt(url: string, log = recordedLog().log): Promise<AuthorizationServer> {
  const server = await serversOf(log).at(addressOf(url), never);
  if (!server.ok) throw new Error(server.failure.detail);
  return server.value;
}

/** An account whose tokens the embedded server gave, after a visit to its page. */
export async function signedInAccount(backend: Backend): Promise<Account & { credentials: OAuthTokens }> {
  const server = await serverAt(backend.url);
  const client = await server.register(REDIRECT_URI, 'VS Code', never);
  if (!client.ok) throw new Error(client.failure.detail);
  const { url, request } = await server.createAuthorizationUrl(client.value, REDIRECT_URI);
  const back = new URL(await answerConsent(url, 'Allow')).searchParams;
  const granted = await server.exchangeCode(request, back, never);
  if (!granted.ok) throw new Error(granted.failure.detail);
  return {
    id: randomUUID(),
    userId: '1',
    label: 'user1@example.test',
    credentials: granted.value,
  };
}

/** The servers that one window asks. */
export function serversOf(
  log: Log,
  options: Pick<AuthorizationServersOptions, 'fetch' | 'now'> = {},
): AuthorizationServers {
  return new AuthorizationServers({ log, ...options });
}
