import { expect, it } from 'vitest';
import { chooseTurn, lookUp, LOOKUPS_A_TURN, type SessionSource } from '../../../src/actors/lookUp';
import { err, ok, type Failure, type Result } from '../../../src/model/failure';
import type { SessionUpdate } from '../../../src/model/parseSession';
import { RequestBudget } from '../../../src/actors/requestBudget';
import { startAsking } from './askingHarness';

const TIMEOUT: Failure = { kind: 'timeout', detail: 'none in time' };

it('[S10] a session that is being asked for is not asked for by another', async () => {
  const { asking, asked, ids, incomplete } = lacking(6);
  await Promise.all([lookUp(ids, asking), lookUp(ids, asking)]);
  expect([asked().sort(), incomplete()]).toEqual([ids, []]);
});

it('[S10] a look-up that was given up or that failed stands in the way of no other', async () => {
  const { asking, asked, ids, incomplete } = lacking(1);
  const throwing = { ...asking.source, get: () => Promise.reject(new Error('a bug')) };
  await expect(lookUp(ids, { ...asking, source: throwing })).rejects.toThrow('a bug');
  const leaving = new AbortController();
  const given = lookUp(ids, { ...asking, signal: leaving.signal });
  leaving.abort();
  await given;
  expect(incomplete()).toEqual(['0']);
  await lookUp(ids, asking);
  expect([asked(), incomplete()]).toEqual([['0', '0'], []]);
});

it('[H4] four are asked for at once, and the next when one has answered', async () => {
  const { asking, ids, gated } = lacking(6);
  const done = lookUp(ids, { ...asking, source: gated.source });
  expect(gated.waiting()).toEqual(['0', '1', '2', '3']);
  await gated.answer('2');
  expect(gated.waiting()).toEqual(['0', '1', '3', '4']);
  for (const id of ['0', '1', '3', '4', '5']) await gated.answer(id);
  expect([await done, gated.waiting()]).toEqual([undefined, []]);
});

it('[S10] one of which an event tells meanwhile is not asked for', async () => {
  const { asking, ids, gated } = lacking(6);
  const done = lookUp(ids, { ...asking, source: gated.source });
  asking.sessions.send({ type: 'session.deleted', id: '4', at: 0 });
  await gated.answer('0');
  expect(gated.waiting()).toEqual(['1', '2', '3', '5']);
  for (const id of ['1', '2', '3', '5']) await gated.answer(id);
  expect(await done).toBeUndefined();
});

it('[S10] a failure that concerns all ends it: what is on its way is taken, and the first failure is the result', async () => {
  const { asking, ids, gated, incomplete } = lacking(6);
  const done = lookUp(ids, { ...asking, source: gated.source });
  await gated.answer('1', err(TIMEOUT));
  await gated.answer('2', err({ kind: 'unauthorized', detail: '401' }));
  expect(gated.waiting()).toEqual(['0', '3']);
  await gated.answer('0');
  await gated.answer('3');
  expect([await done, incomplete()]).toEqual([TIMEOUT, ['1', '2', '4', '5']]);
});

it.each(['serverError', 'unreadable'] as const)(
  '[S10] a session that ends %s is marked, and the next asked for',
  async (kind) => {
    const { asking, asked, ids, control, clock, freshness, incomplete } = lacking(6);
    control.get = (id) => (id === '1' ? err({ kind, detail: kind }) : ok({ id }));
    expect(await lookUp(ids, asking)).toBeUndefined();
    expect([asked(), incomplete()]).toEqual([ids, []]);
    expect(freshness('1')).toEqual({ kind: 'stale', confirmedAt: clock.ms });
  },
);

it('[H4] no more are asked for than the budget has, and none while the server asks to be left alone', async () => {
  const { asking, asked, ids, control, clock, incomplete } = lacking(6);
  const budget = new RequestBudget(() => clock.ms, 5);
  expect(await lookUp(ids, { ...asking, budget })).toBeUndefined();
  expect([asked(), incomplete()]).toEqual([['0', '1', '2', '3', '4'], ['5']]);
  control.get = () => err({ kind: 'rateLimited', detail: '429', retryAfterMs: 20_000 });
  await lookUp(['5'], asking);
  delete control.get;
  clock.ms += 19_999;
  await lookUp(['5'], asking);
  expect([asked(), incomplete()]).toEqual([['5'], ['5']]);
  clock.ms += 1;
  await lookUp(['5'], asking);
  expect([asked(), incomplete()]).toEqual([['5'], []]);
});

