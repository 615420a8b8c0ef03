import { expect, it } from 'vitest';
import { RestClient } from '../../../src/http/restClient';
import type { TextReader } from '../../../src/http/readBody';
import { getSession, listSessions, type LastList } from '../../../src/http/sessions';
import { createLog } from '../../../src/log';
import { ok } from '../../../src/model/failure';
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

it('[D10] of two lists under way at once each is read as it came', async () => {
  const last: LastList = {};
  const rows = ['11', '12', '13'].map((id) => `{"id":${id},"status":"active"}`);
  const text = `{"data":[${rows.join()}]}`;
  const first = arriving(last);
  await first.push(text);
  expect(await first.end()).toEqual(['11', '12', '13']);
  // For as long as it is the same text as last time, nothing of it is read.
  const slow = arriving(last);
  await slow.push(text.slice(0, 40));
  const quick = arriving(last);
  await quick.push(`{"data":[{"id":10},${rows.join()}]}`);
  expect(await quick.end()).toEqual(['10', '11', '12', '13']);
  await slow.push(text.slice(40));
  expect(await slow.end()).toEqual(['11', '12', '13']);
});

/** A list whose pieces arrive as the test has them. */
function arriving(last: LastList) {
  let body: TextReader | undefined;
  let finish = () => {};
  const get: RestClient['get'] = ({ reader }) => {
    body = reader?.();
    return new Promise((resolve) => {
      finish = () => resolve(ok({ status: 200, headers: new Headers(), text: '' }));
    });
  };
  const listed = listSessions(Object.assign(restAnswering(200), { get }), token, signal, last);
  return {
    push: (piece: string) => body?.push(piece),
    end: async () => {
      finish();
      const list = await listed;
      return list.ok && list.value.sessions.map(({ id }) => id);
    },
  };
}
