import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CancellationError, Uri, type ExtensionContext } from 'vscode';
import { readAccount } from '../../../src/auth/account';
import { createAuthentication } from '../../../src/auth/vscode/authentication';
import { SignInFailed } from '../../../src/auth/vscode/signIn';
import type { LogLevel } from '../../../src/log';
import { failureWords } from '../../../src/views/connectionWords';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { answerConsent } from '../../backend/oauth/answerConsent';
import { forget, recorded } from '../vscodeStandIn';
import { SecretsInMemory } from './secretsInMemory';

const CALLBACK = 'code-oss://codemyspec.codemyspec/callback';

let backend: Backend;
let folder: string;
const ending: (() => void)[] = [];

beforeEach(async () => {
  forget();
  folder = await mkdtemp(join(tmpdir(), 'sign-in-'));
});

afterEach(async () => {
  for (const end of ending.splice(0)) end();
  await backend.stop();
  await rm(folder, { recursive: true });
});

describe('signing in through the browser', () => {
  test.each(['recorded', 'rfc'] as const)('ends with an account named by its e-mail (%s)', async (style) => {
    const { auth, secrets, told } = await open({ oauth: { style, userId: 7 }, me: true });
    personAnswers('Allow');
    const session = await auth.createSession();
    expect(session).toMatchObject({
      account: { id: '7', label: 'user7@example.test' },
      scopes: ['read', 'write'],
    });
    expect([...secrets.stored.keys()].sort()).toEqual([`account:${backend.url}`, `client:${backend.url}`]);
    expect(told).toEqual(['signIn']);
    expect(recorded.progress).toMatchObject([
      {
        title: `Signing in to ${new URL(backend.url).host}: please go on in the browser`,
        cancellable: true,
        open: false,
      },
    ]);
    expect(backend.control.oauthStats().registrations).toMatchObject([
      { name: 'CodeMySpec (Code)', redirectUris: [CALLBACK] },
    ]);
  });

  test('takes an address of the editor as it is, its query too', async () => {
    const { auth } = await open();
    recorded.externalUri = () => 'http://127.0.0.1:8123/callback?vscode-reqid=1&vscode-path=%2Fcallback';
    personAnswers('Allow', (back) => Uri.parse(CALLBACK + new URL(back).search));
    await auth.createSession();
    expect(backend.control.oauthStats().tokenRequests).toMatchObject([{ outcome: 'ok' }]);
  });

  test('keeps its client, and registers anew for another redirect URI', async () => {
    const { auth } = await open();
    personAnswers('Allow');
    await auth.createSession();
    await auth.createSession();
    const registrations = () => backend.control.oauthStats().registrations.length;
    expect(registrations()).toBe(1);
    recorded.externalUri = (uri) => `${uri}?windowId=2`;
    await auth.createSession();
    expect(registrations()).toBe(2);
  });

  test('registers anew and asks again where the server forgot the client', async () => {
    const { auth, secrets } = await open();
    personAnswers('Allow');
    await auth.createSession();
    const key = `client:${backend.url}`;
    const kept = secrets.stored.get(key)!;
    await secrets.store(key, kept.replace(/"secret":"[^"]+"/, '"secret":"forgotten"'));
    await auth.createSession();
    const { registrations, tokenRequests } = backend.control.oauthStats();
    expect(tokenRequests.map(({ outcome }) => outcome)).toEqual(['ok', 'invalid_client', 'ok']);
    expect([registrations.length, recorded.opened.length]).toEqual([2, 3]);
  });

  test('drops a kept client that led nowhere: its refusal is shown to the person alone', async () => {
    const { auth, secrets } = await open();
    personAnswers('Allow');
    await auth.createSession();
    recorded.person = () => recorded.progress.at(-1)?.cancel();
    await expect(auth.createSession()).rejects.toBeInstanceOf(CancellationError);
    expect([...secrets.stored.keys()]).toEqual([`account:${backend.url}`]);
  });

  test('goes on when the editor says that nothing was opened: the link may have been copied', async () => {
    const { auth } = await open();
    let url = '';
    recorded.person = (opened) => (url = opened);
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(url).not.toBe(''));
    comeBack(Uri.parse(await answerConsent(url, 'Allow')));
    await expect(signingIn).resolves.toBeDefined();
  });
});

