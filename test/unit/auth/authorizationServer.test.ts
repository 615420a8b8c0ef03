import { afterEach, describe, expect, test } from 'vitest';
import type { OAuthClient, OAuthTokens } from '../../../src/auth/account';
import type { AuthorizationServersOptions } from '../../../src/auth/authorizationServers';
import { Secret } from '../../../src/model/secret';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { selfSigned } from '../../backend/tls/selfSigned';
import {
  addressOf,
  never,
  recordedLog,
  REDIRECT_URI,
  serverAt,
  serversOf,
  signedInAccount,
} from './signedIn';

const STYLES = ['recorded', 'rfc'] as const;
const METADATA = {
  issuer: 'https://mine.example',
  authorization_endpoint: 'https://mine.example/oauth/authorize',
  token_endpoint: 'https://mine.example/oauth/token',
  registration_endpoint: 'https://mine.example/oauth/register',
  revocation_endpoint: 'https://mine.example/oauth/revoke',
};

const backends: Backend[] = [];

afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.stop();
});

describe('a server is asked for its endpoints', () => {
  test('once, until it is forgotten', async () => {
    const asked: string[] = [];
    const answering = servers({
      fetch: (url) => {
        asked.push(url as string);
        return Promise.resolve(Response.json(METADATA));
      },
    });
    const mine = addressOf('https://mine.example');
    const first = await answering.at(mine, never);
    expect(await answering.at(mine, never)).toEqual(first);
    expect(asked).toHaveLength(1);
    answering.clear(mine);
    await answering.at(mine, never);
    expect(asked).toHaveLength(2);
  });

  test('[X8] anew each time at a plain address, where another program may listen by now', async () => {
    const { url, control } = await start();
    const answering = servers();
    await answering.at(addressOf(url), never);
    await answering.at(addressOf(url), never);
    expect(control.stats().requests).toHaveLength(2);
  });

  test('below its base address first, then where the RFC has it', async () => {
    const asked: string[] = [];
    await discover('https://mine.example/base', (url) => {
      asked.push(url);
      return new Response('', { status: 404 });
    });
    expect(asked).toEqual([
      'https://mine.example/base/.well-known/oauth-authorization-server',
      'https://mine.example/.well-known/oauth-authorization-server/base',
    ]);
  });

  test('and one that has none is told from one that is away', async () => {
    const { url } = await start({ oauth: false });
    const without = await servers().at(addressOf(url), never);
    expect(without).toMatchObject({ ok: false, failure: { kind: 'withoutOAuth' } });
  });

  test.each([
    ['reset', 'unreachable'],
    [500, 'serverError'],
    [401, 'serverError'],
    [503, 'unavailable'],
    [429, 'rateLimited'],
    ['html', 'notCodeMySpec'],
  ] as const)('that answers %s has a plain reason: %s', async (status, kind) => {
    const { url, control } = await start();
    control.failOAuth({ status });
    const answer = await servers().at(addressOf(url), never);
    expect(answer).toMatchObject({ ok: false, failure: { kind } });
  });

  test.each([
    ['[', 'unreadable'],
    ['[]', 'unreadable'],
    ['{}', 'withoutOAuth'],
    ['{"issuer":"x"}', 'withoutOAuth'],
    ['{"issuer":"https://mine.example"}', 'withoutOAuth'],
  ])('that answers %s is taken for %s', async (text, kind) => {
    const answer = await discover('https://mine.example', () => new Response(text));
    expect(answer).toMatchObject({ ok: false, failure: { kind } });
  });

  test.each([
    ['objects that are no text', '[{"toString":1}]'],
    ['lists within lists', '['.repeat(50_000) + ']'.repeat(50_000)],
  ])('[H1] that names %s as its methods harms nothing', async (_what, methods) => {
    const text = JSON.stringify({ ...METADATA, token_endpoint_auth_methods_supported: '@' });
    const answer = await discover('https://mine.example', () => new Response(text.replace('"@"', methods)));
    expect(answer).toMatchObject({ ok: true });
  });

  test('a connection that was dropped is tried again once', async () => {
    const { url, control } = await start();
    control.failOAuth({ status: 'reset', times: 1 });
    await expect(serverAt(url)).resolves.toBeDefined();
  });
});

