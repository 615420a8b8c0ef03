import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../../src/auth/account';
import { AccountStore } from '../../../src/auth/accountStore';
import { accountTokenSource } from '../../../src/auth/tokenSource';
import { createLog } from '../../../src/log';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import { SecretsInMemory } from './secretsInMemory';

const MINE = 'https://mine.example';
const OTHER = 'https://other.example';

describe('the account store', () => {
  test('[X1] keeps an account for its origin alone', async () => {
    const { accounts } = open();
    await accounts.put(MINE, account('t1'));
    const found = await accounts.get(MINE);
    expect(found?.credentials.accessToken.reveal()).toBe('t1');
    expect({ ...found, credentials: undefined }).toEqual({ ...account('t1'), credentials: undefined });
    expect(await accounts.get(OTHER)).toBeUndefined();
    await accounts.remove(MINE);
    expect(await accounts.get(MINE)).toBeUndefined();
  });

  test.each([
    '',
    '{',
    'null',
    '{"version":2}',
    '{"version":1,"id":"a","label":"b","credentials":{"kind":"x"}}',
  ])('takes %j for no account', async (text) => {
    const { accounts, secrets, lines } = open();
    await secrets.store(`account:${MINE}`, text);
    expect([await accounts.get(MINE), lines.length]).toEqual([undefined, 1]);
  });

  test('[X3] shows no token where an account is printed', async () => {
    const { accounts } = open();
    await accounts.put(MINE, account('very-secret'));
    const found = await accounts.get(MINE);
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

describe('the token source', () => {
  test('[A3] reads the stored token anew each time, for the server asked about', async () => {
    const { accounts, ask } = open();
    expect(await ask(MINE)).toEqual({ ok: true, value: undefined });
    await accounts.put(MINE, account('t1'));
    expect(await ask(MINE)).toEqual({ ok: true, value: { token: new Secret('t1') } });
    await accounts.put(MINE, account('t2'));
    const answer = await ask(`${MINE}/base`);
    expect(answer.ok && answer.value?.token.reveal()).toBe('t2');
    expect(await ask(OTHER)).toEqual({ ok: true, value: undefined });
  });

  test('[A6] takes a storage that cannot be read for a fault that passes, not for signed out', async () => {
    const { secrets, ask } = open();
    secrets.broken = true;
    expect(await ask(MINE)).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
  });
});

function open() {
  const lines: string[] = [];
  const secrets = new SecretsInMemory();
  const accounts = new AccountStore(secrets, createLog({ log: (_, line) => lines.push(line) }, 'Auth'));
  const source = accountTokenSource(accounts);
  const ask = (url: string) => {
    const address = parseServerAddress(url);
    if (!address.ok) throw new Error(address.failure.detail);
    return source.get({ address: address.value, renew: false });
  };
  return { accounts, secrets, lines, ask };
}

function account(token: string): Account {
  return {
    id: 'a',
    userId: '7',
    label: 'me@mine.example',
    credentials: { kind: 'pasted', accessToken: new Secret(token) },
  };
}
