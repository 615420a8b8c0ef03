const NESTED_CODE = /\berror: :"?([a-z_]+)/;
const KNOWN_CODE =
  /\b(invalid_grant|invalid_client|unauthorized_client|unsupported_grant_type|invalid_scope|access_denied)\b/;

/** The error code of an OAuth answer; some servers say `invalid_request` and hide the true one in the description. */
export function errorCodeOf(body: unknown): string | undefined {
  const { error, error_description: description } = (body ?? {}) as Record<string, unknown>;
  if (typeof error !== 'string' || !/^\w{1,64}$/.test(error)) return undefined;
  if (error !== 'invalid_request' || typeof description !== 'string') return error;
  return (NESTED_CODE.exec(description) ?? KNOWN_CODE.exec(description))?.[1] ?? error;
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
