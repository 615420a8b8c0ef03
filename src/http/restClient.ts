import type { Log } from '../log';
import { answered, failed, type Answer, type Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { networkFailure } from './networkFailure';

/** A server that sends nothing for this long has gone, however much it sent before. */
export const SILENCE_TIMEOUT_MS = 10_000;
export const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** Said by gateways for a server that is away. */
const AWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

export interface RestRequest {
  readonly path: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

export interface RestResponse {
  readonly status: number;
  readonly text: string;
}

/** The REST half of a server: `<base>/api`, bearer token, GET retried once after a reset connection. */
export class RestClient {
  constructor(
    private readonly address: ServerAddress,
    private readonly log: Log,
    private readonly fetchImpl: typeof fetch = fetch,
  ) {}

  /** The answer with status 200–299, 400 or 404; everything else is a failure with its reason. */
  async get(request: RestRequest): Promise<Answer<RestResponse>> {
    const first = await this.send(request);
    // Where a proxy keeps connections all the same, a request can meet one that was just reset.
    if (first.ok || first.failure.kind !== 'unreachable' || request.signal.aborted) return first;
    return this.send(request);
  }

  private async send({ path, token, signal }: RestRequest): Promise<Answer<RestResponse>> {
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
      const text = await readText(response, heard);
      this.log.debug(`GET ${route} ${response.status} ${text.length} B`);
      return judge(response, text);
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

async function readText(response: Response, heard: () => void): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    heard();
    bytes += value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new Error(`the answer is larger than ${MAX_BODY_BYTES / 2 ** 20} MB`);
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
  return parts.join('') + decoder.decode();
}

function judge(response: Response, text: string): Answer<RestResponse> {
  const { status } = response;
  const html = response.headers.get('content-type')?.startsWith('text/html') === true;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
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
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) * 1000 : undefined;
}
