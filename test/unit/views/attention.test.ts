import { expect, test } from 'vitest';
import type { Interaction } from '../../../src/model/session';
import type { SessionUpdate } from '../../../src/model/parseSession';
import type { ConnectionState, SessionManager } from '../../../src/sessionManager';
import type { NotificationListener } from '../../../src/sessionState';
import { Attention } from '../../../src/views/attention';
import { connectionStatus } from './connectionStatus';
import { Memory } from './memory';
import { FakeFeed } from './sessionFeed';

const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
const session = (id: string, fields: Omit<SessionUpdate, 'id'> = {}): SessionUpdate => ({
  ...{ id, status: 'active', execution_mode: 'auto', updated_at: at(1) },
  ...fields,
});
const step = (id: string, command: string | null): Interaction => ({
  ...{ id, step_name: 'RunTests', result: null, completed_at: null },
  command:
    command === null ? null : { id, module: null, command, pipe: null, metadata: null, timestamp: null },
});

function open(updates: SessionUpdate[], memory = new Memory(), serverUrl = 'https://mine.example') {
  const feed = new FakeFeed(...updates);
  let status = { ...connectionStatus('connected.live'), loaded: true };
  let listen: (() => void) | undefined;
  let notify: NotificationListener = () => {};
  const manager = Object.assign(feed, {
    onNotification: (listener: NotificationListener) => {
      notify = listener;
      return () => {};
    },
    onConnectionUpdate: (listener: () => void) => {
      listen = listener;
      return () => {};
    },
  });
  Object.defineProperty(manager, 'status', { get: () => status });
  const attention = new Attention(manager as unknown as SessionManager, memory, () => serverUrl);
  const needs = () => feed.getAllSessions().map((each) => attention.needOf(each));
  return {
    ...{ feed, attention, memory, needs },
    ask: (sessionId: string) => notify({ sessionId, type: 'permission_prompt', message: 'May I?', at: 5 }),
    become: (state: ConnectionState) => {
      status = { ...connectionStatus(state), loaded: true };
      listen?.();
    },
  };
}

test('a manual session waits for its next command, or for the result of its step; no other does', () => {
  const { needs, attention } = open([
    session('1', { execution_mode: 'manual' }),
    session('2', { execution_mode: 'manual', interactions: [step('a', 'mix test')] }),
    session('3'),
    session('4', { execution_mode: 'manual', status: 'complete' }),
  ]);
  expect([needs(), attention.count]).toEqual([['next', 'result', undefined, undefined], 2]);
});

test('a session whose agent asks needs somebody until it changes, ends, or is seen', () => {
  const { ask, feed, needs, attention } = open([session('1')]);
  ask('1');
  expect([needs(), attention.askedOf('1')?.message, attention.count]).toEqual([['asks'], 'May I?', 1]);
  feed.mark('1', { kind: 'incomplete' });
  expect(needs()).toEqual(['asks']);
  feed.put(session('1', { updated_at: at(2) }));
  expect([needs(), attention.askedOf('1'), attention.count]).toEqual([[undefined], undefined, 0]);
  ask('1');
  attention.markSeen('1');
  expect([needs(), attention.askedOf('1')]).toEqual([[undefined], undefined]);
});

test('what is in front of the user has ended as they look on; a question stays', () => {
  const { ask, feed, needs, attention } = open([session('1'), session('2')]);
  ask('2');
  feed.put(session('1', { status: 'failed', updated_at: at(2) }));
  expect([needs(), attention.count]).toEqual([['failed', 'asks'], 2]);
  for (const id of ['1', '2', '3']) attention.markEndSeen(id);
  expect([needs(), attention.count]).toEqual([[undefined, 'asks'], 1]);
});

test('after a gap a question may be answered: it is remembered, and needs nobody', () => {
  const { ask, become, needs, attention } = open([session('1')]);
  ask('1');
  become('reconnecting');
  become('connected.live');
  expect([needs(), attention.askedOf('1'), attention.count]).toEqual([
    [undefined],
    expect.objectContaining({ at: 5, isCertain: false }),
    0,
  ]);
});

test('what had ended before the first list counts as seen; what ends later is new until it is looked at', () => {
  const { feed, attention, needs, memory } = open([
    session('1', { status: 'failed', updated_at: at(3) }),
    session('2'),
    session('3'),
  ]);
  const unseen = (own = attention) =>
    feed
      .getAllSessions()
      .filter((each) => own.isUnseen(each))
      .map(({ id }) => id);
  expect([unseen(), needs()]).toEqual([[], [undefined, undefined, undefined]]);
  feed.put(session('2', { status: 'failed', updated_at: at(4) }));
  feed.put(session('3', { status: 'complete', updated_at: at(5) }));
  expect([unseen(), needs(), attention.count]).toEqual([['2', '3'], [undefined, 'failed', undefined], 1]);
  attention.markSeen('2');
  expect([unseen(), attention.count]).toEqual([['3'], 0]);
  const again = open(feed.getAllSessions() as SessionUpdate[], memory);
  expect(unseen(again.attention)).toEqual(['3']);
  const samePlace = open(feed.getAllSessions() as SessionUpdate[], memory, 'https://mine.example/');
  expect(unseen(samePlace.attention)).toEqual(['3']);
  feed.put(session('2', { status: 'failed', updated_at: at(6) }));
  expect(unseen()).toEqual(['2', '3']);
});

test('tells whose rows look different', () => {
  const { ask, attention, become } = open([session('1')]);
  const told: (readonly string[])[] = [];
  attention.onChange((ids) => told.push(ids));
  ask('1');
  become('reconnecting');
  attention.markSeen('1');
  attention.markSeen('1');
  expect(told).toEqual([['1'], ['1'], ['1']]);
});

test('of very many that were looked at the oldest are forgotten with all that ended before them', () => {
  const count = 600;
  const time = (n: number) => new Date(Date.UTC(2026, 0, 2) + n * 1000).toISOString();
  const ended = Array.from({ length: count }, (_, n) => session(`${n}`, { updated_at: time(n) }));
  const { feed, attention, memory } = open(ended.map((each) => ({ ...each, updated_at: at(1) })));
  feed.put(...ended.map((each) => ({ ...each, status: 'complete' })));
  for (const { id } of ended) attention.markSeen(id);
  expect(feed.getAllSessions().filter((each) => attention.isUnseen(each))).toEqual([]);
  expect(JSON.stringify(memory.get('codeMySpec.seen')).length).toBeLessThan(30_000);
});
