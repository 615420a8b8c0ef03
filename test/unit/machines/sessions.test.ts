import fc from 'fast-check';
import { createActor, type InputFrom } from 'xstate';
import { describe, expect, it } from 'vitest';
import { CONFIRMED_FOR_MS, freshnessOf, sessionsOf, sessionsLogic } from '../../../machines/sessions';
import type { SessionsEvent } from '../../../machines/sessionsEvents';
import { MAX_SESSIONS } from '../../../src/model/limits';
import type { SessionUpdate } from '../../../src/model/parseSession';
import { mergeSession } from '../../../src/model/session';

const SECOND = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'] as const;

const startSessions = (...events: SessionsEvent[]) => inherit([], ...events);

function inherit(input: InputFrom<typeof sessionsLogic>, ...events: SessionsEvent[]) {
  const actor = createActor(sessionsLogic, { input }).start();
  events.forEach((event) => actor.send(event));
  const state = () => actor.getSnapshot().context;
  return {
    send: (event: SessionsEvent) => actor.send(event),
    state,
    /** What is shown, as `id:status`. */
    shown: () => sessionsOf(state()).map(({ id, status }) => `${id}:${status ?? '-'}`),
    get: (id: string) => state().entries.get(id)?.session,
    freshness: (id: string) => freshnessOf(state(), id),
  };
}

