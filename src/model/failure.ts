/** Why something could not be done. `detail` is for logs and tooltips: no secret, no query string. */
export interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number;
}

export type FailureKind =
  | 'unreachable'
  | 'tlsRefused'
  | 'proxyRefused'
  | 'timeout'
  | 'closed'
  /** The server said that it goes away for a moment: close codes 1001, 1012, 1013. */
  | 'restarting'
  | 'crashed'
  | 'joinRefused'
  | 'upgradeRefused'
  | 'unauthorized'
  /** There is no token to ask with yet. */
  | 'tokenPending'
  | 'rateLimited'
  | 'serverError'
  /** A gateway speaks for a server that is away: 502, 503, 504. */
  | 'unavailable'
  | 'unreadable'
  | 'userUnknown'
  | 'requested'
  | 'clockJumped'
  /** A bug of this extension. */
  | 'internal'
  | RefusalKind;

/** Failures that only a person can end. */
export type RefusalKind = 'invalidAddress' | 'insecureAddress' | 'notCodeMySpec' | 'incompatible';

const REFUSALS: ReadonlySet<string> = new Set<RefusalKind>([
  'invalidAddress',
  'insecureAddress',
  'notCodeMySpec',
  'incompatible',
]);

export function isRefusal(failure: Failure): failure is Failure & { kind: RefusalKind } {
  return REFUSALS.has(failure.kind);
}

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const answered = <T>(value: T): Answer<T> => ({ ok: true, value });
export const failed = (failure: Failure): Answer<never> => ({ ok: false, failure });
