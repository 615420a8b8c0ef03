import { createActor } from 'xstate';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sessionsLogic, sessionsOf } from '../../../machines/sessions';
import { followProject, REJOIN_AFTER_MS } from '../../../src/actors/projectTopic';
import { createLog } from '../../../src/log';
import type { ServerOffers } from '../../../src/model/serverOffers';
import type { SideListener } from '../../../src/channel/sideChannels';
import { failureOf } from './restHarness';

const TOPIC = 'vscode:project:p';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** User 1 follows the project, over a socket that does nothing by itself. */
function start(projectTopic: string | undefined = TOPIC) {
  const sessions = createActor(sessionsLogic).start();
  const joins: SideListener[] = [];
  const said: string[] = [];
  const lines: string[] = [];
  const bugs: unknown[] = [];
  const offers: ServerOffers = { userId: '1', commands: new Set(), projectTopic };
  const broken = { joins: false };
  const joinTopic = (topic: string, listener: SideListener) => {
    if (broken.joins) throw new Error('on purpose');
    said.push(`join ${topic}`);
    joins.push(listener);
    return () => said.push('leave');
  };
  const follow = () =>
    followProject({
      ...{ client: { offers, joinTopic }, sessions },
      clocks: { wall: () => 5, monotonic: () => 5 },
      log: createLog({ log: (_, line) => lines.push(line) }, 'PhoenixChannel'),
      onBug: (bug) => bugs.push(bug),
    });
  const state = () => sessions.getSnapshot().context;
  return {
    ...{ sessions, joins, said, lines, bugs, broken, follow, state },
    tell: (event: string, payload: unknown) => joins.at(-1)!.onEvent(event, payload),
    list: async (reply: unknown) => {
      joins.at(-1)!.onJoined?.(reply);
      await vi.advanceTimersByTimeAsync(0);
    },
    shown: () => sessionsOf(state()).map(({ id, owner }) => `${id} of ${owner?.name}`),
  };
}

const other = (id: string, more: object = {}) => ({
  id,
  user_id: 2,
  user: { email: 'ada@example.test' },
  ...more,
});

it('[W2] the reply to the join and the events tell of the sessions of others, each with its owner', async () => {
  const s = start();
  s.follow();
  await s.list({ data: [other('a'), other('b', { user: null }), 'nonsense'] });
  expect(s.shown()).toEqual(['a of ada@example.test', 'b of 2']);
  s.tell('session_created', { data: other('c', { user: { email: 'a\nb' } }) });
  s.tell('session_deleted', { id: 'a' });
  expect([s.shown(), s.said, s.bugs, s.lines]).toEqual([
    ...[['b of 2', 'c of a b'], [`join ${TOPIC}`], [], []],
  ]);
  expect(s.joins[0]!.events).toEqual([
    ...['session_created', 'session_updated', 'session_deleted', 'presence_state', 'presence_diff'],
  ]);
});

it('[W2] one’s own, and those of nobody, are not taken from it', async () => {
  const s = start();
  s.follow();
  await s.list({ data: [other('a', { user_id: 1 }), { id: 'b' }, other('c', { user_id: {} })] });
  s.tell('session_updated', { data: other('d', { user_id: '1' }) });
  s.tell('session_updated', { data: other('e', { user_id: null }) });
  expect([s.shown(), s.bugs, s.sessions.getSnapshot().status]).toEqual([[], [], 'active']);
});

it.each([[undefined], [{}], [{ data: 'none' }]])('[W2][D10] a reply of %o tells of nobody', async (reply) => {
  const s = start();
  s.follow();
  await s.list(reply);
  s.tell('session_updated', { data: {} });
  expect([s.shown(), s.lines.length, s.bugs]).toEqual([[], 2, []]);
});

it('[W2][D5] presence is that of the project', () => {
  const s = start();
  s.follow();
  const one = { metas: [{ phx_ref: 'r' }] };
  s.tell('presence_state', { 'user:1': one, 'user:2': one });
  s.tell('presence_diff', { joins: {}, leaves: { 'user:2': one } });
  s.tell('presence_diff', 'nonsense');
  expect(s.state().present).toEqual([{ key: 'user:1', count: 1 }]);
});

it('[W2][D5] presence is told where it changes, and then alone', () => {
  const s = start();
  s.follow();
  const present: unknown[] = [];
  s.sessions.subscribe(({ context }) => present.push(context.present));
  const one = { metas: [{ phx_ref: 'r' }] };
  s.tell('presence_state', { 'user:1': one });
  s.tell('presence_diff', 'nonsense');
  s.tell('session_updated', { data: {} });
  expect(present).toEqual([[{ key: 'user:1', count: 1 }]]);
});

