import type { RestResponse } from '../answer';
import { SCOPES } from './authorizeEndpoint';
import { redirectUriProblem } from './clients';
import type { OAuthSettings } from './oauthOptions';
import type { OAuthStats } from './oauthStats';
import type { SignIns } from './signIns';

export interface RegisterParts {
  settings: OAuthSettings;
  signIns: SignIns;
  stats: OAuthStats;
}

/** Dynamic registration, open to everybody. */
export function createRegisterEndpoint({ settings, signIns, stats }: RegisterParts) {
  return (metadata: Record<string, unknown>): RestResponse => {
    const { client_name: name = 'MCP Client', redirect_uris: given = [] } = metadata;
    if (typeof name !== 'string' || !isStrings(given)) return refusal('redirect_uri: is invalid');
    const [problem] = given.flatMap((uri) => redirectUriProblem(uri) ?? []);
    if (problem !== undefined) return refusal(`redirect_uri: ${problem}`);

    const withSecret = settings.secret !== 'none';
    const client = signIns.clients.register({ name, redirectUris: given, withSecret });
    stats.registered({ clientId: client.id, name, redirectUris: given });
    return {
      status: 201,
      body: {
        client_id: client.id,
        ...(client.secret === undefined ? {} : { client_secret: client.secret }),
        client_name: name,
        redirect_uris: given,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        scope: SCOPES.join(' '),
        ...(settings.style === 'rfc' ? ofTheRfc(withSecret) : {}),
      },
    };
  };

  function refusal(description: string): RestResponse {
    const error = settings.style === 'rfc' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    return { status: 400, body: { error, error_description: description } };
  }
}

function ofTheRfc(withSecret: boolean): Record<string, unknown> {
  return {
    grant_types: ['authorization_code', 'refresh_token'],
    client_id_issued_at: Math.floor(Date.now() / 1000),
    token_endpoint_auth_method: withSecret ? 'client_secret_post' : 'none',
    ...(withSecret ? { client_secret_expires_at: 0 } : {}),
  };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
