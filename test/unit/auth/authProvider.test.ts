import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CancellationError } from 'vscode';
import type { TokenCheck } from '../../../src/auth/checkToken';
import { AccountStore } from '../../../src/auth/accountStore';
import { AuthProvider } from '../../../src/auth/vscode/authProvider';
import { signInWithToken } from '../../../src/auth/vscode/signInWithToken';
import { createLog } from '../../../src/log';
import { err, type Failure } from '../../../src/model/failure';
import { failureMessage } from '../../../src/views/failureMessage';
import { resetStandIn, recorded } from '../vscodeStandIn';
import { SecretsInMemory } from './secretsInMemory';

const accepted: TokenCheck = { outcome: 'accepted', me: { id: '7', email: 'me@mine.example' } };

beforeEach(resetStandIn);

describe('signing in with a token', () => {
  test('stores the account for the base address and tells', async () => {
    const { auth, secrets, told } = openWindow();
    const signingIn = auth.signIn('token');
    const input = await box();
    expect([input.password, input.ignoreFocusOut, input.prompt]).toEqual([
      true,
      true,
      'Paste an access token for https://mine.example',
    ]);
    input.enter(' token-1\n');
    const session = await signingIn;
    expect(session).toMatchObject({ account: { id: '7', label: 'me@mine.example' }, accessToken: 'token-1' });
    expect([...secrets.stored.keys()]).toEqual(['account:https://mine.example']);
    expect(told).toEqual(['signIn']);
    expect(await auth.getSessions(['read'])).toEqual([session]);
    expect(await auth.getSessions(['admin'])).toEqual([]);
    expect(recorded.contextKeys.get('codeMySpec.hasAccount')).toBe(true);
    expect(input.open).toBe(false);
  });

  test('lets the user try again after a refused token, and stores none', async () => {
    const answers = [
      refused({ kind: 'unauthorized', detail: '' }),
      refused({ kind: 'notCodeMySpec', detail: '' }),
      accepted,
    ];
    const { auth, secrets } = openWindow({ check: () => answers.shift()! });
    const signingIn = auth.signIn('token');
    const input = await box();
    input.enter('bad');
    await vi.waitFor(() => expect(input.validationMessage).toMatch(/refused this token/));
    input.type('worse');
    expect(input.validationMessage).toBeUndefined();
    input.enter('worse');
    await vi.waitFor(() => expect(input.validationMessage).toMatch(/Something other/));
    expect([secrets.stored.size, input.busy, input.open]).toEqual([0, false, true]);
    input.enter('good');
    expect((await signingIn).accessToken).toBe('good');
  });

  test('[E2] asks for no other token where the server refuses an editor of this kind', async () => {
    const failure: Failure = { kind: 'browserRefused', detail: '' };
    const { auth } = openWindow({ check: () => refused(failure) });
    const signingIn = auth.signIn('token');
    const input = await box();
    input.enter('good');
    await expect(signingIn).rejects.toMatchObject({
      ...{ kind: 'browserRefused', message: failureMessage(failure) },
    });
    expect(input.open).toBe(false);
  });

  test.each(['', '   ', 'two words'])('does not send %j', async (typed) => {
    const { auth, checked } = openWindow();
    const signingIn = auth.signIn('token');
    const input = await box();
    input.enter(typed);
    expect([checked.length, input.validationMessage === undefined]).toEqual([0, false]);
    input.escape();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });

  test('[A6] keeps a token that nobody could check, and says so', async () => {
    const { auth } = openWindow({
      check: () => ({ outcome: 'unchecked', failure: { kind: 'unreachable', detail: 'ECONNREFUSED' } }),
    });
    const signingIn = auth.signIn('token');
    (await box()).enter(`x.${btoa('{"sub":"42"}')}.y`);
    expect((await signingIn).account).toEqual({ id: '42', label: 'User 42' });
    expect(recorded.messages).toEqual([
      'The token was saved but could not be checked yet. The server cannot be reached.',
    ]);
  });

  test('a second click is part of the first', async () => {
    const { auth } = openWindow();
    const first = auth.signIn('token');
    const second = auth.signIn('token');
    (await box()).enter('token-2');
    expect(await second).toBe(await first);
    expect(recorded.inputs).toHaveLength(1);
  });

  test.each(['a"b', 'über', 'a,b', '=='])('[X3] does not take %j for a token', async (typed) => {
    const { auth, checked } = openWindow();
    const signingIn = auth.signIn('token');
    const input = await box();
    input.enter(typed);
    expect([checked.length, input.validationMessage]).toEqual([
      0,
      expect.stringMatching(/not an access token/),
    ]);
    input.escape();
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
  });

  test('[X4] an account is named on one line, without marks that no one sees', async () => {
    const { auth } = openWindow({
      check: () => ({ outcome: 'accepted', me: { id: '7', email: 'me\n\u202e@mine\u001b[31m.example' } }),
    });
    const signingIn = auth.signIn('token');
    (await box()).enter('token-1');
    expect((await signingIn).account.label).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test.each([
    ['localhost', /not a web address/],
    ['http://mine.example', /unencrypted/],
    ['https://me:pw@mine.example', /user name or a password/],
  ])('[X2] to %s asks for no token at all', async (url, reason) => {
    const { auth } = openWindow({ url });
    await expect(auth.signIn('token')).rejects.toThrow(reason);
    expect(recorded.inputs).toEqual([]);
  });

  test('[X1] ends when the server changes meanwhile', async () => {
    const { auth, secrets, moveTo } = openWindow();
    const signingIn = auth.signIn('token');
    const input = await box();
    moveTo('https://other.example');
    await expect(signingIn).rejects.toBeInstanceOf(CancellationError);
    expect([input.open, secrets.stored.size]).toEqual([false, 0]);
  });
});

describe('several windows', () => {
  test('follow a sign-in, a new token and a sign-out of one', async () => {
    const secrets = new SecretsInMemory();
    const one = openWindow({ secrets });
    const two = openWindow({ secrets });
    await signIn(one.auth, 'token-1');
    const [seen] = await two.auth.getSessions();
    expect([seen?.accessToken, two.told]).toEqual(['token-1', ['signIn']]);
    await signIn(one.auth, 'token-2');
    await two.auth.getSessions();
    await two.auth.removeSession((await two.auth.getSessions())[0]!.id);
    await one.auth.getSessions();
    expect([one.told, two.told]).toEqual([
      ['signIn', 'signIn', 'signOut'],
      ['signIn', 'signIn', 'signOut'],
    ]);
    expect(recorded.contextKeys.get('codeMySpec.hasAccount')).toBe(false);
  });

  test('a token renewed for the same account restarts nothing', async () => {
    const { auth, secrets, told, sessions } = openWindow();
    await signIn(auth, 'token-1');
    const key = 'account:https://mine.example';
    await secrets.store(key, secrets.stored.get(key)!.replace('token-1', 'token-2'));
    expect((await auth.getSessions())[0]?.accessToken).toBe('token-2');
    expect(told).toEqual(['signIn']);
    expect(sessions.at(-1)).toMatchObject({ added: [], removed: [], changed: [{ accessToken: 'token-2' }] });
  });

  test('[X1] the account of another server is neither shown nor told', async () => {
    const { auth, moveTo, told, sessions } = openWindow();
    await signIn(auth, 'token-1');
    moveTo('https://other.example');
    expect(await auth.getSessions()).toEqual([]);
    expect(sessions.at(-1)).toMatchObject({ added: [], removed: [{ accessToken: 'token-1' }] });
    moveTo('https://mine.example/base');
    expect(await auth.getSessions()).toEqual([]);
    moveTo('https://mine.example/');
    expect(await auth.getSessions()).toMatchObject([{ accessToken: 'token-1' }]);
    expect(told).toEqual(['signIn']);
  });

  test('[A6] a storage that cannot be read signs nobody out', async () => {
    const { auth, secrets, told } = openWindow();
    await signIn(auth, 'token-1');
    secrets.broken = true;
    await secrets.store('account:https://mine.example', 'unseen');
    expect(await auth.getSessions()).toHaveLength(1);
    expect(told).toEqual(['signIn']);
  });

  test('[D4] a window that ends listens no more', () => {
    const { auth, secrets } = openWindow();
    auth.dispose();
    expect(secrets.listenerCount).toBe(0);
  });
});

test('[X3] no token reaches the log', async () => {
  const { auth, lines } = openWindow();
  await signIn(auth, 'token-1');
  await auth.signOut();
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join()).not.toContain('token-1');
});

interface WindowOptions {
  readonly secrets?: SecretsInMemory;
  readonly url?: string;
  readonly check?: () => TokenCheck;
}

function openWindow({
  secrets = new SecretsInMemory(),
  url = 'https://mine.example',
  check = () => accepted,
}: WindowOptions = {}) {
  const lines: string[] = [];
  const log = createLog({ log: (_, line) => lines.push(line) }, 'Auth');
  const checked: string[] = [];
  let serverUrl = url;
  const auth = new AuthProvider({
    accounts: new AccountStore(secrets, log),
    serverUrl: () => serverUrl,
    servers: { revokeUnused: () => Promise.resolve() },
    signIn: {
      token: signInWithToken({
        check: ({ base }) => {
          checked.push(base);
          return Promise.resolve(check());
        },
        failureMessage,
      }),
      browser: () => Promise.resolve(err({ kind: 'cancelled', detail: '' })),
      code: () => Promise.resolve(err({ kind: 'cancelled', detail: '' })),
    },
    failureMessage,
    log,
  });
  const told: string[] = [];
  const sessions: unknown[] = [];
  auth.onDidChangeAccount((command) => told.push(command));
  auth.onDidChangeSessions((event) => sessions.push(event));
  const moveTo = (next: string) => {
    serverUrl = next;
    auth.serverChanged();
  };
  return { auth, secrets, told, sessions, lines, checked, moveTo };
}

async function box() {
  return vi.waitFor(() => {
    const input = recorded.inputs.at(-1);
    if (!input?.open) throw new Error('no input box is open');
    return input;
  });
}

async function signIn(auth: AuthProvider, token: string): Promise<void> {
  const signingIn = auth.signIn('token');
  (await box()).enter(token);
  await signingIn;
}

function refused(failure: Failure): TokenCheck {
  return { outcome: 'refused', failure };
}
