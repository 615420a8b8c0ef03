import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  AuthorizationCodeFlow,
  type AuthorizationCodeFlowOptions,
  type RedirectTarget,
} from '../../../src/auth/authorizationCodeFlow';
import { AuthorizationResponses } from '../../../src/auth/authorizationResponses';
import { ClientStore } from '../../../src/auth/clientStore';
import { PendingAuthorizations } from '../../../src/auth/pendingAuthorizations';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { answerConsent, openConsent } from '../../backend/oauth/answerConsent';
import { SecretsInMemory } from './secretsInMemory';
import { addressOf, never, recordedLog, REDIRECT_URI, serversOf } from './signedIn';

const backends: Backend[] = [];
let backend: Backend;

beforeEach(async () => {
  backend = await start();
});

afterEach(async () => {
  for (const each of backends.splice(0)) await each.stop();
});

test('a browser that does not come back in time ends the sign-in, and what comes later is refused', async () => {
  const { signIn, opened, responses } = open({ timeoutMs: 50 });
  expect(await signIn()).toMatchObject({ ok: false, failure: { kind: 'unfinished' } });
  const back = new URL(await answerConsent(opened[0]!, 'Allow'));
  expect(responses.receive(back.searchParams)).toBe(false);
  expect(backend.control.oauthStats().tokenRequests).toEqual([]);
});

test('a browser that cannot be opened leaves nothing waiting', async () => {
  const { signIn, responses, opened, closed } = open({}, () => Promise.reject(new Error('no browser')));
  await expect(signIn()).rejects.toThrow('no browser');
  expect([responses.receive(new URL(opened[0]!).searchParams), closed()]).toEqual([false, true]);
});

test('an answer counts though the editor does not tell that the browser was opened', async () => {
  const { signIn } = open({}, async (url, come) => {
    come(await answerConsent(url, 'Allow'));
    await new Promise(() => {});
  });
  expect(await signIn()).toMatchObject({ ok: true });
});

test.each(['the browser', 'the way back'])('a cancel is answered at once while %s opens', async (what) => {
  const giving = new AbortController();
  const forever = new Promise<never>(() => {});
  const { signIn, opened, closed } = open(
    {},
    () => forever,
    REDIRECT_URI,
    what === 'the browser' ? undefined : forever,
  );
  const answer = signIn(giving.signal);
  if (what === 'the browser') await vi.waitFor(() => expect(opened).toHaveLength(1));
  else await vi.waitFor(() => expect(backend.control.stats().requests).toHaveLength(1));
  giving.abort();
  expect(await answer).toMatchObject({ failure: { kind: 'cancelled' } });
  expect(closed()).toBe(what === 'the browser');
});

test('a way back that opens after a cancel is closed', async () => {
  const giving = new AbortController();
  let openLate = () => {};
  const late = new Promise<void>((resolve) => (openLate = resolve));
  const { signIn, closed } = open({}, undefined, REDIRECT_URI, late);
  const answer = signIn(giving.signal);
  await vi.waitFor(() => expect(backend.control.stats().requests).toHaveLength(1));
  giving.abort();
  await answer;
  openLate();
  await vi.waitFor(() => expect(closed()).toBe(true));
});

test('a token that nobody could check is kept', async () => {
  const failure = { kind: 'unreachable', detail: '' } as const;
  const { signIn } = open({ check: () => Promise.resolve({ outcome: 'unchecked', failure }) }, 'Allow');
  expect(await signIn()).toMatchObject({ ok: true, value: { userId: '1', label: '' } });
});

