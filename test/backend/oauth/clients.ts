import { randomBytes } from 'node:crypto';
import { keepSecret } from '../../traces';

export interface Client {
  id: string;
  secret: string | undefined;
  name: string;
  redirectUris: string[];
}

export type SecretSent = 'none' | 'right' | 'wrong';

/** Asks for the code to be shown instead of sent anywhere. */
export const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

const SCRIPT_SCHEMES = new Set(['javascript:', 'data:', 'blob:', 'file:', 'about:']);
const LOOPBACK_HTTP = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]|$)/;

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

  clear(): void {
    this.registered.clear();
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
  if (uri === OUT_OF_BAND) return undefined;
  if (/\s/.test(uri) || !URL.canParse(uri)) return 'must be an absolute URI with a scheme';
  const { protocol } = new URL(uri);
  if (SCRIPT_SCHEMES.has(protocol)) return 'must not be a script or a file';
  if (uri.includes('#')) return 'must not have a fragment';
  return protocol === 'http:' && !LOOPBACK_HTTP.test(uri) ? 'must use HTTPS except for localhost' : undefined;
}

/**
 * The registered URI that equals the requested one without its query, character for character; one that was
 * registered with a query therefore serves for nothing.
 */
export function registeredUri({ redirectUris }: Client, requested: string): string | undefined {
  if (requested.includes('#')) return undefined;
  const [withoutQuery = ''] = requested.split('?');
  return redirectUris.find((registered) => registered === withoutQuery);
}
