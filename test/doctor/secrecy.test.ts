import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { SocketProbe } from '../../src/doctor/channelProbe';
import { factOf } from '../../src/doctor/finding';
import { err, type FailureKind } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import { webSocketTransport } from '../../src/channel/webSocket';
import { startBackend } from '../backend/backend';
import { keepSecret } from '../traces';
import { examined } from './examined';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const PASSWORD = keepSecret('pa55word-of-the-proxy');
const QUERY = keepSecret('s3cr3t-in-the-query');
const USER = 987_654_321;
const PROXIES = [
  { name: 'http.proxy', url: `http://corp-user:${PASSWORD}@proxy.corp.example:8080`, isUsed: true },
];

it.each(['1', '2', '3'] as const)(
  '[X3] a report on generation %s holds no token, no user and nothing of the sessions',
  async (generation) => {
    const backend = await startBackend({ generation });
    stops.push(() => backend.stop());
    backend.control.bulk(5, USER);
    const token = backend.issueToken({ userId: USER });
    const good = await examined(`${backend.url}?token=${QUERY}`, { token, proxies: PROXIES });
    backend.control.refuseUpgrades(true);
    const blocked = await examined(backend.url, { token, proxies: PROXIES });
    backend.control.expireTokens();
    const refused = await examined(backend.url, { token, proxies: PROXIES });
    const secrets = [
      ...[token, ...token.split('.'), PASSWORD, QUERY, 'corp'],
      ...textsOf([String(USER), backend.control.dump(USER), backend.world.user(USER)]),
    ];
    expect(secrets.length).toBeGreaterThan(40);
    expect([good.first, blocked.first, refused.first]).toEqual(['none', 'upgrade', 'REST']);
    for (const { report } of [good, blocked, refused]) {
      expect(secrets.filter((secret) => report.includes(secret))).toEqual([]);
      expect(report.match(/\b\d{1,3}(\.\d{1,3}){3}\b/g)).toEqual(['127.0.0.1']);
    }
  },
);

it('[X3] what a library, a server or the sign-in wrote of a failure is not repeated', async () => {
  const failure = { kind: 'signInEnded', detail: `https://other.example ended ${QUERY}` } as const;
  const { rows, report } = await examined('http://127.0.0.1:1', {
    tokens: { get: () => Promise.resolve(err(failure)) },
  });
  expect(rows[5]).toBe('token | failed | 1 ms | signInEnded');
  expect(report).not.toContain(QUERY);
});

it('[X3] the reason that a server gives for a refused join is not repeated, unless it is known', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  await once(server, 'listening');
  const reasons = [QUERY, 'invalid topic'];
  server.on('connection', (ws) =>
    ws.on('message', (raw: Buffer) => {
      const [joinRef, ref, topic, event] = JSON.parse(raw.toString()) as unknown[];
      if (event !== 'phx_join') return;
      const payload = { status: 'error', response: { reason: reasons.shift() } };
      ws.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', payload]));
    }),
  );
  const address = parseServerAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (!address.ok) throw new Error('no address');
  const probe = new SocketProbe({
    ...{ address: address.value, token: new Secret('a-token-of-somebody'), transport: webSocketTransport },
  });
  stops.push(() => probe.close());
  const { signal } = new AbortController();
  expect(await probe.upgrade(signal)).toEqual({ ok: true, value: true });
  expect(await probe.join('vscode:user', signal)).toEqual({ ok: true, value: { refusal: 'another reason' } });
  expect(await probe.join('vscode:user:1', signal)).toEqual({
    ok: true,
    value: { refusal: 'invalid topic' },
  });
});

const FOREIGN: [kind: FailureKind, detail: string, fact: string][] = [
  ['unreachable', 'GET /api/me: connect ECONNREFUSED 10.1.2.3:443', 'no connection (ECONNREFUSED)'],
  ['unreachable', 'the WebSocket: getaddrinfo ENOTFOUND intranet', 'no connection (ENOTFOUND)'],
  ['unreachable', 'fetch failed: SECRET_WORD', 'no connection'],
  [
    'tlsRefused',
    'altnames: DNS:other.example ERR_TLS_CERT_ALTNAME_INVALID',
    'the certificate is refused (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  ['proxyRefused', 'the proxy proxy.corp wants a sign-in (HTTP 407)', 'the proxy refuses (HTTP 407)'],
  ['foreignEndpoint', 'the token_endpoint is at https://other.example', 'the metadata names another server'],
  ['storageUnavailable', 'the keyring of me', 'storageUnavailable'],
  ['timeout', 'GET /api/me: no answer in time', 'GET /api/me: no answer in time'],
];

it.each(FOREIGN)('[X3] of %s (%s) the report says: %s', (kind, detail, fact) => {
  expect(factOf({ kind, detail })).toBe(fact);
});

/** Every text of some length. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length > 6 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
