import { expect, it } from 'vitest';
import { verifyToken } from '../../../src/actors/verifyToken';
import { answered, failed, type FailureKind } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { failureOf, restOf } from './restHarness';

const token = new Secret('opaque');
const { signal } = new AbortController();

it('[C10] an answer of REST speaks for the token', async () => {
  const { api, asked } = restOf();
  const fact = await verifyToken({ api: () => answered(api) })({ token }, signal);
  expect([fact, asked]).toEqual([{ type: 'probe.valid' }, ['check']]);
});

it.each<[FailureKind, string]>([
  ['unauthorized', 'probe.unauthorized'],
  ['unreachable', 'probe.unreachable'],
  ['rateLimited', 'probe.unreachable'],
  ['notCodeMySpec', 'probe.unreachable'],
])('[C10][A2] %s is told as %s', async (kind, type) => {
  const failure = failureOf(kind);
  const { api } = restOf({ check: failed(failure) });
  expect(await verifyToken({ api: () => answered(api) })({ token }, signal)).toEqual({ type, failure });
});

it('[C10] an error of the server comes after its check of the token, and speaks for it', async () => {
  const { api } = restOf({ check: failed(failureOf('serverError')) });
  expect(await verifyToken({ api: () => answered(api) })({ token }, signal)).toEqual({ type: 'probe.valid' });
});

it.each<[FailureKind, string]>([
  ['tokenPending', 'snapshot.failed'],
  ['insecureAddress', 'server.refused'],
])('[C17] where REST cannot be asked because of %s, that is told as %s', async (kind, type) => {
  const failure = failureOf(kind);
  expect(await verifyToken({ api: () => failed(failure) })({ token }, signal)).toEqual({ type, failure });
});
