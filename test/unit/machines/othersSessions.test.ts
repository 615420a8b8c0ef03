import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { freshnessOf, sessionOf, sessionsLogic, sessionsOf } from '../../../machines/sessions';
import type { SessionsEvent } from '../../../machines/sessionsEvents';
import { charsOf } from '../../../machines/foldSession';
import { foldOthers, noOthers, type OthersEvent } from '../../../machines/othersSessions';
import { MAX_OTHERS } from '../../../src/model/limits';
import type { SessionUpdate } from '../../../src/model/parseSession';

const owner = { id: '2', name: 'ada@example.test' };
const of = (id: string, status = 'active', second = 0): SessionUpdate => ({
  ...{ id, status, owner, user_id: '2', project_id: 'p' },
  updated_at: `2026-01-01T00:00:0${second}Z`,
});
const listed = (...sessions: SessionUpdate[]): SessionsEvent => ({
  ...{ type: 'others.listed', requestedAt: 0, at: 7, sessions },
});
const told = (update: SessionUpdate): SessionsEvent => ({ type: 'others.upserted', update, at: 8 });
const gone = (id: string): SessionsEvent => ({ type: 'others.deleted', id, at: 8 });

/** Joined, with session 1 of one's own and session 2 of another. */
function start(...events: SessionsEvent[]) {
  const actor = createActor(sessionsLogic).start();
  const state = () => actor.getSnapshot().context;
  const own: SessionUpdate = { id: '1', status: 'active', project_id: 'p', project: null, component: null };
  actor.send({ type: 'channel.joined' });
  actor.send({ type: 'snapshot.arrived', requestedAt: 1, at: 0, sessions: [own] });
  actor.send(listed(of('2')));
  events.forEach((event) => actor.send(event));
  return {
    ...{ state, own },
    send: (event: SessionsEvent) => actor.send(event),
    shown: () =>
      sessionsOf(state())
        .map(({ id, status, owner: whose }) => `${id}:${status}${whose ? ' other' : ''}`)
        .sort(),
  };
}

it('[S16] others are shown beside one’s own, and are asked for by nobody', () => {
  const { shown, state } = start();
  expect(shown()).toEqual(['1:active', '2:active other']);
  expect([state().changed, state().incomplete.size, [...state().entries.keys()]]).toEqual([['2'], 0, ['1']]);
});

it('[S16] no list of one’s own removes or changes them, and none of theirs one’s own', () => {
  const s = start();
  for (const sessions of [[s.own], []]) {
    s.send({ type: 'snapshot.arrived', requestedAt: s.state().arrivals, at: 0, sessions });
    expect([s.shown().at(-1), s.state().unverified.size]).toEqual(['2:active other', 0]);
  }
  s.send({ type: 'session.upserted', update: s.own, at: 0 });
  s.send(listed());
  expect(s.shown()).toEqual(['1:active']);
});

it('[S16] what others do leaves the list of one’s own settled', () => {
  const s = start();
  const { settled, arrivals } = s.state();
  s.send(told(of('2', 'failed', 1)));
  expect([s.state().settled, s.state().arrivals]).toEqual([settled, arrivals]);
  expect(settled).toBeDefined();
});

it('[S16][S1][S2] events change them; a late one, or one of a deleted session, is dropped', () => {
  const s = start(
    told(of('2', 'failed', 2)),
    told(of('2', 'active', 1)),
    told(of('3')),
    gone('3'),
    told(of('3')),
  );
  expect(s.shown()).toEqual(['1:active', '2:failed other']);
  s.send(gone('2'));
  expect([s.shown(), s.state().changed]).toEqual([['1:active'], ['2']]);
});

it('[S16] the list is all of them, but for events that came after it was asked for', () => {
  const s = start(told(of('3', 'failed', 3)), gone('2'), listed(of('2'), of('3', 'active', 1), of('4')));
  expect(s.shown()).toEqual(['1:active', '3:failed other', '4:active other']);
  s.send({ ...listed(of('3', 'failed', 3)), requestedAt: s.state().others.arrivals } as SessionsEvent);
  expect([s.shown(), s.state().changed]).toEqual([['1:active', '3:failed other'], ['4']]);
});

it('[S16] a session that came after the list was asked for stays, and so does the mark of a deleted one', () => {
  const s = start(told(of('3')), gone('2'), listed());
  expect(s.shown()).toEqual(['1:active', '3:active other']);
  expect(s.state().others.entries.get('2')).toEqual({
    ...{ arrival: 2, confirmed: 2, confirmedAt: 8, session: undefined, chars: 0, untold: [] },
  });
});

