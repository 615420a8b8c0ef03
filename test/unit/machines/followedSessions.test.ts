import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { freshnessOf, sessionsLogic } from '../../../machines/sessions';
import type { SessionsEvent } from '../../../machines/sessionsEvents';
import type { SessionOutput } from '../../../src/model/sessionOutput';

const TIME = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'] as const;

/** One session that was listed whole at the first of these times. */
function start() {
  const actor = createActor(sessionsLogic).start();
  const state = () => actor.getSnapshot().context;
  const send = (event: SessionsEvent) => actor.send(event);
  const row = (status: string, n: 0 | 1 | 2) => ({ ...WHOLE, status, updated_at: TIME[n] });
  send({ type: 'channel.joined' });
  const list = (status: string, n: 0 | 1 | 2, requestedAt = state().arrivals) =>
    send({ type: 'snapshot.arrived', requestedAt, at: 1, sessions: [row(status, n)] });
  list('active', 0);
  return {
    ...{ actor, state, send, list },
    patch: (status: string) =>
      send({ type: 'session.patched', update: { id: '1', status }, unordered: true, at: 2 }),
    update: (status: string, n: 0 | 1 | 2) =>
      send({ type: 'session.upserted', update: row(status, n), at: 3 }),
    answer: (status: string, n: 0 | 1 | 2, requestedAt = state().arrivals) =>
      send({ type: 'lookup.arrived', requestedAt, at: 4, id: '1', update: row(status, n) }),
    seen: () => [
      state().entries.get('1')?.session?.status,
      freshnessOf(state(), '1')?.kind,
      state().incomplete.has('1'),
    ],
  };
}

it('[S15] what the topic of a session says is shown at once, and asked for until an answer came', () => {
  const s = start();
  s.patch('failed');
  expect([s.seen(), s.state().changed]).toEqual([['failed', 'incomplete', true], ['1']]);
  s.answer('complete', 1);
  expect([s.seen(), s.state().changed]).toEqual([['complete', undefined, false], ['1']]);
});

it('[S15][D11] an event that follows does not end the asking, since it may be the older one', () => {
  const s = start();
  s.patch('failed');
  s.update('complete', 1);
  expect(s.seen()).toEqual(['complete', 'incomplete', true]);
  s.answer('failed', 1);
  expect(s.seen()).toEqual(['failed', undefined, false]);
});

it('[S15] an answer that was asked for before it came does not end it, a list after it does', () => {
  const s = start();
  const requestedAt = s.state().arrivals;
  s.patch('failed');
  s.answer('active', 0, requestedAt);
  expect(s.seen()).toEqual(['failed', 'incomplete', true]);
  s.list('failed', 1);
  expect(s.seen()).toEqual(['failed', undefined, false]);
});

it('[S15][S10] where the server does not tell, it is shown as of when it was last told', () => {
  const s = start();
  s.patch('failed');
  s.send({ type: 'lookup.refused', ids: ['1'] });
  expect(s.seen()).toEqual(['failed', 'stale', false]);
  s.patch('complete');
  s.answer('complete', 1);
  expect(s.seen()).toEqual(['complete', undefined, false]);
});

it('[S15][S2][S6] of one that is gone nothing comes back, and one that is unknown is asked for', () => {
  const s = start();
  s.send({ type: 'session.deleted', id: '1', at: 2 });
  s.patch('failed');
  expect(s.seen()).toEqual([undefined, undefined, false]);
  s.send({ type: 'session.patched', update: { id: '2', status: 'failed' }, unordered: true, at: 2 });
  expect([[...s.state().incomplete], s.state().entries.has('2')]).toEqual([['2'], false]);
});

it('[S15][S14] output goes to who listens, changes no session and is not kept', () => {
  const s = start();
  const before = s.state();
  const heard: SessionOutput[] = [];
  s.actor.on('output', ({ output }) => heard.push(output));
  const output = { sessionId: '1', at: 5, events: [], leftOut: 0 };
  s.send({ type: 'output.arrived', output });
  expect([heard, s.state()]).toEqual([[output], { ...before, changed: [] }]);
});

const WHOLE = {
  id: '1',
  ...{ type: 't', display_name: 'n', agent: 'a', environment: 'e', execution_mode: 'm', state: null },
  ...{ project_id: '1', account_id: '1', user_id: '1', component_id: null, external_conversation_id: null },
  ...{ project: { id: '1', name: null, module_name: null, status: null }, component: null },
  ...{ interactions: [], inserted_at: TIME[0] },
};
