import { expect, test } from 'vitest';
import { AccountStore } from '../../../src/auth/accountStore';
import { ClientStore } from '../../../src/auth/clientStore';
import { boundToBase } from '../../../src/auth/secretStore';
import { SecretsInMemory } from './secretsInMemory';
import { addressOf, recordedLog } from './signedIn';

const ACCOUNT = {
  version: 1,
  id: 'a',
  label: 'me',
  credentials: { kind: 'pasted', accessToken: 'very-secret' },
};
const CLIENT = {
  version: 1,
  redirectUri: 'vscode://a/b',
  client: { id: 'c', secret: 'very-secret', authentication: 'body' },
};

test('[X1] what was kept for the origin moves to the current base address, once', async () => {
  const { secrets, bound, lines } = open('https://mine.example/app');
  await secrets.store('account:https://mine.example', JSON.stringify(ACCOUNT));
  await secrets.store('client:https://mine.example', JSON.stringify(CLIENT));
  const accounts = new AccountStore(bound, recordedLog().log);
  expect(await accounts.get('https://mine.example/app')).toMatchObject({ ok: true, value: { id: 'a' } });
  expect(await accounts.get('https://mine.example')).toEqual({ ok: true, value: undefined });
  expect(await new ClientStore(bound, recordedLog().log).list('https://mine.example/app')).toMatchObject([
    { redirectUri: 'vscode://a/b', client: { id: 'c' } },
  ]);
  expect([...secrets.stored.keys()].sort()).toEqual([
    'account:https://mine.example/app',
    'client:https://mine.example/app',
  ]);
  expect(lines.join()).not.toContain('very-secret');
});

test('[X1] what was kept for another origin is deleted', async () => {
  const { secrets, bound } = open('https://mine.example');
  await secrets.store('account:https://mine.example', JSON.stringify(ACCOUNT));
  await secrets.store('account:https://other.example', JSON.stringify(ACCOUNT));
  await secrets.store('client:https://other.example', JSON.stringify(CLIENT));
  await bound.get('account:https://mine.example');
  expect([...secrets.stored.keys()]).toEqual(['account:https://mine.example']);
  expect(secrets.stored.get('account:https://mine.example')).toContain('"version":2');
});

test('what is bound already stays, whatever the address is by now', async () => {
  const { secrets, bound } = open('https://mine.example');
  const kept = JSON.stringify({ ...ACCOUNT, version: 2 });
  await secrets.store('account:https://other.example/app', kept);
  await secrets.store('something else', 'x');
  await bound.get('account:https://mine.example');
  expect([...secrets.stored]).toEqual([
    ['account:https://other.example/app', kept],
    ['something else', 'x'],
  ]);
});

test.each(['', '{', '{"version":3,"id":"a"}'])('%j is kept as it is, and said', async (text) => {
  const { secrets, bound, lines } = open('https://mine.example');
  await secrets.store('account:https://mine.example', text);
  expect(await bound.get('account:https://mine.example')).toBe(text);
  expect(lines).toEqual([expect.stringContaining('it stays')]);
});

test('without an address nothing is moved or deleted yet', async () => {
  const { secrets, bound } = open(undefined);
  await secrets.store('account:https://mine.example', JSON.stringify(ACCOUNT));
  await bound.get('account:x');
  expect([...secrets.stored.keys()]).toEqual(['account:https://mine.example']);
});

test('[A6] a storage that is locked is tried again at the next question', async () => {
  const { secrets, bound } = open('https://mine.example');
  await secrets.store('account:https://other.example', JSON.stringify(ACCOUNT));
  secrets.broken = true;
  await expect(Promise.resolve(bound.get('account:https://mine.example'))).rejects.toThrow('locked');
  secrets.broken = false;
  expect(await bound.get('account:https://other.example')).toBeUndefined();
});

function open(url: string | undefined) {
  const secrets = new SecretsInMemory();
  const { log, lines } = recordedLog();
  return {
    secrets,
    lines,
    bound: boundToBase(secrets, () => (url === undefined ? undefined : addressOf(url)), log),
  };
}
