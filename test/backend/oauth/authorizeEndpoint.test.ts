import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend';
import { call } from '../call';
import { answerConsent, openConsent, pressButton } from './answerConsent';
import { authorizeUrl, CHALLENGE, read, REDIRECT_URI, register, STATE, type Registered } from './signIn';

let backend: Backend;
let client: Registered;

beforeEach(async () => {
  backend = await startBackend();
  client = await register(backend);
});

afterEach(() => backend.stop());

describe('the page', () => {
  it('shows who asks, for whom and for what, with a button for each answer', async () => {
    const { status, headers, text } = await openConsent(authorizeUrl(backend, client));
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<h1>Allow VS Code to use your account?</h1>');
    expect(text).toContain('user1@example.test');
    expect(text).toContain(`<code>${REDIRECT_URI}</code>`);
    expect(text.match(/<li>[^<]+/g)).toHaveLength(2);
    expect(text.match(/(?<=<button [^>]+>)\w+/g)).toEqual(['Allow', 'Deny']);
  });

  it('may run nothing, and send its form nowhere but to where the answer goes', async () => {
    const { headers } = await openConsent(authorizeUrl(backend, client));
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' vscode:; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  it('shows a name as text, whatever it holds', async () => {
    const body = { client_name: '<img src=x onerror="alert(1)">', redirect_uris: [REDIRECT_URI] };
    const rude = read(await call(`${backend.url}/oauth/register`, { method: 'POST', body })) as Registered;
    const { text } = await openConsent(authorizeUrl(backend, rude));
    expect(text).not.toContain('<img');
    expect(text).toContain('&#60;img src=x');
  });

  it('asks the user who is signed in on the server', async () => {
    backend.control.signInAs(7);
    expect((await openConsent(authorizeUrl(backend, client))).text).toContain('user7@example.test');
  });
});

describe('the answer', () => {
  it('allow leads back with a code and the state', async () => {
    const location = await answerConsent(authorizeUrl(backend, client), 'Allow');
    expect(location).toMatch(new RegExp(`^${REDIRECT_URI}\\?code=[\\w-]{43}&state=${STATE}$`));
    expect(outcomes()).toEqual(['allowed']);
  });

  it('deny leads back with the error and the state', async () => {
    const location = await answerConsent(authorizeUrl(backend, client), 'Deny');
    expect(location).toBe(`${REDIRECT_URI}?error=access_denied&state=${STATE}`);
    expect(outcomes()).toEqual(['denied']);
  });

  it('counts once, and only where it was asked for', async () => {
    const url = authorizeUrl(backend, client);
    const { text } = await openConsent(url);
    expect((await pressButton(url, text, 'Maybe')).status).toBe(400);
    expect((await pressButton(url, text, 'Allow')).status).toBe(303);
    const again = await pressButton(url, text, 'Allow');
    expect([again.status, again.headers.location]).toEqual([400, undefined]);
    expect(
      (await pressButton(url, text.replace(/value="[\w-]{36}"/, 'value="made-up"'), 'Allow')).status,
    ).toBe(400);
  });
});

describe('a request that is not in order', () => {
  it.each([
    ['an unknown client', { client_id: 'mcp_unknown' }, 'invalid_client'],
    ['no client', { client_id: null }, 'invalid_client'],
    [
      'an address that is not registered',
      { redirect_uri: 'https://elsewhere.test/' },
      'invalid_redirect_uri',
    ],
    ['no address', { redirect_uri: null }, 'invalid_redirect_uri'],
  ])('goes nowhere with %s', async (_title, changes, outcome) => {
    const { status, headers, text } = await openConsent(authorizeUrl(backend, client, changes));
    expect([status, headers.location]).toEqual([422, undefined]);
    expect(text).toContain('This sign-in cannot go on');
    expect(text).not.toContain('<button');
    expect(outcomes()).toEqual([outcome]);
  });

  it.each([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['an unknown scope', { scope: 'read admin' }, 'invalid_scope'],
    ['no challenge', { code_challenge: null }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge that is no hash', { code_challenge: 'short' }, 'invalid_request'],
  ])('leads back with %s', async (_title, changes, error) => {
    const { status, headers } = await openConsent(authorizeUrl(backend, client, changes));
    expect([status, headers.location]).toEqual([303, `${REDIRECT_URI}?error=${error}&state=${STATE}`]);
    expect(outcomes()).toEqual([error]);
  });

  it('leads back without a state', async () => {
    const { headers } = await openConsent(authorizeUrl(backend, client, { state: null }));
    expect(headers.location).toBe(`${REDIRECT_URI}?error=invalid_request`);
  });
});

it('notes each request with its state and challenge', async () => {
  await openConsent(authorizeUrl(backend, client, { scope: 'read' }));
  expect(backend.control.oauthStats().authorizations).toEqual([
    {
      at: expect.any(Number) as number,
      clientId: client.client_id,
      redirectUri: REDIRECT_URI,
      scope: 'read',
      state: STATE,
      codeChallenge: CHALLENGE,
      outcome: 'shown',
    },
  ]);
});

function outcomes(): string[] {
  return backend.control.oauthStats().authorizations.map(({ outcome }) => outcome);
}
