import { randomBytes } from 'node:crypto';
import { keepSecret } from '../../traces';
import { isLoopback } from '../controlServer';

export interface Client {
  id: string;
  secret: string | undefined;
  name: string;
  redirectUris: string[];
}

export type SecretSent = 'none' | 'right' | 'wrong';

const SCRIPT_SCHEMES = new Set(['javascript:', 'data:', 'blob:', 'file:', 'about:']);

/** The programs that registered themselves. */
export class Clients {
  private readonly registered = new Map<string, Client>();

  register({
    name,
    redirectUris,
    withSecret,
  }: {
    name: string;
    redirectUris: string[];
    withSecret: boolean;
  }) {
    const client: Client = {
      id: `mcp_${randomBytes(16).toString('base64url')}`,
      secret: withSecret ? keepSecret(randomBytes(32).toString('base64url')) : undefined,
      name,
      redirectUris,
    };
    this.registered.set(client.id, client);
    return client;
  }

  find(id: string): Client | undefined {
    return this.registered.get(id);
  }
}

export function secretSent(client: Client | undefined, secret: string | undefined): SecretSent {
  if (secret === undefined) return 'none';
  return client?.secret === secret ? 'right' : 'wrong';
}

/** Why nobody may register the address; nothing where it is fine. */
export function redirectUriProblem(uri: string): string | undefined {
  if (!URL.canParse(uri)) return 'must be an absolute URI with a scheme';
  const { protocol, hostname } = new URL(uri);
  if (SCRIPT_SCHEMES.has(protocol)) return 'must not be a script or a file';
  if (uri.includes('#')) return 'must not have a fragment';
  const isThisMachine = hostname === 'localhost' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
  return protocol === 'http:' && !isThisMachine ? 'must use HTTPS except for localhost' : undefined;
}