describe('[X1] another origin', () => {
  test('gets nothing by a redirect', async () => {
    const other = await start();
    const { url } = await start({ redirectTo: other.url });
    const answer = await servers().at(addressOf(url), never);
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'notCodeMySpec' } });
    expect(other.control.stats().requests).toEqual([]);
  });

  test.each(['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'])(
    'as the %s is refused',
    async (name) => {
      const metadata = { ...METADATA, [name]: 'https://evil.example/oauth' };
      const answer = await discover('https://mine.example', () => Response.json(metadata));
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'foreignEndpoint' } });
      expect(!answer.ok && answer.failure.detail).toContain('https://evil.example');
    },
  );

  test('as the server’s own name gets nothing either: its endpoints are looked for at the address of the settings', async () => {
    const tunnel = await start();
    const { url, control } = await start({ oauth: { issuer: tunnel.url } });
    const server = await serverAt(url);
    expect(await server.register(REDIRECT_URI, 'VS Code', never)).toMatchObject({ ok: true });
    const client = { id: 'c', secret: undefined, authentication: 'body' } as const;
    expect((await server.createAuthorizationUrl(client, REDIRECT_URI)).url).toContain(
      `${url}/oauth/authorize?`,
    );
    expect([control.oauthStats().registrations.length, tunnel.control.stats().requests]).toEqual([1, []]);
  });

  test('is not reached even by a request that was made for it', async () => {
    const reached: string[] = [];
    const answer = await discover('https://mine.example', (url) => {
      reached.push(new URL(url).origin);
      return Response.json({ ...METADATA, token_endpoint: 'https://mine.example.evil.example/oauth/token' });
    });
    expect([answer.ok, new Set(reached)]).toEqual([false, new Set(['https://mine.example'])]);
  });
});

test('[F6] a certificate that is not trusted is told from a server that is away', async () => {
  const { url } = await start({ tls: selfSigned() });
  const answer = await servers().at(addressOf(url), never);
  expect(answer).toMatchObject({ ok: false, failure: { kind: 'tlsRefused' } });
});

test.each([
  ['Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED', 'proxyRefused'],
  ['net::ERR_TUNNEL_CONNECTION_FAILED', '', 'proxyRefused'],
  ['net::ERR_CERT_AUTHORITY_INVALID', '', 'tlsRefused'],
  ['certificate has expired', 'CERT_HAS_EXPIRED', 'tlsRefused'],
  ["Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID', 'tlsRefused'],
  ['connect ECONNREFUSED', 'ECONNREFUSED', 'unreachable'],
])('[F6] "%s" is told as what it is', async (message, code, kind) => {
  const cause = Object.assign(new Error(message), code && { code });
  const answer = await discover('https://mine.example', () => {
    throw new TypeError('fetch failed', { cause });
  });
  expect(answer).toMatchObject({ ok: false, failure: { kind } });
});

describe('a client', () => {
  test.each(STYLES)('is registered with what it needs (%s)', async (style) => {
    const { url, control } = await start({ oauth: { style } });
    const answer = await (await serverAt(url)).register(REDIRECT_URI, 'VS Code', never);
    expect(answer).toMatchObject({ ok: true, value: { authentication: 'body' } });
    expect(answer.ok && answer.value.secret?.reveal()).toMatch(/^[\w-]{43}$/);
    expect(control.oauthStats().registrations).toMatchObject([
      { name: 'VS Code', redirectUris: [REDIRECT_URI] },
    ]);
  });

  test.each(STYLES)('that the server will not have is told so (%s)', async (style) => {
    const { url } = await start({ oauth: { style } });
    const answer = await (await serverAt(url)).register('http://elsewhere.example/', 'VS Code', never);
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'registrationRefused' } });
  });

  test.each([
    [{ token_endpoint_auth_methods_supported: ['client_secret_basic'] }, {}, 'header'],
    [{}, {}, 'header'],
    [{ token_endpoint_auth_methods_supported: ['none'] }, {}, 'body'],
    [{ token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] }, {}, 'body'],
    [{}, { token_endpoint_auth_method: 'client_secret_post' }, 'body'],
  ])('sends its secret where the server wants it: %j %j', async (metadata, registration, place) => {
    const sent: string[] = [];
    const answer = await discover('https://mine.example', async (url, init) => {
      if (url.includes('.well-known')) return Response.json({ ...METADATA, ...metadata });
      if (url.endsWith('/register'))
        return Response.json({ client_id: 'c', client_secret: 's', ...registration }, { status: 201 });
      const inHeader = new Headers(init?.headers).get('authorization') === `Basic ${btoa('c:s')}`;
      const body = new URLSearchParams(await new Response(init?.body).text());
      sent.push(inHeader ? 'header' : body.get('client_secret') === 's' ? 'body' : 'nowhere');
      return Response.json({
        access_token: 'a',
        token_type: 'Bearer',
        refresh_token: null,
        expires_in: '60',
      });
    });
    const client = answer.ok && (await answer.value.register(REDIRECT_URI, 'VS Code', never));
    if (!answer.ok || !client || !client.ok) throw new Error('no client');
    const before = tokensOf(client.value);
    const refreshed = await answer.value.refresh(before, never);
    expect(sent).toEqual([place]);
    expect(refreshed).toMatchObject({ ok: true, value: { refreshToken: before.refreshToken, revision: 1 } });
  });
});