describe('what is granted and not kept is revoked, the refresh token first:', () => {
  const ended = () => backend.control.oauthStats().revocations.map((each) => each.ended);

  test('a token that the server refuses at once', async () => {
    const failure = { kind: 'unauthorized', detail: '' } as const;
    const { signIn } = open({ check: () => Promise.resolve({ outcome: 'refused', failure }) }, 'Allow');
    expect(await signIn()).toMatchObject({ ok: false, failure });
    await vi.waitFor(() => expect(ended()).toEqual(['refresh', 'nothing']));
  });

  test('a sign-in that is cancelled while its token is checked', async () => {
    const giving = new AbortController();
    const check = () => {
      giving.abort();
      return Promise.resolve({ outcome: 'accepted', me: undefined } as const);
    };
    const { signIn } = open({ check }, 'Allow');
    expect(await signIn(giving.signal)).toMatchObject({ failure: { kind: 'cancelled' } });
    await vi.waitFor(() => expect(ended()).toEqual(['refresh', 'nothing']));
  });

  test('a sign-in that is cancelled while its code is exchanged, which is answered at once', async () => {
    const giving = new AbortController();
    const { signIn } = open({}, async (url, come) => {
      come(await answerConsent(url, 'Allow'));
      backend.control.slowOAuth(400);
      setTimeout(() => giving.abort(), 20);
    });
    expect(await signIn(giving.signal)).toMatchObject({ failure: { kind: 'cancelled' } });
    expect(ended()).toEqual([]);
    await vi.waitFor(() => expect(ended()).toEqual(['refresh', 'nothing']), { timeout: 5_000 });
  });
});

test('an answer whose error is no word of OAuth is not repeated', async () => {
  const { signIn, responses, opened } = open();
  const answer = signIn();
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  const state = new URL(opened[0]!).searchParams.get('state')!;
  responses.receive(new URLSearchParams({ state, error: '<b>call 555-1234</b>' }));
  const { failure } = (await answer) as { failure: { kind: string; detail: string } };
  expect(failure).toMatchObject({ kind: 'grantRefused' });
  expect(failure.detail).not.toContain('555');
});

describe('[A9] a redirect URI', () => {
  test('with a query, which the server never matches, is told at once and opens no browser', async () => {
    const { signIn, opened, clients } = open({}, 'Allow', `${REDIRECT_URI}?windowId=1`);
    expect(await signIn()).toMatchObject({ ok: false, failure: { kind: 'registrationRefused' } });
    expect([opened, await clients.list(backend.url)]).toEqual([[], []]);
  });

  test('is registered once, and its client kept', async () => {
    const { signIn, clients } = open({}, 'Allow');
    for (let turn = 0; turn < 3; turn++) expect(await signIn()).toMatchObject({ ok: true });
    expect(backend.control.oauthStats().registrations).toHaveLength(1);
    expect(await clients.list(backend.url)).toEqual([
      { redirectUri: REDIRECT_URI, port: undefined, client: expect.anything() as object },
    ]);
  });

  test('of a client that the server forgot is registered anew before the browser opens', async () => {
    const { signIn, clients, opened } = open({}, 'Allow');
    await signIn();
    const [kept] = await clients.list(backend.url);
    await clients.put(backend.url, { ...kept!, client: { ...kept!.client, id: 'forgotten' } });
    expect(await signIn()).toMatchObject({ ok: true });
    expect([backend.control.oauthStats().registrations.length, opened.length]).toEqual([2, 2]);
  });

  test('of a client whose secret the server changed is registered anew, and the page asked again', async () => {
    const { signIn, clients, opened } = open({}, 'Allow');
    await signIn();
    const [kept] = await clients.list(backend.url);
    await clients.put(backend.url, { ...kept!, client: { ...kept!.client, secret: undefined } });
    expect(await signIn()).toMatchObject({ ok: true });
    expect([backend.control.oauthStats().registrations.length, opened.length]).toEqual([2, 3]);
  });

  test('that needs the log-in of the site first is no refusal', async () => {
    backend = await start({ oauth: { siteLogin: true } });
    const { signIn, opened } = open({ timeoutMs: 300 });
    expect(await signIn()).toMatchObject({ failure: { kind: 'unfinished' } });
    expect(opened).toHaveLength(1);
  });
});

