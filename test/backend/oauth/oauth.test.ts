import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  ClientSecretPost,
  discoveryRequest,
  dynamicClientRegistrationRequest,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processDynamicClientRegistrationResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  validateAuthResponse,
} from 'oauth4webapi';
import { afterEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend, type BackendOptions } from '../backend';
import { call } from '../call';
import { connect, socketUrl, upgrade } from '../connect';
import { selfSigned } from '../tls/selfSigned';
import { answerConsent } from './answerConsent';
import { authorizeUrl, read, REDIRECT_URI, refresh, register, signIn, STATE, VERIFIER } from './signIn';

const DISCOVERY = '/.well-known/oauth-authorization-server';

let backend: Backend;

afterEach(() => backend.stop());

describe('registration', () => {
  it.each([
    'vscode://codemyspec.codemyspec/callback',
    'vscode-insiders://codemyspec.codemyspec/callback',
    'code-oss://codemyspec.codemyspec/callback',
    'http://127.0.0.1:8123/callback?vscode-reqid=1',
    'urn:ietf:wg:oauth:2.0:oob',
    'http://localhost:8123/',
    'http://[::1]:8123/',
    'https://codespace.example.test/callback',
  ])('[A9] takes %s', async (uri) => {
    await start();
    expect(await registration([uri])).toMatchObject({ status: 201, body: { redirect_uris: [uri] } });
  });

  it.each([
    ['http://192.168.0.7:8123/', 'redirect_uri: must use HTTPS except for localhost'],
    ...[
      'http://127.0.0.2:8123/',
      'http://127.1:8123/',
      'http://me.localhost:8123/',
      'http://localhost@elsewhere.test/',
    ].map((uri) => [uri, 'redirect_uri: must use HTTPS except for localhost']),
    ['vscode://one two', 'redirect_uri: must be an absolute URI with a scheme'],
    ['/callback', 'redirect_uri: must be an absolute URI with a scheme'],
    ['vscode://codemyspec.codemyspec/#part', 'redirect_uri: must not have a fragment'],
    ['javascript:alert(1)', 'redirect_uri: must not be a script or a file'],
  ])('[A9] refuses %s', async (uri, error_description) => {
    await start();
    const body = { error: 'invalid_client_metadata', error_description };
    expect(await registration([REDIRECT_URI, uri])).toEqual({ status: 400, body });
    expect(backend.control.oauthStats().registrations).toEqual([]);
  });
});

describe('a server', () => {
  it('without OAuth has none of its endpoints', async () => {
    await start({ oauth: false });
    for (const path of [DISCOVERY, '/oauth/authorize']) {
      expect((await call(backend.url + path)).status).toBe(404);
    }
    for (const path of ['/oauth/register', '/oauth/token', '/oauth/revoke']) {
      expect((await call(backend.url + path, { method: 'POST', body: {} })).status).toBe(404);
    }
    expect((await call(`${backend.url}/api/sessions`, { token: backend.issueToken() })).status).toBe(200);
  });

  it('names the address it was asked at, or another issuer', async () => {
    await start();
    const localhost = `http://localhost:${backend.port}`;
    const asked = await call(backend.url + DISCOVERY, { headers: { host: `localhost:${backend.port}` } });
    expect(read(asked)).toMatchObject({ issuer: localhost, token_endpoint: `${localhost}/oauth/token` });
    await backend.stop();
    await start({ oauth: { issuer: 'https://elsewhere.test' } });
    expect(read(await call(backend.url + DISCOVERY))).toMatchObject({ issuer: 'https://elsewhere.test' });
  });

  it('goes on with its clients and refresh tokens when resumed', async () => {
    await start();
    const { client, granted } = await signIn(backend);
    const { port } = backend;
    await backend.stop();
    await start({ port, resume: backend });
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(200);
  });

  it('that moved redirects every answer with its method, until it is healed', async () => {
    await start({ redirectTo: 'http://elsewhere.test' });
    const moved = [
      await call(`${backend.url}/api/sessions?status=active`, { token: backend.issueToken() }),
      await call(`${backend.url}/oauth/token`, { method: 'POST', form: {} }),
      await call(backend.url + DISCOVERY),
    ];
    expect(moved.map(({ status, headers }) => [status, headers.location])).toEqual([
      [307, 'http://elsewhere.test/api/sessions?status=active'],
      [307, 'http://elsewhere.test/oauth/token'],
      [307, `http://elsewhere.test${DISCOVERY}`],
    ]);
    backend.control.healRest();
    expect((await call(backend.url + DISCOVERY)).status).toBe(200);
    backend.control.redirectRest('http://elsewhere.test');
    expect((await call(backend.url + DISCOVERY)).status).toBe(307);
  });
});

