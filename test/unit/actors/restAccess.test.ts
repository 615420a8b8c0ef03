import { expect, it } from 'vitest';
import { factOf } from '../../../src/actors/restAccess';
import type { FailureKind } from '../../../src/model/failure';
import { failureOf } from './restHarness';

it.each<[FailureKind, string]>([
  ['unauthorized', 'token.refused'],
  ['notCodeMySpec', 'server.refused'],
  ['incompatible', 'server.refused'],
  ['unreachable', 'snapshot.failed'],
  ['rateLimited', 'snapshot.failed'],
  ['tokenPending', 'snapshot.failed'],
])('[C10][C17] a REST call that ends %s means %s', (kind, type) => {
  const failure = failureOf(kind);
  expect(factOf(failure)).toEqual({ type, failure });
});
