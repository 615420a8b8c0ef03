import type * as oauth from 'oauth4webapi';
import { exchange, type Http } from '../http/exchange';
import { ok, err, type Result } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import { readOAuthResponse, type OAuthBody } from './oauthResponse';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
] as const;

/** Asks the server for its metadata (RFC 8414): below its base address first, then where the RFC has it. */
export async function discover(
  http: Http,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<Result<oauth.AuthorizationServer>> {
  const { origin, pathname } = new URL(address.base);
  const places = new Set([address.base + WELL_KNOWN, origin + WELL_KNOWN + pathname.replace(/\/$/, '')]);
  let answer: Result<OAuthBody> = err({ kind: 'withoutOAuth', detail: 'discovery' });
  for (const place of places) {
    const response = await exchange(http, {
      ...{ name: 'discovery', address, signal, size: 'small', retry: true },
      ...{ url: place, headers: { accept: 'application/json' } },
    });
    answer = readOAuthResponse('discovery', response);
    if (answer.ok || answer.failure.kind !== 'withoutOAuth') break;
  }
  if (answer.ok) return metadataAt(address, answer.value);
  const { failure } = answer;
  // Nobody's grant is refused where only the metadata was asked for.
  return failure.kind === 'grantRefused' ? err({ ...failure, kind: 'serverError' }) : answer;
}

/**
 * The metadata with every endpoint at the address of the settings. A server behind a tunnel or proxy knows itself by
 * another name, so what it names below its own is looked for below ours; what is at neither is refused.
 */
function metadataAt({ base }: ServerAddress, body: OAuthBody): Result<oauth.AuthorizationServer> {
  const { issuer } = body;
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) {
    return err({ kind: 'withoutOAuth', detail: 'discovery: the metadata names no issuer' });
  }
  const ours: Record<string, string> = {};
  for (const name of ENDPOINTS) {
    const endpoint = body[name];
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) continue;
    const below = `${issuer.replace(/(?<!\/)\/+$/, '')}/`;
    const { href } = new URL(endpoint);
    if (href.startsWith(`${base}/`)) ours[name] = href;
    else if (href.startsWith(below)) ours[name] = `${base}/${href.slice(below.length)}`;
    else {
      return err({
        kind: 'foreignEndpoint',
        detail: `discovery: the ${name} is at ${new URL(endpoint).origin}`,
      });
    }
  }
  const missing = ENDPOINTS.slice(0, 2).find((name) => ours[name] === undefined);
  if (missing) return err({ kind: 'withoutOAuth', detail: `discovery: the metadata has no ${missing}` });
  const methods = body['token_endpoint_auth_methods_supported'];
  return ok({
    issuer,
    ...ours,
    ...(Array.isArray(methods) && {
      token_endpoint_auth_methods_supported: methods.filter((method) => typeof method === 'string'),
    }),
    ...(body['authorization_response_iss_parameter_supported'] === true && {
      authorization_response_iss_parameter_supported: true,
    }),
  });
}
