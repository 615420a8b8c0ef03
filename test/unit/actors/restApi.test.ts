import { expect, it } from 'vitest';
import { restApi } from '../../../src/actors/restApi';
import { RestClient } from '../../../src/http/restClient';
import { createLog } from '../../../src/log';
import { KNOWN_STATUSES } from '../../../src/model/session';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';

const BASE = 'https://server.example';
const LIST = `${BASE}/api/sessions?${KNOWN_STATUSES.map((status) => `status[]=${status}`).join('&')}`;
const ME = '{"id":7,"email":"somebody@server.example"}';
const { signal } = new AbortController();

it('[C1] each request goes to its own route, with this token', async () => {
  const { api, asked } = start({
    [LIST]: [200, '{"data":[{"id":"1","status":"active"}]}'],
    [`${BASE}/api/sessions/a%2Fb`]: [200, '{"data":{"id":"a/b","status":"active"}}'],
    [`${BASE}/api/me`]: [200, ME],
  });
  expect(await api.list(signal)).toEqual({
    ok: true,
    value: { sessions: [{ id: '1', status: 'active' }], malformed: 0 },
  });
  expect(await api.get('a/b', signal)).toEqual({ ok: true, value: { id: 'a/b', status: 'active' } });
  expect(await api.me(signal)).toEqual({ ok: true, value: { id: '7', email: 'somebody@server.example' } });
  expect(asked).toEqual([
    `Bearer token-1 ${LIST}`,
    `Bearer token-1 ${BASE}/api/sessions/a%2Fb`,
    `Bearer token-1 ${BASE}/api/me`,
  ]);
});

it('[F1] a list that is the same text as the last one is the same list', async () => {
  const { api } = start({ [LIST]: [200, '{"data":[{"id":"1"}]}'] });
  const [first, second] = [await api.list(signal), await api.list(signal)];
  expect(first.ok && second.ok && second.value === first.value).toBe(true);
});

it.each([
  ['the list takes it', [200], [true]],
  ['the list refuses it', [401], ['unauthorized']],
  ['there is no list, and the user takes it', [404, 200], [true]],
  ['there is no list, and the user refuses it', [404, 401], ['unauthorized']],
  ['there is neither', [404, 404], [true]],
])(
  '[C10] a token is checked at the list, and without one at the user: %s',
  async (_what, statuses, [end]) => {
    const [list = 0, me = 0] = statuses;
    const { api, asked } = start({
      [`${BASE}/api/sessions`]: [list, '{"data":[]}'],
      [`${BASE}/api/me`]: [me, ME],
    });
    const answer = await api.check(signal);
    expect(answer.ok || answer.failure.kind).toBe(end);
    expect(asked).toEqual(
      [`Bearer token-1 ${BASE}/api/sessions`, `Bearer token-1 ${BASE}/api/me`].slice(0, statuses.length),
    );
  },
);

it('[C10] a check that got no answer is sent once more, so that a lost answer speaks against nothing', async () => {
  const { api, asked } = start({});
  expect(await api.check(signal)).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
  expect(asked).toHaveLength(2);
});

/** A server with these routes; what has none does not answer. */
function start(routes: Record<string, [status: number, body: string]>) {
  const asked: string[] = [];
  const address = parseServerAddress(BASE);
  if (!address.ok) throw new Error('no address');
  const answer: typeof fetch = (url, options) => {
    const headers = new Headers(options?.headers);
    asked.push(`${headers.get('authorization')} ${url as string}`);
    const [status, body] = routes[url as string] ?? [];
    if (!status) return Promise.reject(new TypeError('fetch failed'));
    return Promise.resolve(new Response(body, { status, headers: { 'content-type': 'application/json' } }));
  };
  const rest = new RestClient(address.value, createLog({ log: () => {} }, 'Http'), answer);
  return { api: restApi(rest, new Secret('token-1'), {}), asked };
}
