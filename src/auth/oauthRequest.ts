import { networkFailure } from '../http/networkFailure';
import { readSmallText } from '../http/readBody';
import { retryAfterMs } from '../http/restClient';
import type { Log } from '../log';
import { answered, failed, type Answer, type Failure } from '../model/failure';
import { errorCodeOf, isRefusing } from './oauthErrorCode';

export const REQUEST_TIMEOUT_MS = 5_000;

/** What every exchange needs of the world. */
export interface OAuthWay {
  readonly fetch: typeof fetch;
  readonly log: Log;
  /** In ms since 1970. */
  readonly now: () => number;
}

/** The members of a JSON answer that are not null: some servers write null for what they do not have. */
export type OAuthBody = Readonly<Record<string, unknown>>;

export interface OAuthRequest {
  /** For the log and for failures, such as `refresh`. */
  readonly doing: string;
  /** Of the server: whatever its metadata says, nothing is sent to another. */
  readonly origin: string;
  readonly signal: AbortSignal;
  /** Sends the request through the fetch that it is given. */
  readonly send: (guardedFetch: typeof fetch, signal: AbortSignal) => Promise<Response>;
}

/**
 * One exchange, asked again once where no answer came: the server may have dropped the kept connection, and an
 * answer may be lost after the server has acted on the request.
 */
export async function exchange(way: OAuthWay, request: OAuthRequest): Promise<Answer<OAuthBody>> {
  const first = await exchangeOnce(way, request);
  if (first.ok || first.failure.kind !== 'unreachable' || request.signal.aborted) return first;
  way.log.info(`${first.failure.detail}; asked once more`);
  return exchangeOnce(way, request);
}

async function exchangeOnce(
  { fetch: fetchImpl, log }: OAuthWay,
  { doing, origin, signal, send }: OAuthRequest,
): Promise<Answer<OAuthBody>> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), REQUEST_TIMEOUT_MS);
  const guardedFetch: typeof fetch = (input, init) => {
    const target = new URL(input instanceof Request ? input.url : input).origin;
    if (target !== origin) throw new Error(`${doing} would have gone to ${target}`);
    return fetchImpl(input, init);
  };
  try {
    const response = await send(guardedFetch, AbortSignal.any([signal, patience.signal]));
    const text = await readSmallText(response);
    if (text === undefined) return failed({ kind: 'tooLarge', detail: `${doing}: the answer is too large` });
    log.debug(`${doing} ${response.status} ${text.length} B`);
    return judge(response, text, doing);
  } catch (error) {
    if (signal.aborted) return failed({ kind: 'cancelled', detail: `${doing} was given up` });
    const failure: Failure = patience.signal.aborted
      ? { kind: 'timeout', detail: `${doing}: no answer in ${REQUEST_TIMEOUT_MS / 1000} s` }
      : networkFailure(error, doing);
    log.warn(failure.detail);
    return failed(failure);
  } finally {
    clearTimeout(timer);
  }
}

function judge(response: Response, text: string, doing: string): Answer<OAuthBody> {
  const { status } = response;
  const why = (kind: Failure['kind'], what: string): Answer<never> => {
    const wait = retryAfterMs(response.headers.get('retry-after'));
    const later = wait === undefined ? {} : { retryAfterMs: wait };
    return failed({ kind, detail: `${doing}: ${what} (HTTP ${status})`, ...later });
  };
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return why('notCodeMySpec', 'the server redirects elsewhere');
  }
  const body = readBody(text);
  const code = status >= 400 && status < 500 && status !== 429 ? errorCodeOf(body) : undefined;
  if (code !== undefined) {
    const kind = isRefusing(code) ? 'grantRefused' : 'serverError';
    return failed({ kind, detail: `${doing}: ${code} (HTTP ${status})`, code });
  }
  if (status === 407) return why('proxyRefused', 'the proxy wants a sign-in');
  if (status === 429) return why('rateLimited', 'the server asks for fewer requests');
  if (status === 404) return why('withoutOAuth', 'the server does not know this');
  if ([502, 503, 504].includes(status)) return why('unavailable', 'the server is not available');
  if (status >= 400) return why('serverError', 'the server failed');
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    return why('notCodeMySpec', 'the server answers with a web page');
  }
  return body ? answered(body) : why('unreadable', 'the answer could not be read');
}

/** Its own parser, because the message of a failed `JSON.parse` quotes the text. An empty answer has no members. */
function readBody(text: string): OAuthBody | undefined {
  if (text.trim() === '') return {};
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
    return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
  } catch {
    return undefined;
  }
}
