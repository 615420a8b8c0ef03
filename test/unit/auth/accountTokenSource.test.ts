import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { renewalTimes } from '../../../machines/delays';
import type { Account, OAuthTokens } from '../../../src/auth/account';
import { AccountStore } from '../../../src/auth/accountStore';
import { accountTokenSource, type AccountTokenSourceOptions } from '../../../src/auth/accountTokenSource';
import type { AuthorizationServer } from '../../../src/auth/authorizationServer';
import { ClientStore } from '../../../src/auth/clientStore';
import { lockFolder } from '../../../src/auth/lockFolder';
import { LOCKS_OF_THIS_WINDOW, type RefreshLocks } from '../../../src/auth/refreshLock';
import type { SecretStore } from '../../../src/auth/secretStore';
import type { TokenSource } from '../../../src/model/tokenSource';
import { ok, err } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { SecretsInMemory } from './secretsInMemory';
import { addressOf, recordedLog, REDIRECT_URI, serversOf, signedInAccount } from './signedIn';

const LIFETIME_S = 100;
const STYLES = ['recorded', 'rfc'] as const;

let folder: string;
let backend: Backend;
let clock: () => number;

const pass = (ms: number): void => {
  const before = clock;
  clock = () => before() + ms;
};

beforeEach(async () => {
  clock = Date.now;
  folder = await mkdtemp(join(tmpdir(), 'locks-'));
});

afterEach(async () => {
  await backend.stop();
  await rm(folder, { recursive: true });
});

describe('a token of a sign-in', () => {
  test('[A5] serves until its margin, and is asked for again exactly then', async () => {
    const { window, account } = await signedIn();
    const { get } = window();
    const { issuedAt } = account.credentials;
    clock = () => issuedAt;
    // 20 % of 100 s, times a factor between 1 and 2 that is drawn once: 1.5 here.
    expect(await get()).toEqual(granted(account.credentials.accessToken, 70_000));
    pass(69_000);
    expect(await get()).toEqual(granted(account.credentials.accessToken, 1_000));
    expect(refreshes()).toBe(0);
    pass(1_000);
    const answer = await get();
    expect(refreshes()).toBe(1);
    expect(answer.ok && answer.value?.token.equals(account.credentials.accessToken)).toBe(false);
  });

  test('[A5] is due at different times in different windows', async () => {
    const { window, account } = await signedIn();
    clock = () => account.credentials.issuedAt;
    const times: (number | undefined)[] = [];
    for (const drawn of [0, 0.25, 0.999]) {
      const { get } = window({ random: () => drawn });
      const answer = await get();
      times.push(answer.ok ? answer.value?.renewInMs : undefined);
    }
    expect(times).toEqual([80_000, 75_000, expect.closeTo(60_020, -1)]);
  });

  test('[A5] of long life is renewed five to ten minutes ahead', async () => {
    const { window, account } = await signedIn({ accessTokenLifetimeS: 7200 });
    const { get } = window();
    clock = () => account.credentials.issuedAt;
    expect(await get()).toMatchObject({ value: { renewInMs: 7_200_000 - 450_000 } });
  });

  test.each(['rotated', 'added', 'kept'] as const)(
    '[A5] is renewed again and again where refresh tokens are %s',
    async (refreshTokens) => {
      const { window, stored, account } = await signedIn({ refreshTokens });
      const { get } = window();
      const seen = new Set<string>();
      for (let turn = 1; turn <= 3; turn++) {
        pass(LIFETIME_S * 1000);
        const answer = await get();
        seen.add(tokenIn(answer) ?? 'none');
        expect((await stored())?.credentials).toMatchObject({ revision: turn });
      }
      expect([seen.size, refreshes()]).toEqual([3, 3]);
      const { id, label } = account;
      expect(await stored()).toMatchObject({ id, label });
    },
  );

  test('[A3] is the stored one at each attempt, whoever renewed it', async () => {
    const { window, accounts, account } = await signedIn();
    const { get } = window();
    await get();
    const other = { ...account.credentials, accessToken: new Secret('other'), revision: 7 };
    await accounts.put(backend.url, { ...account, credentials: other });
    expect(await get()).toMatchObject({ ok: true, value: { token: new Secret('other') } });
    const answer = await get();
    expect(tokenIn(answer)).toBe('other');
  });

  test('[C22] that ends at once is due at once; how soon it is asked for is the machine’s to say', async () => {
    const { window } = await signedIn({ accessTokenLifetimeS: 0 });
    expect(await window().get()).toMatchObject({ ok: true, value: { renewInMs: 0 } });
  });

  test('without an end or a way to renew it is taken as it is', async () => {
    const { window, accounts, account } = await signedIn();
    const { get } = window();
    pass(LIFETIME_S * 2000);
    const { credentials } = account;
    await accounts.put(backend.url, { ...account, credentials: { ...credentials, refreshToken: undefined } });
    expect(await get()).toEqual(granted(credentials.accessToken));
    expect(await get(true)).toEqual(granted(credentials.accessToken));
    await accounts.put(backend.url, { ...account, credentials: { ...credentials, expiresAt: undefined } });
    expect(await get()).toEqual(granted(credentials.accessToken));
    expect(refreshes()).toBe(0);
  });
});