describe('deltas', () => {
  it('[S1][D11] one older than what is held is dropped', () => {
    const s = startSessions(upsert('1', 'complete', 1), upsert('1', 'active', 0));
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S1] times are compared as times, whatever their fraction and offset', () => {
    const older = [
      '2026-01-01T00:00:00.1Z',
      '2026-01-01T02:00:00+02:00',
      '2026-01-01T00:00:00',
      '2025-12-31T23:59:59Z',
    ];
    for (const updated_at of older) {
      const s = startSessions(event({ id: '1', status: 'complete', updated_at: '2026-01-01T00:00:00.25Z' }));
      s.send(event({ id: '1', status: 'active', updated_at }));
      expect([updated_at, s.shown()]).toEqual([updated_at, ['1:complete']]);
    }
    const same = ['2026-01-01T01:00:00.250000+01:00', '2026-01-01T00:00:00.25', '2026-01-01T00:00:00.3Z'];
    for (const updated_at of [...same, 'never', '', '1', null]) {
      const s = startSessions(event({ id: '1', status: 'complete', updated_at: '2026-01-01T00:00:00.25Z' }));
      s.send(event({ id: '1', status: 'active', updated_at }));
      expect([updated_at, s.shown()]).toEqual([updated_at, ['1:active']]);
    }
  });

  it('[S1] a time of the far future blocks no later update', () => {
    const s = startSessions(
      event({ id: '1', status: 'active', updated_at: '2999-12-31T23:59:59Z' }),
      upsert('1', 'complete', 1),
      upsert('1', 'active', 0),
    );
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S1][D11] of two within one second the later arrival wins', () => {
    const s = startSessions(upsert('1', 'active', 1), upsert('1', 'complete', 1));
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S2][D11] a late update does not bring a deleted session back', () => {
    const s = startSessions(upsert('1', 'active', 0), remove('1'), upsert('1', 'complete', 2));
    expect(s.shown()).toEqual([]);
  });

  it('[S2] a tombstone is dropped by the next snapshot asked for after it', () => {
    const s = startSessions(upsert('1', 'active', 0), remove('1'));
    s.send(list(s.state().arrivals, []));
    expect(s.state().entries.size).toBe(0);
  });

  it('[S1][D11] an update that comes before its create is shown', () => {
    const s = startSessions(upsert('1', 'complete', 1), upsert('1', 'active', 0));
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S5] a field that a payload does not carry keeps what is held; the project goes with its id', () => {
    const project = { id: '7', name: 'P', module_name: 'P', status: 'active' };
    const s = startSessions(
      { type: 'session.upserted', update: { id: '1', project_id: '7', project, session_id: '9' }, at: 0 },
      upsert('1', 'complete', 1, '7'),
    );
    expect(s.get('1')).toMatchObject({ status: 'complete', project, session_id: '9' });
    s.send({ type: 'session.upserted', update: { id: '1', project_id: '8' }, at: 0 });
    expect(s.get('1')).toMatchObject({ project_id: '8', project: null });
  });

  it('[S5] an update that changes nothing leaves the session itself in place', () => {
    const s = startSessions(upsert('1', 'active', 0), upsert('2', 'active', 0));
    const [one, two] = [s.get('1'), s.get('2')];
    s.send(upsert('1', 'active', 0));
    expect([s.get('1') === one, s.state().changed]).toEqual([true, []]);
    s.send(upsert('1', 'complete', 0));
    expect([s.get('1') === one, s.get('2') === two, s.state().changed]).toEqual([false, true, ['1']]);
  });

  it('[S1][C32] one on a socket that is to be replaced counts as arrived when the list was asked for', () => {
    const s = startSessions(upsert('1', 'active', 0), upsert('2', 'active', 0), upsert('3', 'active', 0));
    s.send({ type: 'channel.joined' });
    s.send({ type: 'snapshot.requested' });
    const { requestedAt } = s.state();
    s.send(upsert('1', 'failed', 0));
    s.send({ ...upsert('1', 'complete', 2), superseded: true } as SessionsEvent);
    s.send({ ...upsert('2', 'failed', 2), superseded: true } as SessionsEvent);
    s.send({ ...remove('3'), superseded: true } as SessionsEvent);
    expect([requestedAt, s.shown()]).toEqual([4, ['1:failed', '2:failed']]);
    const rows = ['1', '2', '3'].map((id) => row(id, 'active', 0));
    s.send(list(requestedAt, rows));
    expect(s.shown()).toEqual(['1:failed', '2:active', '3:active']);
  });

  it('[S6] a patch changes a known session, and an unknown one is asked for', () => {
    const s = startSessions(
      upsert('1', 'active', 0),
      { type: 'session.patched', update: { id: '1', execution_mode: 'auto' }, at: 0 },
      { type: 'session.patched', update: { id: '2', execution_mode: 'auto' }, at: 0 },
    );
    expect(s.get('1')?.execution_mode).toBe('auto');
    expect([s.shown(), [...s.state().incomplete]]).toEqual([['1:active'], ['1', '2']]);
  });

  it('[S9] before the first one nothing is held, and what cannot be read is a gap and no join', () => {
    const s = startSessions();
    const nothing = {
      ...{ entries: new Map(), size: { chars: 0 }, arrivals: 0, gapAt: 0, requestedAt: 0, listedAt: 0 },
      ...{ joined: false, changed: [] },
      ...{ incomplete: new Set(), unverified: new Set(), stale: new Set(), settled: undefined, present: [] },
      others: { entries: new Map(), arrivals: 0, stale: false },
    };
    expect(s.state()).toStrictEqual(nothing);
    s.send({ type: 'session.malformed' });
    expect(s.state()).toStrictEqual({ ...nothing, arrivals: 1, gapAt: 1 });
    s.send(upsert('1', 'active', 0));
    s.send({ type: 'channel.joined' });
    expect([s.state().joined, s.state().changed, s.state().gapAt]).toEqual([true, [], 3]);
  });

  it('[S7][D6] ids such as __proto__ are ids like any other', () => {
    const s = startSessions(upsert('__proto__', 'active', 0), upsert('constructor', 'active', 0));
    expect(s.shown()).toEqual(['__proto__:active', 'constructor:active']);
    expect(({} as Record<string, unknown>).status).toBeUndefined();
  });
});

