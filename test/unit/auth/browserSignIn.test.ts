import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CancellationError, Uri, type ExtensionContext } from 'vscode';
import { renewalTimes } from '../../../machines/delays';
import { AccountStore } from '../../../src/auth/accountStore';
import { createAuthentication } from '../../../src/auth/vscode/authentication';
import type { AuthProvider } from '../../../src/auth/vscode/authProvider';
import { OFFER_OTHER_WAYS_MS } from '../../../src/auth/vscode/browserSignIn';
import { hostEnvironment, type HostEnvironment } from '../../../src/auth/vscode/hostEnvironment';
import { SignInFailed } from '../../../src/auth/vscode/signIn';
import type { LogLevel } from '../../../src/log';
import { failureMessage } from '../../../src/views/failureMessage';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { answerConsent, openConsent, pressButton } from '../../backend/oauth/answerConsent';
import { resetStandIn, recorded } from '../vscodeStandIn';
import { SecretsInMemory } from './secretsInMemory';
import { recordedLog } from './signedIn';

const BARE_URI = 'code-oss://codemyspec.codemyspec/callback';
const DESKTOP: Partial<HostEnvironment> = { isInBrowser: false };
const NO_LISTENER: Partial<HostEnvironment> = { openListener: () => Promise.resolve(undefined) };

let backend: Backend;
let folder: string;
const ending: (() => void)[] = [];

beforeEach(async () => {
  resetStandIn();
  folder = await mkdtemp(join(tmpdir(), 'sign-in-'));
});

afterEach(async () => {
  for (const end of ending.splice(0)) end();
  await backend.stop();
  await rm(folder, { recursive: true });
});

