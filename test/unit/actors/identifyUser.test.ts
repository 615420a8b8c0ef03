import { expect, it } from 'vitest';
import { findUser } from '../../../src/actors/findUser';
import { identifyUser } from '../../../src/actors/identifyUser';
import { ok, err, type FailureKind } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { failureOf, restOf } from './restHarness';

const token = new Secret('opaque');
const { signal } = new AbortController();

async function run(ask: typeof identifyUser | typeof findUser, more: Parameters<typeof restOf>[0]) {
  const { api, asked } = restOf(more);
  const fact = await ask({ api: () => ok(api) })({ token }, signal);
  return { fact, asked };
}
const identified = (userId: string) => ({ type: 'user.identified', userId });

it('[C26] the server says whose the token is, or that it does not tell', async () => {
  expect(await run(identifyUser, { me: ok({ id: '8', email: undefined }) })).toEqual({
    fact: identified('8'),
    asked: ['me'],
  });
  expect(await run(identifyUser, {})).toEqual({ fact: { type: 'user.untold' }, asked: ['me'] });
});

it('[C26] any session of theirs says it too, and nothing else is asked', async () => {
  const sessions = [{ id: '1' }, { id: '2', user_id: 'no id' }, { id: '3', user_id: '9' }];
  expect(await run(findUser, { list: ok({ sessions, malformed: 0 }) })).toEqual({
    fact: identified('9'),
    asked: ['list'],
  });
});

it('[C16] where nobody says it yet, that is told as a failure that passes', async () => {
  const { fact } = await run(findUser, {});
  expect(fact).toMatchObject({ type: 'user.unknown', failure: { kind: 'userUnknown' } });
});

it.each([
  ['me', identifyUser],
  ['list', findUser],
] as const)('[C10][C12] what %s fails of is told; only a 401 speaks against the token', async (call, ask) => {
  const facts: [FailureKind, string][] = [
    ['unauthorized', 'token.refused'],
    ['unreachable', 'user.unknown'],
    ['notCodeMySpec', 'user.unknown'],
  ];
  for (const [kind, type] of facts) {
    const failure = failureOf(kind);
    expect((await run(ask, { [call]: err(failure) })).fact).toEqual({ type, failure });
  }
});

it.each([identifyUser, findUser])('[C17] a server that may not be asked is told as that', async (ask) => {
  const failure = failureOf('insecureAddress');
  expect(await ask({ api: () => err(failure) })({ token }, signal)).toEqual({
    type: 'server.refused',
    failure,
  });
});
