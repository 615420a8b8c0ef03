import type { Log } from '../log';
import { answered, failed, type Answer, type Failure } from '../model/failure';
import { MAX_TEXT_BYTES, TOO_LARGE_RETRY_MS, waitMs } from '../model/limits';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { LoopbackProof } from './loopbackProof';
import { networkFailure } from './networkFailure';
import { readBody, type TextReader } from './readBody';

/** A server that sends nothing for this long has gone, however much it sent before. */
export const SILENCE_TIMEOUT_MS = 10_000;

/** Said by gateways for a server that is away. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface RestRequest {
  readonly path: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
  /** Begins anew for each answer; without one, the text is collected. */
  readonly reader?: () => TextReader;
}

export interface RestResponse {
  readonly status: number;
  /** Empty where a reader took it. */
  readonly text: string;
}

/** The REST half of a server: `<base>/api`, bearer token, GET retried once after a reset connection. */
export class RestClient {
  constructor(
    private readonly address: ServerAddress,
    private readonly log: Log,
    private readonly fetchImpl: typeof fetch = fetch,
    private readonly proof = new LoopbackProof(fetchImpl),
  ) {}

  /** The answer with status 200–299, 400 or 404; everything else is a failure with its reason. */
  async get(request: RestRequest): Promise<Answer<RestResponse>> {
    const first = await this.sendProven(request);
    // Where a proxy keeps connections all the same, a request can meet one that was just reset.
    if (first.ok || first.failure.kind !== 'unreachable' || request.signal.aborted) return first;
    return this.sendProven(request);
  }

  private async sendProven(request: RestRequest): Promise<Answer<RestResponse>> {
    const proven = await this.proof.of(this.address);
    if (!proven.ok) return proven;
    const answer = await this.send(request);
    if (!answer.ok && answer.failure.kind === 'unreachable') this.proof.forget(this.address);
    return answer;
  }

  private async send({ path, token, signal, reader }: RestRequest): Promise<Answer<RestResponse>> {
    const route = path.replace(/\?.*/, '');
    const silence = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_TIMEOUT_MS);
    };
    try {
      heard();
      const response = await this.fetchImpl(this.address.base + path, {
        // A pooled connection may have died in silence, after sleep for one, and would cost the whole timeout.
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          accept: 'application/json',
          connection: 'close',
        },
        redirect: 'manual',
        signal: AbortSignal.any([signal, silence.signal]),
      });
      const verdict = judge(response, '');
      if (!verdict.ok) {
        this.log.debug(`GET ${route} ${response.status}`);
        void response.body?.cancel().catch(() => {});
        return verdict;
      }
      const parts: string[] = [];
      const collector = { push: (part: string) => Promise.resolve(parts.push(part) > 0) };
      const bytes = await readBody(response, reader?.() ?? collector, MAX_TEXT_BYTES, heard);
      this.log.debug(`GET ${route} ${response.status} ${bytes ?? 'too many'} B`);
      if (bytes === undefined) {
        const detail = `GET ${route}: the answer is larger than ${MAX_TEXT_BYTES / 2 ** 20} MB`;
        return failed({ kind: 'tooLarge', detail, retryAfterMs: TOO_LARGE_RETRY_MS });
      }
      return answered({ status: response.status, text: parts.join('') });
    } catch (error) {
      const failure: Failure = silence.signal.aborted
        ? { kind: 'timeout', detail: `GET ${route}: no answer in ${SILENCE_TIMEOUT_MS / 1000} s` }
        : networkFailure(error, `GET ${route}`);
      if (!signal.aborted) this.log.warn(failure.detail);
      return failed(failure);
    } finally {
      clearTimeout(timer);
    }
  }
}

function judge(response: Response, text: string): Answer<RestResponse> {
  const { status } = response;
  const html = response.headers.get('content-type')?.toLowerCase().startsWith('text/html') === true;
  if (response.type === 'opaqueredirect' || REDIRECT_STATUSES.has(status)) {
    return failed({ kind: 'notCodeMySpec', detail: `the server redirects elsewhere (HTTP ${status})` });
  }
  if (status === 401)
    return failed({ kind: 'unauthorized', detail: 'the server refused the token (HTTP 401)' });
  const wait = retryAfterMs(response.headers.get('retry-after'));
  const later = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) {
    return failed({ kind: 'rateLimited', detail: 'the server asks for fewer requests (HTTP 429)', ...later });
  }
  if (AWAY_STATUSES.has(status)) {
    return failed({ kind: 'unavailable', detail: `the server is not available (HTTP ${status})`, ...later });
  }
  if (html && status < 500)
    return failed({ kind: 'notCodeMySpec', detail: 'the server answers with a web page' });
  if (response.ok || status === 400 || status === 404) return answered({ status, text });
  return failed({ kind: 'serverError', detail: `the server answered HTTP ${status}` });
}

/** Seconds or an HTTP date; at most an hour is obeyed. */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (!header) return undefined;
  return waitMs(header) ?? waitMs((Date.parse(header) - Date.now()) / 1000);
}