describe('tokens', () => {
  test.each(STYLES)('are given for a code, with the secret and the right verifier (%s)', async (style) => {
    const backend = await start({ oauth: { style, pkce: 'verified', accessTokenLifetimeS: 60 } });
    const { credentials } = await signedInAccount(backend);
    expect(credentials.expiresAt).toBe(credentials.issuedAt + 60_000);
    const { authorizations, tokenRequests } = backend.control.oauthStats();
    expect(authorizations).toMatchObject([{ scope: 'read write', outcome: 'allowed' }]);
    expect(authorizations[0]?.codeChallenge).toMatch(/^[\w-]{43}$/);
    expect(tokenRequests).toMatchObject([{ secret: 'right', verifier: 'right', outcome: 'ok' }]);
  });

  test('are given where the server gives away no secret', async () => {
    const backend = await start({ oauth: { secret: 'none', style: 'rfc' } });
    const { credentials } = await signedInAccount(backend);
    expect([credentials.client.secret, backend.control.oauthStats().tokenRequests[0]?.secret]).toEqual([
      undefined,
      'none',
    ]);
  });

  test.each(STYLES)('are refused for a bad grant and for an unknown client (%s)', async (style) => {
    const backend = await start({ oauth: { style } });
    const { credentials } = await signedInAccount(backend);
    const server = await serverAt(backend.url);
    const { client, accessToken } = credentials;
    const code = style === 'rfc' ? 'invalid_grant' : 'invalid_request';
    expect(await server.refresh({ ...credentials, refreshToken: accessToken }, never)).toMatchObject({
      ok: false,
      failure: { kind: 'grantRefused', code },
    });
    const unknown = await server.refresh({ ...credentials, client: { ...client, id: 'gone' } }, never);
    expect(unknown).toMatchObject({ failure: { kind: 'grantRefused', code: 'invalid_client' } });
    const { request } = await server.createAuthorizationUrl(client, REDIRECT_URI);
    const wrong = new URLSearchParams({ code: 'made up', state: request.state.reveal() });
    expect(await server.exchangeCode(request, wrong, never)).toMatchObject({
      failure: { kind: 'grantRefused', code: 'invalid_grant' },
    });
  });

  test('[X5] are not asked for with another state', async () => {
    const backend = await start();
    const server = await serverAt(backend.url);
    const client = { id: 'c', secret: undefined, authentication: 'body' } as const;
    const { request } = await server.createAuthorizationUrl(client, REDIRECT_URI);
    const { request: other } = await server.createAuthorizationUrl(client, REDIRECT_URI);
    const back = new URLSearchParams({ code: 'c', state: other.state.reveal() });
    expect(await server.exchangeCode(request, back, never)).toMatchObject({
      failure: { kind: 'unreadable' },
    });
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
  });

  test('are revoked', async () => {
    const backend = await start();
    const { credentials } = await signedInAccount(backend);
    const server = await serverAt(backend.url);
    await server.revoke(credentials, never);
    expect(backend.control.oauthStats().revocations).toMatchObject([
      { secret: 'right', ended: 'refresh' },
      { secret: 'right', ended: 'nothing' },
    ]);
    expect(await server.refresh(credentials, never)).toMatchObject({ ok: false });
  });
});

test('a request that is given up ends at once', async () => {
  const { url, control } = await start();
  control.failOAuth({ status: 'hang' });
  const giving = new AbortController();
  const answer = servers().at(addressOf(url), giving.signal);
  setTimeout(() => giving.abort(), 20);
  expect(await answer).toMatchObject({ failure: { kind: 'cancelled' } });
});

test('[X3] no secret is in what a failure says or the log holds', async () => {
  const { log, lines } = recordedLog();
  const secrets = ['very-secret-access', 'very-secret-refresh', 'very-secret-client'];
  const [access_token, refresh_token, client_secret] = secrets;
  const asked = serversOf(log, {
    fetch: (url) =>
      Promise.resolve(
        (url as string).includes('.well-known')
          ? Response.json(METADATA)
          : Response.json({ access_token, refresh_token, client_secret, token_type: 'strange' }),
      ),
  });
  const server = await asked.at(addressOf('https://mine.example'), never);
  if (!server.ok) throw new Error(server.failure.detail);
  const registered = await server.value.register(REDIRECT_URI, 'VS Code', never);
  const client = { id: 'c', secret: undefined, authentication: 'body' } as const;
  const { request } = await server.value.createAuthorizationUrl(client, REDIRECT_URI);
  const refreshed = await server.value.refresh(
    { ...tokensOf(client), refreshToken: request.verifier },
    never,
  );
  expect([registered.ok, refreshed.ok]).toEqual([false, false]);
  const told = JSON.stringify([registered, refreshed, request, lines]);
  for (const secret of [...secrets, request.state.reveal(), request.verifier.reveal()]) {
    expect(told).not.toContain(secret);
  }
});

function tokensOf(client: OAuthClient): OAuthTokens {
  const [accessToken, refreshToken] = [new Secret('access'), new Secret('refresh')];
  return { kind: 'oauth', accessToken, refreshToken, issuedAt: 0, client, revision: 0 };
}

function servers(options: Pick<AuthorizationServersOptions, 'fetch' | 'now'> = {}) {
  return serversOf(recordedLog().log, options);
}

async function start(options: BackendOptions = {}): Promise<Backend> {
  const backend = await startBackend(options);
  backends.push(backend);
  return backend;
}

function discover(url: string, answer: (url: string, init?: RequestInit) => Response | Promise<Response>) {
  const fetchImpl: typeof fetch = async (input, init) => answer(input as string, init);
  return servers({ fetch: fetchImpl }).at(addressOf(url), never);
}
