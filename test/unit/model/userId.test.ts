import { expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret';
import { asUserId, userIdOfToken } from '../../../src/model/userId';

it('[H1] a user id is one that a topic can carry', () => {
  for (const id of [1, '1', 'a-b_C', '4f8a2c10-0000-4000-8000-000000000000'])
    expect(asUserId(id)).toBe(String(id));
  for (const bad of ['', 'a b', '1:2', '..', '%00', '\ud800', 'x'.repeat(257), 1e308, 1.5, null, {}, true]) {
    expect([bad, asUserId(bad)]).toEqual([bad, undefined]);
  }
});

it('[H1] the same holds for the one in a token', () => {
  const token = (sub: unknown) =>
    new Secret(`x.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.y`);
  expect(['7', 7, 'x'.repeat(300), 'a:b', null].map((sub) => userIdOfToken(token(sub)))).toEqual([
    ...['7', '7'],
    ...[undefined, undefined, undefined],
  ]);
});
