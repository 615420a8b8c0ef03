const MAX_DESCRIPTION_LENGTH = 2_000;
const NESTED_CODE = /\berror: :"?([a-z_]{1,64})\b/;
const KNOWN_CODE =
  /\b(invalid_grant|invalid_client|unauthorized_client|unsupported_grant_type|invalid_scope|access_denied)\b/;

/** The error code of an OAuth answer; some servers say `invalid_request` and hide the true one in the description. */
export function errorCodeOf(body: unknown): string | undefined {
  const { error, error_description: description } = (body ?? {}) as Record<string, unknown>;
  if (typeof error !== 'string' || !/^\w{1,64}$/.test(error)) return undefined;
  if (error !== 'invalid_request' || typeof description !== 'string') return error;
  const start = description.slice(0, MAX_DESCRIPTION_LENGTH);
  return (NESTED_CODE.exec(start) ?? KNOWN_CODE.exec(start))?.[1] ?? error;
}

/** Codes that end a grant. `invalid_request` is one: what early servers say of a refresh token that they do not know. */
const REFUSING_CODES: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_request',
]);

export function isRefusing(code: string): boolean {
  return REFUSING_CODES.has(code);
}
