import { randomUUID } from 'node:crypto';
import type { Account, OAuthTokens } from '../../../src/auth/account';
import { ClientStore } from '../../../src/auth/clientStore';
import type { OAuthServer } from '../../../src/auth/oauthServer';
import { OAuthServers, type OAuthServersOptions } from '../../../src/auth/oauthServers';
import { oauthTokens } from '../../../src/auth/oauthTokens';
import { createLog, type Log } from '../../../src/log';
import { parseServerAddress, type ServerAddress } from '../../../src/model/serverAddress';
import type { Backend } from '../../backend/backend';
import { answerConsent } from '../../backend/oauth/answerConsent';
import type { SecretsInMemory } from './secretsInMemory';

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

export async function serverAt(url: string, log = recordedLog().log): Promise<OAuthServer> {
  const server = await new OAuthServers({ log }).at(addressOf(url), never);
  if (!server.ok) throw new Error(server.failure.detail);
  return server.value;
}

/** An account whose tokens the embedded server gave, after a visit to its page. */
export async function signedInAccount(backend: Backend): Promise<Account & { credentials: OAuthTokens }> {
  const server = await serverAt(backend.url);
  const client = await server.register(REDIRECT_URI, 'VS Code', never);
  if (!client.ok) throw new Error(client.failure.detail);
  const visit = await server.beginVisit(client.value, REDIRECT_URI);
  const back = new URL(await answerConsent(visit.url, 'Allow')).searchParams;
  const grant = await server.endVisit(client.value, visit, back, never);
  if (!grant.ok) throw new Error(grant.failure.detail);
  return {
    id: randomUUID(),
    userId: '1',
    label: 'user1@example.test',
    credentials: { kind: 'oauth', ...grant.value, client: client.value, revision: 0 },
  };
}

/** The exchanges of one window with the embedded server. */
export function exchangesOf(
  secrets: SecretsInMemory,
  log: Log,
  options: Partial<Omit<OAuthServersOptions, 'log'>> = {},
) {
  const servers = new OAuthServers({ log, ...options });
  return oauthTokens({ servers, clients: new ClientStore(secrets), log });
}
