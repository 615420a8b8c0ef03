import fc from 'fast-check';
import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { heldSessions, sessionsLogic, type SessionsEvent } from '../../../machines/sessions';
import type { SessionUpdate } from '../../../src/model/parseSession';

const SECOND = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'] as const;

function startSessions(...events: SessionsEvent[]) {
  const actor = createActor(sessionsLogic).start();
  events.forEach((event) => actor.send(event));
  const state = () => actor.getSnapshot().context;
  return {
    send: (event: SessionsEvent) => actor.send(event),
    state,
    /** What is shown, as `id:status`. */
    shown: () => heldSessions(state()).map(({ id, status }) => `${id}:${status ?? '-'}`),
    get: (id: string) => state().held.get(id)?.session,
  };
}

describe('deltas', () => {
  it('[S1][D11] one older than what is held is dropped', () => {
    const s = startSessions(upsert('1', 'complete', 1), upsert('1', 'active', 0));
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
    expect(s.state().held.size).toBe(0);
  });

  it('[S1][D11] an update that comes before its create is shown', () => {
    const s = startSessions(upsert('1', 'complete', 1), upsert('1', 'active', 0));
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S5] a field that a payload does not carry keeps what is held; the project goes with its id', () => {
    const project = { id: '7', name: 'P', module_name: 'P', status: 'active' };
    const s = startSessions(
      { type: 'session.upserted', update: { id: '1', project_id: '7', project, session_id: '9' } },
      upsert('1', 'complete', 1, '7'),
    );
    expect(s.get('1')).toMatchObject({ status: 'complete', project, session_id: '9' });
    s.send({ type: 'session.upserted', update: { id: '1', project_id: '8' } });
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

  it('[S6] a patch changes a known session and leaves an unknown one to be asked for', () => {
    const s = startSessions(
      upsert('1', 'active', 0),
      { type: 'session.patched', update: { id: '1', execution_mode: 'auto' } },
      { type: 'session.patched', update: { id: '2', execution_mode: 'auto' } },
    );
    expect(s.get('1')?.execution_mode).toBe('auto');
    expect([s.shown(), [...s.state().unverified]]).toEqual([['1:active'], ['2']]);
  });

  it('[S7][D6] ids such as __proto__ are ids like any other', () => {
    const s = startSessions(upsert('__proto__', 'active', 0), upsert('constructor', 'active', 0));
    expect(s.shown()).toEqual(['__proto__:active', 'constructor:active']);
    expect(({} as Record<string, unknown>).status).toBeUndefined();
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
    s.send({ type: 'snapshot.arrived', requestedAt: 0, sessions: rows });
    expect([s.shown(), s.state().settled]).toEqual([['1:active'], undefined]);
    s.send({ type: 'snapshot.arrived', requestedAt: 1, sessions: rows });
    expect([s.shown(), s.state().settled]).toEqual([['1:complete'], { list: rows, arrivals: 1 }]);
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

  it('[S4] an empty list covers nothing: every session is asked for', () => {
    const s = startSessions(upsert('1', 'active', 0, 'A'));
    s.send(list(1, []));
    expect([s.shown(), [...s.state().unverified]]).toEqual([['1:active'], ['1']]);
    s.send({ type: 'lookup.arrived', requestedAt: 1, id: '1', update: undefined });
    expect([s.shown(), [...s.state().unverified]]).toEqual([[], []]);
  });

  it('[S4] a look-up asked for before a delta does not remove what the delta brought', () => {
    const s = startSessions(upsert('1', 'active', 0));
    s.send(upsert('1', 'complete', 1));
    s.send({ type: 'lookup.arrived', requestedAt: 1, id: '1', update: undefined });
    expect(s.shown()).toEqual(['1:complete']);
  });

  it('[S8] forgetting empties it and says which sessions went', () => {
    const s = startSessions(upsert('1', 'active', 0), remove('2'));
    s.send({ type: 'sessions.forgotten' });
    expect([s.shown(), s.state().changed, s.state().held.size]).toEqual([[], ['1'], 0]);
  });
});

it('[S9][D1][D2] any history of joins, losses and snapshots ends equal to the server', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const s = startSessions();
      const server = new Map<string, SessionUpdate>();
      const gone = new Set<string>();
      const wire: SessionsEvent[] = [];
      let list0: { requestedAt: number; computed: SessionUpdate[] | undefined } | undefined;
      let joined = true;
      const listNow = () => [...server.values()];
      const arrive = (count: number) => wire.splice(0, count).forEach((event) => s.send(event));
      for (const each of steps) {
        if (each.kind === 'update') {
          // Servers do not give an id twice.
          if (gone.has(each.id)) continue;
          const update = row(each.id, each.status, 0);
          server.set(each.id, update);
          if (joined) wire.push({ type: 'session.upserted', update });
        } else if (each.kind === 'delete') {
          if (!server.delete(each.id)) continue;
          gone.add(each.id);
          if (joined) wire.push(remove(each.id));
        } else if (each.kind === 'arrive') arrive(each.count);
        else if (each.kind === 'drop') {
          wire.length = 0;
          joined = false;
          list0 = undefined;
        } else if (each.kind === 'request')
          list0 ??= { requestedAt: s.state().arrivals, computed: undefined };
        else if (each.kind === 'compute' && list0) list0.computed ??= listNow();
        else if (each.kind === 'fold' && list0?.computed) {
          s.send(list(list0.requestedAt, list0.computed));
          list0 = undefined;
        } else joined = true;
      }
      // The sync rule: a join, then a list asked for after it, and what was under way arrives in order.
      if (!joined) wire.length = 0;
      const requestedAt = s.state().arrivals;
      const computed = listNow();
      arrive(Math.floor(wire.length / 2));
      s.send(list(requestedAt, computed));
      arrive(wire.length);
      for (const id of [...s.state().unverified]) {
        s.send({ type: 'lookup.arrived', requestedAt: s.state().arrivals, id, update: server.get(id) });
      }
      expect(s.shown().sort()).toEqual(
        [...server.values()].map(({ id, status }) => `${id}:${status ?? '-'}`).sort(),
      );
    }),
    { numRuns: 500 },
  );
});

const id = fc.constantFrom('1', '2', '3');
const step = fc.oneof(
  fc.record({
    kind: fc.constant('update' as const),
    id,
    status: fc.constantFrom('active', 'complete', 'failed'),
  }),
  fc.record({ kind: fc.constant('delete' as const), id }),
  fc.record({ kind: fc.constant('arrive' as const), count: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('drop', 'request', 'compute', 'fold', 'rejoin') }),
);

function row(id: string, status: string, second: 0 | 1 | 2, project = 'A'): SessionUpdate {
  return { id, status, updated_at: SECOND[second], project_id: project };
}

function upsert(...args: Parameters<typeof row>): SessionsEvent {
  return { type: 'session.upserted', update: row(...args) };
}

function remove(id: string): SessionsEvent {
  return { type: 'session.deleted', id };
}

function list(requestedAt: number, sessions: SessionUpdate[]): SessionsEvent {
  return { type: 'snapshot.arrived', requestedAt, sessions };
}
