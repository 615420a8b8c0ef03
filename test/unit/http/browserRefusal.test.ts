import { afterEach, describe, expect, it, vi } from 'vitest';
import { refusesBrowser } from '../../../src/http/browserRefusal.browser';
import { exchange } from '../../../src/http/exchange';
import { LoopbackProof } from '../../../src/http/loopbackProof';
import { parseServerAddress } from '../../../src/model/serverAddress';

vi.mock('../../../src/http/browserRefusal', () => import('../../../src/http/browserRefusal.browser'));

const URL_ASKED = 'http://localhost:4000/api/sessions';
const signal = new AbortController().signal;

/** A fetch of a browser: each request ends as the next one says, the last again and again. */
function played(...ends: ('answer' | 'failure')[]) {
  const asked: unknown[] = [];
  const fetchImpl = ((_url: string, { mode, headers }: RequestInit) => {
    const { authorization } = (headers ?? {}) as Record<string, string>;
    asked.push(mode ?? authorization ?? 'plain');
    const end = ends.length > 1 ? ends.shift() : ends[0];
    return end === 'answer'
      ? Promise.resolve(Response.json([]))
      : Promise.reject(new TypeError('Failed to fetch'));
  }) as typeof fetch;
  return { asked, fetchImpl };
}

afterEach(() => vi.restoreAllMocks());

describe('a request that a browser gives no answer to', () => {
  it('[E2] is refused where the server is there, and lets in no request with a token', async () => {
    const { asked, fetchImpl } = played('answer', 'failure');
    expect(await refusesBrowser(fetchImpl, URL_ASKED, signal)).toBe(true);
    expect(asked).toEqual(['no-cors', 'Bearer']);
  });

  it('[E2] is not refused where the server is away', async () => {
    const { asked, fetchImpl } = played('failure');
    expect(await refusesBrowser(fetchImpl, URL_ASKED, signal)).toBe(false);
    expect(asked).toEqual(['no-cors']);
  });

  it('[E2] is not refused where the server was away for a moment', async () => {
    expect(await refusesBrowser(played('answer').fetchImpl, URL_ASKED, signal)).toBe(false);
  });

  it('[E2] is not refused where it is given up meanwhile', async () => {
    const givenUp = new AbortController();
    const fetchImpl = (() => {
      givenUp.abort();
      return Promise.resolve(new Response());
    }) as typeof fetch;
    const given = ((url: string, init: RequestInit) =>
      init.mode === 'no-cors' ? fetchImpl(url) : Promise.reject(new TypeError('aborted'))) as typeof fetch;
    expect(await refusesBrowser(given, URL_ASKED, givenUp.signal)).toBe(false);
  });
});

describe('an exchange in a browser', () => {
  const address = parseServerAddress('http://localhost:4000');
  const ask = (fetchImpl: typeof fetch, proof?: LoopbackProof) => {
    if (!address.ok) throw new Error('no address');
    return exchange(
      { fetch: fetchImpl },
      {
        ...{ name: 'GET /api/sessions', address: address.value, url: URL_ASKED, signal },
        ...{ headers: { authorization: 'Bearer t' }, retry: true, size: 'large', ...(proof && { proof }) },
      },
    );
  };

  it('[E2] says that the server refuses editors of its kind', async () => {
    const { asked, fetchImpl } = played('failure', 'failure', 'answer', 'failure');
    expect(await ask(fetchImpl)).toEqual({
      ok: false,
      failure: {
        kind: 'browserRefused',
        detail: 'GET /api/sessions: the server lets no browser in',
      },
    });
    expect(asked).toEqual(['Bearer t', 'Bearer t', 'no-cors', 'Bearer']);
  });

  it('[E2] says that the server cannot be reached where it is away', async () => {
    expect(await ask(played('failure').fetchImpl)).toMatchObject({ failure: { kind: 'unreachable' } });
  });

  it('[E2] sends no token where the proof already is refused', async () => {
    const { asked, fetchImpl } = played('failure', 'answer', 'failure');
    const answer = await ask(fetchImpl, new LoopbackProof(fetchImpl));
    expect(answer).toMatchObject({ failure: { kind: 'browserRefused', unsent: true } });
    expect(asked).toEqual(['plain', 'no-cors', 'Bearer']);
  });
});
