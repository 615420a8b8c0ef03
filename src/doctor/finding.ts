import { networkFailure } from '../http/networkFailure';
import { errorChain } from '../log';
import type { Failure, FailureKind } from '../model/failure';

export type StepName =
  | 'address'
  | 'DNS'
  | 'TLS'
  | 'proxy'
  | 'discovery'
  | 'token'
  | 'REST'
  | 'upgrade'
  | 'join'
  | 'heartbeat'
  | 'list'
  | 'generation';

export interface Step {
  readonly name: StepName;
  readonly verdict: 'ok' | 'failed' | 'skipped';
  /** How long it took; undefined where nothing was done. */
  readonly ms: number | undefined;
  /** In English, for whoever reads the report: words of this program alone, and nothing that came from elsewhere. */
  readonly detail: string;
  /** Why it failed. */
  readonly kind?: FailureKind;
}

/** What came of a step; the steps after it go on where it has a value. */
export type Finding<T> =
  { readonly verdict: 'ok' | 'skipped'; readonly detail: string; readonly value: T | undefined } | Failed<T>;

export interface Failed<T> {
  readonly verdict: 'failed';
  readonly failure: Failure;
  readonly value: T | undefined;
}

export const found = <T>(detail: string, value: T): Finding<T> => ({ verdict: 'ok', detail, value });
export const skipped = <T = never>(detail: string, value?: T): Finding<T> => ({
  verdict: 'skipped',
  detail,
  value,
});
export const failed = <T = never>(failure: Failure, value?: T): Failed<T> => ({
  verdict: 'failed',
  failure,
  value,
});

/** Their details may quote libraries and servers, other hosts among it. */
const FOREIGN_WORDS: Partial<Record<FailureKind, string>> = {
  unreachable: 'no connection',
  tlsRefused: 'the certificate is refused',
  proxyRefused: 'the proxy refuses',
  unreadable: 'what came cannot be read',
  tooLarge: 'what came is too large',
  foreignEndpoint: 'the metadata names another server',
};
const OWN_WORDS: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'timeout',
  'closed',
  'crashed',
  'joinRefused',
  'upgradeRefused',
  'unauthorized',
  'rateLimited',
  'serverError',
  'unavailable',
  'userUnknown',
  'incompleteInstall',
  'withoutOAuth',
  'invalidAddress',
  'credentialsInAddress',
  'insecureAddress',
  'notCodeMySpec',
  'incompatible',
  'browserRefused',
]);
const CODE =
  /\b(E(?:CONN(?:REFUSED|RESET|ABORTED)|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL|ACCES|PIPE|PROTO)|(?:CERT|DEPTH|ERR_SSL|ERR_TLS|HOSTNAME|HPE|INVALID_CA|SELF_SIGNED|UNABLE_TO|UND_ERR|WS_ERR)_[A-Z_]{2,60}|HTTP \d{3})\b/;

/** What a failure says, without a word that came from elsewhere. */
export function factOf({ kind, detail }: Failure): string {
  if (OWN_WORDS.has(kind)) return detail;
  const code = CODE.exec(detail)?.[1];
  return `${FOREIGN_WORDS[kind] ?? kind}${code === undefined ? '' : ` (${code})`}`;
}

/** The kind and the code of what a connection died of. */
export function connectionFailure(error: unknown): Failure {
  const { kind } = networkFailure(error, '');
  const codes = errorChain(error).map((each) => (each as NodeJS.ErrnoException | null | undefined)?.code);
  return { kind, detail: codes.find((code) => typeof code === 'string') ?? '' };
}
