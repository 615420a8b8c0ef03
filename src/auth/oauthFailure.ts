import { messageOf } from '../log';
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
  | 'tlsRefused'
  | 'proxyRefused'
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

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const PROXY_ANSWER = /\bproxy\b.*\b(407|502|503|403)\b|ERR_(TUNNEL|PROXY)_/i;

/** What a request that got no answer died of. */
export function networkFailure(error: unknown, doing: string): OAuthFailure {
  const detail = `${doing}: ${messageOf(error)}`;
  const codes = codesOf(error);
  if (codes.some((code) => TLS_CODE.test(code)) || /net::ERR_CERT_/.test(detail)) {
    return { kind: 'tlsRefused', detail };
  }
  if (PROXY_ANSWER.test(detail)) return { kind: 'proxyRefused', detail };
  return { kind: 'unreachable', detail };
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as NodeJS.ErrnoException;
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(error.cause)];
}

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

const OAUTH_ONLY: ReadonlySet<string> = new Set<OAuthOnlyKind>([
  'withoutOAuth',
  'foreignEndpoint',
  'tlsRefused',
  'proxyRefused',
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