describe('what an event leaves out', () => {
  const project = { id: 'A', name: 'Project A', module_name: 'A', status: 'active' };
  const component = { id: '5', name: 'Accounts', type: 'context', module_name: 'Accounts' };
  const whole: SessionUpdate = {
    ...sessionOf({ id: '1', project_id: 'A', component_id: '5' }),
    project,
    component,
  };
  const less = (fields: Partial<SessionUpdate> = {}) => brief({ ...whole, ...fields });

  it('[S11] is asked for, and told apart from what is null', () => {
    const s = startSessions(event(less()));
    expect([[...s.state().incomplete], s.freshness('1')]).toEqual([['1'], { kind: 'incomplete' }]);
    s.send(event(whole));
    expect([[...s.state().incomplete], s.freshness('1'), s.state().changed]).toEqual([[], undefined, ['1']]);
    s.send(event(less({ status: 'complete' })));
    expect([[...s.state().incomplete], s.get('1')?.project]).toEqual([[], project]);
  });

  it('[S11] is nothing where there is neither project nor component', () => {
    const s = startSessions(event(less({ project_id: null, component_id: null })));
    expect([...s.state().incomplete]).toEqual([]);
  });

  it('[S11] is the component again when the session moves to another', () => {
    const s = startSessions(event(whole), event(less({ component_id: '6' })));
    expect([[...s.state().incomplete], s.get('1')?.component, s.get('1')?.project]).toEqual([
      ['1'],
      null,
      project,
    ]);
    s.send(answer(whole, { requestedAt: 1 }));
    expect([[...s.state().incomplete], s.get('1')?.component_id, s.get('1')?.component]).toEqual([
      ['1'],
      '6',
      null,
    ]);
    s.send(answer({ ...whole, component_id: '6', component: { ...component, id: '6' } }, { requestedAt: 2 }));
    expect([[...s.state().incomplete], s.get('1')?.component?.id]).toEqual([[], '6']);
  });

  it('[S11] is taken from an answer that was asked for before the event, and nothing else is', () => {
    const s = startSessions(event(less({ status: 'complete' })));
    s.send(list(0, [{ ...whole, status: 'active' }]));
    expect([s.shown(), s.get('1')?.project, [...s.state().incomplete]]).toEqual([
      ['1:complete'],
      project,
      [],
    ]);
  });

  it('[S11] is asked for once: an answer that leaves it out too is all there is', () => {
    const s = startSessions(event(less()));
    s.send(answer(less(), { requestedAt: 1 }));
    expect([[...s.state().incomplete], s.freshness('1')]).toEqual([[], undefined]);
  });

  it('[S11][S6] is asked for with each list, too, until an answer says that there is no such session', () => {
    const s = startSessions({ type: 'session.patched', update: { id: '2', execution_mode: 'auto' }, at: 0 });
    s.send(list(0, []));
    expect([[...s.state().incomplete], [...s.state().unverified]]).toEqual([['2'], ['2']]);
    s.send({ type: 'lookup.arrived', requestedAt: 1, at: 0, id: '2', update: undefined });
    expect([[...s.state().incomplete], [...s.state().unverified]]).toEqual([[], []]);
  });

  it('[S11][S4] is still asked for after an answer that is older than the event', () => {
    const s = startSessions(event(less({ status: 'active' })));
    s.send({ type: 'lookup.arrived', requestedAt: 0, at: 0, id: '1', update: undefined });
    expect([s.shown(), [...s.state().incomplete]]).toEqual([['1:active'], ['1']]);
  });

  it('[S11] and is refused is marked, and left to the next snapshot', () => {
    const s = startSessions(event(less(), 60));
    s.send({ type: 'lookup.refused', ids: ['1'] });
    expect([[...s.state().incomplete], s.freshness('1')]).toEqual([[], { kind: 'stale', confirmedAt: 60 }]);
    s.send(list(1, []));
    expect([...s.state().unverified]).toEqual(['1']);
    s.send(answer(whole, { requestedAt: 1 }));
    expect([s.freshness('1'), s.state().changed]).toEqual([undefined, ['1']]);
  });
});

