import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend';
import { call } from '../call';
import { answerConsent, openConsent, pressButton } from './answerConsent';
import { OUT_OF_BAND } from './clients';
import { authorizeUrl, exchange, read, register, STATE, type Registered } from './signIn';

/** How the real server matches redirect URIs, which decides whether anybody can sign in. */

const LOOPBACK = 'http://127.0.0.1:8123/callback';
const BARE = 'code-oss://codemyspec.codemyspec/callback';

let backend: Backend;

beforeEach(async () => {
  backend = await startBackend();
});

afterEach(() => backend.stop());

describe('the requested redirect URI', () => {
  it.each([
    LOOPBACK,
    BARE,
    'https://space.example.test/callback',
    'http://localhost:8123/',
    'http://[::1]:1/a',
  ])('[A9] that equals the registered %s is taken, with a query of its own too', async (uri) => {
    expect(await statusOf(uri, uri)).toBe(200);
    expect(await statusOf(uri, `${uri}?windowId=1`)).toBe(200);
    expect(await statusOf(uri, `${uri}?`)).toBe(200);
  });

  it.each([
    ['another port', LOOPBACK, 'http://127.0.0.1:8124/callback'],
    ['no port', LOOPBACK, 'http://127.0.0.1/callback'],
    ['the default port left out', 'http://127.0.0.1:80/callback', 'http://127.0.0.1/callback'],
    ['another name of the same host', LOOPBACK, 'http://localhost:8123/callback'],
    ['another path', LOOPBACK, 'http://127.0.0.1:8123/other'],
    ['a slash more', BARE, `${BARE}/`],
    ['another case', BARE, BARE.replace('codemyspec', 'CodeMySpec')],
    ['a fragment', BARE, `${BARE}#part`],
    ['nothing in it', BARE, ''],
  ])(
    '[A9] with %s is refused in the browser, and nothing comes back',
    async (_title, registered, requested) => {
      expect(await refusalOf(registered, requested)).toEqual({
        status: 422,
        location: undefined,
        isPage: true,
      });
    },
  );

  it('[A9] that was registered with a query matches nothing, not even itself', async () => {
    const registered = `${LOOPBACK}?vscode-reqid=1&vscode-scheme=code-oss`;
    for (const requested of [registered, LOOPBACK]) {
      expect(await refusalOf(registered, requested)).toEqual({
        status: 422,
        location: undefined,
        isPage: true,
      });
    }
  });
});

describe('the answer', () => {
  it.each(['Allow', 'Deny'] as const)(
    '[A9] %s goes to the registered URI, and loses the query that was asked for',
    async (answer) => {
      const client = await register(backend, LOOPBACK);
      const url = authorizeUrl(backend, client, { redirect_uri: `${LOOPBACK}?windowId=1&vscode-reqid=2` });
      const outcome = answer === 'Allow' ? 'code=[\\w-]{43}' : 'error=access_denied';
      expect(await answerConsent(url, answer)).toMatch(
        new RegExp(`^${LOOPBACK}\\?${outcome}&state=${STATE}$`),
      );
    },
  );

  it('[A9] to a request that is not in order goes there too', async () => {
    const client = await register(backend, LOOPBACK);
    const changes = { redirect_uri: `${LOOPBACK}?windowId=1`, scope: 'admin' };
    const { status, headers } = await openConsent(authorizeUrl(backend, client, changes));
    const location = `${LOOPBACK}?error=invalid_scope&state=${STATE}`;
    expect([status, headers.location]).toEqual([303, location]);
  });

  it.each(['Allow', 'Deny'])('[A9] %s of a client with several URIs fails in the browser', async (answer) => {
    const client = await registerAll([LOOPBACK, BARE]);
    const url = authorizeUrl(backend, client, { redirect_uri: LOOPBACK });
    const { status, text } = await openConsent(url);
    expect(status).toBe(200);
    const reply = await pressButton(url, text, answer);
    expect([reply.status, reply.headers.location]).toEqual([422, undefined]);
    expect(reply.text).toContain('This sign-in cannot go on');
    expect(backend.control.oauthStats().authorizations.at(-1)?.outcome).toBe('invalid_redirect_uri');
  });

  it('[A9] goes to no URI that the page was changed to post', async () => {
    const client = await register(backend, LOOPBACK);
    const url = authorizeUrl(backend, client, { redirect_uri: LOOPBACK });
    const { text } = await openConsent(url);
    const changed = text.replaceAll(LOOPBACK, 'https://elsewhere.test/');
    const reply = await pressButton(url, changed, 'Allow');
    expect([reply.status, reply.headers.location]).toEqual([422, undefined]);
  });

  it.each([
    [LOOPBACK, "'self' http://127.0.0.1:8123"],
    ['http://localhost:8123/callback', "'self' http://localhost:8123"],
    ['http://[::1]:8123/callback', "'self' http:"],
    [BARE, "'self' code-oss:"],
    [OUT_OF_BAND, "'self'"],
  ])('[A9] may be sent to %s by the policy of the page', async (uri, allowed) => {
    const client = await register(backend, uri);
    const { headers } = await openConsent(authorizeUrl(backend, client, { redirect_uri: uri }));
    expect(headers['content-security-policy']).toContain(`form-action ${allowed};`);
  });
});

