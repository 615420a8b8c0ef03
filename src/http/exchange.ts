import type { Log } from '../log';
import { ok, err, type Result, type Failure, type FailureKind } from '../model/failure';
import { MAX_SMALL_TEXT_BYTES, MAX_TEXT_BYTES, TOO_LARGE_RETRY_MS, waitMs } from '../model/limits';
import type { ServerAddress } from '../model/serverAddress';
import { refusesBrowser } from './browserRefusal';
import type { LoopbackProof } from './loopbackProof';
import { networkFailure } from './networkFailure';
import { readBody, type TextReader } from './readBody';

/** A large answer may take as long as it likes while pieces come within this time. */
export const IDLE_TIMEOUT_MS = 10_000;

/** What an answer may cost; the time begins anew with each piece of a large one. */
const LIMITS = {
  large: { maxBytes: MAX_TEXT_BYTES, timeoutMs: IDLE_TIMEOUT_MS },
  small: { maxBytes: MAX_SMALL_TEXT_BYTES, timeoutMs: 5_000 },
} as const;

/** Said by gateways for a server that is away. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What every exchange needs of the world. */
export interface Http {
  readonly fetch: typeof fetch;
  readonly log?: Log;
}

export interface HttpRequest {
  /** For the log and for failures, such as `GET /api/me`: without a query. */
  readonly name: string;
  readonly address: ServerAddress;
  /** Of the origin of the address: nothing is sent to another. */
  readonly url: string;
  readonly headers: Headers | Record<string, string>;
  /** POST where there is a body, else GET. */
  readonly method?: 'PUT';
  /** Posted, where there is one. */
  readonly body?: string | URLSearchParams;
  readonly signal: AbortSignal;
  /** Whether it is sent once more where no answer came: the server may have acted on it all the same. */
  readonly retry: boolean;
  readonly size: keyof typeof LIMITS;
  /** Asked first, for a request with a secret that anybody might be listening for. */
  readonly proof?: Pick<LoopbackProof, 'of' | 'clear'>;
  /** The answers of which no body is read; `statusFailure` unless given. */
  readonly judge?: (response: Response, name: string) => Failure | undefined;
  /** Begins anew for each answer; without one, the text is collected. */
  readonly reader?: () => TextReader;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  /** Empty where a reader took it. */
  readonly text: string;
}

/** One HTTP exchange, of REST and OAuth alike. Redirects are not followed. */
export async function exchange(http: Http, request: HttpRequest): Promise<Result<HttpResponse>> {
  const answer = await attempts(http, request);
  if (answer.ok || answer.failure.kind !== 'unreachable') return answer;
  if (!(await refusesBrowser?.(http.fetch, request.url, request.signal))) return answer;
  return err({ kind: 'browserRefused', detail: `${request.name}: the server lets no browser in` });
}

async function attempts(http: Http, request: HttpRequest): Promise<Result<HttpResponse>> {
  const first = await attempt(http, request);
  const unanswered = !first.ok && first.failure.kind === 'unreachable';
  if (!unanswered || !request.retry || request.signal.aborted) return first;
  // The server, or a proxy on the way, may have dropped a connection that was kept.
  http.log?.info(`${first.failure.detail}; asked once more`);
  return attempt(http, request);
}

async function attempt(http: Http, request: HttpRequest): Promise<Result<HttpResponse>> {
  const { name, address, url, headers, method = 'POST', body, signal, size, proof, reader } = request;
  const { judge = statusFailure } = request;
  const { origin } = new URL(url);
  if (origin !== address.origin) throw new Error(`${name} would have gone to ${origin}`);
  const proven = await proof?.of(address);
  if (proven?.ok === false) return err({ ...proven.failure, unsent: true });
  const { maxBytes, timeoutMs } = LIMITS[size];
  const late = new AbortController();
  const restart = () => setTimeout(() => late.abort(), timeoutMs);
  let timer = restart();
  const arrived = () => {
    if (size !== 'large') return;
    clearTimeout(timer);
    timer = restart();
  };
  try {
    const response = await http.fetch(url, {
      ...(body !== undefined && { method, body }),
      ...{ headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) },
    });
    const { status } = response;
    const failure = judge(response, name);
    if (failure) {
      http.log?.debug(`${name} ${status}`);
      void response.body?.cancel().catch(() => {});
      return err(failure);
    }
    const parts: string[] = [];
    const collector = { push: (part: string) => Promise.resolve(parts.push(part) > 0) };
    const bytes = await readBody(response, reader?.() ?? collector, maxBytes, arrived);
    http.log?.debug(`${name} ${status} ${bytes ?? 'too many'} B`);
    if (bytes !== undefined) return ok({ status, headers: response.headers, text: parts.join('') });
    const detail = `${name}: the answer is larger than ${maxBytes / 2 ** 20} MB`;
    return err({ kind: 'tooLarge', detail, retryAfterMs: TOO_LARGE_RETRY_MS });
  } catch (error) {
    if (signal.aborted) return err(givenUp(name, signal));
    const failure = late.signal.aborted
      ? timeout(`${name}: no answer in ${timeoutMs / 1000} s`)
      : networkFailure(error, name);
    if (failure.kind === 'unreachable') proof?.clear(address);
    http.log?.warn(failure.detail);
    return err(failure);
  } finally {
    clearTimeout(timer);
  }
}

const timeout = (detail: string): Failure => ({ kind: 'timeout', detail });

function givenUp(name: string, { reason }: AbortSignal): Failure {
  const isLate = reason instanceof DOMException && reason.name === 'TimeoutError';
  return isLate
    ? timeout(`${name}: no answer in time`)
    : { kind: 'cancelled', detail: `${name} was given up` };
}

/** What a status alone says, whatever was asked. */
export function statusFailure(
  { status, ok, type, headers }: Pick<Response, 'status' | 'ok' | 'type' | 'headers'>,
  name: string,
): Failure | undefined {
  const because = (kind: FailureKind, what: string): Failure => ({
    kind,
    detail: `${name}: ${what} (HTTP ${status})`,
  });
  if (type === 'opaqueredirect' || REDIRECT_STATUSES.has(status)) {
    return because('notCodeMySpec', 'the server redirects elsewhere');
  }
  if (status === 407) return because('proxyRefused', 'the proxy wants a sign-in');
  const wait = retryAfterMs(headers.get('retry-after'), headers.get('date'));
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) {
    return { ...because('rateLimited', 'the server asks for fewer requests'), ...later };
  }
  if (AWAY_STATUSES.has(status)) {
    return { ...because('unavailable', 'the server is not available'), ...later };
  }
  if (status >= 500) return because('serverError', 'the server failed');
  return ok && isPage(headers) ? because('notCodeMySpec', 'the server answers with a web page') : undefined;
}

export function isPage(headers: Pick<Headers, 'get'>): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('text/html') === true;
}

/** Seconds or an HTTP date, by the server's clock where that is told; at most an hour is obeyed. */
export function retryAfterMs(header: string | null | undefined, date?: string | null): number | undefined {
  if (!header) return undefined;
  const now = Date.parse(date ?? '') || Date.now();
  return waitMs(header) ?? waitMs((Date.parse(header) - now) / 1000);
}
