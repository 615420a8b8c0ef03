import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  ASKED_AGAIN_WITHIN_MS,
  ChannelCommands,
  type CommandChannel,
} from '../../../src/actors/channelCommands';
import type { SessionCommand } from '../../../src/model/sessionCommand';
import type { PushReply } from '../../../src/phoenixChannel';

const BASE = 'https://server.example';
const CANCEL: SessionCommand = { name: 'cancel', id: '7' };
const LOST: PushReply = { kind: 'lost', failure: { kind: 'closed', detail: 'the channel is not joined' } };
const DONE: PushReply = { kind: 'ok', response: { data: { id: '7', status: 'cancelled' } } };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Channels that answer with these replies, one after the other; `pushed` is what they were given. */
function start() {
  const commands = new ChannelCommands();
  const pushed: [name: string, payload: Record<string, unknown>][] = [];
  const channel = (
    name: string,
    replies: PushReply[],
    more: Partial<CommandChannel> = {},
  ): CommandChannel => ({
    base: BASE,
    offers: { userId: '1', commands: new Set(['cancel', 'start']), projectTopic: undefined },
    command: (payload) => {
      pushed.push([name, payload as Record<string, unknown>]);
      const reply = replies.shift();
      if (reply?.kind === 'lost' && name === 'first') commands.follow(undefined);
      return Promise.resolve(reply ?? LOST);
    },
    ...more,
  });
  const leaving = new AbortController();
  return { commands, pushed, channel, leaving, send: () => commands.send(CANCEL, leaving.signal) };
}

it('[W1] a command is one push with an id of its own', async () => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [DONE, DONE]));
  expect(await send()).toEqual({ kind: 'done', session: { id: '7', status: 'cancelled' } });
  await send();
  const [[, one], [, two]] = pushed as [(typeof pushed)[0], (typeof pushed)[0]];
  expect(one).toStrictEqual({ id: one.id, name: 'cancel', session_id: '7' });
  expect(one.id).toMatch(/^[\da-f]{8}-/);
  expect(two.id).not.toBe(one.id);
});

it.each<[SessionCommand, object]>([
  [{ name: 'next', id: '7' }, { session_id: '7' }],
  [
    { name: 'mode', id: '7', mode: 'auto' },
    { session_id: '7', execution_mode: 'auto' },
  ],
  [
    { name: 'submit', id: '7', interactionId: 'i', result: { status: 'ok' } },
    { session_id: '7', interaction_id: 'i', result: { status: 'ok' } },
  ],
  [
    { name: 'conversation', id: '7', conversationId: 'c' },
    { session_id: '7', external_conversation_id: 'c' },
  ],
  [
    { name: 'start', fields: { type: 'T', environment: 'cli' } },
    { session: { type: 'T', environment: 'cli', environment_type: 'cli' } },
  ],
])('[W1] %o says %o', async (command, said) => {
  const { commands, pushed, channel, leaving } = start();
  commands.follow(channel('first', [DONE]));
  await commands.send(command, leaving.signal);
  expect(pushed[0]![1]).toStrictEqual({ id: pushed[0]![1].id, name: command.name, ...said });
});

it.each([
  ['on the next channel, once that is joined', 'next'],
  ['on the channel that is joined by then', 'then'],
])('[W1] one whose answer is lost is asked again, with the same id, %s', async (_, at) => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [LOST]));
  const reply = send();
  if (at === 'next') await vi.advanceTimersByTimeAsync(ASKED_AGAIN_WITHIN_MS - 1);
  commands.follow(channel('second', [DONE]));
  expect(await reply).toMatchObject({ kind: 'done' });
  expect(pushed).toEqual([
    ['first', pushed[0]![1]],
    ['second', pushed[0]![1]],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

it('[W1] is asked again once, and no more', async () => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [LOST]));
  const reply = send();
  commands.follow(channel('second', [LOST]));
  expect([await reply, pushed.map(([name]) => name)]).toEqual([LOST, ['first', 'second']]);
});

it('[W1] still waits for a channel where another ends', async () => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [LOST]));
  const reply = send();
  await vi.advanceTimersByTimeAsync(10);
  commands.follow(undefined);
  await vi.advanceTimersByTimeAsync(10);
  commands.follow(channel('second', [DONE]));
  expect([await reply, pushed.map(([name]) => name)]).toEqual([
    { kind: 'done', session: { id: '7', status: 'cancelled' } },
    ['first', 'second'],
  ]);
});