describe('signing in through the browser', () => {
  test('for scopes that there are not, nothing begins, and whoever is signed in stays', async () => {
    const { auth, secrets } = await open({ oauth: {} });
    userAnswers('Allow');
    const { accessToken } = await auth.createSession(['read']);
    await expect(auth.createSession(['read', 'admin'])).rejects.toThrow('read and write alone');
    expect(await auth.getSessions(['read'])).toMatchObject([{ accessToken }]);
    expect(secrets.stored.size).toBe(2);
  });

  test.each(['recorded', 'rfc'] as const)('ends with an account named by its e-mail (%s)', async (style) => {
    const { auth, secrets, told } = await open({ oauth: { style, userId: 7 }, me: true });
    userAnswers('Allow');
    const session = await auth.createSession();
    expect(session).toMatchObject({
      account: { id: '7', label: 'user7@example.test' },
      scopes: ['read', 'write'],
    });
    expect([...secrets.stored.keys()].sort()).toEqual([`account:${backend.url}`, `client:${backend.url}`]);
    expect(told).toEqual(['signIn']);
    expect(recorded.progress).toMatchObject([
      {
        title: `Signing in to ${new URL(backend.url).host}: continue in your browser`,
        cancellable: true,
        open: false,
      },
    ]);
    expect(backend.control.oauthStats().registrations).toMatchObject([
      {
        name: 'CodeMySpec (Code)',
        redirectUris: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)],
      },
    ]);
  });

  test('keeps its client as long as its port can be had', async () => {
    const { auth } = await open();
    userAnswers('Allow');
    for (let turn = 0; turn < 3; turn++) await auth.createSession();
    const { registrations } = backend.control.oauthStats();
    expect(registrations).toHaveLength(1);
    const other = createServer().listen(
      Number(new URL(registrations[0]!.redirectUris[0]!).port),
      '127.0.0.1',
    );
    ending.push(() => other.close());
    await auth.createSession();
    expect(backend.control.oauthStats().registrations).toHaveLength(2);
  });

  test('goes on when the editor says that nothing was opened: the link may have been copied', async () => {
    const { auth } = await open();
    let url = '';
    recorded.user = (opened) => (url = opened);
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(url).not.toBe(''));
    await follow(await answerConsent(url, 'Allow'));
    await expect(signingIn).resolves.toBeDefined();
  });

  test('shows a page that leads back to the editor, and keeps everything else out', async () => {
    const { auth } = await open();
    let page: Response | undefined;
    recorded.user = (url) =>
      void answerConsent(url, 'Allow').then(async (back) => (page = await fetch(back)));
    await auth.createSession();
    await vi.waitFor(() => expect(page).toBeDefined());
    const html = await page!.text();
    expect(html).toContain('<a href="code-oss://codemyspec.codemyspec/">Back to Code</a>');
    expect(html).not.toMatch(/<script|code=|state=/);
    expect(page!.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  test('a double click makes one sign-in; a later click opens the same page again', async () => {
    const { auth } = await open();
    const first = auth.createSession();
    const second = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 10_000);
    const third = auth.createSession();
    vi.restoreAllMocks();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(2));
    expect(recorded.opened[1]).toBe(recorded.opened[0]);
    await follow(await answerConsent(recorded.opened[1]!, 'Allow'));
    expect(new Set(await Promise.all([first, second, third])).size).toBe(1);
    expect(backend.control.oauthStats().registrations).toHaveLength(1);
  });

  test('revokes the tokens of the account whose place it takes', async () => {
    const { auth } = await open();
    userAnswers('Allow');
    const { accessToken } = await auth.createSession();
    await auth.createSession();
    await vi.waitFor(() => expect(backend.tokens.check(accessToken).verdict).not.toBe('valid'));
  });

  test('[A6] says so where the account cannot be stored, and revokes its tokens', async () => {
    const { auth, secrets } = await open();
    recorded.user = (url) =>
      void answerConsent(url, 'Allow').then((back) => {
        secrets.full = true;
        return fetch(back);
      });
    await expect(auth.createSession()).rejects.toThrow(/secret storage/);
    await vi.waitFor(() => expect(backend.control.oauthStats().revocations).not.toEqual([]));
  });

  test('[A6] where the storage is locked from the start says so, and opens no browser', async () => {
    const { auth, secrets } = await open();
    secrets.broken = true;
    await expect(auth.createSession()).rejects.toThrow(/secret storage/);
    expect([recorded.opened, recorded.progress]).toEqual([[], []]);
  });

  test('offers the other ways when nothing comes back for a while', async () => {
    const { auth } = await open();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    expect(recorded.progress[0]!.message).toBeUndefined();
    await vi.advanceTimersByTimeAsync(OFFER_OTHER_WAYS_MS);
    vi.useRealTimers();
    expect(recorded.progress[0]!.message).toMatch(
      /\(command:codeMySpec\.signInWithCode\).*\(command:codeMySpec\.signInWithToken\)/,
    );
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });
});