describe('a sign-in that comes to nothing', () => {
  test('says so when the person declines', async () => {
    const { auth, secrets } = await open();
    personAnswers('Deny');
    await expect(auth.createSession()).rejects.toThrow('The sign-in was declined in the browser.');
    expect(secrets.stored.has(`account:${backend.url}`)).toBe(false);
  });

  test('is silent when the person cancels', async () => {
    const { auth } = await open();
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    expect(recorded.progress[0]!.open).toBe(false);
  });

  test('is silent when it is cancelled before the browser opens', async () => {
    const { auth } = await open();
    backend.control.failOAuth({ status: 'hang' });
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.progress).toHaveLength(1));
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    expect(recorded.opened).toEqual([]);
  });

  test('gives way to a second one', async () => {
    const { auth } = await open();
    const first = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    const abandoned = recorded.opened[0]!;
    personAnswers('Allow');
    const second = auth.createSession();
    await expect(first).rejects.toBeInstanceOf(CancellationError);
    await second;
    comeBack(Uri.parse(await answerConsent(abandoned, 'Allow')));
    const { tokenRequests } = backend.control.oauthStats();
    expect(tokenRequests).toHaveLength(1);
  });

  test('[X1] ends when the server changes meanwhile', async () => {
    const { auth, secrets, moveTo } = await open();
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    moveTo('https://other.example');
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    comeBack(Uri.parse(await answerConsent(recorded.opened[0]!, 'Allow')));
    expect(secrets.stored.has(`account:${backend.url}`)).toBe(false);
  });

  test.each([
    ['reset', /cannot be reached/],
    ['html', /Something else than a CodeMySpec server/],
    [503, /not available/],
    [500, /reported an error/],
  ] as const)('for a server that answers %s has a plain reason', async (status, reason) => {
    const { auth } = await open();
    backend.control.failOAuth({ status, endpoint: 'discovery' });
    await expect(auth.createSession()).rejects.toThrow(reason);
    await expect(auth.createSession()).rejects.toBeInstanceOf(SignInFailed);
  });

  test.each([
    ['register', /cannot be reached/],
    ['token', /cannot be reached/],
  ] as const)('for a %s endpoint out of reach has a plain reason', async (endpoint, reason) => {
    const { auth } = await open();
    personAnswers('Allow');
    backend.control.failOAuth({ status: 'reset', endpoint });
    await expect(auth.createSession()).rejects.toThrow(reason);
  });

  test('for a code that the server does not take has a plain reason', async () => {
    const { auth } = await open();
    personAnswers('Allow', (back) => Uri.parse(back.replace(/code=[^&]+/, 'code=another')));
    await expect(auth.createSession()).rejects.toThrow('The server did not accept this sign-in.');
  });

  test.each([
    ['localhost', /not a web address/],
    ['http://mine.example', /unencrypted/],
  ])('[X2] to %s asks for nothing at all', async (url, reason) => {
    const { auth, moveTo } = await open();
    moveTo(url);
    await expect(auth.createSession()).rejects.toThrow(reason);
    expect([recorded.opened, recorded.progress]).toEqual([[], []]);
  });
});

describe('[X5] a callback', () => {
  test('that nobody asked for is refused and logged', async () => {
    const { lines } = await open();
    comeBack(Uri.parse(`${CALLBACK}?code=abcdefghijk&state=made-up-state`));
    comeBack(Uri.parse(`${CALLBACK}?code=abcdefghijk`));
    comeBack(Uri.parse(`${CALLBACK}/other?code=abcdefghijk`));
    expect(lines).toEqual([
      expect.stringContaining('callback that nobody asked for was refused'),
      expect.stringContaining('callback that nobody asked for was refused'),
      expect.stringContaining('link to this extension that means nothing was refused'),
    ]);
    expect(lines.join()).not.toContain('abcdefghijk');
    expect(backend.control.stats().requests).toEqual([]);
  });

  test('with another state leaves the sign-in waiting for its own', async () => {
    const { auth } = await open();
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    comeBack(Uri.parse(`${CALLBACK}?code=abcdefghijk&state=made-up-state`));
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
    comeBack(Uri.parse(await answerConsent(recorded.opened[0]!, 'Allow')));
    await expect(signingIn).resolves.toBeDefined();
  });

  test('counts once', async () => {
    const { auth, lines } = await open();
    let back = '';
    personAnswers('Allow', (location) => Uri.parse((back = location)));
    await auth.createSession();
    comeBack(Uri.parse(back));
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(1);
    expect(lines.at(-1)).toContain('nobody asked for');
  });

  test('is proven by a verifier that never leaves for the browser', async () => {
    const { auth } = await open({ oauth: { pkce: 'verified' } });
    personAnswers('Allow');
    await auth.createSession();
    const { authorizations, tokenRequests } = backend.control.oauthStats();
    expect(tokenRequests).toMatchObject([{ verifier: 'right' }]);
    expect(new Set(authorizations.map(({ state }) => state)).size).toBe(1);
    const { searchParams } = new URL(recorded.opened[0]!);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.has('code_verifier')).toBe(false);
  });
});

