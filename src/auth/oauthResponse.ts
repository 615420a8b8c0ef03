import type { HttpResponse } from '../http/exchange';
import { ok, err, type Result } from '../model/failure';

const MAX_DESCRIPTION_LENGTH = 2_000;
const NESTED_CODE = /\berror: :"?([a-z_]{1,64})\b/;
const KNOWN_CODE =
  /\b(invalid_grant|invalid_client|unauthorized_client|unsupported_grant_type|invalid_scope|access_denied)\b/;
/** Codes that end a grant. `invalid_request` is one: what early servers say of a refresh token that they do not know. */
const REFUSING_CODES: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_request',
]);

/** The members of a JSON answer that are not null: some servers write null for what they do not have. */
export type OAuthBody = Readonly<Record<string, unknown>>;

/** The members of what an endpoint of OAuth answered, or what its error code says (RFC 6749 §5.2). */
export function readOAuthResponse(name: string, answer: Result<HttpResponse>): Result<OAuthBody> {
  if (!answer.ok) return answer;
  const { status, text } = answer.value;
  const because = (what: string) => `${name}: ${what} (HTTP ${status})`;
  const body = membersOf(text);
  if (status >= 200 && status < 300) {
    return body ? ok(body) : err({ kind: 'unreadable', detail: because('the answer could not be read') });
  }
  const code = errorCodeOf(body);
  if (code !== undefined) {
    const kind = REFUSING_CODES.has(code) ? 'grantRefused' : 'serverError';
    return err({ kind, detail: because(code), code });
  }
  return status === 404
    ? err({ kind: 'withoutOAuth', detail: because('the server does not know this') })
    : err({ kind: 'serverError', detail: because('the server failed') });
}

/** The error code of an answer; some servers say `invalid_request` and hide the true one in the description. */
export function errorCodeOf(body: unknown): string | undefined {
  const { error, error_description: description } = (body ?? {}) as Record<string, unknown>;
  if (typeof error !== 'string' || !/^\w{1,64}$/.test(error)) return undefined;
  if (error !== 'invalid_request' || typeof description !== 'string') return error;
  const start = description.slice(0, MAX_DESCRIPTION_LENGTH);
  return (NESTED_CODE.exec(start) ?? KNOWN_CODE.exec(start))?.[1] ?? error;
}

/** The message of a failed `JSON.parse` quotes the text, so it is dropped. An empty answer has no members. */
function membersOf(text: string): OAuthBody | undefined {
  if (text.trim() === '') return {};
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  } catch {
    return undefined;
  }
}