it('[W2] where it has to wait it is joined again after that, and they stay as of their time', async () => {
  const s = start();
  s.follow();
  await s.list({ data: [other('a')] });
  s.joins[0]!.onEnded({ ...failureOf('joinRefused'), retryAfterMs: 20_000 });
  expect([s.shown(), s.state().others.stale]).toEqual([['a of ada@example.test'], true]);
  await vi.advanceTimersByTimeAsync(19_999);
  expect(s.said).toEqual([`join ${TOPIC}`]);
  await vi.advanceTimersByTimeAsync(1);
  expect(s.said).toEqual([`join ${TOPIC}`, `join ${TOPIC}`]);
});

it('[W2][V1] one that fails to be joined again is a bug, told as one', async () => {
  const s = start();
  s.follow();
  s.joins[0]!.onEnded(failureOf('crashed'));
  s.broken.joins = true;
  await vi.advanceTimersByTimeAsync(REJOIN_AFTER_MS);
  expect([s.bugs, s.said]).toEqual([[new Error('on purpose')], [`join ${TOPIC}`]]);
});

it('[W2][R10] joined again, the list of the join before is not taken', async () => {
  const s = start();
  s.follow();
  s.joins[0]!.onJoined?.({ data: [other('a')] });
  s.joins[0]!.onEnded(failureOf('crashed'));
  vi.advanceTimersByTime(REJOIN_AFTER_MS);
  await vi.advanceTimersByTimeAsync(0);
  expect([s.joins.length, s.shown(), s.lines.length]).toEqual([2, [], 1]);
});

it.each(['joinRefused', 'closed'] as const)(
  '[W2] where the topic is %s they go, and it is not tried again',
  async (kind) => {
    const s = start();
    s.follow();
    await s.list({ data: [other('a')] });
    s.tell('presence_state', { 'user:2': { metas: [{ phx_ref: 'r' }] } });
    s.joins[0]!.onEnded(failureOf(kind));
    await vi.advanceTimersByTimeAsync(10 * REJOIN_AFTER_MS);
    expect([s.shown(), s.state().present, s.said]).toEqual([[], [], [`join ${TOPIC}`]]);
  },
);

it('[W2][J9] after a crash it is joined again, ever more seldom, and they stay as of their time', async () => {
  const s = start();
  const leave = s.follow();
  await s.list({ data: [other('a')] });
  for (const waitMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    s.joins.at(-1)!.onEnded(failureOf('crashed'));
    expect([s.shown(), s.state().others.stale]).toEqual([['a of ada@example.test'], true]);
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    const before = s.joins.length;
    await vi.advanceTimersByTimeAsync(1);
    expect([waitMs, s.joins.length]).toEqual([waitMs, before + 1]);
  }
  await s.list({ data: [] });
  expect([s.shown(), s.state().others.stale]).toEqual([[], false]);
  s.joins.at(-1)!.onEnded(failureOf('crashed'));
  leave();
  expect([s.said.at(-1), vi.getTimerCount()]).toEqual(['leave', 0]);
});

it('[W2][R10] left, a list that is still being read is not taken', async () => {
  const s = start();
  const leave = s.follow();
  s.joins[0]!.onJoined?.({ data: [other('a')] });
  leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(s.shown()).toEqual([]);
});

it('[W3] without an announcement, and without anybody of before, nothing is told', () => {
  const s = start();
  const told = vi.fn();
  s.sessions.subscribe(told);
  followProject({
    client: { offers: undefined, joinTopic: () => expect.fail() },
    ...{ sessions: s.sessions, clocks: { wall: () => 5, monotonic: () => 5 } },
    ...{ log: createLog({ log: () => {} }, 'PhoenixChannel'), onBug: () => {} },
  });
  expect(told).not.toHaveBeenCalled();
});

it('[W3] without an announcement nothing is joined, and those of before go', async () => {
  const s = start();
  s.follow();
  await s.list({ data: [other('a')] });
  const leave = followProject({
    client: { offers: undefined, joinTopic: () => expect.fail() },
    ...{ sessions: s.sessions, clocks: { wall: () => 5, monotonic: () => 5 } },
    ...{ log: createLog({ log: () => {} }, 'PhoenixChannel'), onBug: () => {} },
  });
  leave();
  expect(s.shown()).toEqual([]);
});
