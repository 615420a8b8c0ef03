import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClientStore } from '../../../src/auth/clientStore';
import { OAuthServers } from '../../../src/auth/oauthServers';
import { SignInCallbacks } from '../../../src/auth/signInCallbacks';
import { signInWithBrowser, type BrowserSignInParts } from '../../../src/auth/signInWithBrowser';
import { startBackend, type Backend } from '../../backend/backend';
import { answerConsent } from '../../backend/oauth/answerConsent';
import { SecretsInMemory } from './secretsInMemory';
import { addressOf, never, recordedLog, REDIRECT_URI } from './signedIn';

let backend: Backend;

beforeEach(async () => {
  backend = await startBackend();
});

afterEach(() => backend.stop());

test('a browser that does not come back in time ends the sign-in, and what comes later is refused', async () => {
  const { signIn, opened, callbacks } = open({ timeoutMs: 50 });
  expect(await signIn()).toMatchObject({ ok: false, failure: { kind: 'unfinished' } });
  const back = new URL(await answerConsent(opened[0]!, 'Allow'));
  expect(callbacks.receive(back.searchParams)).toBe(false);
  expect(backend.control.oauthStats().tokenRequests).toEqual([]);
});

test('a browser that cannot be opened leaves nothing waiting', async () => {
  const { signIn, callbacks, opened } = open({
    openBrowser: (url) => {
      opened.push(url);
      return Promise.reject(new Error('no browser'));
    },
  });
  await expect(signIn()).rejects.toThrow('no browser');
  expect(callbacks.receive(new URL(opened[0]!).searchParams)).toBe(false);
});

test('a token that nobody could check is kept', async () => {
  const failure = { kind: 'unreachable', detail: '' } as const;
  const { signIn } = open({ check: () => Promise.resolve({ outcome: 'unchecked', failure }) }, 'Allow');
  expect(await signIn()).toMatchObject({ ok: true, value: { check: { outcome: 'unchecked' } } });
});

test('a token that the server refuses at once is not', async () => {
  const failure = { kind: 'unauthorized', detail: '' } as const;
  const { signIn } = open({ check: () => Promise.resolve({ outcome: 'refused', failure }) }, 'Allow');
  expect(await signIn()).toMatchObject({ ok: false, failure });
});

test('a sign-in that is cancelled at its very end gives its tokens back', async () => {
  const giving = new AbortController();
  const { signIn } = open(
    {
      check: () => {
        giving.abort();
        return Promise.resolve({ outcome: 'accepted', me: undefined });
      },
    },
    'Allow',
  );
  expect(await signIn(giving.signal)).toMatchObject({ failure: { kind: 'cancelled' } });
  await vi.waitFor(() => expect(backend.control.oauthStats().revocations).not.toEqual([]));
});

test('a callback whose error is no word of OAuth is not repeated', async () => {
  const { signIn, callbacks, opened } = open();
  const answer = signIn();
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  const state = new URL(opened[0]!).searchParams.get('state')!;
  callbacks.receive(new URLSearchParams({ state, error: '<b>call 555-1234</b>' }));
  const { failure } = (await answer) as { failure: { kind: string; detail: string } };
  expect(failure).toMatchObject({ kind: 'grantRefused' });
  expect(failure.detail).not.toContain('555');
});

function open(changes: Partial<BrowserSignInParts> = {}, person?: 'Allow' | 'Deny') {
  const { log, lines } = recordedLog();
  const opened: string[] = [];
  const callbacks = new SignInCallbacks(log);
  const parts: BrowserSignInParts = {
    servers: new OAuthServers({ log }),
    clients: new ClientStore(new SecretsInMemory()),
    callbacks,
    check: () => Promise.resolve({ outcome: 'accepted', me: { id: '1', email: undefined } }),
    redirectUri: () => Promise.resolve(REDIRECT_URI),
    openBrowser: async (url) => {
      opened.push(url);
      if (person) callbacks.receive(new URL(await answerConsent(url, person)).searchParams);
    },
    clientName: 'VS Code',
    log,
    ...changes,
  };
  const signIn = (signal = never) => signInWithBrowser(parts, addressOf(backend.url), signal);
  return { signIn, opened, callbacks, lines };
}
