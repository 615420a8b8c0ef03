import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionDelta } from '../../machines/sessionsEvents';
import type { Failure } from '../../src/model/failure';
import { HEARTBEAT_MS, type PhoenixChannelClient } from '../../src/phoenixChannel';
import { LIST_TIMEOUT_MS } from '../../src/channel/channelFailures';
import { startPlayedSocket, TOPIC, type Frame } from './playedSocket';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('one socket and one join', () => {
  it('[C1][J2] is opened with the token, and asks once for the topic of the user', () => {
    const { open, sockets, sent } = startPlayedSocket();
    open();
    const url = new URL(sockets[0]!.url);
    expect([url.origin + url.pathname, url.searchParams.get('token'), url.searchParams.get('vsn')]).toEqual([
      'wss://server.example/socket/websocket',
      'token-1',
      '2.0.0',
    ]);
    expect([sockets.length, sent('phx_join').map(([, , topic]) => topic)]).toEqual([1, [TOPIC]]);
  });

  it('[C2][J1][J5] is joined by the reply to its own join, and by no other', () => {
    const { open, sent, reply, told } = startPlayedSocket();
    open();
    const [joinRef, ref] = sent('phx_join')[0]!;
    reply(['another', ref, TOPIC, 'phx_join', {}]);
    reply([joinRef, 'another', TOPIC, 'phx_join', {}]);
    expect(told).toEqual([]);
    reply(sent('phx_join')[0]!);
    expect(told).toEqual(['joined']);
  });

  it('[J7] that the server refuses to join says why, and how long to wait', () => {
    const { open, sent, reply, told } = startPlayedSocket();
    open();
    reply(sent('phx_join')[0]!, 'error', { reason: 'unauthorized token=abcdefghijkl', retry_after: 3 });
    expect(told).toEqual([
      [
        'lost',
        {
          kind: 'joinRefused',
          detail: `the server refused to join ${TOPIC}: unauthorized token=[secret]`,
          retryAfterMs: 3_000,
        },
      ],
    ]);
  });

  it('[J7] that is refused without a word is refused all the same', () => {
    for (const response of [undefined, null, 'text', { reason: 7, retry_after: 'soon' }]) {
      const { open, sent, reply, told } = startPlayedSocket();
      open();
      reply(sent('phx_join')[0]!, 'error', response);
      expect(told).toEqual([
        ['lost', { kind: 'joinRefused', detail: `the server refused to join ${TOPIC}: no reason given` }],
      ]);
    }
  });
});

