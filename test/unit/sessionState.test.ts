import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { sessionsLogic, type SessionsRef } from '../../machines/sessions';
import { createLog, type Log } from '../../src/log';
import type { Interaction, Session } from '../../src/model/session';
import { SessionStateManager } from '../../src/sessionState';

function start() {
  const sessions = createActor(sessionsLogic).start();
  const lines: string[] = [];
  const log = createLog(
    { log: (level, line) => lines.push(`${level} ${line}`), isEnabled: (level) => level === 'error' },
    'SessionState',
  );
  const state = new SessionStateManager(sessions, log);
  return { state, sessions, lines, ids: () => state.getAll().map(({ id }) => id) };
}

const upsert = (sessions: SessionsRef, id: string, status = 'active') =>
  sessions.send({
    type: 'session.upserted',
    update: { id, status, project_id: null, component_id: null },
    at: 5,
  });
const remove = (sessions: SessionsRef, id: string) => sessions.send({ type: 'session.deleted', id, at: 5 });

it('[S5] the list and a session are the same objects until they change', () => {
  const { state, sessions } = start();
  upsert(sessions, '1');
  upsert(sessions, '2');
  const [list, one, two] = [state.getAll(), state.get('1'), state.get('2')];
  upsert(sessions, '1');
  expect([state.getAll() === list, state.get('1') === one]).toEqual([true, true]);
  upsert(sessions, '1', 'failed');
  expect([state.getAll() === list, state.get('1') === one, state.get('2') === two]).toEqual([
    false,
    false,
    true,
  ]);
  expect(state.getAll().map(({ id, status }) => [id, status])).toEqual([
    ['1', 'failed'],
    ['2', 'active'],
  ]);
});

it('[S11] how far a session can be trusted is told with it', () => {
  const { state, sessions } = start();
  sessions.send({ type: 'session.upserted', update: { id: '1', project_id: '7' }, at: 5 });
  expect([state.freshness('1'), state.freshness('2')]).toEqual([{ kind: 'incomplete' }, undefined]);
});

it('[D10] who subscribed to all hears of what came, changed and went, in its turn, until the subscription ends', () => {
  const { state, sessions } = start();
  const heard: [string[], readonly string[]][] = [];
  const end = state.subscribeAll((all, ids) => heard.push([all.map(({ id }) => id), ids]));
  upsert(sessions, '1');
  upsert(sessions, '1');
  upsert(sessions, '2');
  remove(sessions, '1');
  end();
  upsert(sessions, '3');
  expect(heard).toEqual([
    [['1'], ['1']],
    [['1', '2'], ['2']],
    [['2'], ['1']],
  ]);
});

it('[D10] who subscribed to one hears of that one alone, and that it went', () => {
  const { state, sessions } = start();
  const heard: (string | null | undefined)[] = [];
  const end = state.subscribe('1', (session) => heard.push(session?.status));
  upsert(sessions, '2');
  upsert(sessions, '1');
  upsert(sessions, '1', 'failed');
  remove(sessions, '1');
  end();
  upsert(sessions, '3');
  expect(heard).toEqual(['active', 'failed', undefined]);
});

it('[D10] a subscriber that fails is written down and disturbs nobody', () => {
  const { state, sessions, lines } = start();
  const heard: string[] = [];
  const fail = () => {
    throw new Error('on purpose');
  };
  state.subscribeAll(fail);
  state.subscribeAll((_all, ids) => heard.push(`all ${ids.join()}`));
  state.subscribe('1', fail);
  state.subscribe('1', (session) => heard.push(`one ${session?.id}`));
  upsert(sessions, '1');
  expect(heard).toEqual(['all 1', 'one 1']);
  expect(lines.filter((line) => line.includes('on purpose'))).toHaveLength(2);
});

it('[D10] subscriptions that begin or end while one is told do not change who is told this time', () => {
  const { state, sessions } = start();
  const heard: string[] = [];
  const ends: (() => void)[] = [];
  const once = (name: string) => () => {
    heard.push(name);
    ends.forEach((end) => end());
    state.subscribeAll(() => heard.push('late'));
    state.subscribe('1', () => heard.push('late'));
  };
  ends.push(
    state.subscribeAll(once('all')),
    state.subscribeAll(() => heard.push('all too')),
  );
  upsert(sessions, '1');
  expect(heard).toEqual(['all', 'all too', 'late']);
});