describe('outside the list', () => {
  const MINUTE = 60_000;
  /** Joined, with one session outside the list that was looked up at that time. */
  const confirmedAt = (at: number) => {
    const s = startSessions({ type: 'channel.joined' });
    s.send(answer({ ...sessionOf(row('1', 'active', 0, 'B')) }, { requestedAt: s.state().arrivals, at }));
    return s;
  };
  const open = (s: ReturnType<typeof startSessions>, at: number) => {
    s.send({ type: 'snapshot.requested' });
    s.send({ ...list(s.state().arrivals, []), at });
    return [...s.state().unverified];
  };

  it('[S10][H4] what an answer or an event confirmed is not asked for again', () => {
    const s = confirmedAt(0);
    expect(open(s, MINUTE)).toEqual([]);
    s.send(event(row('1', 'complete', 1, 'B'), 4 * MINUTE));
    expect(open(s, 8 * MINUTE)).toEqual([]);
    expect(open(s, 10 * MINUTE)).toEqual(['1']);
    s.send({ type: 'snapshot.ended' });
    expect(s.freshness('1')).toBeUndefined();
  });

  it.each<[string, SessionsEvent]>([
    ['a join', { type: 'channel.joined' }],
    ['a push that could not be read', { type: 'session.malformed' }],
  ])('[S10] after %s everything is asked for, and what is not is marked with its time', (_, gap) => {
    const s = confirmedAt(5);
    s.send(gap);
    expect(open(s, MINUTE)).toEqual(['1']);
    s.send({ type: 'snapshot.ended' });
    expect([s.freshness('1'), s.state().changed]).toEqual([{ kind: 'stale', confirmedAt: 5 }, ['1']]);
    expect(open(s, 2 * MINUTE)).toEqual(['1']);
    s.send(event(row('1', 'active', 0, 'B'), 2 * MINUTE));
    expect([s.freshness('1'), s.state().changed]).toEqual([undefined, ['1']]);
    s.send({ type: 'snapshot.ended' });
    expect(s.freshness('1')).toBeUndefined();
  });

  it('[S10] without a channel nothing is confirmed for longer than until the next list', () => {
    const s = confirmedAt(0);
    s.send({ type: 'channel.left' });
    expect(open(s, 1)).toEqual(['1']);
    s.send(answer(row('1', 'active', 0, 'B'), { requestedAt: s.state().arrivals }));
    expect([open(s, 2), s.freshness('1')]).toEqual([['1'], undefined]);
  });

  it('[S10] a patch tells too little to confirm a session', () => {
    const s = confirmedAt(0);
    s.send({ type: 'channel.joined' });
    s.send({ type: 'session.patched', update: { id: '1', execution_mode: 'auto' }, at: 1 });
    expect(open(s, 2)).toEqual(['1']);
  });

  it('[S10] a patch leaves what is marked with its time marked', () => {
    const s = confirmedAt(5);
    s.send({ type: 'channel.joined' });
    open(s, 6);
    s.send({ type: 'snapshot.ended' });
    s.send({ type: 'session.patched', update: { id: '1', execution_mode: 'auto' }, at: 7 });
    expect([s.get('1')?.execution_mode, s.freshness('1')]).toEqual([
      'auto',
      { kind: 'stale', confirmedAt: 5 },
    ]);
  });

  it('[S10] an answer stands for five minutes, and no refusal takes it back', () => {
    const s = confirmedAt(0);
    expect(open(s, CONFIRMED_FOR_MS)).toEqual([]);
    s.send({ type: 'lookup.refused', ids: ['1'] });
    expect([s.freshness('1'), s.state().changed]).toEqual([undefined, []]);
    expect(open(s, CONFIRMED_FOR_MS + 1)).toEqual(['1']);
  });

  it('[S2][S10] nobody asks for a session that was deleted after the list was asked for', () => {
    const s = startSessions(remove('1'));
    s.send({ ...list(0, []), at: 2 * CONFIRMED_FOR_MS });
    expect([[...s.state().unverified], [...s.state().entries.keys()]]).toEqual([[], ['1']]);
  });

  it('[V3][S10] what another connection held is asked for, and stays as of its time where nobody answers', () => {
    const update = sessionOf(row('1', 'active', 0, 'B'));
    const s = inherit([{ update, confirmedAt: 60, untold: ['component'] }]);
    expect([[...s.state().entries.values()], s.state().arrivals, s.state().gapAt]).toEqual([
      [
        {
          session: s.get('1'),
          chars: expect.any(Number) as number,
          arrival: 0,
          confirmed: 0,
          confirmedAt: 60,
          untold: ['component'],
        },
      ],
      ...[1, 1],
    ]);
    s.send(list(1, []));
    expect([...s.state().unverified]).toEqual(['1']);
    s.send({ type: 'snapshot.ended' });
    expect(s.freshness('1')).toEqual({ kind: 'stale', confirmedAt: 60 });
  });
});

