import { expect, it } from 'vitest';
import { verifyToken } from '../../../src/actors/verifyToken';
import { ok, err, type FailureKind } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { failureOf, restOf } from './restHarness';

const token = new Secret('opaque');
const { signal } = new AbortController();

it('[C10] an answer of REST speaks for the token', async () => {
  const { api, asked } = restOf();
  const fact = await verifyToken({ api: () => ok(api) })({ token }, signal);
  expect([fact, asked]).toEqual([{ type: 'verification.passed' }, ['check']]);
});

it.each<[FailureKind, string]>([
  ['unauthorized', 'verification.refused'],
  ['unreachable', 'verification.failed'],
  ['rateLimited', 'verification.failed'],
  ['notCodeMySpec', 'verification.failed'],
])('[C10][A2] %s is told as %s', async (kind, type) => {
  const failure = failureOf(kind);
  const { api } = restOf({ check: err(failure) });
  expect(await verifyToken({ api: () => ok(api) })({ token }, signal)).toEqual({ type, failure });
});

it('[C10] an error of the server comes after its check of the token, and speaks for it', async () => {
  const { api } = restOf({ check: err(failureOf('serverError')) });
  expect(await verifyToken({ api: () => ok(api) })({ token }, signal)).toEqual({
    type: 'verification.passed',
  });
});

it.each<[FailureKind, string]>([
  ['tokenPending', 'snapshot.failed'],
  ['insecureAddress', 'server.refused'],
])('[C17] where REST cannot be asked because of %s, that is told as %s', async (kind, type) => {
  const failure = failureOf(kind);
  expect(await verifyToken({ api: () => err(failure) })({ token }, signal)).toEqual({ type, failure });
});