it('[D4] counts what is subscribed; an end counts once, and ends no later subscription to the same', () => {
  const { state, sessions } = start();
  const heard: string[] = [];
  const endAll = state.subscribeAll(() => {});
  const endFirst = state.subscribe('1', () => heard.push('first'));
  expect(state.listenerCount).toBe(2);
  endFirst();
  state.subscribe('1', () => heard.push('second'));
  endFirst();
  endAll();
  endAll();
  upsert(sessions, '1');
  expect([state.listenerCount, heard]).toEqual([1, ['second']]);
  state.subscribeAll(() => heard.push('all'));
  state.dispose();
  upsert(sessions, '1', 'failed');
  expect([state.listenerCount, heard]).toEqual([0, ['second']]);
});

it('[D4] of several subscriptions to one session each has its own end, and the last leaves nothing behind', () => {
  const { state, sessions } = start();
  const heard: string[] = [];
  const endFirst = state.subscribe('1', () => heard.push('first'));
  const endSecond = state.subscribe('1', () => heard.push('second'));
  endFirst();
  upsert(sessions, '1');
  expect([state.listenerCount, heard]).toEqual([1, ['second']]);
  expect(state).toHaveProperty('byId.size', 1);
  endSecond();
  expect(state.listenerCount).toBe(0);
  expect(state).toHaveProperty('byId.size', 0);
});

it('[D4] where nobody reads the log, a subscription composes no line for it', () => {
  const log: Log = {
    ...createLog({ log: () => {} }, 'SessionState'),
    isEnabled: () => false,
    debug: () => expect.fail('composed'),
  };
  const state = new SessionStateManager(createActor(sessionsLogic).start(), log);
  const ends = [state.subscribeAll(() => {}), state.subscribe('1', () => {})];
  for (const end of ends) end();
  state.dispose();
  expect(state.listenerCount).toBe(0);
});

it('[V3] another owner of the sessions is followed: who subscribed hears of all that was and is', () => {
  const { state, sessions, ids } = start();
  upsert(sessions, 'gone');
  upsert(sessions, 'stays');
  const list = state.getAll();
  const heard: (readonly string[])[] = [];
  const one: (Session | undefined)[] = [];
  state.subscribeAll((_all, changed) => heard.push(changed));
  state.subscribe('gone', (session) => one.push(session));
  const next = createActor(sessionsLogic).start();
  upsert(next, 'stays');
  upsert(next, 'new');
  state.follow(sessions);
  expect([heard, state.getAll() === list]).toEqual([[], true]);
  state.follow(next);
  expect([heard, one, ids()]).toEqual([[['gone', 'stays', 'new']], [undefined], ['stays', 'new']]);
  upsert(sessions, 'unheard');
  upsert(next, 'heard');
  expect([heard.slice(1), ids()]).toEqual([[['heard']], ['stays', 'new', 'heard']]);
});

describe('a subscription to one interaction', () => {
  const interaction = (id: string, completed_at: string | null = null): Interaction => ({
    ...{ id, step_name: 'step', command: null, result: null, completed_at },
  });
  const put = (sessions: SessionsRef, id: string, ...interactions: Interaction[]) =>
    sessions.send({ type: 'session.upserted', update: { id, interactions }, at: 5 });

  it('[S5][D10] hears of that one when it comes, changes and goes, and of nothing else', () => {
    const { state, sessions } = start();
    const heard: (string | null | undefined)[] = [];
    const end = state.subscribeInteraction('1', 'b', (now) => heard.push(now?.completed_at));
    put(sessions, '2', interaction('b'));
    put(sessions, '1', interaction('a'));
    put(sessions, '1', interaction('b'), interaction('a'));
    put(sessions, '1', interaction('c'), interaction('b'), interaction('a', 'then'));
    upsert(sessions, '1', 'failed');
    put(sessions, '1', interaction('b', 'later'));
    put(sessions, '1', interaction('c'));
    put(sessions, '1', interaction('b'));
    remove(sessions, '1');
    end();
    put(sessions, '1', interaction('b'));
    expect(heard).toEqual([null, 'later', undefined, null, undefined]);
  });

  it('[S5] hears nothing of what it could read when it began', () => {
    const { state, sessions } = start();
    put(sessions, '1', interaction('b'));
    const heard: unknown[] = [];
    state.subscribeInteraction('1', 'b', (now) => heard.push(now));
    put(sessions, '1', interaction('b'), interaction('a'));
    expect(heard).toEqual([]);
    put(sessions, '1', interaction('b', 'later'));
    expect(heard).toEqual([state.get('1')?.interactions[0]]);
  });
});