describe('snapshots', () => {
  it('[S3][D1] one asked for before a delta arrived does not override it', () => {
    const s = startSessions(upsert('1', 'active', 0));
    const requestedAt = s.state().arrivals;
    s.send(upsert('1', 'complete', 1));
    s.send(remove('2'));
    s.send(upsert('3', 'active', 1));
    s.send(list(requestedAt, [row('1', 'active', 0), row('2', 'active', 0)]));
    expect(s.shown().sort()).toEqual(['1:complete', '3:active']);
  });

  it('[S3] one that is newer than a delta that arrived meanwhile wins', () => {
    const s = startSessions();
    s.send(upsert('1', 'active', 0));
    s.send(list(0, [row('1', 'complete', 1)]));
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S3] one asked for after everything held is the truth, even where it is older', () => {
    const s = startSessions(upsert('1', 'complete', 2));
    s.send(list(s.state().arrivals, [row('1', 'active', 0)]));
    expect(s.shown()).toEqual(['1:active']);
  });

  it('[S3] is settled only where no delta came in between', () => {
    const rows = [row('1', 'complete', 1)];
    const s = startSessions(upsert('1', 'active', 1));
    s.send({ type: 'snapshot.arrived', requestedAt: 0, at: 0, sessions: rows });
    expect([s.shown(), s.state().settled]).toEqual([['1:active'], undefined]);
    s.send({ type: 'snapshot.arrived', requestedAt: 1, at: 0, sessions: rows });
    expect([s.shown(), s.state().settled]).toEqual([['1:complete'], rows]);
    s.send(upsert('2', 'active', 1));
    expect(s.state().settled).toBeUndefined();
  });

  it('[S3] the answer to a request that was made before that for the list does not undo the list', () => {
    const s = startSessions({ type: 'channel.joined' });
    const requestedAt = s.state().arrivals;
    s.send({ type: 'channel.joined' });
    const rows = [row('1', 'complete', 1)];
    s.send(list(s.state().arrivals, rows));
    const answer = (id: string, update?: SessionUpdate) =>
      s.send({ type: 'lookup.arrived', requestedAt, at: 0, id, update });
    answer('1', row('1', 'active', 0));
    answer('1');
    answer('2', row('2', 'active', 1));
    expect([s.shown(), s.state().settled]).toEqual([['1:complete'], rows]);
    answer('1', row('1', 'active', 2));
    expect([s.shown(), s.state().settled]).toEqual([['1:active'], undefined]);
  });

  it('[S17] is settled no longer once a part of another came', () => {
    const [rows, other] = [[row('1', 'active', 1)], [row('1', 'complete', 2)]];
    const s = startSessions(list(0, rows));
    expect(s.state().settled).toBe(rows);
    s.send({ type: 'snapshot.began', requestedAt: 0, at: 0, sessions: other });
    expect([s.shown(), s.state().settled]).toEqual([['1:complete'], undefined]);
  });

  it('[S4][D12] absence removes what the list covers, and only asks for the rest', () => {
    const s = startSessions(
      upsert('covered', 'active', 0, 'A'),
      upsert('otherProject', 'active', 0, 'B'),
      upsert('otherStatus', 'archived', 0, 'A'),
    );
    s.send(list(s.state().arrivals, [row('new', 'active', 0, 'A')]));
    expect(s.shown().sort()).toEqual(['new:active', 'otherProject:active', 'otherStatus:archived']);
    expect([...s.state().unverified].sort()).toEqual(['otherProject', 'otherStatus']);
  });

  it('[S4] a session of no project is covered by no list, though it has others of no project', () => {
    const noProject = (id: string) => ({ ...row(id, 'active', 0), project_id: null });
    const s = startSessions(event(noProject('1')));
    s.send(list(1, [noProject('2')]));
    expect([s.shown(), [...s.state().unverified]]).toEqual([['1:active', '2:active'], ['1']]);
  });

  it('[S3][S10] the first rows of a long one are confirmed as of when it was asked for', () => {
    const s = startSessions({ type: 'channel.joined' });
    s.send({ type: 'snapshot.began', requestedAt: 1, at: 7, sessions: [row('1', 'active', 0)] });
    expect([[...s.state().entries.values()], s.state().changed]).toEqual([
      [
        {
          session: s.get('1'),
          chars: expect.any(Number) as number,
          arrival: 0,
          confirmed: 1,
          confirmedAt: 7,
          untold: [],
        },
      ],
      ['1'],
    ]);
  });

  it('[S3] what a list left out is not of that list, though the list is folded again', () => {
    const listed = list(1, [row('1', 'active', 0)]);
    const s = startSessions(event({ id: '1', session_id: '7' }), listed);
    expect(s.get('1')).toMatchObject({ status: 'active', session_id: '7' });
    s.send(event({ id: '1', session_id: '9' }));
    s.send({ ...listed, requestedAt: 2 });
    expect(s.get('1')).toMatchObject({ status: 'active', session_id: '9' });
  });

  it('[S4] an empty list covers nothing: every session is asked for', () => {
    const s = startSessions(upsert('1', 'active', 0, 'A'));
    s.send(list(1, []));
    expect([s.shown(), [...s.state().unverified]]).toEqual([['1:active'], ['1']]);
    s.send({ type: 'lookup.arrived', requestedAt: 1, at: 0, id: '1', update: undefined });
    expect([s.shown(), [...s.state().unverified]]).toEqual([[], []]);
  });

  it('[S4] a look-up asked for before a delta does not remove what the delta brought', () => {
    const s = startSessions(upsert('1', 'active', 0));
    s.send(upsert('1', 'complete', 1));
    s.send({ type: 'lookup.arrived', requestedAt: 1, at: 0, id: '1', update: undefined });
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S8] forgetting empties it and says which sessions went', () => {
    const s = startSessions(upsert('1', 'active', 0), remove('2'));
    s.send({ type: 'sessions.cleared' });
    expect([s.shown(), s.state().changed, s.state().entries.size]).toEqual([[], ['1'], 0]);
  });
});

