import type { Log } from '../log';
import type { Result, Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import { exchange, isPage, statusFailure, type HttpRequest, type HttpResponse } from './exchange';
import { LoopbackProof } from './loopbackProof';
import type { TextReader } from './readBody';

export interface RestRequest {
  readonly path: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
  /** Whether it is sent once more where no answer came. */
  readonly retry: boolean;
  /** Begins anew for each answer; without one, the text is collected. */
  readonly reader?: () => TextReader;
}

/** One that may have an effect. */
export interface CommandRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: object | undefined;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

export type CommandAnswer =
  /** With status 200–299, 400, 404, 409 or 422. */
  | { readonly kind: 'answered'; readonly response: HttpResponse }
  /** `lost`: the server may have done what was asked all the same. */
  | { readonly kind: 'refused' | 'lost'; readonly failure: Failure };

const REFUSED_STATUSES: ReadonlySet<number> = new Set([400, 404, 409, 422]);

/** The REST half of a server: `<base>/api`, with a bearer token (RFC 6750 §2.1). */
export class RestClient {
  constructor(
    private readonly address: ServerAddress,
    private readonly log: Log,
    private readonly fetchImpl: typeof fetch = fetch,
    private readonly proof = new LoopbackProof(fetchImpl),
  ) {}

  /** The answer with status 200–299, 400 or 404; everything else is a failure with its reason. */
  get(request: RestRequest): Promise<Result<HttpResponse>> {
    return this.ask({ ...request, name: `GET ${request.path.replace(/\?.*/, '')}`, judge: restFailure });
  }

  /** One request, never a second. */
  async send({ method, body, ...request }: CommandRequest): Promise<CommandAnswer> {
    let status: number | undefined;
    const answer = await this.ask({
      ...{ ...request, name: `${method} ${request.path}`, retry: false },
      ...(method === 'PUT' && { method }),
      ...(body && { body: JSON.stringify(body) }),
      judge: (response, name) => {
        status = response.status;
        return REFUSED_STATUSES.has(status) && !isPage(response.headers)
          ? undefined
          : restFailure(response, name);
      },
    });
    if (answer.ok) return { kind: 'answered', response: answer.value };
    const { failure } = answer;
    const isRefused = status === undefined ? failure.unsent : status >= 300 && status < 500;
    return { kind: isRefused ? 'refused' : 'lost', failure };
  }

  private ask({ path, token, body, ...request }: Asked): Promise<Result<HttpResponse>> {
    const { address, log, fetchImpl, proof } = this;
    return exchange(
      { fetch: fetchImpl, log },
      {
        ...{ ...request, address, proof, size: 'large' },
        url: address.base + path,
        ...(body !== undefined && { body }),
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          // A pooled connection may have died unnoticed, after sleep for one, and would cost the whole timeout.
          connection: 'close',
        },
      },
    );
  }
}

type Asked = RestRequest & Pick<HttpRequest, 'name' | 'method' | 'judge'> & { readonly body?: string };

function restFailure(response: Response, name: string): Failure | undefined {
  const { status, ok, headers } = response;
  if (status === 401) {
    return isOfServer(response)
      ? { kind: 'unauthorized', detail: `${name}: the server refused the token (HTTP 401)` }
      : {
          kind: 'notCodeMySpec',
          detail: `${name}: something on the way wants a sign-in of its own (HTTP 401)`,
        };
  }
  const failure = statusFailure(response, name);
  if (failure) return failure;
  if (isPage(headers))
    return { kind: 'notCodeMySpec', detail: `${name}: the server answers with a web page (HTTP ${status})` };
  return ok || status === 400 || status === 404
    ? undefined
    : { kind: 'serverError', detail: `${name}: the server answered HTTP ${status}` };
}

/** A gateway or a proxy asks for another kind of sign-in than by a token. */
function isOfServer({ headers }: Response): boolean {
  const challenge = headers.get('www-authenticate');
  return challenge === null || /\bbearer\b/i.test(challenge);
}