describe('[A9] the way back', () => {
  const registered = () => backend.control.oauthStats().registrations.flatMap((each) => each.redirectUris);

  test.each([
    ['', (uri: string) => uri],
    [' of older versions, which loses the path', (uri: string) => `${new URL(uri).origin}/`],
  ])('of an editor in a browser is the forwarded address of the listener%s', async (_what, kept) => {
    const { auth } = await open({}, { isInBrowser: true });
    recorded.externalUri = (uri) =>
      kept(uri).replace(/^http:\/\/127\.0\.0\.1:(\d+)/, 'https://editor.example/proxy/$1');
    // As the forwarder would: the path without its prefix, on the local port.
    const local = (url: string) =>
      url.replace(/^https:\/\/editor\.example\/proxy\/(\d+)/, 'http://127.0.0.1:$1');
    recorded.user = (url) => void answerConsent(local(url), 'Allow').then((back) => fetch(local(back)));
    await auth.createSession();
    expect(registered()).toEqual([
      expect.stringMatching(/^https:\/\/editor\.example\/proxy\/\d+\/callback$/),
    ]);
  });

  test.each([
    ['plain http from another machine', 'http://editor.example:8080/'],
    ['an address with a query', 'https://editor.example/?port=1'],
  ])('is the clipboard where a browser reaches the editor by %s', async (_what, external) => {
    const { auth } = await open({}, { isInBrowser: true });
    recorded.externalUri = (uri) => (uri.startsWith(backend.url) ? uri : external);
    const signingIn = auth.createSession();
    await pasteCode();
    await signingIn;
    expect(registered()).toEqual(['urn:ietf:wg:oauth:2.0:oob']);
  });

  test('is the bare URI of the extension where no listener can be had', async () => {
    const { auth, secrets } = await open({}, { ...DESKTOP, ...NO_LISTENER });
    let back = '';
    recorded.user = (url) => void answerConsent(url, 'Allow').then((location) => comeBack((back = location)));
    await auth.createSession();
    expect([registered(), back.split('?')[0]]).toEqual([[BARE_URI], BARE_URI]);
    expect([...secrets.stored.keys()].filter((key) => key.startsWith('authorization:'))).toEqual([]);
  });

  test('by the bare URI may lead to any window, which finishes what another began', async () => {
    const one = await open({}, { ...DESKTOP, ...NO_LISTENER });
    const two = openWindow(one.secrets, { ...DESKTOP, ...NO_LISTENER });
    const signingIn = one.auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    const back = await answerConsent(recorded.opened[0]!, 'Allow');
    two.comeBack(back);
    const session = await signingIn;
    expect(await two.auth.getSessions()).toEqual([session]);
    expect(one.secrets.stored.has(`authorization:${backend.url}`)).toBe(false);
    two.comeBack(back);
    one.comeBack(back);
    await vi.waitFor(() => expect(one.lines.at(-1)).toMatch(/nobody asked for/));
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(1);
  });

  test('[A6] by the bare URI says in the window that it reached when the account cannot be stored', async () => {
    const one = await open({}, { ...DESKTOP, ...NO_LISTENER });
    const two = openWindow(one.secrets, { ...DESKTOP, ...NO_LISTENER });
    const signingIn = one.auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    one.secrets.full = true;
    two.comeBack(await answerConsent(recorded.opened[0]!, 'Allow'));
    await vi.waitFor(() => expect(recorded.messages).toEqual([expect.stringContaining('secret storage')]));
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });

  test('by the bare URI says in the window that it reached when it was declined', async () => {
    const one = await open({}, { ...DESKTOP, ...NO_LISTENER });
    const two = openWindow(one.secrets, { ...DESKTOP, ...NO_LISTENER });
    const signingIn = one.auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    two.comeBack(await answerConsent(recorded.opened[0]!, 'Deny'));
    await vi.waitFor(() => expect(recorded.messages).toEqual(['The sign-in was declined in the browser.']));
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });

  test.each([
    ['as it is', (code: string) => code],
    ['with what the page shows around it', (code: string) => `  {"code": "${code}"}\n`],
  ])('by the clipboard takes the code %s', async (_how, typed) => {
    const { auth } = await open();
    const signingIn = auth.signIn('code');
    const input = await pasteCode(typed);
    expect((await signingIn).account.id).toBe('1');
    expect([input.password, input.prompt]).toEqual([
      true,
      `Allow access on the page of ${backend.url}, then paste the code that it shows.`,
    ]);
    expect(recorded.progress).toEqual([]);
  });

  test('by the clipboard says what a pasted text lacks, and is silent on Escape', async () => {
    const { auth } = await open();
    const signingIn = auth.signIn('code');
    const input = await vi.waitFor(() => recorded.inputs.at(-1) ?? Promise.reject(new Error('no box')));
    input.enter('two words');
    expect(input.validationMessage).toBe('Paste the code that the page shows.');
    input.escape();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });

  test('that no server takes is told within seconds, before any browser opens', async () => {
    const { auth } = await open({}, { ...DESKTOP, ...NO_LISTENER, uriScheme: 'file' });
    await expect(auth.createSession()).rejects.toThrow(/does not let this editor sign in/);
    expect(recorded.opened).toEqual([]);
  });
});