describe('a server without OAuth', () => {
  test('is signed in to with a token, and the box says why', async () => {
    const { auth } = await open({ oauth: false, me: true });
    const signingIn = auth.createSession();
    const input = await vi.waitFor(() => recorded.inputs.at(-1) ?? Promise.reject(new Error('no box')));
    expect(input.prompt).toBe(
      `This server has no sign-in in the browser. Paste an access token for ${backend.url}`,
    );
    input.enter(backend.issueToken({ userId: 3 }));
    expect((await signingIn).account.label).toBe('user3@example.test');
    expect(recorded.opened).toEqual([]);
  });
});

describe('signing out', () => {
  test('forgets the account and revokes its tokens', async () => {
    const { auth, secrets, told } = await open();
    personAnswers('Allow');
    const { accessToken } = await auth.createSession();
    await auth.signOut();
    expect(secrets.stored.has(`account:${backend.url}`)).toBe(false);
    expect(told).toEqual(['signIn', 'signOut']);
    const { revocations } = backend.control.oauthStats();
    expect(revocations).toMatchObject([{ ended: 'refresh', secret: 'right' }, { secret: 'right' }]);
    expect(backend.tokens.check(accessToken).verdict).not.toBe('valid');
  });

  test('forgets at once where the server does not answer', async () => {
    const { auth, told } = await open();
    personAnswers('Allow');
    await auth.createSession();
    backend.control.failOAuth({ status: 'hang' });
    void auth.signOut();
    await vi.waitFor(() => expect(told).toEqual(['signIn', 'signOut']), { timeout: 1_000 });
    expect(await auth.getSessions()).toEqual([]);
  });

  test('[X3] and everything before leaves no secret in the log', async () => {
    const { auth, secrets, lines } = await open();
    personAnswers('Allow');
    const { accessToken } = await auth.createSession();
    const account = readAccount(secrets.stored.get(`account:${backend.url}`)!);
    const tokens = account?.credentials.kind === 'oauth' ? account.credentials : undefined;
    await auth.signOut();
    const { searchParams } = new URL(recorded.opened[0]!);
    const used = [
      accessToken,
      tokens?.refreshToken?.reveal(),
      tokens?.client.secret?.reveal(),
      searchParams.get('state'),
      searchParams.get('code_challenge'),
    ];
    expect(lines.length).toBeGreaterThan(5);
    for (const secret of used) expect(lines.join('\n')).not.toContain(secret ?? 'missing');
    expect(used).not.toContain(undefined);
  });
});

/** One window of a person who uses the embedded server. */
async function open(options: BackendOptions = {}) {
  backend = await startBackend(options);
  const secrets = new SecretsInMemory();
  const lines: string[] = [];
  let serverUrl = backend.url;
  const { provider, subscriptions } = createAuthentication({
    context: {
      secrets,
      globalStorageUri: { scheme: 'file', fsPath: folder },
      extension: { id: 'CodeMySpec.codemyspec' },
    } as unknown as ExtensionContext,
    serverUrl: () => serverUrl,
    sink: { log: (level: LogLevel, line) => lines.push(`${level} ${line}`) },
    failureWords,
  });
  ending.push(() => subscriptions.forEach((subscription) => void subscription.dispose()));
  const told: string[] = [];
  provider.onDidChangeAccount((command) => told.push(command));
  const moveTo = (url: string) => {
    serverUrl = url;
    provider.serverChanged();
  };
  return { auth: provider, secrets, lines, told, moveTo };
}

function personAnswers(
  answer: 'Allow' | 'Deny',
  addressOf = (location: string) => Uri.parse(location),
): void {
  recorded.person = (url) => void answerConsent(url, answer).then((back) => comeBack(addressOf(back)));
}

function comeBack(uri: Uri): void {
  for (const handler of recorded.uriHandlers) handler.handleUri(uri as never);
}
