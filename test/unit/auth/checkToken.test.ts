import { expect, test } from 'vitest';
import { checkToken } from '../../../src/auth/checkToken';
import { RestClient } from '../../../src/http/restClient';
import { createLog } from '../../../src/log';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';

type Reply = () => Response;
const json =
  (status: number, body: unknown): Reply =>
  () =>
    Response.json(body, { status });
const down: Reply = () => {
  throw new TypeError('fetch failed');
};
const page: Reply = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
const redirect: Reply = () =>
  new Response(null, { status: 302, headers: { location: 'https://evil.example' } });
const nothing = json(404, {});

test.each<[string, Reply, Reply, object]>([
  [
    'who it is',
    json(200, { id: 7, email: 'a@b.c' }),
    down,
    { outcome: 'accepted', me: { id: '7', email: 'a@b.c' } },
  ],
  ['an older server', nothing, json(200, { data: [] }), { outcome: 'accepted', me: undefined }],
  ['a refusal', json(401, {}), down, { outcome: 'refused', failure: { kind: 'unauthorized' } }],
  [
    'an older server that refuses',
    nothing,
    json(401, {}),
    { outcome: 'refused', failure: { kind: 'unauthorized' } },
  ],
  ['a web page', page, down, { outcome: 'refused', failure: { kind: 'notCodeMySpec' } }],
  ['a redirect', redirect, down, { outcome: 'refused', failure: { kind: 'notCodeMySpec' } }],
  ['neither call known', nothing, nothing, { outcome: 'refused', failure: { kind: 'incompatible' } }],
  ['no server', down, down, { outcome: 'unchecked', failure: { kind: 'unreachable' } }],
  [
    'a server in trouble',
    json(500, {}),
    json(500, {}),
    { outcome: 'unchecked', failure: { kind: 'serverError' } },
  ],
])('[A2] a token is judged by %s', async (_, me, sessions, expected) => {
  const address = parseServerAddress('https://mine.example');
  if (!address.ok) throw new Error(address.failure.detail);
  const rest = new RestClient(address.value, createLog({ log: () => {} }, 'Http'), (input: unknown) =>
    Promise.resolve().then((input as string).endsWith('/api/me') ? me : sessions),
  );
  expect(await checkToken(rest, new Secret('t'), new AbortController().signal)).toMatchObject(expected);
});