describe('a token that REST refused', () => {
  test('[A7] is renewed, whatever its end', async () => {
    const { window, account } = await signedIn();
    const { get } = window();
    await get();
    const answer = await get(true);
    expect(answer.ok && answer.value?.token.equals(account.credentials.accessToken)).toBe(false);
    expect(refreshes()).toBe(1);
  });

  test('[A8] is not renewed where another window did so already', async () => {
    const { window } = await signedIn({ refreshTokens: 'rotated' });
    const [one, two] = [window(), window()];
    await one.get();
    await two.get();
    const renewed = await one.get(true);
    expect(tokenIn(await two.get(true))).toBe(tokenIn(renewed));
    expect(refreshes()).toBe(1);
  });
});

describe('windows that race for one rotating refresh token', () => {
  test.each(STYLES)('[A8] wait for each other, and one asks (%s)', async (style) => {
    const { window } = await signedIn({ style, refreshTokens: 'rotated', reuseEndsSignIn: true });
    const windows = Array.from({ length: 5 }, () => window());
    pass(LIFETIME_S * 1000);
    backend.control.slowOAuth(100);
    const answers = await Promise.all(windows.flatMap(({ get }) => [get(), get()]));
    const tokens = new Set(answers.map((answer) => tokenIn(answer) ?? 'none'));
    expect([tokens.size, tokens.has('none'), refreshes()]).toEqual([1, false, 1]);
  });

  test('[A8] wait for a storage that shows another window’s token only later', async () => {
    const { secrets, window, stored } = await signedIn({ refreshTokens: 'rotated', reuseEndsSignIn: true });
    const one = window();
    const two = window({ secrets: lagging(secrets, 300) });
    for (const turn of [1, 2]) {
      pass(LIFETIME_S * 1000);
      const renewed = await one.get();
      expect(tokenIn(await two.get())).toBe(tokenIn(renewed));
      expect((await stored())?.credentials).toMatchObject({ revision: turn });
    }
    expect(outcomes()).toEqual(['ok', 'ok']);
  });

  test('[A8] go on after one crashed with the lock', async () => {
    const { window, stored } = await signedIn({ refreshTokens: 'rotated' });
    const locks = lockFolder({ folder, log: recordedLog().log, leaseMs: 300 });
    expect(await locks.acquire(backend.url, 0)).toBeDefined();
    const { get } = window({ locks });
    pass(LIFETIME_S * 1000);
    const startedAt = performance.now();
    expect(await get()).toMatchObject({ ok: true, value: {} });
    expect(performance.now() - startedAt).toBeGreaterThan(200);
    expect((await stored())?.credentials).toMatchObject({ revision: 1 });
  });

  test('[A6] keep a token that is still good when the lock cannot be had', async () => {
    const { window, account } = await signedIn();
    const { get } = window({ locks: { acquire: () => Promise.resolve(undefined) } });
    pass(75_000);
    expect(await get()).toMatchObject(granted(account.credentials.accessToken, 15_000));
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
  });

  test('[A8] need no shared folder within one window', async () => {
    const { window } = await signedIn({ refreshTokens: 'rotated' });
    const { get } = window({ locks: LOCKS_OF_THIS_WINDOW });
    pass(LIFETIME_S * 1000);
    const answers = await Promise.all([get(), get(), get()]);
    expect([new Set(answers).size, refreshes()]).toEqual([1, 1]);
  });
});

