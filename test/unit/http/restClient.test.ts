import { expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/http/exchange';
import { LoopbackProof } from '../../../src/http/loopbackProof';
import { networkFailure } from '../../../src/http/networkFailure';
import { RestClient } from '../../../src/http/restClient';
import { getMe, listSessions, type LastList } from '../../../src/http/sessions';
import { createLog } from '../../../src/log';
import { MAX_TEXT_BYTES, waitMs } from '../../../src/model/limits';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';

const HOUR_MS = 3_600_000;
const token = new Secret('a-token');
const { signal } = new AbortController();

function restOf(answer: () => Response): RestClient {
  const address = parseServerAddress('https://server.example');
  if (!address.ok) throw new Error('no address');
  return new RestClient(address.value, createLog({ log: () => {} }, 'Http'), () => Promise.resolve(answer()));
}

/** A body without an end, and what became of it. */
function endless() {
  const seen = { bytes: 0, cancelled: false };
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      seen.bytes += piece.byteLength;
      controller.enqueue(piece);
    },
    cancel: () => {
      seen.cancelled = true;
    },
  });
  return { seen, body };
}

it('[H1] reads no more than 64 MB of an answer, says so, and hangs up', async () => {
  const { seen, body } = endless();
  const answer = await restOf(() => new Response(body)).get({
    path: '/api/sessions',
    token,
    signal,
    retry: true,
  });
  expect(answer).toMatchObject({ ok: false, failure: { kind: 'tooLarge', retryAfterMs: 60_000 } });
  expect(seen.cancelled).toBe(true);
  expect(seen.bytes).toBeLessThanOrEqual(MAX_TEXT_BYTES + 4 * 1024 * 1024);
});

it('[H1] reads nothing of an answer whose status says it all', async () => {
  for (const status of [302, 401, 429, 500, 503]) {
    const { seen, body } = endless();
    const rest = restOf(() => new Response(body, { status }));
    const answer = await rest.get({ path: '/api/sessions', token, signal, retry: true });
    expect([answer.ok, seen.cancelled, seen.bytes < 4 * 1024 * 1024]).toEqual([false, true, true]);
  }
});

it('[A7] a 401 of a gateway that wants a sign-in of its own does not speak against the token', async () => {
  for (const [challenge, kind] of [
    ['Basic realm="staging"', 'notCodeMySpec'],
    ['Negotiate, NTLM', 'notCodeMySpec'],
    ['Bearer realm="mcp", error="invalid_token"', 'unauthorized'],
    ['', 'unauthorized'],
  ] as const) {
    const headers = challenge === '' ? {} : { 'www-authenticate': challenge };
    const rest = restOf(() => new Response('', { status: 401, headers }));
    const answer = await rest.get({ path: '/api/sessions', token, signal, retry: true });
    expect(answer).toMatchObject({ ok: false, failure: { kind } });
  }
});

it('[H1][X8] a program on this computer that answers without end is not taken for the server, and costs no memory', async () => {
  const bodies: ReturnType<typeof endless>[] = [];
  const address = parseServerAddress('http://127.0.0.1:1');
  if (!address.ok) throw new Error('no address');
  const proof = new LoopbackProof(() => {
    const body = endless();
    bodies.push(body);
    return Promise.resolve(new Response(body.body));
  });
  expect(await proof.of(address.value)).toMatchObject({ ok: false, failure: { kind: 'notCodeMySpec' } });
  expect(bodies.map(({ seen }) => [seen.cancelled, seen.bytes < 8 * 1024 * 1024])).toEqual([
    [true, true],
    [true, true],
    [true, true],
  ]);
});

it('[D10] a list that is the same text again is the same list, and any other is read', async () => {
  const last: LastList = {};
  let text = '{"data":[{"id":1,"status":"active"}]}';
  const rest = restOf(() => new Response(text));
  const ask = async () => {
    const answer = await listSessions(rest, token, signal, last);
    return answer.ok ? answer.value : answer.failure.kind;
  };
  const first = await ask();
  expect(await ask()).toBe(first);
  text = '{"data":[{"id":1,"status":"failed"}]}';
  const second = await ask();
  expect(second).toEqual({ sessions: [{ id: '1', status: 'failed' }], malformed: 0 });
  text = text.slice(0, -2);
  expect(await ask()).toBe('unreadable');
  text = '{"data":[{"id":1,"status":"failed"}]}';
  expect(await ask()).toEqual(second);
});

it('[H1] /api/me gives a user id that a topic can carry, or none', async () => {
  const idOf = async (id: string) => {
    const me = await getMe(
      restOf(() => new Response(`{"id":${id},"email":7}`)),
      token,
      signal,
    );
    return me.ok ? me.value : me.failure.kind;
  };
  expect(await idOf('7')).toEqual({ id: '7', email: undefined });
  for (const id of ['1e308', '"a b"', `"${'7'.repeat(200_000)}"`, '{}', 'null']) {
    expect(await idOf(id)).toBeUndefined();
  }
});

it('[H2] a wait that a server asks for is between nothing and an hour', () => {
  expect(
    ['30', '0', '99999999999', '-5', 'soon', '', null, 'Fri, 31 Dec 9999 23:59:59 GMT'].map((header) =>
      retryAfterMs(header),
    ),
  ).toEqual([
    ...[30_000, 0, HOUR_MS],
    // V8 takes `-5` for a date that has passed.
    ...[0, undefined, undefined, undefined, HOUR_MS],
  ]);
  // This machine's clock is years ahead of that of the server.
  expect(retryAfterMs('Thu, 01 Jan 2015 00:00:05 GMT', 'Thu, 01 Jan 2015 00:00:00 GMT')).toBe(5_000);
  expect([30, '30', 1e12, '1e12', -1, Number.NaN, Infinity, null, {}, 'text'].map(waitMs)).toEqual([
    ...[30_000, 30_000, HOUR_MS, undefined, 0],
    ...[undefined, HOUR_MS, undefined, undefined, undefined],
  ]);
});

it('[H1] what cannot be unpacked, or is no HTTP, is not taken for a server that is away', () => {
  const kindOf = (code: string) => networkFailure(Object.assign(new Error('x'), { code }), 'GET').kind;
  expect(
    ['Z_DATA_ERROR', 'HPE_INVALID_CONSTANT', 'WS_ERR_INVALID_UTF8', 'UND_ERR_HEADERS_OVERFLOW'].map(kindOf),
  ).toEqual(['unreadable', 'unreadable', 'unreadable', 'unreadable']);
  expect(
    ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'WS_ERR_TOO_MANY_BUFFERED_PARTS', 'ECONNRESET'].map(kindOf),
  ).toEqual([...['tooLarge', 'tooLarge', 'unreachable']]);
});
