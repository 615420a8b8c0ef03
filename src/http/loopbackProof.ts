import { answered, failed, type Answer } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import { networkFailure } from './networkFailure';
import { readSmallText } from './readBody';

const TIMEOUT_MS = 5_000;
const METADATA = '/.well-known/oauth-authorization-server';
const SESSIONS = '/api/sessions';

/**
 * Any program may listen on a loopback port, so no token goes there before the server has shown without one that it
 * is CodeMySpec: by its OAuth metadata, or by how it asks for a token. Stops the wrong program, not a hostile one.
 */
export class LoopbackProof {
  private readonly proofs = new Map<string, Promise<Answer<true>>>();

  constructor(private readonly fetchImpl: typeof fetch = fetch) {}

  /** What stands until a connection fails; an address that is not plain http is proven by its certificate. */
  of(address: ServerAddress): Promise<Answer<true>> {
    if (!address.isPlain) return Promise.resolve(answered(true));
    const known = this.proofs.get(address.base);
    if (known) return known;
    const proof = this.ask(address.base).then((answer) => {
      if (!answer.ok && this.proofs.get(address.base) === proof) this.proofs.delete(address.base);
      return answer;
    });
    this.proofs.set(address.base, proof);
    return proof;
  }

  /** A connection failed: something else may listen there by now. */
  forget(address: ServerAddress): void {
    this.proofs.delete(address.base);
  }

  private async ask(base: string): Promise<Answer<true>> {
    try {
      if (await this.hasMetadata(base)) return answered(true);
      const { status, headers, body } = await this.get(base + SESSIONS);
      await body?.cancel();
      if (status === 401 && /^bearer\b/i.test(headers.get('www-authenticate') ?? '')) return answered(true);
      return status >= 500 || status === 429
        ? failed({ kind: 'unavailable', detail: `the server is not available (HTTP ${status})` })
        : failed({ kind: 'notCodeMySpec', detail: 'what listens there does not answer as CodeMySpec' });
    } catch (error) {
      return failed(networkFailure(error, 'asking without a token'));
    }
  }

  private async hasMetadata(base: string): Promise<boolean> {
    const response = await this.get(base + METADATA);
    if (!response.ok) {
      await response.body?.cancel();
      return false;
    }
    const text = await readSmallText(response);
    const { issuer, token_endpoint } = (parse(text) ?? {}) as Record<string, unknown>;
    return typeof issuer === 'string' && typeof token_endpoint === 'string';
  }

  private get(url: string): Promise<Response> {
    return this.fetchImpl(url, {
      headers: { accept: 'application/json', connection: 'close' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
