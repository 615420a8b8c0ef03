import { expect, it, vi } from 'vitest';
import type { Fact } from '../../../machines/connectionMachine';
import { completeSessions, FIRST_PAUSE_MS, FIRST_TURN_MS } from '../../../src/actors/completeSessions';
import { LOOKUPS_A_TURN, LOOKUPS_BEFORE_LIST } from '../../../src/actors/lookUp';
import { err } from '../../../src/model/failure';
import { BUDGET } from '../../../src/actors/requestBudget';
import { startAsking } from './askingHarness';

/** Lets `ms` pass in steps, with everything that promises do in between. */
function start() {
  const started = startAsking();
  const { clock, state, asking } = started;
  const facts: Fact[] = [];
  const timers: { at: number; ring: () => void }[] = [];
  const ended = completeSessions({
    ...asking,
    now: () => clock.ms,
    pause: (ms) => new Promise((resolve) => timers.push({ at: clock.ms + ms, ring: () => resolve() })),
    tell: (fact) => facts.push(fact),
  });
  /** Where this machine is busy, work gives way to other things and goes on in a turn of the real clock. */
  const settle = () => new Promise((resolve) => setTimeout(() => setImmediate(resolve), 1));
  const pass = async (ms: number) => {
    for (const until = clock.ms + ms; clock.ms < until;) {
      await settle();
      clock.ms = Math.min(until, ...timers.map(({ at }) => at));
      for (const timer of timers.splice(0)) (timer.at <= clock.ms ? timer.ring : () => timers.push(timer))();
    }
    await settle();
  };
  /** A long list is folded in slices, which are turns of the real clock. */
  const complete = () =>
    vi.waitFor(async () => {
      await pass(1_000);
      expect(state().incomplete.size).toBe(0);
    });
  /** The server has it, and did not tell of it when it was asked for. */
  const markStale = async (id: string) => {
    started.create(id);
    asking.sessions.send({ type: 'lookup.refused', ids: [id] });
    await settle();
  };
  return {
    ...started,
    complete,
    markStale,
    /** How many pauses run. */
    waiting: () => timers.length,
    facts,
    pass,
    ended,
    project: (id: string) => state().entries.get(id)?.session?.project?.name,
  };
}

it('[S11] what an event leaves out is asked for at once, once', async () => {
  const { create, pass, asked, project, freshness, waiting } = start();
  create('1');
  expect(freshness('1')).toEqual({ kind: 'incomplete' });
  await pass(FIRST_PAUSE_MS);
  expect([asked(), project('1'), freshness('1')]).toEqual([['1'], 'Project of 1', undefined]);
  create('1', { status: 'complete' });
  await pass(60_000);
  expect([asked(), waiting()]).toEqual([[], 0]);
});

it('[S11] up to five are asked for one by one, more by a list', async () => {
  const { create, pass, asked } = start();
  for (const count of [LOOKUPS_BEFORE_LIST, LOOKUPS_BEFORE_LIST + 1]) {
    const ids = Array.from({ length: count }, (_, n) => `${count} ${n}`);
    for (const id of ids) create(id);
    await pass(1_000);
    expect(asked()).toEqual(count === LOOKUPS_BEFORE_LIST ? ids : ['list']);
  }
});

it('[S11] the pauses grow to a second while sessions keep coming, and after ten quiet seconds begin anew', async () => {
  const { create, pass, asked } = start();
  const askedAfter = async (id: string) => {
    create(id);
    for (let ms = 0; ms <= 1_000; ms += 100) {
      if (asked().includes(id)) return ms;
      await pass(100);
    }
    return undefined;
  };
  const pauses: (number | undefined)[] = [];
  for (const id of ['1', '2', '3', '4', '5', '6']) pauses.push(await askedAfter(id));
  expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  await pass(10_001);
  expect([await askedAfter('7'), await askedAfter('8')]).toEqual([100, 200]);
});

it('[S11] a list is asked for where many lack something', async () => {
  const { create, pass, complete, asked, project } = start();
  for (let n = 0; n < 1_204; n += 1) {
    create(String(n));
    if (n % 2 === 0) await pass(1);
  }
  await complete();
  const requests = asked();
  const lists = requests.filter((each) => each === 'list').length;
  expect([lists <= 8, requests.length - lists <= 20]).toEqual([true, true]);
  expect([project('0'), project('1203')]).toEqual(['Project of 0', 'Project of 1203']);
});

it('[S11][H4] what the list does not tell is looked up within the budget, and marked beyond it', async () => {
  const { create, pass, asked, state } = start();
  for (let n = 0; n < 300; n += 1) create(String(n), { project_id: 'B' });
  await pass(FIRST_TURN_MS);
  expect(asked().length).toBeLessThanOrEqual(BUDGET);
  expect([state().incomplete.size, state().stale.size]).toEqual([0, 300 - LOOKUPS_A_TURN]);
});

it('[H4] sessions that keep coming are shown whole within a second or so, for at most a list a second', async () => {
  const { create, pass, complete, asked, state, clock } = start();
  const since = new Map<string, number>();
  let longest = 0;
  for (let n = 0; n < 150; n += 1) {
    create(String(n));
    since.set(String(n), clock.ms);
    await pass(150);
    for (const id of state().incomplete) longest = Math.max(longest, clock.ms - since.get(id)!);
  }
  await complete();
  const requests = asked();
  expect(longest).toBeLessThanOrEqual(1_100);
  expect(requests.filter((each) => each === 'list').length).toBeLessThanOrEqual(25);
  expect([requests.length <= 50, state().stale.size]).toEqual([true, 0]);
});

