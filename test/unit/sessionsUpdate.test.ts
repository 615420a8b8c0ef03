import { createActor } from 'xstate';
import { expect, it, vi } from 'vitest';
import { sessionsLogic } from '../../machines/sessions';
import type { Session } from '../../src/model/session';
import { SessionStateManager } from '../../src/sessionState';
import { createLog } from '../../src/log';

it('[D10] a subscriber to all gets the list and the ids that changed', () => {
  const { state, put, remove } = start();
  const told: [ids: string[], changed: readonly string[]][] = [];
  state.subscribeAll((sessions, changedIds) => told.push([sessions.map(({ id }) => id), changedIds]));
  put('1');
  put('2', '3');
  remove('1');
  put('3');
  expect(told).toEqual([
    [['1'], ['1']],
    [
      ['1', '2', '3'],
      ['2', '3'],
    ],
    [['2', '3'], ['1']],
  ]);
});

it('[D10] the list holds the very sessions that can be asked for, and is one for all subscribers', () => {
  const { state, put } = start();
  const lists: (readonly Session[])[] = [];
  state.subscribeAll((sessions) => lists.push(sessions));
  state.subscribeAll((sessions) => lists.push(sessions));
  put('1', '2');
  expect(lists[0]).toBe(lists[1]);
  expect([...lists[0]!]).toEqual(state.getAll());
  expect(lists[0]![1]).toBe(state.get('2'));
});

it('[D10] a list that was looked at stays as it was', () => {
  const { state, put, remove } = start();
  const lists: (readonly Session[])[] = [];
  state.subscribeAll((sessions) => {
    expect(sessions.length).toBeGreaterThan(0);
    lists.push(sessions);
  });
  put('1', '2');
  remove('2');
  expect(lists.map((list) => list.length)).toEqual([2, 1]);
});

it('[D10] a subscriber that does not look at the list does not pay for it', () => {
  const { state, put } = start();
  const getAll = vi.spyOn(state, 'getAll');
  const seen: (readonly string[])[] = [];
  state.subscribeAll((...[, changedIds]) => seen.push(changedIds));
  put('1');
  put('2');
  expect(seen).toEqual([['1'], ['2']]);
  expect(getAll).not.toHaveBeenCalled();
});

function start() {
  const actor = createActor(sessionsLogic).start();
  const state = new SessionStateManager(actor, createLog({ log: () => {} }, 'SessionState'));
  const list = (ids: readonly string[]) => ids.map((id) => ({ id, status: 'active', project_id: '1' }));
  return {
    state,
    put: (...ids: readonly string[]) =>
      actor.send({
        type: 'snapshot.began',
        requestedAt: actor.getSnapshot().context.arrivals,
        at: 0,
        sessions: list(ids),
      }),
    remove: (id: string) => actor.send({ type: 'session.deleted', id, at: 0 }),
  };
}
