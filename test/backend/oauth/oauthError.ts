import type { RestResponse } from '../answer';
import type { OAuthSettings } from './oauthOptions';

const DESCRIPTIONS = {
  invalid_request:
    'The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.',
  invalid_client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  invalid_grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  unsupported_grant_type: 'The authorization grant type is not supported by the authorization server.',
};

export type OAuthErrorCode = keyof typeof DESCRIPTIONS;

export function oauthError(code: OAuthErrorCode, { style }: Pick<OAuthSettings, 'style'>): RestResponse {
  const description = DESCRIPTIONS[code];
  if (style === 'rfc') {
    return {
      status: code === 'invalid_client' ? 401 : 400,
      body: { error: code, error_description: description },
      headers: { 'cache-control': 'no-store' },
    };
  }
  const inspected = `%{error: :${code}, error_description: ${JSON.stringify(description)}}`;
  return {
    status: code === 'invalid_request' ? 400 : 422,
    body: { error: 'invalid_request', error_description: inspected },
  };
}
