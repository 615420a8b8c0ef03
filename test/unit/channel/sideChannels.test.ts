import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startPlayedSocket, TOPIC } from '../playedSocket';

const SIDE = 'session:7';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A socket with the user's topic joined, and what a further topic on it tells. */
function start() {
  const s = startPlayedSocket();
  s.join();
  const heard: unknown[] = [];
  let fails = false;
  const joinTopic = () =>
    s.client.joinTopic(SIDE, {
      events: ['told'],
      onEvent: (event, payload) => {
        if (fails) throw new Error('on purpose');
        heard.push([event, payload]);
      },
      onEnded: ({ kind }) => heard.push(kind),
    });
  const joins = () => s.sent('phx_join').filter(([, , topic]) => topic === SIDE);
  const joinRef = () => joins().at(-1)![0];
  return {
    ...{ ...s, heard, joinTopic, joins, joinRef },
    leaves: () => s.sent('phx_leave').map(([ref, , topic]) => [ref, topic]),
    pushSide: (event: string, payload: unknown, ref = joinRef()) =>
      s.receive([ref, null, SIDE, event, payload]),
    fail: () => (fails = true),
    /** The socket and the channel of the user go on as if nothing had been. */
    expectUntouched: () => {
      s.push('session_deleted', { id: 1 });
      expect([s.deltas, s.told, s.socket().readyState]).toEqual([
        [{ type: 'session.deleted', id: '1' }],
        [],
        1,
      ]);
    },
  };
}

it('[J10] a further topic is joined once, tells the events that were asked for, and is left', () => {
  const s = start();
  const leave = s.joinTopic();
  s.reply(s.joins()[0]!);
  s.pushSide('told', { n: 1 });
  s.pushSide('another', { n: 2 });
  s.push('told', { n: 3 });
  leave();
  leave();
  s.pushSide('told', { n: 4 });
  expect([s.heard, s.joins().length, s.leaves()]).toEqual([[['told', { n: 1 }]], 1, [[s.joinRef(), SIDE]]]);
  s.expectUntouched();
});

it.each<[string, string, (s: ReturnType<typeof start>) => void]>([
  ['refused', 'joinRefused', (s) => s.reply(s.joins()[0]!, 'error', { reason: 'invalid session_id' })],
  ['refused by a crash', 'crashed', (s) => s.reply(s.joins()[0]!, 'error', { reason: 'join crashed' })],
  [
    'refused as no topic at all',
    'joinRefused',
    (s) => s.reply([null, s.joins()[0]![1], SIDE, '', {}], 'error', { reason: 'unmatched topic' }),
  ],
  ['crashed', 'crashed', (s) => s.receive([s.joinRef(), s.joinRef(), SIDE, 'phx_error', {}])],
  ['closed', 'closed', (s) => s.receive([s.joinRef(), s.joinRef(), SIDE, 'phx_close', {}])],
])(
  '[J10][R10] one that was %s is told once and not joined again, and nothing else ends',
  (what, kind, end) => {
    const s = start();
    s.joinTopic();
    if (!what.startsWith('refused')) s.reply(s.joins()[0]!);
    end(s);
    end(s);
    s.pushSide('told', {});
    vi.advanceTimersByTime(5_000);
    expect([s.heard, s.joins().length, vi.getTimerCount()]).toEqual([[kind], 1, 1]);
    s.expectUntouched();
  },
);

it.each<[string, unknown]>([
  ['a payload that is none', null],
  ['a payload that is text', 'text'],
])('[J10][D10] %s on it is written down, and no list is asked for it', (_what, payload) => {
  const s = start();
  s.joinTopic();
  s.reply(s.joins()[0]!);
  s.pushSide('told', payload);
  s.pushSide('phx_reply', payload);
  s.pushSide('told', { n: 2 });
  expect([s.heard, s.lines.filter((line) => line.includes('no Phoenix message')).length]).toEqual([
    [['told', { n: 2 }]],
    2,
  ]);
  s.expectUntouched();
});

it('[J10][D10] what we fail to take of it is written down, and the topic stays', () => {
  const s = start();
  s.joinTopic();
  s.reply(s.joins()[0]!);
  s.fail();
  s.pushSide('told', {});
  expect([s.leaves(), s.lines.filter((line) => line.includes('on purpose')).length]).toEqual([[], 1]);
  s.expectUntouched();
});

it('[J10][J4] joined again, it is left before, and what the server says of the first is not heard', () => {
  const s = start();
  const first = s.joinTopic();
  const firstRef = s.joinRef();
  s.reply(s.joins()[0]!);
  s.joinTopic();
  expect([s.leaves(), s.joins().length]).toEqual([[[firstRef, SIDE]], 2]);
  first();
  s.reply(s.sent('phx_leave')[0]!);
  s.receive([firstRef, firstRef, SIDE, 'phx_close', {}]);
  s.pushSide('told', { n: 1 }, firstRef);
  s.reply(s.joins()[1]!);
  s.pushSide('told', { n: 2 });
  expect([s.heard, s.leaves().length]).toEqual([[['told', { n: 2 }]], 1]);
  s.expectUntouched();
});

it.each(['joining', 'joined', 'left'])(
  '[J10][C1][R10] %s, it ends with the socket and leaves no timer',
  (at) => {
    const s = start();
    const leave = s.joinTopic();
    if (at !== 'joining') s.reply(s.joins()[0]!);
    if (at === 'left') leave();
    s.close(1006);
    s.pushSide('told', {});
    vi.advanceTimersByTime(5_000);
    expect([s.heard, s.told, vi.getTimerCount()]).toEqual([
      [],
      [['lost', { kind: 'unreachable', detail: 'the connection broke (1006)' }]],
      0,
    ]);
    s.joinTopic()();
    expect([s.joins().length, s.sent('phx_join').at(0)?.[2]]).toEqual([1, TOPIC]);
  },
);