describe('a reply that is lost', () => {
  test('[A8] is asked for again at once with the same refresh token, where the server permits', async () => {
    const { window, stored } = await signedIn({ refreshTokens: 'rotated', rotationGraceS: 30 });
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.loseTokenReply();
    expect(await get()).toMatchObject({ ok: true, value: {} });
    expect([refreshes(), (await stored())?.credentials]).toMatchObject([2, { revision: 1 }]);
  });

  test('[A6] twice costs nobody the sign-in, and the next attempt goes on', async () => {
    const { window, stored } = await signedIn({ refreshTokens: 'rotated', rotationGraceS: 30 });
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.loseTokenReply(2);
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
    expect((await stored())?.credentials).toMatchObject({ revision: 0 });
    expect(await get()).toMatchObject({ ok: true, value: {} });
  });

  test.each(STYLES)('signs out where the server permits no second use (%s)', async (style) => {
    const { window, stored } = await signedIn({ style, refreshTokens: 'rotated' });
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.loseTokenReply();
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'signInEnded' } });
    expect(await stored()).toBeUndefined();
  });
});

describe('a server out of reach', () => {
  test.each(['reset', 500, 503, 429, 403, 'html', 404] as const)(
    '[A6] signs nobody out when it answers %s',
    async (status) => {
      const { window, account, stored } = await signedIn();
      const { get } = window();
      backend.control.failOAuth({ status });
      pass(75_000);
      expect(await get()).toMatchObject(granted(account.credentials.accessToken, 15_000));
      pass(75_000);
      expect(await get()).toMatchObject({ ok: false });
      expect(await get(true)).toMatchObject({ ok: false });
      expect(await stored()).toMatchObject({ id: account.id });
      backend.control.healOAuth();
      expect(await get()).toMatchObject({ ok: true, value: {} });
    },
  );

  test('[A6] is said to be unreachable', async () => {
    const { window } = await signedIn();
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.failOAuth({ status: 'reset' });
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
  });

  test('[A6] a gateway’s own JSON error is no refusal of the grant', async () => {
    const { window, stored } = await signedIn();
    const fetchImpl: typeof fetch = () =>
      Promise.resolve(Response.json({ error: 'forbidden' }, { status: 403 }));
    const { get } = window({ fetchImpl });
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'serverError' } });
    expect(await stored()).toBeDefined();
  });
});

describe('a refresh token that the server refuses', () => {
  test.each(STYLES)('[A7] signs out, once the access token is of no use either (%s)', async (style) => {
    const { window, account, stored } = await signedIn({ style });
    const { get } = window();
    backend.control.revokeAll();
    pass(75_000);
    const { accessToken } = account.credentials;
    expect(await get()).toMatchObject(granted(accessToken, 25_000));
    expect(await get()).toMatchObject(granted(accessToken, 25_000));
    expect(outcomes()).toHaveLength(1);
    expect(await stored()).toBeDefined();
    expect(await get(true)).toMatchObject({ ok: false, failure: { kind: 'signInEnded' } });
    expect(await stored()).toBeUndefined();
    expect(outcomes()).toHaveLength(2);
  });

  test('[A8] of a window that does not see what others store ends nothing but its own', async () => {
    const { window, stored } = await signedIn();
    const { get } = window({ followsOtherWindows: false });
    backend.control.revokeAll();
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'signInChanged' } });
    expect(await stored()).toBeDefined();
  });

  test.each(STYLES)('[A8] is no reason where the storage holds another by now (%s)', async (style) => {
    const { window, accounts, account } = await signedIn({ style, refreshTokens: 'rotated' });
    const newer = new Secret('renewed elsewhere');
    const { get } = window({
      refresh: async () => {
        const credentials = { ...account.credentials, accessToken: newer, refreshToken: new Secret('r2') };
        await accounts.put(backend.url, { ...account, credentials: { ...credentials, revision: 1 } });
        return err({ kind: 'grantRefused', detail: 'invalid_grant', code: 'invalid_grant' });
      },
    });
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: true, value: { token: newer } });
    expect(await storedIn(accounts)).toMatchObject({ id: account.id });
  });

  test('[A8] is looked at again for as long as a storage may lag', async () => {
    const { window, accounts, account } = await signedIn();
    const { get } = window({
      refresh: () => {
        const credentials = { ...account.credentials, refreshToken: new Secret('r2'), revision: 1 };
        setTimeout(() => void accounts.put(backend.url, { ...account, credentials }), 200);
        return Promise.resolve(err({ kind: 'grantRefused', detail: 'invalid_grant' }));
      },
    });
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: true, value: {} });
    expect(await storedIn(accounts)).toBeDefined();
  });

  test('[A7] of a client that the server forgot means the same', async () => {
    const { window, secrets, stored, accounts, account } = await signedIn();
    const clients = new ClientStore(secrets, recordedLog().log);
    const registered = { ...account.credentials.client, id: 'forgotten' };
    await clients.put(backend.url, { redirectUri: REDIRECT_URI, port: undefined, client: registered });
    const client = { ...account.credentials.client, id: 'forgotten' };
    await accounts.put(backend.url, { ...account, credentials: { ...account.credentials, client } });
    const { get } = window();
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'signInEnded' } });
    expect([await stored(), [...secrets.stored.keys()]]).toEqual([undefined, []]);
  });
});