describe('faults', () => {
  it('hit the endpoint they name, as often as they say', async () => {
    await start();
    backend.control.failOAuth({ endpoint: 'token', status: 503, times: 2 });
    backend.control.failOAuth({ endpoint: 'discovery', status: 'html', times: 1 });
    const client = await register(backend);
    const statuses: number[] = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await refresh(backend, client, 'nonsense')).status);
    expect(statuses).toEqual([503, 503, 400]);
    expect((await call(backend.url + DISCOVERY)).headers['content-type']).toContain('text/html');
    expect((await call(backend.url + DISCOVERY)).headers['content-type']).toContain('json');
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(1);
    expect(backend.control.stats().counts.requests['POST /oauth/token']).toBe(3);
  });

  it('reset the connection or leave it without an answer', async () => {
    await start();
    backend.control.failOAuth({ status: 'reset', times: 1 });
    await expect(call(backend.url + DISCOVERY)).rejects.toMatchObject({ code: 'ECONNRESET' });
    backend.control.failOAuth({ endpoint: 'register', status: 'hang' });
    const hanging = expect(register(backend)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await backend.until(() => backend.control.stats().requests.at(-1)?.status === 'hang');
    backend.control.healOAuth();
    await register(backend);
    await backend.stop();
    await hanging;
  });

  it('of REST leave OAuth alone, and the other way round', async () => {
    await start();
    const { granted } = await signIn(backend);
    const sessions = () => call(`${backend.url}/api/sessions`, { token: granted.access_token });
    backend.control.failRest({ status: 401, times: 1 });
    expect((await call(backend.url + DISCOVERY)).status).toBe(200);
    expect((await sessions()).status).toBe(401);
    backend.control.failOAuth({ status: 500 });
    expect((await sessions()).status).toBe(200);
  });

  it('hold the answer of a token request back', async () => {
    await start();
    const { client, granted } = await signIn(backend);
    backend.control.slowOAuth(100);
    let answered = false;
    const slow = refresh(backend, client, granted.refresh_token).finally(() => (answered = true));
    await backend.until(() => backend.control.oauthStats().refreshes === 1);
    expect(answered).toBe(false);
    expect((await slow).status).toBe(200);
  });
});

describe('a certificate that nobody trusts', () => {
  it('is refused by default, over https and over wss', async () => {
    await start({ tls: selfSigned() });
    expect(backend.url).toMatch(/^https:/);
    const refusal = { code: expect.stringMatching(/SELF_SIGNED/) as string };
    await expect(call(backend.url + DISCOVERY)).rejects.toMatchObject(refusal);
    await expect(connect(backend.url, backend.issueToken())).rejects.toMatchObject(refusal);
  });

  it('serves REST, OAuth and the socket to who trusts it', async () => {
    const { cert: ca } = selfSigned();
    await start({ tls: selfSigned() });
    const token = backend.issueToken();
    expect((await call(`${backend.url}/api/sessions`, { token, ca })).status).toBe(200);
    expect(read(await call(backend.url + DISCOVERY, { ca }))).toMatchObject({ issuer: backend.url });
    const connection = await upgrade(socketUrl(backend.url, token), {}, ca);
    expect(connection).toHaveProperty('ws');
    backend.control.failRest({ status: 'reset', times: 1 });
    await expect(call(`${backend.url}/api/sessions`, { token, ca })).rejects.toThrow();
  });
});

describe('a client that goes by the RFCs', () => {
  it('gets through with the whole of them', async () => {
    await start({ oauth: { style: 'rfc', pkce: 'verified', refreshTokens: 'rotated' } });
    const issuer = new URL(backend.url);
    const http = { [allowInsecureRequests]: true };
    const found = await discoveryRequest(issuer, { algorithm: 'oauth2', ...http });
    const server = await processDiscoveryResponse(issuer, found);
    const metadata = { client_name: 'VS Code', redirect_uris: [REDIRECT_URI] };
    const client = await processDynamicClientRegistrationResponse(
      await dynamicClientRegistrationRequest(server, metadata, http),
    );
    const proof = ClientSecretPost(client.client_secret as string);
    const callback = new URL(await answerConsent(authorizeUrl(backend, client), 'Allow'));
    const params = validateAuthResponse(server, client, callback, STATE);
    const granted = await processAuthorizationCodeResponse(
      server,
      client,
      await authorizationCodeGrantRequest(server, client, proof, params, REDIRECT_URI, VERIFIER, http),
    );
    const renewed = await processRefreshTokenResponse(
      server,
      client,
      await refreshTokenGrantRequest(server, client, proof, granted.refresh_token ?? '', http),
    );
    expect((await call(`${backend.url}/api/sessions`, { token: renewed.access_token })).status).toBe(200);
  });

  it('misses the end of the secret in a registration as recorded', async () => {
    await start();
    const issuer = new URL(backend.url);
    const http = { [allowInsecureRequests]: true };
    const found = await discoveryRequest(issuer, { algorithm: 'oauth2', ...http });
    const server = await processDiscoveryResponse(issuer, found);
    const answer = await dynamicClientRegistrationRequest(server, { redirect_uris: [REDIRECT_URI] }, http);
    await expect(processDynamicClientRegistrationResponse(answer)).rejects.toThrow(
      'client_secret_expires_at',
    );
  });
});

async function start(options: BackendOptions = {}): Promise<void> {
  backend = await startBackend(options);
}

async function registration(redirectUris: string[]): Promise<{ status: number; body: unknown }> {
  const body = { client_name: 'VS Code', redirect_uris: redirectUris };
  const answer = await call(`${backend.url}/oauth/register`, { method: 'POST', body });
  return { status: answer.status, body: read(answer) };
}
