import { afterEach, describe, expect, test, vi } from 'vitest';
import { exchange, type HttpRequest } from '../../../src/http/exchange';
import { parseServerAddress } from '../../../src/model/serverAddress';

const never = new AbortController().signal;

afterEach(() => {
  vi.useRealTimers();
});

describe('a request that got no answer', () => {
  test.each([
    [true, 2],
    [false, 1],
  ])('is sent once more only where its endpoint allows it: %s', async (retry, sent) => {
    const fetchImpl = vi.fn<typeof fetch>(() => Promise.reject(new TypeError('fetch failed')));
    const answer = await ask(fetchImpl, { retry });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
    expect(fetchImpl).toHaveBeenCalledTimes(sent);
  });

  test('is not sent again once it was given up', async () => {
    const giving = new AbortController();
    const fetchImpl = vi.fn<typeof fetch>(() => {
      giving.abort();
      return Promise.reject(new TypeError('fetch failed'));
    });
    const answer = await ask(fetchImpl, { retry: true, signal: giving.signal });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
    expect(fetchImpl).toHaveBeenCalledTimes(1);
  });

  test.each([401, 429, 500, 503])('is not taken for one that was answered with %s', async (status) => {
    const fetchImpl = vi.fn<typeof fetch>(() => Promise.resolve(new Response('', { status })));
    await ask(fetchImpl, { retry: true });
    expect(fetchImpl).toHaveBeenCalledTimes(1);
  });
});

describe('[H1] an answer that drips', () => {
  test('is waited for as long as something arrives, where it may be large', async () => {
    vi.useFakeTimers();
    const answer = ask(dripping(8), { size: 'large' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toMatchObject({ ok: true, value: { text: '........' } });
  });

  test('is waited for no longer than 5 s, where it is small', async () => {
    vi.useFakeTimers();
    const answer = ask(dripping(8), { size: 'small' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await answer).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
  });
});

test('a time that the caller set is told from being given up', async () => {
  const answer = await ask(hanging, { signal: AbortSignal.timeout(10) });
  expect(answer).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
});

test('[X1] nothing is sent to another origin, and no redirect is followed', async () => {
  const fetchImpl = vi.fn<typeof fetch>(() => Promise.resolve(new Response('')));
  await expect(ask(fetchImpl, { url: 'https://evil.example/' })).rejects.toThrow('https://evil.example');
  expect(fetchImpl).not.toHaveBeenCalled();
  await ask(fetchImpl, {});
  expect(fetchImpl.mock.calls).toMatchObject([['https://mine.example/x', { redirect: 'manual' }]]);
});

function ask(fetchImpl: typeof fetch, changes: Partial<HttpRequest>) {
  const address = parseServerAddress('https://mine.example');
  if (!address.ok) throw new Error('no address');
  return exchange(
    { fetch: fetchImpl },
    {
      ...{ name: 'GET /x', address: address.value, url: 'https://mine.example/x', headers: {} },
      ...{ signal: never, retry: false, size: 'small' },
      ...changes,
    },
  );
}

const hanging: typeof fetch = (_input, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });

/** A piece every three seconds. */
function dripping(pieces: number): typeof fetch {
  return (_input, init) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
      },
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        if (init?.signal?.aborted) return;
        controller.enqueue(new Uint8Array([0x2e]));
        pieces -= 1;
        if (pieces === 0) controller.close();
      },
    });
    return Promise.resolve(new Response(body));
  };
}
