import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renewalTimes } from '../../../machines/delays';
import type { Account, Credentials, OAuthTokens } from '../../../src/auth/account';
import { AccountStore } from '../../../src/auth/accountStore';
import { accountTokenSource } from '../../../src/auth/accountTokenSource';
import { ClientStore } from '../../../src/auth/clientStore';
import { LOCKS_OF_THIS_WINDOW } from '../../../src/auth/refreshLock';
import { createLog } from '../../../src/log';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import { SecretsInMemory } from './secretsInMemory';

const MINE = 'https://mine.example';
const OTHER = 'https://other.example';
const TOKENS: OAuthTokens = {
  kind: 'oauth',
  accessToken: new Secret('very-secret-access'),
  refreshToken: new Secret('very-secret-refresh'),
  issuedAt: 1,
  expiresAt: 2,
  client: { id: 'c', secret: new Secret('very-secret-client'), authentication: 'body' },
  revision: 3,
};

describe('the account store', () => {
  test('[X1] keeps an account for its base address alone', async () => {
    const { accounts } = open();
    await accounts.put(MINE, account('t1'));
    const found = await storedIn(accounts, MINE);
    expect(found?.credentials.accessToken.reveal()).toBe('t1');
    expect({ ...found, credentials: undefined }).toEqual({ ...account('t1'), credentials: undefined });
    for (const other of [OTHER, `${MINE}/base`]) expect(await storedIn(accounts, other)).toBeUndefined();
    await accounts.remove(MINE);
    expect(await storedIn(accounts, MINE)).toBeUndefined();
  });

  test.each([
    '',
    '{',
    'null',
    '{"version":3}',
    '{"version":2,"id":"a","label":"b","credentials":{"kind":"x"}}',
  ])('says that %j is an account it cannot read, and leaves it', async (text) => {
    const { accounts, secrets, lines } = open();
    await secrets.store(`account:${MINE}`, text);
    expect(await accounts.get(MINE)).toMatchObject({ ok: false, failure: { kind: 'accountUnreadable' } });
    expect([secrets.stored.get(`account:${MINE}`), lines.length]).toEqual([text, 1]);
  });

  test('reads the personal access token that version 0.1.0 kept as pasted', async () => {
    const { accounts, secrets } = open();
    const credentials = { kind: 'pasted', accessToken: 't1' };
    await secrets.store(`account:${MINE}`, JSON.stringify({ ...account(''), version: 2, credentials }));
    expect(await storedIn(accounts, MINE)).toEqual(account('t1'));
    expect((await storedIn(accounts, MINE))?.credentials.accessToken.reveal()).toBe('t1');
  });

  test('[X3] shows no token where an account is printed', async () => {
    const { accounts } = open();
    await accounts.put(MINE, account('very-secret'));
    const found = await storedIn(accounts, MINE);
    expect(inspect(found, { depth: 9 }) + JSON.stringify(found)).not.toContain('very-secret');
  });

  test('tells of its own keys only', async () => {
    const { accounts, secrets } = open();
    const told: string[] = [];
    const subscription = accounts.onDidChange((origin) => told.push(origin));
    await secrets.store('client:x', '1');
    await accounts.put(MINE, account('t1'));
    subscription.dispose();
    await accounts.remove(MINE);
    expect(told).toEqual([MINE]);
  });
});

describe('an account with tokens of a sign-in', () => {
  test.each([
    [{}],
    [{ refreshToken: undefined, expiresAt: undefined }],
    [{ client: { id: 'c', secret: undefined, authentication: 'header' } as const }],
  ])('comes back as it was stored: %j', async (changes) => {
    const { accounts, secrets } = open();
    const credentials = { ...TOKENS, ...changes };
    await accounts.put(MINE, { ...account('t1'), credentials });
    const found = await storedIn(accounts, MINE);
    expect(found).toEqual({ ...account('t1'), credentials });
    expect(plain(found?.credentials)).toEqual(plain(credentials));
    expect(secrets.stored.get(`account:${MINE}`)).not.toContain('[secret]');
  });

  test('[X3] shows none of them where it is printed', async () => {
    const { accounts } = open();
    await accounts.put(MINE, { ...account('t1'), credentials: TOKENS });
    const found = await storedIn(accounts, MINE);
    const text = inspect(found, { depth: 9, showHidden: true }) + JSON.stringify(found);
    expect(text).not.toMatch(/very-secret/);
  });
});