describe('the topics of one socket', () => {
  const topics = [TOPIC, 'vscode:user'];
  const joinsOf = (sent: (event: string) => Frame[]) => sent('phx_join').map(([, , topic]) => topic);

  it.each(['invalid topic', 'unmatched topic', 'invalid user_id', 'unauthorized'])(
    '[H6][J2] the next is joined where the server says of one: %s',
    (reason) => {
      const joined: string[] = [];
      const s = startPlayedSocket({ topics, onJoined: (topic) => joined.push(topic) });
      s.open();
      const [, ref, topic] = s.sent('phx_join')[0]!;
      s.receive([null, ref, topic, 'phx_reply', { status: 'error', response: { reason } }]);
      expect(joinsOf(s.sent)).toEqual(topics);
      s.reply(s.sent('phx_join')[1]!);
      s.receive([null, null, 'vscode:user', 'session_deleted', { id: 1 }]);
      expect([joined, s.told, s.sockets.length]).toEqual([['vscode:user'], [], 1]);
      expect(s.deltas).toEqual([{ type: 'session.deleted', id: '1' }]);
    },
  );

  it.each<[string, unknown]>([
    ['no reason', {}],
    ['another reason', { reason: 'too many channels' }],
    ['a time to wait', { reason: 'invalid topic', retry_after: 3 }],
  ])('[H6][J7] none is joined after a refusal with %s', (_what, response) => {
    const s = startPlayedSocket({ topics });
    s.open();
    s.reply(s.sent('phx_join')[0]!, 'error', response);
    expect(joinsOf(s.sent)).toEqual([TOPIC]);
    expect(s.told).toMatchObject([['lost', { kind: 'joinRefused' }]]);
  });

  it('[H6][J6] all of them refused is one end, and leaves no timer', () => {
    const s = startPlayedSocket({ topics });
    s.open();
    for (const nth of [0, 1]) s.reply(s.sent('phx_join')[nth]!, 'error', { reason: 'invalid topic' });
    s.close(1000);
    const detail = 'the server refused to join vscode:user: invalid topic';
    expect([s.told, joinsOf(s.sent)]).toEqual([[['lost', { kind: 'joinRefused', detail }]], topics]);
    vi.advanceTimersByTime(10 * 60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('[H6][R10] what comes of a topic that was refused is not heard', () => {
    const s = startPlayedSocket({ topics });
    s.open();
    const [joinRef] = s.sent('phx_join')[0]!;
    s.reply(s.sent('phx_join')[0]!, 'error', { reason: 'invalid topic' });
    s.reply(s.sent('phx_join')[1]!);
    for (const event of ['phx_error', 'phx_close']) s.receive([joinRef, joinRef, TOPIC, event, {}]);
    expect(s.told).toEqual(['joined']);
  });
});

describe('a list over the channel', () => {
  const closed = { ok: false, failure: { kind: 'closed', detail: 'the channel is not joined' } };

  /** Joined, and asked for a list. */
  function listing() {
    const s = startPlayedSocket();
    s.join();
    const list = s.client.listSessions();
    return { ...s, list, asked: s.sent('list_sessions')[0]! };
  }

  it('[H6] is asked for with every status, and read', async () => {
    const { list, asked, reply } = listing();
    expect([asked[2], asked[4]]).toEqual([TOPIC, { status: ['active', 'complete', 'failed', 'cancelled'] }]);
    reply(asked, 'ok', { data: [{ id: 1, status: 'active' }, { status: 'active' }] });
    vi.useRealTimers();
    expect(await list).toMatchObject({
      ok: true,
      value: { sessions: [{ id: '1', status: 'active' }], malformed: 1 },
    });
  });

  it.each<[string, string, unknown, object]>([
    ['refuses it', 'error', {}, { kind: 'serverError', detail: 'list_sessions: the server refused' }],
    ['answers with no list', 'ok', { data: 7 }, { kind: 'unreadable' }],
  ])(
    '[H6] of a server that %s is a failure, and the channel stays',
    async (_what, status, response, failure) => {
      const { list, asked, reply, told } = listing();
      reply(asked, status, response);
      vi.useRealTimers();
      expect([await list, told]).toMatchObject([{ ok: false, failure }, []]);
    },
  );

  it('[R11] of a server that does not answer fails after 30 s, and the channel stays', async () => {
    const { list, reply, sent, told } = listing();
    for (let n = 0; n < LIST_TIMEOUT_MS; n += HEARTBEAT_MS) {
      vi.advanceTimersByTime(HEARTBEAT_MS);
      reply(sent('heartbeat').at(-1)!);
    }
    const failure = { kind: 'timeout', detail: 'list_sessions: no answer in 30 s' };
    expect([await list, told]).toEqual([{ ok: false, failure }, []]);
  });

  it('[J9][C28] a channel that crashes of it says so', async () => {
    const { list, receive, sent, told } = listing();
    const [joinRef] = sent('phx_join')[0]!;
    receive([joinRef, joinRef, TOPIC, 'phx_error', {}]);
    expect([await list, told]).toMatchObject([closed, [['lost', { kind: 'listCrashed' }]]]);
  });

  it('[J9] a channel that crashes after it was answered has crashed of something else', async () => {
    const { list, asked, reply, receive, sent, told } = listing();
    reply(asked, 'error');
    await list;
    const [joinRef] = sent('phx_join')[0]!;
    receive([joinRef, joinRef, TOPIC, 'phx_error', {}]);
    expect(told).toMatchObject([['lost', { kind: 'crashed' }]]);
  });

  it.each(['answered', 'closed', 'ended'] as const)('[R10] leaves no timer where it is %s', async (how) => {
    const { client, list, asked, reply, close } = listing();
    if (how === 'answered') reply(asked, 'error');
    if (how === 'ended') close(1006);
    else client.close();
    const answer = await list;
    if (how !== 'answered') expect(answer).toEqual(closed);
    vi.advanceTimersByTime(10 * 60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('[J1] is answered at once where nothing is joined', async () => {
    const { client, open, sent } = startPlayedSocket();
    open();
    expect(await client.listSessions()).toEqual(closed);
    client.close();
    expect(await client.listSessions()).toEqual(closed);
    expect(sent('list_sessions')).toEqual([]);
  });
});

describe('the end of a socket', () => {
  it.each<[number | undefined, Failure['kind']]>([
    [undefined, 'unreachable'],
    [1006, 'unreachable'],
    [1009, 'tooLarge'],
    [1001, 'restarting'],
    [1012, 'restarting'],
    [1013, 'restarting'],
    [1000, 'closed'],
    [1011, 'closed'],
  ])('[C4][C24][R4] with code %s is told once, as %s', (code, kind) => {
    const { join, close, told } = startPlayedSocket();
    join();
    close(code);
    close(1000);
    expect(told).toEqual([['lost', expect.objectContaining({ kind })]]);
    expect((told[0] as [string, Failure])[1].detail).toContain(String(code ?? 1006));
  });

  it('[C12] of which the network is the cause is told with that', () => {
    const { open, socket, close, told } = startPlayedSocket();
    open();
    socket().onerror({ error: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
    close(1006);
    expect(told).toMatchObject([['lost', { kind: 'unreachable' }]]);
    expect((told[0] as [string, Failure])[1].detail).toMatch(/^the WebSocket/);
  });

  it.each<[number, string | undefined, string, object]>([
    [401, undefined, 'refused', {}],
    [403, '20', 'refused', { retryAfterMs: 20_000 }],
    [404, undefined, 'lost', {}],
    [503, '20', 'lost', { retryAfterMs: 20_000 }],
  ])(
    '[C10][A1] an upgrade refused with %d is one that REST has to judge, or not',
    (status, retryAfter, end, wait) => {
      const { client, refuse, close, told } = startPlayedSocket();
      client.open();
      refuse({ status, retryAfter });
      close(1006);
      expect(told).toEqual([
        [
          end,
          {
            kind: status === 404 ? 'noSocket' : 'upgradeRefused',
            detail: `the server refused the WebSocket (HTTP ${status})`,
            ...wait,
          },
        ],
      ]);
    },
  );

  it('[J9] of a channel that crashed or was closed on the server is one of the socket too', () => {
    for (const [event, failure] of [
      ['phx_error', { kind: 'crashed', detail: 'the channel crashed on the server' }],
      ['phx_close', { kind: 'closed', detail: 'the server closed the channel' }],
    ] as const) {
      const { join, receive, sent, told, socket } = startPlayedSocket();
      join();
      const [joinRef] = sent('phx_join')[0]!;
      receive([joinRef, joinRef, TOPIC, event, {}]);
      expect([told, socket().readyState]).toEqual([[['lost', failure]], 3]);
    }
  });

  it('[R7][R9] comes two heartbeats after the peer fell silent, whatever else arrives', () => {
    const { join, push, sent, told } = startPlayedSocket();
    join();
    vi.advanceTimersByTime(HEARTBEAT_MS);
    expect([sent('heartbeat').length, told]).toEqual([1, []]);
    push('session_deleted', { id: 1 });
    vi.advanceTimersByTime(HEARTBEAT_MS);
    expect(told).toEqual([['lost', { kind: 'timeout', detail: 'no answer to a heartbeat in 8 s' }]]);
  });

  it('[R7] does not come while heartbeats are answered', () => {
    const { join, reply, sent, told } = startPlayedSocket();
    join();
    for (let n = 1; n <= 5; n += 1) {
      vi.advanceTimersByTime(HEARTBEAT_MS);
      expect(sent('heartbeat')).toHaveLength(n);
      reply(sent('heartbeat').at(-1)!);
    }
    expect(told).toEqual([]);
  });

  it('[C1][R10] leaves nothing: no timer, no second socket, and nothing is told after it', () => {
    const { client, join, socket, sockets, push, reply, sent, told, deltas } = startPlayedSocket();
    join();
    client.check();
    client.close();
    push('session_created', { id: 1 });
    reply(sent('heartbeat')[0] ?? [null, '1', 'phoenix', 'heartbeat', {}]);
    socket().onclose({ code: 1006 });
    client.check();
    vi.advanceTimersByTime(10 * 60_000);
    expect([told, deltas, sockets.length, vi.getTimerCount()]).toEqual([[], [], 1, 0]);
  });

  it('[V1] that fails to be told is a bug, told as one', () => {
    const onEnded = () => {
      throw new Error('on purpose');
    };
    const { join, close, told } = startPlayedSocket({ onEnded });
    join();
    close(1006);
    expect(told).toEqual(['bug: Error: on purpose']);
  });
});

it('[C15] a peer that is asked is alive once it answers', () => {
  const { client, join, reply, sent, told } = startPlayedSocket();
  join();
  client.check();
  expect(told).toEqual([]);
  reply(sent('heartbeat')[0]!);
  expect(told).toEqual(['alive']);
});

describe('what the server is asked to do', () => {
  const ask = (client: PhoenixChannelClient) => client.ask('command', { id: 'u' }, 5_000);

  it('[W3] it announces in the reply to the join, if at all', () => {
    const { client, open, reply, sent } = startPlayedSocket();
    open();
    expect(client.offers).toBeUndefined();
    reply(sent('phx_join')[0]!, 'ok', { user_id: 7, commands: ['cancel'] });
    expect(client.offers).toEqual({ userId: '7', commands: new Set(['cancel']), projectTopic: undefined });
  });

  it.each(['ok', 'error'] as const)('[W1] it answers with %s, once', async (status) => {
    const { client, join, reply, sent, told } = startPlayedSocket();
    join();
    const answer = ask(client);
    expect(sent('command').map((frame) => frame.slice(2))).toEqual([[TOPIC, 'command', { id: 'u' }]]);
    reply(sent('command')[0]!, status, { said: 1 });
    reply(sent('command')[0]!, 'ok', { said: 2 });
    expect([await answer, told]).toEqual([{ kind: status, response: { said: 1 } }, []]);
  });

  it('[W1] without an answer in time it is lost, and the channel stays', async () => {
    const { client, join, told } = startPlayedSocket();
    join();
    const answer = ask(client);
    vi.advanceTimersByTime(5_000);
    const failure = { kind: 'timeout', detail: 'command: no answer in 5 s' };
    expect([await answer, told]).toEqual([{ kind: 'lost', failure }, []]);
  });

  it('[W1][R10] with the end of the socket it is lost at once, and not joined it is not sent', async () => {
    const { client, open, reply, close, sent } = startPlayedSocket();
    const lost = { kind: 'lost', failure: { kind: 'closed', detail: 'the channel is not joined' } };
    open();
    expect(await ask(client)).toEqual(lost);
    reply(sent('phx_join')[0]!);
    const answer = ask(client);
    close(1006);
    expect([await answer, await ask(client), sent('command').length]).toEqual([lost, lost, 1]);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what the server pushes', () => {
  it('[D10] of sessions is told as what it says, of either generation', () => {
    const { join, push, deltas, told } = startPlayedSocket();
    join();
    push('session_created', { id: 1, status: 'active' });
    push('session_updated', { data: { id: 'u', status: 'failed' } });
    push('session_deleted', { id: 1 });
    push('session_mode_updated', { session_id: 'u', execution_mode: 'auto' });
    push('something_later', { id: 2 });
    expect([deltas, told]).toEqual([
      [
        { type: 'session.upserted', update: { id: '1', status: 'active' } },
        { type: 'session.upserted', update: { id: 'u', status: 'failed' } },
        { type: 'session.deleted', id: '1' },
        { type: 'session.patched', update: { id: 'u', execution_mode: 'auto' } },
      ],
      [],
    ]);
  });

  it.each<[string, unknown]>([
    ['a created session without an id', [null, null, TOPIC, 'session_created', { status: 'active' }]],
    ['an updated session whose id is none', [null, null, TOPIC, 'session_updated', { id: {} }]],
    ['a deleted session without an id', [null, null, TOPIC, 'session_deleted', {}]],
    ['no JSON', '[null,null,"vscode'],
    ['no array', { topic: TOPIC }],
    ['an array that is too short', [null, null, TOPIC, 'session_created']],
    ['an array that is too long', [null, null, TOPIC, 'session_created', { id: 1 }, 6]],
    ['a topic that is no text', [null, null, 7, 'session_created', { id: 1 }]],
    ['an event that is no text', [null, null, TOPIC, null, { id: 1 }]],
    ['a payload that is none', [null, null, TOPIC, 'session_created', null]],
    ['a payload that is text', [null, null, TOPIC, 'session_created', 'id']],
  ])('[C19][D10] %s is out of sync, and what comes next is taken', (_what, frame) => {
    const { join, receive, push, deltas, told } = startPlayedSocket();
    join();
    receive(frame);
    expect([deltas, told]).toEqual([[], ['malformed: unreadable']]);
    push('session_deleted', { id: 1 });
    expect(deltas).toEqual([{ type: 'session.deleted', id: '1' }]);
  });

  it('[C19][D10] bytes instead of text is out of sync', () => {
    const { join, socket, told } = startPlayedSocket();
    join();
    socket().onmessage({ data: new ArrayBuffer(8) });
    expect(told).toEqual(['malformed: unreadable']);
  });

  it('[C19][D10] what we fail to take is out of sync, and leaves the socket hearing', () => {
    let fails = true;
    const taken: SessionDelta[] = [];
    const onDelta = (delta: SessionDelta) => {
      if (fails) throw new Error('on purpose');
      taken.push(delta);
    };
    const { join, push, told } = startPlayedSocket({ onDelta });
    join();
    push('session_deleted', { id: 1 });
    fails = false;
    push('session_deleted', { id: 2 });
    expect([told, taken]).toEqual([['malformed: unreadable'], [{ type: 'session.deleted', id: '2' }]]);
  });

  it('[D8] in one frame of many megabytes is taken in slices, before what comes after it', async () => {
    vi.useRealTimers();
    const { join, push, deltas, told } = startPlayedSocket();
    join();
    push('session_created', { id: 1, state: { text: 'x'.repeat(1_000_000) } });
    push('session_deleted', { id: 1 });
    await vi.waitFor(() => expect(deltas).toHaveLength(2));
    expect([deltas.map(({ type }) => type), told]).toEqual([['session.upserted', 'session.deleted'], []]);
  });
});

describe('what later servers tell beside the sessions', () => {
  const one = { metas: [{ phx_ref: 'r' }] };

  it('[S14] is told as what it is, and changes no session', () => {
    const { join, push, notices, deltas, told } = startPlayedSocket();
    join();
    push('session_activity', { session_id: 7 });
    push('notification_hook', {
      session_id: 'u',
      notification_type: 'permission_prompt',
      data: { message: 'May I?' },
    });
    push('presence_diff', { joins: { 'user:1': one }, leaves: {} });
    push('presence_state', { 'user:1': one });
    push('presence_diff', { joins: {}, leaves: { 'user:1': one } });
    expect(notices).toEqual([
      { type: 'activity', sessionId: '7' },
      {
        type: 'notification',
        notification: { sessionId: 'u', type: 'permission_prompt', message: 'May I?' },
      },
      { type: 'presence', present: [{ key: 'user:1', count: 1 }] },
      { type: 'presence', present: [] },
    ]);
    expect([deltas, told]).toEqual([[], []]);
  });

  it('[D5] who is there is told once joined, whatever came before that', () => {
    const { client, open, push, reply, sent, notices } = startPlayedSocket();
    open();
    push('presence_diff', { joins: { 'user:1': one }, leaves: {} });
    expect(notices).toEqual([]);
    reply(sent('phx_join')[0]!);
    expect(notices).toEqual([{ type: 'presence', present: client.present }]);
    expect(client.present).toEqual([{ key: 'user:1', count: 1 }]);
  });

  it.each<[string, unknown]>([
    ['session_activity', {}],
    ['session_activity', { session_id: {} }],
    ['notification_hook', { session_id: 7 }],
    ['notification_hook', []],
    ['presence_diff', { joins: {} }],
  ])('[D10] %s that says nothing is written down, and no list is asked for it', (event, payload) => {
    const { join, push, notices, told, lines } = startPlayedSocket();
    join();
    push(event, payload);
    expect([notices, told]).toEqual([[], []]);
    expect(lines.at(-1)).toBe(`warn [PhoenixChannel] ignored ${TOPIC} ${event}: unreadable payload`);
  });

  it('[R10] is not told after the end', () => {
    const { client, join, push, notices } = startPlayedSocket();
    join();
    client.close();
    push('session_activity', { session_id: 7 });
    push('presence_diff', { joins: { 'user:1': one }, leaves: {} });
    expect(notices).toEqual([]);
  });
});