it('[S3] an answer is of the time at which it was asked for', async () => {
  const { asking, ids, gated, clock, state } = lacking(1);
  const [askedAt, arrivals] = [clock.ms, state().arrivals];
  const done = lookUp(ids, { ...asking, source: gated.source });
  clock.ms += 5_000;
  asking.sessions.send({ type: 'session.upserted', update: { id: '9' }, at: clock.ms });
  await gated.answer('0');
  await done;
  expect(state().entries.get('0')).toMatchObject({ confirmed: arrivals, confirmedAt: askedAt });
});

it('[S10][S12] where no single session can be asked for, one under a UUID is marked, and one under a number is gone', async () => {
  const { asking, asked, create, state, freshness, clock, leave } = startAsking();
  const uuid = '0b6cbb2e-1f5d-4b7c-9a53-2f1d8f1f0c11';
  const settled = 'a0000000-0000-4000-8000-000000000000';
  for (const id of [uuid, '17', settled]) create(id);
  asking.sessions.send({ type: 'session.deleted', id: settled, at: clock.ms });
  const source = { ...asking.source, hasSingles: () => false };
  const confirmedAt = clock.ms;
  clock.ms += 5_000;
  expect(await lookUp([uuid, '17', settled], { ...asking, source })).toBeUndefined();
  expect([asked(), [...state().incomplete]]).toEqual([[], []]);
  expect(freshness(uuid)).toEqual({ kind: 'stale', confirmedAt });
  expect(freshness(settled)).toBeUndefined();
  expect([uuid, '17', settled].map((id) => state().entries.get(id)?.session?.id)).toEqual([
    uuid,
    undefined,
    undefined,
  ]);
  leave();
});

it('[S12] one under a number of which an event has told meanwhile stays', async () => {
  const { asking, create, state } = startAsking();
  create('17');
  asking.sessions.send({ type: 'lookup.arrived', requestedAt: 9, at: 0, id: '17', update: { id: '17' } });
  await lookUp(['17'], { ...asking, source: { ...asking.source, hasSingles: () => false } });
  expect([...state().entries.keys()]).toEqual(['17']);
});

it('[S10] a turn begins with what lacks something, then the active, then the newest, and then those as they came', () => {
  const { asking, create, state } = startAsking();
  const at = (inserted_at: string | null, status = 'active') => ({ inserted_at, status });
  create('untimed', at(null));
  create('old', at('2026-01-01T00:00:00Z'));
  create('ended', at('2026-01-03T00:00:00Z', 'complete'));
  create('new', at('2026-01-02T00:00:00Z'));
  create('as new', at('2026-01-02T00:00:00Z'));
  create('lacking', at('2026-01-01T00:00:00Z', 'complete'));
  for (const id of ['untimed', 'old', 'ended', 'new', 'as new']) {
    asking.sessions.send({ type: 'lookup.arrived', requestedAt: 9, at: 0, id, update: { id } });
  }
  asking.sessions.send({ type: 'session.patched', update: { id: 'unknown' }, at: 0 });
  const ids = new Set(['untimed', 'unknown', 'old', 'ended', 'as new', 'new', 'lacking']);
  expect(chooseTurn(ids, state())).toEqual([
    ...['lacking', 'unknown', 'as new', 'new', 'old', 'untimed', 'ended'],
  ]);
});

it('[S10] ten places of a turn are for those that wait longest', () => {
  const { asking, create, state } = startAsking();
  const ids = Array.from({ length: LOOKUPS_A_TURN + 10 }, (_, n) => String(n));
  for (const [n, id] of ids.entries()) {
    create(id, { inserted_at: `2026-01-01T00:00:${id.padStart(2, '0')}Z` });
    asking.sessions.send({ type: 'lookup.arrived', requestedAt: 99, at: 1_000 - n, id, update: { id } });
  }
  const newest = ids.slice(-40).reverse();
  const waiting = ids.slice(10, 20).reverse();
  expect(chooseTurn(new Set(ids), state())).toEqual([...newest, ...waiting]);
});

/** So many sessions of which an event told, in brief. */
function lacking(count: number) {
  const started = startAsking();
  const { source } = started.asking;
  const ids = Array.from({ length: count }, (_, n) => String(n));
  for (const id of ids) started.create(id);
  const answers = new Map<string, (answer: Result<SessionUpdate | undefined>) => void>();
  const gated = {
    /** Answers when it is told to. */
    source: { ...source, get: (id) => new Promise((resolve) => answers.set(id, resolve)) } as SessionSource,
    waiting: () => [...answers.keys()],
    answer: async (id: string, answer: Result<SessionUpdate | undefined> = ok({ id })) => {
      answers.get(id)?.(answer);
      answers.delete(id);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { ...started, ids, gated, incomplete: () => [...started.state().incomplete] };
}