it('[S11] a server that does not answer ends the claim to be live, one that refuses leaves a mark', async () => {
  const { create, pass, control, facts, freshness, clock } = start();
  const failure = { kind: 'timeout', detail: 'none in time' } as const;
  control.get = () => err(failure);
  create('1');
  await pass(FIRST_PAUSE_MS);
  expect(facts).toEqual([{ type: 'channel.outOfSync', failure }]);
  for (const kind of ['serverError', 'rateLimited'] as const) {
    control.get = () => err({ kind, detail: kind });
    create(kind);
    const confirmedAt = clock.ms;
    await pass(5_000);
    expect([freshness(kind), facts.length]).toEqual([{ kind: 'stale', confirmedAt }, 1]);
  }
});

it('[S11] so does a list that does not arrive', async () => {
  const { create, pass, control, facts } = start();
  const failure = { kind: 'timeout', detail: 'none in time' } as const;
  control.list = err(failure);
  for (let n = 0; n <= LOOKUPS_BEFORE_LIST; n += 1) create(String(n));
  await pass(FIRST_PAUSE_MS);
  expect(facts).toEqual([{ type: 'channel.outOfSync', failure }]);
});

it('[S10] what is marked has its turn, fifty at a time, without a list', async () => {
  const { create, pass, asked, state, asking } = start();
  for (let n = 0; n < 120; n += 1) create(String(n), { project_id: 'B' });
  await pass(60_000);
  expect(state().stale.size).toBe(0);
  asking.sessions.send({ type: 'channel.joined' });
  asking.sessions.send({ type: 'snapshot.arrived', requestedAt: state().arrivals, at: 0, sessions: [] });
  asking.sessions.send({ type: 'snapshot.ended' });
  asked();
  const turns: [number, number][] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await pass(FIRST_TURN_MS * 2 ** turn);
    const requests = asked();
    turns.push([requests.length, state().stale.size]);
    expect(requests).not.toContain('list');
  }
  expect(turns).toEqual([
    [50, 70],
    [50, 20],
    [20, 0],
    [0, 0],
  ]);
});

it('[S11][F2] while the server asks to be left alone, what comes is marked and not asked for', async () => {
  const { create, pass, control, freshness, asked } = start();
  control.get = () => err({ kind: 'rateLimited', detail: '429', retryAfterMs: 600_000 });
  create('1');
  await pass(5_000);
  create('2');
  await pass(5_000);
  expect([asked(), freshness('1')?.kind, freshness('2')?.kind]).toEqual([['1'], 'stale', 'stale']);
});

it('[S11][A2] a token that is refused is told as that', async () => {
  const { create, pass, control, facts } = start();
  const failure = { kind: 'unauthorized', detail: '401' } as const;
  control.get = () => err(failure);
  create('1');
  await pass(FIRST_PAUSE_MS);
  expect(facts).toEqual([{ type: 'token.refused', failure }]);
});

it('[S10][A2] at a turn, a token that is refused is told, and no other failure', async () => {
  for (const kind of ['unauthorized', 'timeout'] as const) {
    const { markStale, pass, control, facts } = start();
    await markStale('1');
    const failure = { kind, detail: kind };
    control.get = () => err(failure);
    await pass(FIRST_TURN_MS);
    expect(facts).toEqual(kind === 'unauthorized' ? [{ type: 'token.refused', failure }] : []);
  }
});

it('[S6] a patch for an unknown session asks for it', async () => {
  const { create, asking, pass, project, asked } = start();
  create('1', {}, false);
  asking.sessions.send({ type: 'session.patched', update: { id: '1', execution_mode: 'auto' }, at: 0 });
  await pass(FIRST_PAUSE_MS);
  expect([asked(), project('1')]).toEqual([['1'], 'Project of 1']);
});

it.each([1, LOOKUPS_BEFORE_LIST + 1])('[S11] once it was left, nothing of %i is asked for', async (count) => {
  const { create, leave, pass, asked, ended } = start();
  for (let n = 0; n < count; n += 1) create(String(n));
  leave();
  await pass(10_000);
  create('2');
  await pass(10_000);
  await ended;
  expect(asked()).toEqual([]);
});

it('[S11] a failure is not told once it was left, at a look-up nor at a turn', async () => {
  for (const begin of ['create', 'markStale'] as const) {
    const s = start();
    for (const id of ['1', '2']) await s[begin](id);
    const answer = err({ kind: 'unauthorized', detail: '401' });
    // The first one has failed, and the second one is on its way.
    const get = vi.spyOn(s.asking.source, 'get').mockImplementation(async (id) => {
      if (id === '1') return answer;
      await new Promise((resolve) => setImmediate(resolve));
      s.leave();
      return answer;
    });
    await s.pass(2 * FIRST_TURN_MS);
    expect([get.mock.calls.map(([id]) => id), s.facts]).toEqual([['1', '2'], []]);
  }
});

it('[S10][S12] once it was left, no session goes for what the server has turned into', async () => {
  const { markStale, leave, pass, asking, state } = start();
  await markStale('1');
  leave();
  vi.spyOn(asking.source, 'hasSingles').mockReturnValue(false);
  await pass(FIRST_TURN_MS);
  expect([...state().entries.keys(), ...state().stale]).toEqual(['1', '1']);
});
