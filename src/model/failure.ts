/** Why something could not be done. `detail` is for logs and tooltips: no secret, no query string. */
export interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number;
  /** The error code of an OAuth server, where it gave one. */
  readonly code?: string;
  /** Nothing was sent: the server knows nothing of it. */
  readonly unsent?: true;
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
  /** The channel crashed when it was asked for the sessions. */
  | 'listCrashed'
  | 'joinRefused'
  | 'upgradeRefused'
  /** Nothing at the address of the socket. */
  | 'noSocket'
  /** REST has no list of sessions, and no channel that has one is joined. */
  | 'noFallback'
  | 'unauthorized'
  /** There is no token to ask with yet. */
  | 'tokenPending'
  | 'rateLimited'
  | 'serverError'
  /** A gateway speaks for a server that is away: 502, 503, 504. */
  | 'unavailable'
  | 'unreadable'
  /** More than this client takes: see limits.ts. */
  | 'tooLarge'
  /** The server offers no way to ask for it. */
  | 'unsupported'
  | 'userUnknown'
  | 'clockJumped'
  /** A file of the installed extension is missing. */
  | 'incompleteInstall'
  | CommandFailureKind
  | SignInFailureKind
  | SignedOutKind
  /** A bug of this extension. */
  | 'internal'
  | RefusalKind;

/** Why a command to a session was not sent, or had no effect. */
type CommandFailureKind =
  | 'signedOut'
  | 'notConnected'
  | 'sessionNotFound'
  | 'sessionFinished'
  /** It is another user's. */
  | 'readOnly'
  /** The same command is on its way, or what became of it is not known yet. */
  | 'commandUnderway'
  /** The server understood it, and said no. */
  | 'commandRefused';

/** Why signing in, or renewing a token, came to nothing. */
type SignInFailureKind =
  /** The server has no OAuth metadata. */
  | 'withoutOAuth'
  /** The server's metadata, or its answer, names another server. */
  | 'foreignEndpoint'
  /** The server said no, with an OAuth error code that stands until something changes. */
  | 'grantRefused'
  | 'registrationRefused'
  | 'declined'
  | 'unfinished'
  | 'cancelled'
  /** VS Code's secret storage could not be read or written: a locked keyring, for one. */
  | 'storageUnavailable';

/** Why there is no account any more; only signing in again helps. */
export type SignedOutKind =
  | 'signInEnded'
  /** The server refused it here, and another window may have a newer one. */
  | 'signInChanged'
  /** What is kept was written by another version, or damaged. */
  | 'accountUnreadable';

const SIGNED_OUT: ReadonlySet<string> = new Set<SignedOutKind>([
  'signInEnded',
  'signInChanged',
  'accountUnreadable',
]);

export function isSignedOut(failure: Failure): failure is Failure & { kind: SignedOutKind } {
  return SIGNED_OUT.has(failure.kind);
}

/** Failures that only a user can end. */
export type RefusalKind =
  | 'invalidAddress'
  | 'credentialsInAddress'
  | 'insecureAddress'
  | 'notCodeMySpec'
  | 'incompatible'
  /** The editor runs only in a browser, and the server lets in no page of another origin. */
  | 'browserRefused';

const REFUSALS: ReadonlySet<string> = new Set<RefusalKind>([
  'invalidAddress',
  'credentialsInAddress',
  'insecureAddress',
  'notCodeMySpec',
  'incompatible',
  'browserRefused',
]);

export function isRefusal(failure: Failure): failure is Failure & { kind: RefusalKind } {
  return REFUSALS.has(failure.kind);
}

export type Result<T, E = Failure> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: E };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const err = <const E = Failure>(failure: E): Result<never, E> => ({ ok: false, failure });
