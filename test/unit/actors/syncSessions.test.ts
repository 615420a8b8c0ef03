import { afterEach, expect, it, vi } from 'vitest';
import { LOOKUPS_A_TURN, LOOKUPS_BEFORE_LIST } from '../../../src/actors/lookUp';
import { createLog } from '../../../src/log';
import { err, ok, type FailureKind, type Result } from '../../../src/model/failure';
import { TOO_LARGE_RETRY_MS } from '../../../src/model/limits';
import type { OnRead, SessionList, SessionUpdate } from '../../../src/model/parseSession';
import { BUDGET } from '../../../src/actors/requestBudget';
import { syncSessions } from '../../../src/actors/syncSessions';
import { startAsking } from './askingHarness';

const turnOfTheLoop = setImmediate;

afterEach(() => {
  vi.useRealTimers();
});

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

it('[S11] up to five of which an event told in brief meanwhile are looked up with the list', async () => {
  for (const count of [LOOKUPS_BEFORE_LIST, LOOKUPS_BEFORE_LIST + 1]) {
    const { snapshot, asked, state, lateIds } = outsideAndLate(6, count);
    await snapshot();
    const isFew = count === LOOKUPS_BEFORE_LIST;
    expect(asked().sort()).toEqual([...['0', '1', '2', '3', '4', '5'], ...(isFew ? lateIds : []), 'list']);
    expect([...state().incomplete]).toEqual(isFew ? [] : lateIds);
  }
});

it('[S10] where no single session can be asked for, all of them are marked', async () => {
  const { asking, state, lateIds } = outsideAndLate(0, LOOKUPS_BEFORE_LIST + 1);
  const source = { ...asking.source, hasSingles: () => false };
  await syncSessions({ ...asking, source }, () => 7);
  expect([[...state().incomplete], [...state().stale]]).toEqual([[], lateIds]);
});

it('[C1] a list that was given up is not folded, and nothing follows it', async () => {
  const { asking, leave, state, asked } = outside(1);
  let answer: (list: Result<SessionList>) => void = () => {};
  const list = () => new Promise<Result<SessionList>>((resolve) => (answer = resolve));
  const done = syncSessions({ ...asking, source: { ...asking.source, list } }, () => 7);
  leave();
  answer(ok({ sessions: [{ id: 'listed' }], malformed: 0 }));
  expect([await done, asked(), [...state().entries.keys()]]).toEqual([undefined, [], ['0']]);
});

it('[S17] what has come of a list is shown while the rest is on its way, and nothing is absent before it is whole', async () => {
  const { done, read, answer, shown } = arriving();
  expect(shown()).toEqual(['held']);
  const rows = [{ id: '0', project_id: 'A' }];
  read(rows);
  expect(shown()).toEqual(['held', '0']);
  rows.push({ id: '1', project_id: 'A' }, { id: '2', project_id: 'A' });
  read(rows);
  expect(shown()).toEqual(['held', '0', '1', '2']);
  rows.push({ id: '3', project_id: 'A' });
  answer(ok({ sessions: rows, malformed: 0 }));
  expect([await done, shown()]).toEqual([{ type: 'snapshot.folded', at: 7 }, ['0', '1', '2', '3']]);
});

it('[S17][D1] what arrives between two parts of a list wins over both', async () => {
  const { create, done, read, answer, state } = arriving();
  const rows = ['0', '1'].map((id) => ({ id, project_id: 'A', status: 'active' }));
  create('1', { status: 'complete' });
  read(rows.slice(0, 1));
  create('0', { status: 'complete' });
  answer(ok({ sessions: rows, malformed: 0 }));
  await done;
  expect(['0', '1'].map((id) => state().entries.get(id)?.session?.status)).toEqual(['complete', 'complete']);
});

it('[S17] a list that is asked for once more is folded from its beginning', async () => {
  const { done, read, answer, shown, state } = arriving();
  read([{ id: '0', project_id: 'A', status: 'active' }]);
  const again = [{ id: '0', project_id: 'A', status: 'complete' }, { id: '1' }];
  answer(ok({ sessions: again, malformed: 0 }));
  await done;
  expect([shown(), state().entries.get('0')?.session?.status]).toEqual([['0', '1'], 'complete']);
});