it('[S16] one’s own of the same id is shown instead', () => {
  const s = start({ type: 'session.upserted', update: { id: '2', status: 'complete' }, at: 0 });
  expect([s.shown(), sessionOf(s.state(), '2')?.owner]).toEqual([['1:active', '2:complete'], undefined]);
  s.send(told(of('2', 'failed', 1)));
  expect(sessionOf(s.state(), '2')?.status).toBe('complete');
  s.send({ type: 'others.unfollowed' });
  expect(freshnessOf(s.state(), '2')).not.toMatchObject({ kind: 'stale' });
});

it('[S16][S6] a patch of one of theirs has nobody asked for', () => {
  const s = start({ type: 'session.patched', update: { id: '2', status: 'failed' }, at: 0 });
  expect([s.state().incomplete.size, s.shown()]).toEqual([0, ['1:active', '2:active other']]);
});

it('[S16] where nobody follows them they bear the time of when they were told, until they are listed', () => {
  const s = start(told(of('3')), gone('3'), { type: 'channel.left' });
  expect([freshnessOf(s.state(), '2'), s.state().changed]).toEqual([undefined, []]);
  s.send({ type: 'snapshot.requested' });
  expect([freshnessOf(s.state(), '2'), s.state().changed]).toEqual([
    { kind: 'stale', confirmedAt: 7 },
    ['2'],
  ]);
  s.send({ type: 'snapshot.requested' });
  expect(s.state().changed).toEqual([]);
  s.send({ ...listed(of('2', 'failed', 1), of('4')), requestedAt: 9 } as SessionsEvent);
  expect([freshnessOf(s.state(), '2'), [...s.state().changed].sort()]).toEqual([undefined, ['2', '4']]);
});

it('[S16] a list that says the same of them tells that they are followed again', () => {
  const s = start({ type: 'others.unfollowed' }, listed(of('2')));
  expect([freshnessOf(s.state(), '2'), s.state().changed]).toEqual([undefined, ['2']]);
});

it('[S16] those of the next topic do not begin as of an earlier time', () => {
  const s = start({ type: 'others.unfollowed' }, { type: 'others.ended' }, told(of('3')));
  expect([s.shown(), freshnessOf(s.state(), '3')]).toEqual([['1:active', '3:active other'], undefined]);
});

it('[S16] a list on a joined channel marks nobody', () => {
  expect(freshnessOf(start({ type: 'snapshot.requested' }).state(), '2')).toBeUndefined();
});

it.each<[string, SessionsEvent, string[], string[]]>([
  ['their topic ends', { type: 'others.ended' }, ['1:active'], ['2']],
  ['the account is forgotten', { type: 'sessions.cleared' }, [], ['1', '2']],
])('[S16][S8] they go when %s', (_, event, shown, changed) => {
  const s = start(event);
  expect([s.shown(), s.state().changed, s.state().others.entries.size]).toEqual([shown, changed, 0]);
});

it('[S16][S13] the room that they take is counted as they come, change and go', () => {
  const size = { chars: 100 };
  const others = noOthers();
  const events = [listed({ ...of('2'), state: 'x'.repeat(50) }), told(of('2', 'failed', 1)), gone('2')];
  const rooms = events.map((event) => {
    foldOthers(others, event as OthersEvent, size, []);
    return size.chars - charsOf(others.entries.get('2'));
  });
  expect([rooms, size.chars]).toEqual([[100, 100, 100], 100]);
});

it('[S16][S13] they are bounded in number and in the room that all sessions take', () => {
  const many = Array.from({ length: MAX_OTHERS + 5 }, (_, n) => of(`other ${n}`));
  const s = start(listed(...many), told(of('one more')));
  expect(s.state().others.entries.size).toBe(MAX_OTHERS);
  const u = start(...Array.from({ length: MAX_OTHERS + 5 }, (_, n) => gone(`deleted ${n}`)), told(of('new')));
  expect([u.state().others.entries.size, sessionOf(u.state(), 'new')?.id]).toEqual([MAX_OTHERS, 'new']);
  const large = { ...of('2'), state: 'x'.repeat(200 * 1024 * 1024) };
  const t = start(told(large));
  expect(sessionOf(t.state(), '2')).toMatchObject({ owner, leftOut: { places: 1 } });
});