test.each(['account', 'client'])(
  '[A10] the end of a sign-in is told though the storage does not let go of the %s',
  async (kept) => {
    const { window, secrets, accounts, account } = await signedIn();
    if (kept === 'client') {
      const client = { ...account.credentials.client, id: 'forgotten' };
      const clients = new ClientStore(secrets, recordedLog().log);
      await clients.put(backend.url, { redirectUri: REDIRECT_URI, port: undefined, client });
      await accounts.put(backend.url, { ...account, credentials: { ...account.credentials, client } });
    } else backend.control.revokeAll();
    const { get } = window();
    pass(LIFETIME_S * 1000);
    secrets.delete = () => Promise.reject(new Error('the keyring is locked'));
    expect(await get()).toMatchObject({ ok: false, failure: { kind: 'signInEnded' } });
  },
);

test('[A5] a storage that hangs keeps no token back, and is asked again with the next', async () => {
  const { window, secrets, stored } = await signedIn();
  const { get } = window();
  pass(LIFETIME_S * 1000);
  const store = secrets.store.bind(secrets);
  secrets.store = () => new Promise(() => {});
  const renewed = await get();
  expect([renewed.ok, refreshes()]).toEqual([true, 1]);
  secrets.store = store;
  expect(await get()).toEqual({
    ...renewed,
    value: { ...(renewed.ok && renewed.value), renewInMs: expect.any(Number) as number },
  });
  expect(refreshes()).toBe(1);
  await vi.waitFor(async () =>
    expect((await stored())?.credentials.accessToken).toEqual(renewed.ok && renewed.value?.token),
  );
});

describe('meanwhile', () => {
  test('a sign-out during a refresh stays one, and the new token is revoked', async () => {
    const { window, accounts, stored } = await signedIn();
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.slowOAuth(50);
    const answer = get();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await accounts.remove(backend.url);
    expect(await answer).toEqual({ ok: true, value: undefined });
    expect(await stored()).toBeUndefined();
    await vi.waitFor(() => expect(backend.control.oauthStats().revocations).toHaveLength(2), {
      timeout: 5_000,
    });
  });

  test('a new sign-in during a refresh wins', async () => {
    const { window, accounts, account } = await signedIn();
    const anew = { kind: 'personalAccessToken', accessToken: new Secret('personal') } as const;
    const { get } = window();
    pass(LIFETIME_S * 1000);
    backend.control.slowOAuth(50);
    const answer = get();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await accounts.put(backend.url, { ...account, id: 'anew', credentials: anew });
    expect(await answer).toEqual(granted(anew.accessToken));
    expect(await storedIn(accounts)).toMatchObject({ id: 'anew' });
  });

  test('[A6] a storage that takes nothing costs no rotated token', async () => {
    const { window, secrets, stored } = await signedIn({ refreshTokens: 'rotated' });
    const { get } = window();
    pass(LIFETIME_S * 1000);
    secrets.full = true;
    const first = await get();
    expect(first).toMatchObject({ ok: true, value: {} });
    expect((await stored())?.credentials).toMatchObject({ revision: 0 });
    secrets.full = false;
    expect(tokenIn(await get())).toBe(tokenIn(first));
    expect((await stored())?.credentials).toMatchObject({ revision: 1 });
    pass(LIFETIME_S * 1000);
    expect(await get()).toMatchObject({ ok: true, value: {} });
    expect(outcomes()).toEqual(['ok', 'ok']);
  });
});

test('[X1] a changed address never sees the token of another', async () => {
  const { window } = await signedIn();
  const other = await startBackend();
  const { source } = window();
  expect(await source.get({ address: addressOf(other.url), renew: true })).toEqual({
    ok: true,
    value: undefined,
  });
  expect(other.control.stats().requests).toEqual([]);
  await other.stop();
});