it('[W1][W3] one of a channel that announced nothing is not asked again where the user is told', async () => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [LOST], { offers: undefined }));
  const reply = send();
  commands.follow(channel('second', [DONE]));
  expect([await reply, pushed.map(([name]) => name)]).toEqual([LOST, ['first']]);
});

it('[W1] is refused, having done nothing, while no channel is joined', async () => {
  const { commands, pushed, channel, send } = start();
  const refused = {
    kind: 'refused',
    failure: { kind: 'notConnected', detail: 'no channel is joined' },
  };
  expect(await send()).toEqual(refused);
  commands.follow(channel('first', [DONE]));
  commands.follow(undefined);
  expect([await send(), pushed]).toEqual([refused, []]);
});

it.each([[null], [{}], [{ data: { status: 'cancelled' } }]])(
  '[W1][D10] an answer %o that has no session is a lost one, and asked for again',
  async (response) => {
    const { commands, pushed, channel, send } = start();
    commands.follow(channel('only', [{ kind: 'ok', response }, DONE]));
    expect(await send()).toEqual({ kind: 'done', session: { id: '7', status: 'cancelled' } });
    expect(pushed[1]).toEqual(pushed[0]);
    commands.follow(
      channel('only', [
        { kind: 'ok', response },
        { kind: 'ok', response },
      ]),
    );
    expect([await send(), pushed.length]).toEqual([
      { kind: 'lost', failure: { kind: 'unreadable', detail: 'cancel: no session in the answer' } },
      4,
    ]);
  },
);

it.each<[string, Partial<CommandChannel>]>([
  ['of another user', { offers: { userId: '2', commands: new Set(['cancel']), projectTopic: undefined } }],
  ['of another server', { base: 'https://other.example' }],
  [
    'of a server that does not take it',
    { offers: { userId: '1', commands: new Set(), projectTopic: undefined } },
  ],
  ['of a server that announces nothing', { offers: undefined }],
])('[W1][W3][X1] is not asked again on a channel %s', async (_, more) => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [LOST]));
  const reply = send();
  commands.follow(channel('second', [DONE], more));
  expect([await reply, pushed.map(([name]) => name), vi.getTimerCount()]).toEqual([LOST, ['first'], 0]);
});

it.each<[string, (leaving: AbortController) => unknown]>([
  ['no channel is joined in time', () => vi.advanceTimersByTime(ASKED_AGAIN_WITHIN_MS)],
  ['the work ends', (leaving) => leaving.abort()],
])('[W1] stays lost where %s, and leaves nothing behind', async (_, end) => {
  const { commands, pushed, channel, leaving, send } = start();
  commands.follow(channel('first', [LOST]));
  const reply = send();
  await vi.advanceTimersByTimeAsync(10);
  end(leaving);
  expect([await reply, pushed.length, vi.getTimerCount()]).toEqual([LOST, 1, 0]);
  expect(getEventListeners(leaving.signal, 'abort')).toEqual([]);
});

it.each<[unknown, string, string]>([
  [{ reason: 'session_not_found' }, 'sessionNotFound', 'cancel: session_not_found'],
  [{ reason: 'unknown_command' }, 'unsupported', 'cancel: unknown_command'],
  [
    { reason: 'invalid', errors: { type: ['is invalid'] } },
    'commandRefused',
    'cancel: invalid: type is invalid',
  ],
  [{ reason: 'toString' }, 'commandRefused', 'cancel: toString'],
  [null, 'commandRefused', 'cancel: refused'],
])('[W1] an error %o is a refusal, and not asked again', async (response, kind, detail) => {
  const { commands, pushed, channel, send } = start();
  commands.follow(channel('first', [{ kind: 'error', response }]));
  expect([await send(), pushed.length]).toEqual([{ kind: 'refused', failure: { kind, detail } }, 1]);
});

it('[W3] is taken where the channel that is joined announces it, and for its server alone', () => {
  const { commands, channel } = start();
  expect(commands.takes(BASE, 'cancel')).toBe(false);
  commands.follow(channel('first', []));
  expect([
    commands.takes(BASE, 'cancel'),
    commands.takes(BASE, 'mode'),
    commands.takes('https://other.example', 'cancel'),
  ]).toEqual([true, false, false]);
  commands.follow(undefined);
  expect([commands.takes(BASE, 'cancel'), commands.takes(BASE, 'mode')]).toEqual([undefined, false]);
  commands.follow(channel('second', [], { offers: undefined }));
  expect(commands.takes(BASE, 'cancel')).toBe(false);
});