describe('what is told beside the sessions', () => {
  const present = [{ key: 'user:1', count: 2 }];
  const notification = { sessionId: '1', type: 'idle_prompt', at: 5 };
  const outputOf = (sessionId: string, n: number) => ({
    ...{ sessionId, at: n, leftOut: 0 },
    events: [{ type: 'post_tool_use', sentAt: null, data: n }],
  });

  it('[S14] goes to its subscribers, though one fails, until they end', () => {
    const { state, sessions, lines } = start();
    const heard: unknown[] = [];
    const fail = () => {
      throw new Error('on purpose');
    };
    const ends = [
      state.subscribePresence(fail),
      state.subscribeNotifications(fail),
      state.subscribeOutput('1', fail),
      state.subscribePresence((now) => heard.push(now)),
      state.subscribeNotifications((now) => heard.push(now)),
    ];
    expect(state.listenerCount).toBe(5);
    sessions.send({ type: 'presence.changed', present });
    sessions.send({ type: 'notification.arrived', notification });
    sessions.send({ type: 'output.arrived', output: outputOf('1', 1) });
    upsert(sessions, '1');
    expect([heard, state.presence]).toEqual([[present, notification], present]);
    expect(lines.filter((line) => line.includes('on purpose'))).toEqual([
      'error [SessionState] a subscriber to presence failed: on purpose',
      'error [SessionState] a subscriber to notifications failed: on purpose',
      'error [SessionState] a subscriber to output failed: on purpose',
    ]);
    sessions.send({ type: 'channel.left' });
    sessions.send({ type: 'channel.left' });
    expect(heard.slice(2)).toEqual([[]]);
    for (const end of ends) end();
    sessions.send({ type: 'presence.changed', present });
    sessions.send({ type: 'notification.arrived', notification });
    expect([heard.length, state.listenerCount]).toEqual([3, 0]);
  });

  it('[D13] output goes, in the order of its arrival, to who subscribed to its session', () => {
    const { state, sessions } = start();
    const heard: unknown[] = [];
    const ends = ['1', '2'].map((id) => state.subscribeOutput(id, (output) => heard.push([id, output])));
    expect(state.listenerCount).toBe(2);
    for (const output of [outputOf('1', 1), outputOf('3', 2), outputOf('2', 3), outputOf('1', 4)]) {
      sessions.send({ type: 'output.arrived', output });
    }
    expect(heard).toEqual([
      ['1', outputOf('1', 1)],
      ['2', outputOf('2', 3)],
      ['1', outputOf('1', 4)],
    ]);
    ends[0]!();
    const next = createActor(sessionsLogic).start();
    state.follow(next);
    sessions.send({ type: 'output.arrived', output: outputOf('2', 5) });
    for (const id of ['1', '2']) next.send({ type: 'output.arrived', output: outputOf(id, 6) });
    expect([heard.slice(3), state.listenerCount]).toEqual([[['2', outputOf('2', 6)]], 1]);
  });

  it('[S14] nobody who watches before and nobody after is nothing to tell', () => {
    const { state, sessions } = start();
    const heard: unknown[] = [];
    state.subscribePresence((now) => heard.push(now));
    sessions.send({ type: 'presence.changed', present: [] });
    sessions.send({ type: 'channel.left' });
    expect(heard).toEqual([]);
    sessions.send({ type: 'presence.changed', present });
    expect(heard).toEqual([present]);
  });

  it('[S14][V3] is that of the owner that is followed now', () => {
    const { state, sessions } = start();
    const heard: unknown[] = [];
    state.subscribePresence((now) => heard.push(now));
    state.subscribeNotifications((now) => heard.push(now));
    sessions.send({ type: 'presence.changed', present });
    const next = createActor(sessionsLogic).start();
    state.follow(next);
    expect([heard, state.presence]).toEqual([[present, []], []]);
    sessions.send({ type: 'presence.changed', present: [] });
    sessions.send({ type: 'notification.arrived', notification });
    next.send({ type: 'notification.arrived', notification });
    expect(heard.slice(2)).toEqual([notification]);
    state.dispose();
    next.send({ type: 'notification.arrived', notification });
    expect(heard).toHaveLength(3);
  });
});