it('[S9][D1][D2] any history of joins, losses and snapshots ends equal to the server', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const s = startSessions({ type: 'channel.joined' });
      const server = new Map<string, SessionUpdate>();
      const gone = new Set<string>();
      const wire: SessionsEvent[] = [];
      let list0: { requestedAt: number; computed: SessionUpdate[] | undefined } | undefined;
      let joined = true;
      let second = 0;
      let otherSeen = false;
      const listNow = () => [...server.values()].filter(({ project_id }) => project_id === 'A');
      const arrive = (count: number) => wire.splice(0, count).forEach((each) => s.send(each));
      for (const each of steps) {
        otherSeen ||= s.get(OTHER) !== undefined;
        if (each.kind === 'update') {
          // Servers do not give an id twice.
          if (gone.has(each.id)) continue;
          const update = onServer(each, (second += 1));
          server.set(each.id, update);
          if (joined) wire.push(event(brief(update)));
        } else if (each.kind === 'delete') {
          if (!server.delete(each.id)) continue;
          gone.add(each.id);
          if (joined) wire.push(remove(each.id));
        } else if (each.kind === 'arrive') arrive(each.count);
        else if (each.kind === 'drop') {
          wire.length = 0;
          joined = false;
          s.send({ type: 'channel.left' });
          list0 = undefined;
        } else if (each.kind === 'request') {
          s.send({ type: 'snapshot.requested' });
          list0 ??= { requestedAt: s.state().arrivals, computed: undefined };
        } else if (each.kind === 'compute' && list0) list0.computed ??= listNow();
        else if (each.kind === 'fold' && list0?.computed) {
          s.send(list(list0.requestedAt, list0.computed));
          s.send({ type: 'snapshot.ended' });
          list0 = undefined;
        } else if (!joined) {
          joined = true;
          s.send({ type: 'channel.joined' });
        }
      }
      // The sync rule: a join, then a list asked for after it, and what was under way arrives in order.
      if (!joined) {
        wire.length = 0;
        s.send({ type: 'channel.joined' });
      }
      s.send({ type: 'snapshot.requested' });
      const requestedAt = s.state().arrivals;
      const computed = listNow();
      arrive(Math.floor(wire.length / 2));
      s.send(list(requestedAt, computed));
      arrive(wire.length);
      for (const id of [...s.state().unverified, ...s.state().incomplete]) {
        s.send({
          type: 'lookup.arrived',
          requestedAt: s.state().arrivals,
          at: 0,
          id,
          update: server.get(id),
        });
      }
      s.send({ type: 'snapshot.ended' });
      // No list tells of a session of another project whose event was lost.
      if (!otherSeen && !s.get(OTHER)) server.delete(OTHER);
      const shown = sessionsOf(s.state()).map((session) => [session.id, session, s.freshness(session.id)]);
      expect(new Map(shown.map(([id, ...rest]) => [id, rest]))).toEqual(
        new Map([...server].map(([id, update]) => [id, [mergeSession(undefined, update), undefined]])),
      );
    }),
    { numRuns: 1_000 },
  );
});