describe('the code', () => {
  it('[A9] is bound to the registered URI, not to the requested one', async () => {
    const client = await register(backend, LOOPBACK);
    const requested = `${LOOPBACK}?windowId=1`;
    const location = await answerConsent(authorizeUrl(backend, client, { redirect_uri: requested }), 'Allow');
    const code = new URL(location).searchParams.get('code') ?? '';
    for (const redirect_uri of [requested, BARE, '']) {
      expect((await exchange(backend, client, code, { redirect_uri })).status).toBe(422);
    }
    expect((await exchange(backend, client, code, { redirect_uri: LOOPBACK })).status).toBe(200);
  });
});

describe('out of band', () => {
  it('[A9] the code is shown to be copied, sent nowhere, and becomes tokens', async () => {
    const client = await register(backend, OUT_OF_BAND);
    const url = authorizeUrl(backend, client, { redirect_uri: OUT_OF_BAND });
    const reply = await pressButton(url, (await openConsent(url)).text, 'Allow');
    expect([reply.status, reply.headers.location]).toEqual([200, undefined]);
    expect(read(reply)).toEqual({ code: expect.stringMatching(/^[\w-]{43}$/) as string });
    const { code } = read(reply) as { code: string };
    expect((await exchange(backend, client, code, { redirect_uri: LOOPBACK })).status).toBe(422);
    expect((await exchange(backend, client, code, { redirect_uri: OUT_OF_BAND })).status).toBe(200);
  });

  it('[A9] a denial is a page without a code', async () => {
    const client = await register(backend, OUT_OF_BAND);
    const url = authorizeUrl(backend, client, { redirect_uri: OUT_OF_BAND });
    const reply = await pressButton(url, (await openConsent(url)).text, 'Deny');
    expect([reply.status, reply.headers.location]).toEqual([401, undefined]);
    expect(reply.text).toContain('access_denied');
  });

  it('[A9] is for who registered it', async () => {
    expect(await statusOf(LOOPBACK, OUT_OF_BAND)).toBe(422);
  });
});

async function registerAll(redirect_uris: string[]): Promise<Registered> {
  const body = { client_name: 'VS Code', redirect_uris };
  return read(await call(`${backend.url}/oauth/register`, { method: 'POST', body })) as Registered;
}

async function statusOf(registered: string, requested: string): Promise<number> {
  return (await refusalOf(registered, requested)).status;
}

async function refusalOf(registered: string, requested: string) {
  const client = await register(backend, registered);
  const reply = await openConsent(authorizeUrl(backend, client, { redirect_uri: requested }));
  return {
    status: reply.status,
    location: reply.headers.location,
    isPage: reply.text.includes('This sign-in cannot go on'),
  };
}