describe('the client store', () => {
  const client = TOKENS.client;

  const bare = { redirectUri: 'vscode://a/b', port: undefined, client };
  const listener = { redirectUri: 'http://127.0.0.1:5001/callback', port: 5001, client };

  test('[X1] keeps the clients of a base address for it alone', async () => {
    const { clients } = open();
    await clients.put(MINE, bare);
    const [found] = await clients.list(MINE);
    expect([found, found?.client.secret?.reveal()]).toEqual([bare, 'very-secret-client']);
    for (const other of [OTHER, `${MINE}/base`]) expect(await clients.list(other)).toEqual([]);
  });

  test('keeps one for each redirect URI, and of those with a port the last', async () => {
    const { clients } = open();
    await clients.put(MINE, listener);
    await clients.put(MINE, bare);
    const moved = { ...listener, redirectUri: 'http://127.0.0.1:5002/callback', port: 5002 };
    await clients.put(MINE, moved);
    expect(await clients.list(MINE)).toEqual([bare, moved]);
    const again = { ...bare, client: { ...client, id: 'again' } };
    await clients.put(MINE, again);
    expect(await clients.list(MINE)).toEqual([moved, again]);
    await clients.remove(MINE, client.id);
    expect(await clients.list(MINE)).toEqual([again]);
  });

  test.each(['', '{', 'null', '{"version":2,"registrations":[{"redirectUri":"vscode://a/b","client":{}}]}'])(
    'takes %j for no client',
    async (text) => {
      const { clients, secrets } = open();
      await secrets.store(`client:${MINE}`, text);
      expect(await clients.list(MINE)).toEqual([]);
    },
  );
});

describe('the token source', () => {
  test('[A3] reads the stored token anew each time, for the server asked about', async () => {
    const { accounts, ask } = open();
    expect(await ask(MINE)).toEqual({ ok: true, value: undefined });
    await accounts.put(MINE, account('t1'));
    expect(await ask(MINE)).toEqual({ ok: true, value: { token: new Secret('t1'), accountId: 'a' } });
    await accounts.put(MINE, account('t2'));
    const answer = await ask(MINE);
    expect(answer.ok && answer.value?.token.reveal()).toBe('t2');
    for (const other of [OTHER, `${MINE}/base`]) {
      expect(await ask(other)).toEqual({ ok: true, value: undefined });
    }
  });

  test('[A6] takes a storage that cannot be read for a fault that passes, not for signed out', async () => {
    const { secrets, ask } = open();
    secrets.broken = true;
    expect(await ask(MINE)).toMatchObject({ ok: false, failure: { kind: 'storageUnavailable' } });
  });
});

function open() {
  const lines: string[] = [];
  const secrets = new SecretsInMemory();
  const log = createLog({ log: (_, line) => lines.push(line) }, 'Auth');
  const accounts = new AccountStore(secrets, log);
  const clients = new ClientStore(secrets, log);
  const never = () => Promise.reject(new Error('a personal access token is not renewed'));
  const source = accountTokenSource({
    ...{ accounts, clients, locks: LOCKS_OF_THIS_WINDOW, followsOtherWindows: true, log },
    servers: { at: never, revokeUnused: never, clear: () => {} },
    renewal: renewalTimes(() => 0.5),
  });
  const ask = (url: string) => {
    const address = parseServerAddress(url);
    if (!address.ok) throw new Error(address.failure.detail);
    return source.get({ address: address.value, renew: false });
  };
  return { accounts, clients, secrets, lines, ask };
}

async function storedIn(accounts: AccountStore, base: string): Promise<Account | undefined> {
  const found = await accounts.get(base);
  return found.ok ? found.value : undefined;
}

function plain(credentials: Credentials | undefined): unknown[] {
  if (credentials?.kind !== 'oauth') return [];
  const { accessToken, refreshToken, client } = credentials;
  return [accessToken, refreshToken, client.secret].map((secret) => secret?.reveal());
}

function account(token: string): Account {
  return {
    id: 'a',
    userId: '7',
    label: 'me@mine.example',
    credentials: { kind: 'personalAccessToken', accessToken: new Secret(token) },
  };
}
