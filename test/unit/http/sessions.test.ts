import { expect, it } from 'vitest';
import { RestClient } from '../../../src/http/restClient';
import { getSession, listSessions } from '../../../src/http/sessions';
import { createLog } from '../../../src/log';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';

const log = createLog({ log: () => {} }, 'Http');
const { signal } = new AbortController();
const token = new Secret('test');

function restAnswering(status: number, body = '{"errors":{"detail":"none"}}'): RestClient {
  const address = parseServerAddress('https://mine.example');
  if (!address.ok) throw new Error('no address');
  const headers = { 'content-type': 'application/json' };
  return new RestClient(address.value, log, () => Promise.resolve(new Response(body, { status, headers })));
}

it.each([400, 404])('[S12] a session that is answered with %i is gone', async (status) => {
  expect(await getSession(restAnswering(status), '7', token, signal)).toEqual({ ok: true, value: undefined });
});

it.each([403, 406, 422, 500])('[S12] one that is answered with %i is only refused', async (status) => {
  const answer = await getSession(restAnswering(status), '7', token, signal);
  expect([answer.ok, !answer.ok && answer.failure.kind]).toEqual([false, 'serverError']);
});

it('[S12] a list that is answered with 400 says nothing of any session', async () => {
  const answer = await listSessions(restAnswering(400), token, signal);
  expect([answer.ok, !answer.ok && answer.failure.kind]).toEqual([false, 'serverError']);
});