test('[X3] no secret of a renewal reaches the log', async () => {
  const { window, stored, account } = await signedIn({ refreshTokens: 'rotated' });
  const { get, lines } = window();
  pass(LIFETIME_S * 1000);
  await get();
  const { credentials } = (await stored()) as Account & { credentials: OAuthTokens };
  backend.control.failOAuth({ status: 'reset' });
  pass(LIFETIME_S * 1000);
  await get();
  backend.control.healOAuth();
  backend.control.revokeAll();
  await get();
  expect(lines.length).toBeGreaterThan(3);
  for (const tokens of [account.credentials, credentials]) {
    for (const secret of [tokens.accessToken, tokens.refreshToken, tokens.client.secret]) {
      expect(lines.join('\n')).not.toContain(secret!.reveal());
    }
  }
});

interface WindowOptions extends Partial<Pick<AccountTokenSourceOptions, 'followsOtherWindows'>> {
  readonly refresh?: AuthorizationServer['refresh'];
  readonly secrets?: SecretStore;
  readonly locks?: RefreshLocks;
  readonly fetchImpl?: typeof fetch;
  readonly random?: () => number;
}

/** An account at the embedded server, in a secret storage that windows share. */
async function signedIn(oauth: Exclude<BackendOptions['oauth'], false> = {}) {
  backend = await startBackend({ oauth: { accessTokenLifetimeS: LIFETIME_S, ...oauth } });
  const secrets = new SecretsInMemory();
  const { log } = recordedLog();
  const accounts = new AccountStore(secrets, log);
  const account = await signedInAccount(backend);
  await accounts.put(backend.url, account);
  const window = (options: WindowOptions = {}) => openWindow(secrets, options);
  return { window, secrets, accounts, account, stored: () => storedIn(accounts) };
}

function openWindow(shared: SecretsInMemory, options: WindowOptions) {
  const { log, lines } = recordedLog();
  const now = () => clock();
  const { fetchImpl = fetch } = options;
  const servers = serversOf(log, { fetch: fetchImpl, now });
  const { refresh } = options;
  const source = accountTokenSource({
    accounts: new AccountStore(options.secrets ?? shared, log),
    clients: new ClientStore(shared, log),
    servers: refresh
      ? {
          at: () => Promise.resolve(ok({ refresh })),
          clear: () => {},
          revokeUnused: () => Promise.resolve(),
        }
      : servers,
    followsOtherWindows: options.followsOtherWindows ?? true,
    locks: options.locks ?? lockFolder({ folder, log }),
    log,
    renewal: renewalTimes(options.random ?? (() => 0.5)),
    now,
    storageLagMs: 600,
  });
  return {
    source,
    lines,
    get: (renew = false) => source.get({ address: addressOf(backend.url), renew }),
  };
}

/** A secret storage as another window sees it: changed a while later. */
function lagging(secrets: SecretsInMemory, lagMs: number): SecretStore {
  const seen = new Map(secrets.stored);
  secrets.onDidChange(({ key }) => {
    const value = secrets.stored.get(key);
    setTimeout(() => (value === undefined ? seen.delete(key) : seen.set(key, value)), lagMs);
  });
  return {
    get: (key) => Promise.resolve(seen.get(key)),
    store: (key, value) => secrets.store(key, value),
    delete: (key) => secrets.delete(key),
    keys: () => Promise.resolve([...seen.keys()]),
    onDidChange: (listener) => secrets.onDidChange(listener),
  };
}

async function storedIn(accounts: AccountStore): Promise<Account | undefined> {
  const found = await accounts.get(backend.url);
  return found.ok ? found.value : undefined;
}

function tokenIn(answer: Awaited<ReturnType<TokenSource['get']>>): string | undefined {
  return answer.ok ? answer.value?.token.reveal() : undefined;
}

function granted(token: Secret, renewInMs?: number) {
  const accountId = expect.any(String) as string;
  if (renewInMs === undefined) return { ok: true, value: { token, accountId } };
  return { ok: true, value: { token, accountId, renewInMs: expect.closeTo(renewInMs, -2.5) as number } };
}

function refreshes(): number {
  return backend.control.oauthStats().refreshes;
}

function outcomes(): string[] {
  const { tokenRequests } = backend.control.oauthStats();
  return tokenRequests.filter(({ grant }) => grant === 'refresh_token').map(({ outcome }) => outcome);
}
