import { ok, err, type Result } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import { exchange, type HttpResponse } from './exchange';

/** Each with what a CodeMySpec server answers there without a token. */
const QUESTIONS: Readonly<Record<string, (response: HttpResponse) => boolean>> = {
  '/.well-known/oauth-authorization-server': namesTokenEndpoint,
  '/api/sessions': asksForToken,
  '/api/me': asksForToken,
};

/**
 * Any program may listen on a loopback port, so no token goes there before the server has shown without one that it
 * is CodeMySpec: by its OAuth metadata, or by how it asks for a token. Stops the wrong program, not a hostile one.
 */
export class LoopbackProof {
  private readonly proofs = new Map<string, Promise<Result<true>>>();

  constructor(private readonly fetchImpl: typeof fetch = fetch) {}

  /** What stands until a connection fails; an address that is not plain http is proven by its certificate. */
  of(address: ServerAddress): Promise<Result<true>> {
    if (!address.isPlain) return Promise.resolve(ok(true));
    const known = this.proofs.get(address.base);
    if (known) return known;
    const proof = this.ask(address).then((answer) => {
      if (!answer.ok && this.proofs.get(address.base) === proof) this.proofs.delete(address.base);
      return answer;
    });
    this.proofs.set(address.base, proof);
    return proof;
  }

  /** A connection failed: something else may listen there by now. */
  clear(address: ServerAddress): void {
    this.proofs.delete(address.base);
  }

  private async ask(address: ServerAddress): Promise<Result<true>> {
    let status = 0;
    for (const [path, isAnswered] of Object.entries(QUESTIONS)) {
      const answer = await exchange(
        { fetch: this.fetchImpl },
        {
          ...{ name: `GET ${path}`, address, size: 'small', retry: false, judge: () => undefined },
          signal: new AbortController().signal,
          url: address.base + path,
          headers: { accept: 'application/json', connection: 'close' },
        },
      );
      if (!answer.ok && answer.failure.kind !== 'tooLarge') return answer;
      if (answer.ok && isAnswered(answer.value)) return ok(true);
      status = answer.ok ? answer.value.status : 0;
    }
    return status >= 500 || status === 429
      ? err({ kind: 'unavailable', detail: `the server is not available (HTTP ${status})` })
      : err({ kind: 'notCodeMySpec', detail: 'what listens there does not answer as CodeMySpec' });
  }
}

function asksForToken({ status, headers }: HttpResponse): boolean {
  return status === 401 && /^bearer\b/i.test(headers.get('www-authenticate') ?? '');
}

function namesTokenEndpoint({ status, text }: HttpResponse): boolean {
  if (status < 200 || status > 299) return false;
  try {
    const { issuer, token_endpoint } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    return typeof issuer === 'string' && typeof token_endpoint === 'string';
  } catch {
    return false;
  }
}