describe('a sign-in that comes to nothing', () => {
  test('says so when the user declines', async () => {
    const { auth, secrets } = await open();
    userAnswers('Deny');
    await expect(auth.createSession()).rejects.toThrow('The sign-in was declined in the browser.');
    expect(secrets.stored.has(`account:${backend.url}`)).toBe(false);
  });

  test('is silent when the user cancels', async () => {
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

  test('gives way to one of another way', async () => {
    const { auth } = await open();
    const first = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    const abandoned = recorded.opened[0]!;
    const second = auth.signIn('code');
    await expect(first).rejects.toBeInstanceOf(CancellationError);
    await pasteCode();
    await second;
    await expect(follow(await answerConsent(abandoned, 'Allow'))).rejects.toThrow('fetch failed');
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(1);
  });

  test('[X1] ends when the server changes meanwhile', async () => {
    const { auth, secrets, moveTo } = await open();
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    moveTo('https://other.example');
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    await expect(follow(await answerConsent(recorded.opened[0]!, 'Allow'))).rejects.toThrow('fetch failed');
    expect(secrets.stored.has(`account:${backend.url}`)).toBe(false);
  });

  test.each([
    ['reset', /cannot be reached/],
    ['html', /Something other than a CodeMySpec server/],
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
    userAnswers('Allow');
    backend.control.failOAuth({ status: 'reset', endpoint });
    await expect(auth.createSession()).rejects.toThrow(reason);
  });

  test('for a code that the server does not take has a plain reason', async () => {
    const { auth } = await open();
    userAnswers('Allow', (back) => back.replace(/code=[^&]+/, 'code=another'));
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

describe('[X5] an answer at the URI of the extension', () => {
  test('that nobody asked for is refused and logged', async () => {
    const { lines } = await open();
    comeBack(`${BARE_URI}?code=abcdefghijk&state=made-up-state`);
    comeBack(`${BARE_URI}?code=abcdefghijk`);
    comeBack(`${BARE_URI}/other?code=abcdefghijk`);
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines.sort()).toEqual([
      expect.stringContaining('link to this extension that means nothing was refused'),
      expect.stringContaining('nobody asked for was refused'),
      expect.stringContaining('nobody asked for was refused'),
    ]);
    expect(lines.join()).not.toContain('abcdefghijk');
    expect(backend.control.stats().requests).toEqual([]);
  });

  test('with another state leaves the sign-in waiting for its own', async () => {
    const { auth } = await open({}, { ...DESKTOP, ...NO_LISTENER });
    const signingIn = auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    comeBack(`${BARE_URI}?code=abcdefghijk&state=made-up-state`);
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
    comeBack(await answerConsent(recorded.opened[0]!, 'Allow'));
    await expect(signingIn).resolves.toBeDefined();
  });

  test('of a request whose time is over is refused in any window', async () => {
    const one = await open({}, { ...DESKTOP, ...NO_LISTENER });
    const signingIn = one.auth.createSession();
    await vi.waitFor(() => expect(recorded.opened).toHaveLength(1));
    const key = `authorization:${backend.url}`;
    const kept = JSON.parse(one.secrets.stored.get(key)!) as { expiresAt: number };
    const back = await answerConsent(recorded.opened[0]!, 'Allow');
    recorded.progress[0]!.cancel();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    await one.secrets.store(key, JSON.stringify({ ...kept, expiresAt: Date.now() - 1 }));
    comeBack(back);
    await vi.waitFor(() => expect(one.lines.at(-1)).toMatch(/nobody asked for/));
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
  });

  test('is proven by a verifier that never leaves for the browser', async () => {
    const { auth } = await open({ oauth: { pkce: 'verified' } });
    userAnswers('Allow');
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
    expect(input.prompt).toBe(`This server has no browser sign-in. Paste an access token for ${backend.url}`);
    input.enter(backend.issueToken({ userId: 3 }));
    expect((await signingIn).account.label).toBe('user3@example.test');
    expect(recorded.opened).toEqual([]);
  });
});

describe('signing out', () => {
  test('forgets the account and revokes its tokens', async () => {
    const { auth, secrets, told } = await open();
    userAnswers('Allow');
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
    userAnswers('Allow');
    await auth.createSession();
    backend.control.failOAuth({ status: 'hang' });
    void auth.signOut();
    await vi.waitFor(() => expect(told).toEqual(['signIn', 'signOut']), { timeout: 1_000 });
    expect(await auth.getSessions()).toEqual([]);
  });

  test('[A6] says so where the secret storage is locked, and stays signed in', async () => {
    const { auth, secrets, told } = await open();
    userAnswers('Allow');
    await auth.createSession();
    secrets.broken = true;
    await expect(auth.signOut()).rejects.toThrow(/secret storage/);
    secrets.broken = false;
    expect([told, (await auth.getSessions()).length]).toEqual([['signIn'], 1]);
  });

  test('[X3] and everything before leaves no secret in the log', async () => {
    const { auth, secrets, lines } = await open();
    userAnswers('Allow');
    const { accessToken } = await auth.createSession();
    const kept = await new AccountStore(secrets, recordedLog().log).get(backend.url);
    const credentials = kept.ok ? kept.value?.credentials : undefined;
    const tokens = credentials?.kind === 'oauth' ? credentials : undefined;
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

interface Window {
  readonly auth: AuthProvider;
  readonly secrets: SecretsInMemory;
  readonly lines: string[];
  readonly told: string[];
  readonly moveTo: (url: string) => void;
  /** What the operating system hands to this window. */
  readonly comeBack: (uri: string) => void;
}

/** One window of a user of the embedded server. */
async function open(options: BackendOptions = {}, host: Partial<HostEnvironment> = DESKTOP): Promise<Window> {
  backend = await startBackend(options);
  return openWindow(new SecretsInMemory(), host);
}

function openWindow(secrets: SecretsInMemory, host: Partial<HostEnvironment>): Window {
  const lines: string[] = [];
  let serverUrl = backend.url;
  const { provider, handleUri } = createAuthentication({
    context: {
      secrets,
      globalStorageUri: { scheme: 'file', fsPath: folder },
      extension: { id: 'CodeMySpec.codemyspec' },
    } as unknown as ExtensionContext,
    serverUrl: () => serverUrl,
    sink: { log: (level: LogLevel, line) => lines.push(`${level} ${line}`) },
    failureMessage,
    host: { ...hostEnvironment(), ...host },
    renewal: renewalTimes(() => 0.5),
  });
  const handler = { handleUri };
  recorded.uriHandlers.add(handler as never);
  ending.push(() => {
    provider.dispose();
    recorded.uriHandlers.delete(handler as never);
  });
  const told: string[] = [];
  provider.onDidChangeAccount((command) => told.push(command));
  const moveTo = (url: string) => {
    serverUrl = url;
    provider.serverChanged();
  };
  return {
    ...{ auth: provider, secrets, lines, told, moveTo },
    comeBack: (uri) => void handleUri(Uri.parse(uri)),
  };
}

function userAnswers(answer: 'Allow' | 'Deny', changed = (location: string) => location): void {
  recorded.user = (url) => void answerConsent(url, answer).then((back) => follow(changed(back)));
}

const follow = (location: string) => fetch(location);

function comeBack(uri: string): void {
  for (const handler of recorded.uriHandlers) handler.handleUri(Uri.parse(uri) as never);
}

/** Allows on the page that was opened, and pastes the code that it shows. */
async function pasteCode(typed = (code: string) => code) {
  const input = await vi.waitFor(() => {
    const box = recorded.inputs.at(-1);
    return box?.open && recorded.opened.length > 0 ? box : Promise.reject(new Error('no box'));
  });
  const url = recorded.opened.at(-1)!;
  const { text } = await openConsent(url);
  const shown = (await pressButton(url, text, 'Allow')).text;
  input.enter(typed((JSON.parse(shown) as { code: string }).code));
  return input;
}