const OTHER = '3';
const TIMES: Record<string, (second: number) => string | null> = {
  plain: (second) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
  fraction: (second) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.500000Z`,
  offset: (second) => `2026-01-01T02:00:${String(second).padStart(2, '0')}+02:00`,
  future: () => '2999-12-31T23:59:59Z',
  none: () => 'soon',
};

/** What a server of the first generation holds after an update, as an answer tells it. */
describe('what is told beside the sessions', () => {
  it('[S14] who watches is held until the channel is left, or all is forgotten', () => {
    const present = [{ key: 'user:1', count: 1 }];
    const s = startSessions({ type: 'channel.joined' }, { type: 'presence.changed', present });
    s.send(upsert('1', 'active', 0));
    expect([s.state().present, s.state().changed]).toEqual([present, ['1']]);
    s.send({ type: 'channel.left' });
    expect([s.state().present, s.state().changed]).toEqual([[], []]);
    s.send({ type: 'presence.changed', present });
    s.send({ type: 'sessions.cleared' });
    expect(s.state().present).toEqual([]);
  });

  it('[S14] a notification is passed on, and nothing of it is kept', () => {
    const actor = createActor(sessionsLogic).start();
    const heard: unknown[] = [];
    actor.on('notification', (emitted) => heard.push(emitted));
    actor.send(upsert('1', 'active', 0));
    const before = actor.getSnapshot().context;
    const notification = { sessionId: '1', type: 'idle_prompt', message: 'Still there?', at: 5 };
    actor.send({ type: 'notification.arrived', notification });
    expect([heard, actor.getSnapshot().context]).toEqual([
      [{ type: 'notification', notification }],
      { ...before, changed: [] },
    ]);
  });
});

describe('[S13][H1] the room that all sessions take', () => {
  const heavy = (id: string): SessionUpdate => ({
    ...row(id, 'active', 0),
    interactions: [{ id: '1', step_name: 'x'.repeat(40 * 2 ** 20), ...NO_RESULT }],
    display_name: 'x'.repeat(1_000),
  });

  it('is bounded: one too many is held without its interactions, and says so', () => {
    const s = startSessions(...['1', '2', '3', '4'].map((id) => event(heavy(id))));
    expect(s.shown()).toEqual(['1:active', '2:active', '3:active', '4:active']);
    expect(s.get('3')?.leftOut).toBeNull();
    expect(s.get('4')).toMatchObject({ interactions: [], leftOut: { interactions: 1, places: 1 } });
    expect(s.get('4')?.display_name).toHaveLength(200);
  });

  it('is not claimed anew by what says the same, and is free again when others leave', () => {
    const s = startSessions(...['1', '2', '3', '4'].map((id) => event(heavy(id))));
    const light = s.get('4');
    s.send(event(heavy('4')));
    expect([s.get('4') === light, s.state().changed]).toEqual([true, []]);
    s.send(remove('1'));
    s.send(event(heavy('4')));
    expect(s.get('4')).toMatchObject({ leftOut: null, interactions: [{ id: '1' }] });
  });

  it('has a number too: those outside the list that are unconfirmed for longest go', () => {
    const rows = (from: number, project: string) =>
      Array.from({ length: MAX_SESSIONS }, (_, n) => row(`${from + n}`, 'active', 0, project));
    const s = startSessions(list(0, rows(0, 'A')), upsert('new', 'active', 0, 'C'));
    s.send(list(s.state().arrivals, rows(MAX_SESSIONS, 'B')));
    expect(s.state().entries.size).toBe(MAX_SESSIONS);
    expect(s.get(`${2 * MAX_SESSIONS - 1}`)).toBeDefined();
  });

  it('lets go of the one that was confirmed first, wherever it was held', () => {
    const outside = (id: string, at: number) => event(row(id, 'active', 0, 'B'), at);
    const s = startSessions(outside('second', 2), outside('first', 1), outside('third', 3));
    const listed = Array.from({ length: MAX_SESSIONS - 2 }, (_, n) => row(`${n}`, 'active', 0));
    s.send(list(s.state().arrivals, listed));
    expect(['first', 'second', 'third'].map((id) => s.get(id)?.id)).toEqual([undefined, 'second', 'third']);
    expect([s.state().entries.size, s.state().changed.at(-1)]).toEqual([MAX_SESSIONS, 'first']);
  });

  it('[V3] counts what another connection held', () => {
    const held = ['1', '2', '3'].map((id) => ({ update: heavy(id), confirmedAt: 0, untold: [] }));
    const s = inherit(held, event(heavy('4')));
    expect([s.get('3')?.leftOut, s.get('4')?.leftOut]).toEqual([null, { interactions: 1, places: 1 }]);
  });

  it('is not outgrown by lists of which only a part is shown', () => {
    const s = startSessions();
    for (let from = 0; from < 5 * MAX_SESSIONS; from += MAX_SESSIONS) {
      const sessions = Array.from({ length: MAX_SESSIONS }, (_, n) => row(`${from + n}`, 'active', 0));
      s.send({ type: 'snapshot.began', requestedAt: 0, at: 0, sessions });
    }
    expect(s.state().entries.size).toBe(3 * MAX_SESSIONS);
  });
});

const NO_RESULT = { command: null, result: null, completed_at: null };

function onServer(
  { id, status, place, time }: { id: string; status: string; place: string; time: string },
  second: number,
): SessionUpdate {
  return {
    ...sessionOf({ id, status, updated_at: TIMES[time]!(second) }),
    project_id: id === OTHER ? 'B' : 'A',
    project: { id: id === OTHER ? 'B' : 'A', name: `Project of ${id}`, module_name: null, status: null },
    component_id: place,
    component: { id: place, name: `Component ${place}`, type: null, module_name: null },
  };
}

const id = fc.constantFrom('1', '2', '3');
const step = fc.oneof(
  fc.record({
    kind: fc.constant('update' as const),
    id,
    status: fc.constantFrom('active', 'complete', 'failed'),
    place: fc.constantFrom('5', '5', '6'),
    time: fc.constantFrom('plain', 'plain', ...Object.keys(TIMES)),
  }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({ kind: fc.constant('arrive' as const), count: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('drop', 'request', 'compute', 'fold', 'rejoin') }),
);

function row(id: string, status: string, second: 0 | 1 | 2, project = 'A'): SessionUpdate {
  return { id, status, updated_at: SECOND[second], project_id: project };
}

const sessionOf = (update: SessionUpdate): SessionUpdate => mergeSession(undefined, update);

/** What the channel of the first generation leaves of it. */
function brief(update: SessionUpdate): SessionUpdate {
  const told = new Map(Object.entries(update));
  for (const field of ['project', 'component']) told.delete(field);
  return Object.fromEntries(told) as SessionUpdate;
}

function event(update: SessionUpdate, at = 0): SessionsEvent {
  return { type: 'session.upserted', update, at };
}

function answer(
  update: SessionUpdate,
  { requestedAt, at = 0 }: { requestedAt: number; at?: number },
): SessionsEvent {
  return { type: 'lookup.arrived', requestedAt, at, id: update.id, update };
}

function upsert(...args: Parameters<typeof row>): SessionsEvent {
  return { type: 'session.upserted', update: row(...args), at: 0 };
}

function remove(id: string): SessionsEvent {
  return { type: 'session.deleted', id, at: 0 };
}

function list(
  requestedAt: number,
  sessions: SessionUpdate[],
): Extract<SessionsEvent, { type: 'snapshot.arrived' }> {
  return { type: 'snapshot.arrived', requestedAt, at: 0, sessions };
}
