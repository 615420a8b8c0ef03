import { expect, it } from 'vitest';
import { inheritance } from '../../src/inheritance';
import { startConnection } from './machines/connectionHarness';

const inherited = (c: ReturnType<typeof startConnection>) => inheritance(c.actor.getSnapshot());

it('[V3] the sessions are handed on with what was known of each, and when their list was asked for', () => {
  const c = startConnection();
  c.goLive();
  c.send('refresh');
  c.fold(7);
  const { sessions } = c.context;
  sessions.send({ type: 'session.upserted', update: { id: '1', status: 'active', project_id: '2' }, at: 5 });
  sessions.send({ type: 'session.upserted', update: { id: 'gone' }, at: 5 });
  sessions.send({ type: 'session.deleted', id: 'gone', at: 6 });
  const { entries } = sessions.getSnapshot().context;
  expect(inherited(c)).toMatchObject({
    sessions: [{ update: { id: '1', status: 'active' }, confirmedAt: 5, untold: entries.get('1')!.untold }],
    syncedAt: 7,
  });
});

it('[V3] what was handed on is the session itself, field by field', () => {
  const c = startConnection();
  const interactions = [{ id: '9', step_name: 'a step', command: null, result: null, completed_at: null }];
  c.context.sessions.send({
    type: 'session.upserted',
    update: { id: '1', interactions, state: { n: [1, { two: 2 }] } },
    at: 5,
  });
  const [first] = inherited(c).sessions;
  const next = startConnection();
  next.context.sessions.send({ type: 'session.upserted', update: first!.update, at: 5 });
  const sessionOf = (each: typeof c) => each.context.sessions.getSnapshot().context.entries.get('1')!.session;
  expect(sessionOf(next)).toEqual(sessionOf(c));
});

it.each<[string, unknown]>([
  ['cannot be written down', 1n],
  ['has no end', cycle()],
  ['is nested further than a recursion gets', deep(100_000)],
])('[V3] a session whose state %s is left behind', (_what, state) => {
  const c = startConnection();
  c.context.sessions.send({ type: 'session.upserted', update: { id: 'odd', state }, at: 5 });
  c.context.sessions.send({ type: 'session.upserted', update: { id: 'good' }, at: 5 });
  expect(inherited(c).sessions.map(({ update }) => update.id)).toEqual(['good']);
});

it('[V3] a session that could not be compared with itself when it comes again is left behind', () => {
  const c = startConnection();
  const good = { id: 'good', state: [1] };
  const odd = { id: 'odd', state: [1] };
  for (const update of [good, odd]) c.context.sessions.send({ type: 'session.upserted', update, at: 5 });
  // Only what compares asks an array this: it can be written down, and measured.
  Object.assign(odd.state, {
    every: () => {
      throw new Error('a bug in comparing');
    },
  });
  expect(inherited(c).sessions.map(({ update }) => update.id)).toEqual(['good']);
});

it('[V3] a session that would not be read from a server is left behind', () => {
  const c = startConnection();
  c.context.sessions.send({ type: 'session.upserted', update: { id: 'x'.repeat(300) }, at: 5 });
  expect(inherited(c)).toEqual({ sessions: [], syncedAt: undefined });
});

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

function deep(levels: number): unknown {
  let value: unknown = null;
  for (let n = 0; n < levels; n += 1) value = [value];
  return value;
}
