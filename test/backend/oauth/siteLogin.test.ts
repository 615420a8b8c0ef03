import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend';
import { call, type Reply } from '../call';
import { openConsent } from './answerConsent';
import { authorizeUrl, register, type Registered } from './signIn';

let backend: Backend;
let client: Registered;

beforeEach(async () => {
  backend = await startBackend({ oauth: { siteLogin: true } });
  client = await register(backend);
});

afterEach(() => backend.stop());

describe('somebody who is not signed in to the site', () => {
  it('[A9] is sent to its log-in first, and back after it', async () => {
    const sent = await openConsent(authorizeUrl(backend, client));
    expect([sent.status, sent.headers.location]).toEqual([302, '/users/log-in']);
    const cookie = cookieOf(sent);
    const page = await call(`${backend.url}/users/log-in`, { headers: { cookie } });
    expect(page.text.match(/(?<=<button>)[^<]+/g)).toEqual(['Log in']);
    const back = await logIn(cookie);
    const asked = authorizeUrl(backend, client);
    expect([back.status, back.headers.location]).toEqual([302, asked.slice(backend.url.length)]);
    const consent = await call(authorizeUrl(backend, client), { headers: { cookie } });
    expect(consent.text).toContain('<h1>Allow VS Code to use your account?</h1>');
  });

  it('[A9] cannot answer the question, nor log in as somebody else’s browser', async () => {
    const answer = await call(`${backend.url}/oauth/authorize`, {
      method: 'POST',
      form: { decision: 'allow' },
    });
    expect([answer.status, answer.headers.location]).toEqual([302, '/users/log-in']);
    await logIn(cookieOf(answer));
    expect((await logIn('_codemyspec_key=made-up')).status).toBe(422);
    expect((await openConsent(authorizeUrl(backend, client))).status).toBe(302);
  });
});

function cookieOf({ headers }: Reply): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

function logIn(cookie: string): Promise<Reply> {
  return call(`${backend.url}/users/log-in`, { method: 'POST', headers: { cookie } });
}