describe('[X6] an authorization server that passes another off as its own', () => {
  test.each([
    ['another', 'https://honest.example', 'foreignEndpoint'],
    ['its own', 'own', undefined],
  ] as const)('answers with %s issuer', async (_which, iss, kind) => {
    backend = await start({ oauth: { iss } });
    const { signIn } = open({}, 'Allow');
    const answer = await signIn();
    expect(answer.ok ? undefined : answer.failure.kind).toBe(kind);
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(kind ? 0 : 1);
  });

  test('by metadata that names the issuer of the other gets neither code nor verifier', async () => {
    const honest = await start({ oauth: { iss: 'own' } });
    backend = await start({ resume: honest, oauth: { mixUpWith: honest.url, issuer: honest.url } });
    const { signIn } = open({}, async (url, come) => {
      const { headers } = await openConsent(url);
      come(await answerConsent(headers.location!, 'Allow'));
    });
    expect(await signIn()).toMatchObject({ ok: false, failure: { kind: 'foreignEndpoint' } });
    for (const { control } of [backend, honest]) expect(control.oauthStats().tokenRequests).toEqual([]);
  });

  test('that promised its issuer and leaves it out is refused', async () => {
    backend = await start({ oauth: { promisesIss: true } });
    const { signIn } = open({}, 'Allow');
    expect(await signIn()).toMatchObject({ ok: false });
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
  });
});

describe('[H2] a lifetime of', () => {
  test.each([1e308, -1, 'x', null, Infinity, {}, 1e12])('%s harms nothing', async (expiresIn) => {
    backend = await start({ oauth: { expiresIn } });
    const { signIn } = open({}, 'Allow');
    expect(await signIn()).toMatchObject({ ok: true, value: { credentials: { expiresAt: undefined } } });
  });
});

describe('[X3] a token that no header may hold', () => {
  test.each(['\n', ' ', 'é', '\u202e', '\r\nx-evil: 1'])('(%j) is not taken', async (accessTokenSuffix) => {
    backend = await start({ oauth: { accessTokenSuffix } });
    const { signIn, lines } = open({}, 'Allow');
    const answer = await signIn();
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'unreadable' } });
    expect(JSON.stringify([answer, lines])).not.toContain('evil');
  });
});

async function start(options: BackendOptions = {}): Promise<Backend> {
  const started = await startBackend(options);
  backends.push(started);
  return started;
}

function open(
  changes: Partial<AuthorizationCodeFlowOptions> = {},
  user?: 'Allow' | ((url: string, come: (back: string) => void) => Promise<unknown>),
  redirectUri = REDIRECT_URI,
  ready: Promise<unknown> = Promise.resolve(),
) {
  const { log, lines } = recordedLog();
  const opened: string[] = [];
  const responses = new AuthorizationResponses();
  const secrets = new SecretsInMemory();
  const clients = new ClientStore(secrets, log);
  let isClosed = false;
  const target: RedirectTarget = {
    ...{ redirectUri, port: undefined, reachesAnyWindow: false },
    receive: (state, signal) => responses.expect(state, signal),
    close: () => (isClosed = true),
  };
  const flow = new AuthorizationCodeFlow({
    ...{ servers: serversOf(log), clients, log, clientName: 'VS Code' },
    pending: new PendingAuthorizations(secrets, log),
    check: () => Promise.resolve({ outcome: 'accepted', me: { id: '1', email: undefined } }),
    ...changes,
  });
  const userAgent = {
    openTarget: () => ready.then(() => target),
    openBrowser: async (url: string) => {
      opened.push(url);
      const come = (back: string) => responses.receive(new URL(back).searchParams);
      if (typeof user === 'function') await user(url, come);
      else if (user) come(await answerConsent(url, user));
    },
  };
  const signIn = (signal = never) => flow.signIn(addressOf(backend.url), userAgent, signal);
  return { signIn, opened, responses, clients, lines, closed: () => isClosed };
}