it('[S17][C1] of a list that was given up nothing more is shown', async () => {
  const { done, read, answer, leave, shown } = arriving();
  leave();
  read([{ id: '0', project_id: 'A' }]);
  answer(ok({ sessions: [], malformed: 0 }));
  expect([await done, shown()]).toEqual([undefined, ['held']]);
});

it('[S3] of two that are asked for at once the second is asked for when the first is folded', async () => {
  const { asking, done, answer, asked, create } = arriving();
  const second = syncSessions(asking, () => 8);
  expect(asked()).toEqual([]);
  create('new', { project_id: 'A' });
  answer(ok({ sessions: [{ id: '0', project_id: 'A' }], malformed: 0 }));
  await done;
  expect(await second).toEqual({ type: 'snapshot.folded', at: 8 });
  expect(asked().filter((each) => each === 'list')).toEqual(['list']);
});

it('[C1] one that was given up keeps no other waiting', async () => {
  const leaving = new AbortController();
  const { asking, asked } = startAsking();
  const never: typeof asking.source.list = () => new Promise(() => {});
  void syncSessions(
    { ...asking, signal: leaving.signal, source: { ...asking.source, list: never } },
    () => 7,
  );
  const second = syncSessions(asking, () => 8);
  leaving.abort();
  expect([await second, asked()]).toEqual([{ type: 'snapshot.folded', at: 8 }, ['list']]);
});

it('[S12][H6] where none can be asked for, all of a server before it go with the first list that has UUIDs', async () => {
  for (const ids of [['500'], ['a-uuid']]) {
    const { asking, state } = outside(120);
    const list = () =>
      Promise.resolve(ok({ sessions: ids.map((id) => ({ id, project_id: 'A' })), malformed: 0 }));
    await syncSessions({ ...asking, source: { ...asking.source, list, hasSingles: () => false } }, () => 7);
    expect([state().entries.size, state().stale.size]).toEqual(ids[0] === '500' ? [121, 120] : [1, 0]);
  }
});

it('[C1] given up while one is looked up, it tells nothing and marks nothing', async () => {
  const { asking, leave, stale } = outside(1);
  const get = () => {
    leave();
    return Promise.resolve(ok({ id: '0' }));
  };
  expect(await syncSessions({ ...asking, source: { ...asking.source, get } }, () => 7)).toBeUndefined();
  expect(stale()).toBe(0);
});

it('[H1][D7] a list that is cut removes nothing, is looked up no further, and says how much of it there is', async () => {
  const { create, snapshot, control, state, asked } = startedWith(0);
  create('listed before');
  control.list = ok({ sessions: [{ id: '1', project_id: 'A' }], malformed: 0, leftOut: 3 });
  const failure = {
    kind: 'tooLarge',
    detail: '1 of 4 sessions shown',
    retryAfterMs: TOO_LARGE_RETRY_MS,
  };
  expect(await snapshot()).toEqual({ type: 'snapshot.failed', failure });
  expect([asked(), [...state().entries.keys()]]).toEqual([['list'], ['listed before', '1']]);
});

it.each([
  [0, []],
  [1, ['warn [SessionState] ignored 1 unreadable sessions of the list']],
])('[D10] %i unreadable sessions of a list are written down', async (malformed, warnings) => {
  const { asking, control } = startedWith(0);
  const lines: string[] = [];
  const log = createLog({ log: (level, line) => lines.push(`${level} ${line}`) }, 'SessionState');
  control.list = ok({ sessions: [], malformed });
  await syncSessions({ ...asking, log }, () => 7);
  expect(lines.filter((line) => line.startsWith('warn'))).toEqual(warnings);
});

it('[D8] a list is folded by 200 sessions, and the same list again not at all', async () => {
  const { snapshot, parts } = slowList(700, 0);
  await snapshot();
  expect(parts()).toEqual([200, 200, 200, 100]);
  await snapshot();
  expect(parts()).toEqual([0]);
});

