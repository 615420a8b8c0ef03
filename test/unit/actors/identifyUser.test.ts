import { expect, it } from 'vitest';
import { identifyUser } from '../../../src/actors/identifyUser';
import { ok, err, type FailureKind } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { failureOf, restOf } from './restHarness';

const OPAQUE = new Secret('opaque');
const { signal } = new AbortController();

async function identify(more: Parameters<typeof restOf>[0], token: Secret | undefined = OPAQUE) {
  const { api, asked } = restOf(more);
  const fact = await identifyUser({ api: () => ok(api) })({ token }, signal);
  return { fact, asked };
}
const identified = (userId: string) => ({ type: 'user.identified', userId });

it('[C26] the token says whose it is, and the server is not asked', async () => {
  const { fact, asked } = await identify({}, new Secret(`x.${btoa('{"sub":"7"}')}.y`));
  expect([fact, asked]).toEqual([identified('7'), []]);
});

it('[C26] else the server says it, and else a session of theirs', async () => {
  expect(await identify({ me: ok({ id: '8', email: undefined }) })).toEqual({
    fact: identified('8'),
    asked: ['me'],
  });
  const sessions = [{ id: '1' }, { id: '2', user_id: 'no id' }, { id: '3', user_id: '9' }];
  expect(await identify({ list: ok({ sessions, malformed: 0 }) })).toEqual({
    fact: identified('9'),
    asked: ['me', 'list'],
  });
});

it('[C16] where nobody says it yet, that is told as a failure that passes', async () => {
  const { fact } = await identify({});
  expect(fact).toMatchObject({ type: 'user.unknown', failure: { kind: 'userUnknown' } });
});

it.each(['me', 'list'] as const)(
  '[C10][C12] what %s fails of is told; only a 401 speaks against the token',
  async (call) => {
    const facts: [FailureKind, string][] = [
      ['unauthorized', 'token.refused'],
      ['unreachable', 'user.unknown'],
      ['notCodeMySpec', 'user.unknown'],
    ];
    for (const [kind, type] of facts) {
      const failure = failureOf(kind);
      expect((await identify({ [call]: err(failure) })).fact).toEqual({ type, failure });
    }
  },
);

it('[C17] a server that may not be asked is told as that', async () => {
  const failure = failureOf('insecureAddress');
  const fact = await identifyUser({ api: () => err(failure) })({ token: OPAQUE }, signal);
  expect(fact).toEqual({ type: 'server.refused', failure });
});
