import type { Failure, FailureKind } from '../model/failure';

/** Why signing in or renewing a token came to nothing. */
export interface OAuthFailure extends Omit<Failure, 'kind'> {
  readonly kind: FailureKind | OAuthOnlyKind;
  /** The error code of the server, where it gave one. */
  readonly code?: string;
}

export type OAuthOnlyKind =
  /** The server has no OAuth metadata. */
  | 'withoutOAuth'
  /** The server's metadata names an endpoint that is neither its own nor ours. */
  | 'foreignEndpoint'
  /** The server said no, with an OAuth error code that stands until something changes. */
  | 'grantRefused'
  | 'registrationRefused'
  | 'declined'
  | 'unfinished'
  | 'cancelled';

export type OAuthAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: OAuthFailure };

export const refuse = (failure: OAuthFailure): { readonly ok: false; readonly failure: OAuthFailure } => ({
  ok: false,
  failure,
});

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

const OAUTH_ONLY: ReadonlySet<string> = new Set<OAuthOnlyKind>([
  'withoutOAuth',
  'foreignEndpoint',
  'grantRefused',
  'registrationRefused',
  'declined',
  'unfinished',
  'cancelled',
]);

/** As the connection knows it: what is the sign-in's alone means there that no token can be had for now. */
export function asConnectionFailure({ kind, detail, retryAfterMs }: OAuthFailure): Failure {
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: isOAuthOnly(kind) ? 'unreachable' : kind, detail, ...later };
}

export function isOAuthOnly(kind: OAuthFailure['kind']): kind is OAuthOnlyKind {
  return OAUTH_ONLY.has(kind);
}