it('[H1] a session of too many values for one fold is folded alone', async () => {
  const { snapshot, parts, rows } = slowList(3, 0);
  rows[1] = { id: '1', state: Array.from({ length: 25_000 }, () => 0) };
  await snapshot();
  expect(parts()).toEqual([1, 1, 1]);
});

it.each([
  [600, [400, 600]],
  [800, [400, 800, 800]],
  [1_000, [400, 800, 1_000]],
])(
  '[D8] of a list of %i, 200 in 4 ms, everything else has its turn every 8 ms and when it is folded',
  async (count, turns) => {
    const { snapshot, state, turn } = slowList(count, 4);
    const done = snapshot();
    const seen: number[] = [];
    do {
      await turn();
      seen.push(state().entries.size);
    } while (vi.getTimerCount() > 0);
    expect([seen, await done]).toEqual([turns, { type: 'snapshot.folded', at: 7 }]);
  },
);

it('[C1][D8] given up between two slices, no more of a list is folded, and nothing is told', async () => {
  const { snapshot, leave, state, turn } = slowList(1_000, 4, 1);
  const done = snapshot();
  await turn();
  leave();
  await turn();
  expect([await done, state().entries.size]).toEqual([undefined, 400]);
});

/** A list that arrives as the test has it, while one of the same project is held. */
function arriving() {
  const started = startAsking();
  const { asking, create, state } = started;
  create('held');
  let [read, answer]: [OnRead, (list: Result<SessionList>) => void] = [() => {}, () => {}];
  const list: typeof asking.source.list = (_, onRead) =>
    new Promise((resolve) => ([read, answer] = [onRead!, resolve]));
  const done = syncSessions({ ...asking, source: { ...asking.source, list } }, () => 7);
  return {
    ...started,
    done,
    read: (rows: readonly SessionUpdate[]) => read(rows),
    answer: (whole: Result<SessionList>) => answer(whole),
    shown: () => [...state().entries.keys()],
  };
}

/** So many sessions outside the list that lack something, and others that an event tells of while it is on its way. */
function outsideAndLate(before: number, late: number) {
  const started = outside(before);
  const { asking, create } = started;
  const lateIds = Array.from({ length: late }, (_, n) => `late ${n}`);
  const list: typeof asking.source.list = (signal) => {
    for (const id of lateIds) create(id, { project_id: 'B' });
    return asking.source.list(signal);
  };
  const whole = { ...asking, source: { ...asking.source, list } };
  return { ...started, asking: whole, lateIds, snapshot: () => syncSessions(whole, () => 7) };
}

/** A list of so many sessions whose folds take `foldMs` each, under a clock that stands still otherwise. */
function slowList(count: number, foldMs: number, leftOut = 0) {
  vi.useFakeTimers({ toFake: ['performance', 'setImmediate'] });
  vi.advanceTimersByTime(100);
  const started = startAsking();
  const { asking, control } = started;
  const rows: SessionUpdate[] = Array.from({ length: count }, (_, n) => ({ id: String(n) }));
  control.list = ok({ sessions: rows, malformed: 0, leftOut });
  const parts: number[] = [];
  const send = asking.sessions.send.bind(asking.sessions);
  vi.spyOn(asking.sessions, 'send').mockImplementation((event) => {
    if ('sessions' in event) {
      parts.push(event.sessions.length);
      vi.advanceTimersByTime(foldMs);
    }
    send(event);
  });
  return {
    ...started,
    rows,
    parts: () => parts.splice(0),
    snapshot: () => syncSessions(asking, () => 7),
    /** Lets everything else have its turn once. */
    turn: async () => {
      vi.advanceTimersToNextTimer();
      await new Promise((resolve) => turnOfTheLoop(resolve));
    },
  };
}

const values = (n: number) => Array.from({ length: 15_000 }, () => n);

function startedWith(count: number) {
  const started = startAsking();
  for (let n = 0; n < count; n += 1) started.create(String(n), { state: values(0) });
  return { ...started, snapshot: () => syncSessions(started.asking, () => 7) };
}
