import { expect, it } from 'vitest';
import { LOOKUPS_A_TURN } from '../../../src/actors/lookUp';
import { err, type FailureKind } from '../../../src/model/failure';
import { BUDGET } from '../../../src/requestBudget';
import { syncSessions } from '../../../src/actors/syncSessions';
import { startAsking } from './askingHarness';

/** So many sessions outside the list, the last the newest; those with an odd number are complete. */
function outside(count: number) {
  const started = startAsking();
  for (let n = 0; n < count; n += 1) {
    const inserted_at = `2026-01-01T${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00Z`;
    started.create(String(n), { project_id: 'B', inserted_at, status: n % 2 === 0 ? 'active' : 'complete' });
  }
  const stale = () => started.state().stale.size;
  return { ...started, stale, snapshot: () => syncSessions(started.asking, () => 7) };
}

it('[S10][H4] at most 50 are looked up for one list, the active and newest first; the rest is marked until its turn', async () => {
  const { snapshot, asked, stale, clock } = outside(120);
  expect(await snapshot()).toEqual({ type: 'snapshot.folded', at: 7 });
  const first = asked();
  expect([first.length, first.slice(0, 4), stale()]).toEqual([51, ['list', '118', '116', '114'], 70]);
  const seen = new Set(first);
  for (let turn = 1; stale() > 0; turn += 1) {
    expect(turn).toBeLessThan(4);
    clock.ms += 30_000;
    await snapshot();
    const [list, ...ids] = asked();
    expect([list, ids.filter((id) => seen.has(id))]).toEqual(['list', []]);
    expect(ids.length).toBeLessThanOrEqual(LOOKUPS_A_TURN);
    ids.forEach((id) => seen.add(id));
  }
  await snapshot();
  expect(asked()).toEqual(['list']);
});

it('[S10] some of each fifty go to those that wait longest, so that every turn comes though joins begin anew', async () => {
  const { snapshot, asked, asking, clock } = outside(80);
  const seen = new Set<string>();
  for (let join = 0; join < 4; join += 1) {
    asking.sessions.send({ type: 'channel.joined' });
    clock.ms += 60_000;
    await snapshot();
    asked().forEach((id) => seen.add(id));
  }
  expect(seen.size).toBe(81);
});

it('[H4][J9] look-ups have a budget of their own, however often a link is made anew', async () => {
  const { snapshot, asked, asking, clock } = outside(60);
  for (let join = 0; join < 20; join += 1) {
    asking.sessions.send({ type: 'channel.joined' });
    clock.ms += 1_000;
    await snapshot();
  }
  expect(asked().filter((each) => each !== 'list').length).toBeLessThanOrEqual(BUDGET + (20 * BUDGET) / 60);
});

it.each<[FailureKind, number]>([
  ['rateLimited', 4],
  ['unreachable', 4],
  ['notCodeMySpec', 4],
  ['serverError', 10],
  ['unreadable', 10],
])('[S10][F2] a look-up that ends %s fails no snapshot and leaves its mark', async (kind, most) => {
  const { snapshot, asked, control, stale, freshness, clock } = outside(10);
  const confirmedAt = clock.ms;
  control.get = () => err({ kind, detail: kind, retryAfterMs: 20_000 });
  clock.ms += 5_000;
  expect(await snapshot()).toEqual({ type: 'snapshot.folded', at: 7 });
  expect(asked().length - 1).toBeLessThanOrEqual(most);
  expect([stale(), freshness('3')]).toEqual([10, { kind: 'stale', confirmedAt }]);
  delete control.get;
  await snapshot();
  expect([asked().length, stale()]).toEqual(kind === 'rateLimited' ? [1, 10] : [11, 0]);
  clock.ms += 20_000;
  await snapshot();
  expect(stale()).toBe(0);
});

it('[C11] a look-up that the token is not good for speaks against the token', async () => {
  const { snapshot, control } = outside(1);
  const failure = { kind: 'unauthorized', detail: '401' } as const;
  control.get = () => err(failure);
  expect(await snapshot()).toEqual({ type: 'token.refused', failure });
});

it('[S12] a session that the server does not have any more goes', async () => {
  const { snapshot, remove, state } = outside(3);
  remove('1');
  await snapshot();
  expect([...state().entries.keys()]).toEqual(['0', '2']);
});

it('[H1] sessions of very many values are folded one at a time', async () => {
  const { asking, create, snapshot } = startedWith(6);
  const parts: number[] = [];
  asking.sessions.subscribe(({ context }) => parts.push(context.changed.length));
  for (let n = 0; n < 6; n += 1) create(String(n), { state: values(n) }, false);
  await snapshot();
  expect(parts.filter((changed) => changed > 0)).toEqual([1, 1, 1, 1, 1, 1]);
});

const values = (n: number) => Array.from({ length: 15_000 }, () => n);

function startedWith(count: number) {
  const started = startAsking();
  for (let n = 0; n < count; n += 1) started.create(String(n), { state: values(0) });
  return { ...started, snapshot: () => syncSessions(started.asking, () => 7) };
}
