import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SessionDelta } from '../../../machines/sessionsEvents';
import { FIRST_REJOIN_MS, SessionTopics } from '../../../src/actors/sessionTopics';
import { FollowedSessions } from '../../../src/followedSessions';
import { createLog } from '../../../src/log';
import type { Failure } from '../../../src/model/failure';
import type { SessionOutput } from '../../../src/model/sessionOutput';
import type { SideListener } from '../../../src/channel/sideChannels';
import { failureOf } from './restHarness';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The topics on a socket that joins none by itself; `said` is what was asked of it, in order. */
function start() {
  const followed = new FollowedSessions();
  const said: string[] = [];
  const lines: string[] = [];
  const bugs: unknown[] = [];
  const deltas: SessionDelta[] = [];
  const outputs: Omit<SessionOutput, 'at'>[] = [];
  const listeners = new Map<string, SideListener>();
  const broken = { joins: false };
  const socketNamed = (name: string) => ({
    joinTopic: (topic: string, listener: SideListener) => {
      if (broken.joins) throw new Error('on purpose');
      said.push(`join ${topic}${name}`);
      listeners.set(topic, listener);
      return () => said.push(`leave ${topic}${name}`);
    },
  });
  const topics = new SessionTopics({
    followed,
    log: createLog({ log: (_, line) => lines.push(line) }, 'PhoenixChannel'),
    monotonic: () => performance.now(),
    onDelta: (delta) => deltas.push(delta),
    onOutput: (output) => outputs.push(output),
    onBug: (bug) => bugs.push(bug),
  });
  const end = (id: string, failure: Failure) => listeners.get(`session:${id}`)!.onEnded(failure);
  return {
    ...{ followed, said, lines, bugs, deltas, outputs, broken, topics, socketNamed },
    tell: (id: string, event: string, payload: unknown) =>
      listeners.get(`session:${id}`)!.onEvent(event, payload),
    crash: (id: string) => end(id, failureOf('crashed')),
    refuse: (id: string) => end(id, failureOf('joinRefused')),
  };
}

it('[S15] a topic that crashes is joined again after 1, 2, 4 … 30 s, and after 1 s once it has held', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('1');
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    s.said.length = 0;
    s.crash('1');
    vi.advanceTimersByTime(seconds * 1_000 - 1);
    expect(s.said).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(s.said).toEqual(['join session:1']);
  }
  vi.advanceTimersByTime(30_000);
  s.crash('1');
  vi.advanceTimersByTime(FIRST_REJOIN_MS);
  expect([s.said, vi.getTimerCount()]).toEqual([['join session:1', 'join session:1'], 0]);
});

it('[S15][R10] while it waits to be joined again it is given up with its session and with its socket', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  const end = s.followed.follow('1');
  s.crash('1');
  end();
  expect(vi.getTimerCount()).toBe(0);
  s.followed.follow('2');
  s.crash('2');
  s.topics.use(undefined);
  expect([vi.getTimerCount(), s.said]).toEqual([0, ['join session:1', 'join session:2']]);
  s.topics.close();
  s.followed.follow('3');
  s.topics.use(s.socketNamed(' late'));
  expect(s.said.slice(2)).toEqual(['join session:2 late', 'join session:3 late']);
});

it('[S15] what was refused is not tried again on that socket, nor any other that is no integer; on the next it is', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('1');
  s.followed.follow('a');
  s.refuse('1');
  s.refuse('a');
  for (const id of ['1', 'a', 'b', '2']) s.followed.follow(id);
  vi.advanceTimersByTime(60_000);
  expect(s.said.splice(0)).toEqual(['join session:1', 'join session:a', 'join session:2']);
  s.topics.use(s.socketNamed(' next'));
  expect(s.said).toEqual(['leave session:2', ...['1', 'a', 'b', '2'].map((id) => `join session:${id} next`)]);
});

it('[S15] an id is an integer as a whole or not at all', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('12');
  s.followed.follow('a');
  s.refuse('12');
  s.refuse('a');
  for (const id of ['a1', '1a', '13']) s.followed.follow(id);
  expect(s.said).toEqual(['join session:12', 'join session:a', 'join session:13']);
});

it('[S15][R10] closed, it leaves all of them and joins no more', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('1');
  s.topics.close();
  s.followed.follow('2');
  expect(s.said).toEqual(['join session:1', 'leave session:1']);
});

it('[S15][D10] what cannot be read is counted over all of them, and named', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('7');
  s.followed.follow('8');
  s.tell('7', 'session_status_changed', 'nonsense');
  s.tell('8', 'conversation_id_set', null);
  expect([s.deltas, s.outputs, s.lines]).toEqual([
    [],
    [],
    [
      expect.stringMatching(/ignored session:7 session_status_changed: .*, 1 on topics of sessions so far/),
      expect.stringMatching(/ignored session:8 conversation_id_set: .*, 2 on topics of sessions so far/),
    ],
  ]);
});

it('[S15][V1] one that fails to be joined again is a bug, told as one', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('1');
  s.crash('1');
  s.broken.joins = true;
  vi.advanceTimersByTime(FIRST_REJOIN_MS);
  expect(s.bugs).toEqual([new Error('on purpose')]);
});

it('[S15] what it says is a change of its session, or output', () => {
  const s = start();
  s.topics.use(s.socketNamed(''));
  s.followed.follow('7');
  const patch = (fields: object) => ({
    type: 'session.patched',
    update: { id: '7', ...fields },
    unordered: true,
  });
  s.tell('7', 'conversation_id_set', { session_id: 7, conversation_id: 'c' });
  s.tell('7', 'session_status_changed', { status: 'failed' });
  s.tell('7', 'session_updated', { session_id: '7', field: 'state', value: { n: 1 } });
  for (const field of ['interactions', 'updated_at', 'id', 'session_id', '__proto__', 'a_later_one']) {
    s.tell('7', 'session_updated', { session_id: 7, field, value: 'x' });
  }
  s.tell('7', 'session_status_changed', { session_id: 8, status: 'failed' });
  s.tell('7', 'session_event_received', { session_id: 7, event: { event_type: 'x', data: null } });
  expect(s.deltas).toEqual([
    patch({ external_conversation_id: 'c' }),
    patch({ status: 'failed' }),
    patch({ state: { n: 1 } }),
    ...Array.from({ length: 6 }, () => patch({})),
  ]);
  expect(s.outputs).toEqual([
    { sessionId: '7', events: [{ type: 'x', sentAt: null, data: null }], leftOut: 0 },
  ]);
});
