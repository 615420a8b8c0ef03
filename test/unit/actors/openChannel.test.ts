import { createActor } from 'xstate';
import { describe, expect, it, vi } from 'vitest';
import { sessionsLogic } from '../../../machines/sessions';
import type { SessionDelta } from '../../../machines/sessionsEvents';
import {
  openChannel,
  type ChannelFact,
  type ChannelInput,
  type ChannelPart,
  type JoinedChannel,
} from '../../../src/actors/openChannel';
import { syncSessions } from '../../../src/actors/syncSessions';
import { ServerContracts } from '../../../src/actors/serverContracts';
import { FollowedSessions } from '../../../src/followedSessions';
import { JOIN_TIMEOUT_MS } from '../../../machines/delays';
import { createLog } from '../../../src/log';
import { ok, err, type Failure, type Result } from '../../../src/model/failure';
import { MAX_SESSIONS } from '../../../src/model/limits';
import type { SessionList } from '../../../src/model/parseSession';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import type { ServerOffers } from '../../../src/model/serverOffers';
import { mergeSession } from '../../../src/model/session';
import type { Present } from '../../../src/model/present';
import type { SessionNotification } from '../../../src/model/sessionNotification';
import type { PhoenixChannelOptions } from '../../../src/phoenixChannel';
import { startAsking } from './askingHarness';
import { failureOf } from './restHarness';

const address = parseServerAddress('https://server.example');
const BASE = 'https://server.example';
const token = new Secret('token-1');
const transport = () => Object;

/** The actor with a client that does nothing by itself; `said` is what was asked of it, in order. */
function start(more: Partial<ChannelInput> & { loaded?: boolean; address?: typeof address } = {}) {
  const sessions = createActor(sessionsLogic).start();
  const told: ChannelFact[] = [];
  const bugs: unknown[] = [];
  const said: string[] = [];
  const forgotten: string[] = [];
  const clock = { ms: 1_000_000 };
  const clients: PhoenixChannelOptions[] = [];
  const channels: (JoinedChannel | undefined)[] = [];
  const notified: SessionNotification[] = [];
  sessions.on('notification', ({ notification }) => notified.push(notification));
  const closing = { fails: false };
  const lists: ((list: Result<SessionList>) => void)[] = [];
  const offers = new Map<number, ServerOffers>();
  class Client {
    readonly offers: ServerOffers | undefined;
    readonly nth: string;
    readonly present: readonly Present[];
    constructor(options: PhoenixChannelOptions) {
      const count = clients.push(options);
      this.nth = count === 1 ? '' : ` ${count}`;
      this.offers = offers.get(count);
      this.present = [{ key: 'user:7', count }];
    }
    open = () => said.push(`open${this.nth}`);
    check = () => said.push(`check${this.nth}`);
    close = () => {
      if (closing.fails) throw new Error('on purpose');
      said.push(`close${this.nth}`);
    };
    ask = (event: string, payload: object) => said.push(`${event}${this.nth} ${JSON.stringify(payload)}`);
    joinTopic = (topic: string) => {
      said.push(`join${this.nth} ${topic}`);
      return () => said.push(`leave${this.nth} ${topic}`);
    };
    listSessions = () => {
      said.push(`list${this.nth}`);
      return new Promise((resolve) => lists.push(resolve));
    };
  }
  let check: () => void = () => {};
  const part = { PhoenixChannelClient: Client, webSocketTransport: transport } as unknown as ChannelPart;
  const world = {
    address: () => more.address ?? address,
    part: () => (more.loaded === false ? undefined : part),
    proof: {
      of: () => Promise.resolve(ok(true as const)),
      clear: ({ base }: { base: string }) => forgotten.push(base),
    },
    clocks: { wall: () => clock.ms, monotonic: () => clock.ms },
    contracts: new ServerContracts(),
    followed: new FollowedSessions(),
    channelLog: createLog({ log: () => {} }, 'PhoenixChannel'),
  };
  const begin = () =>
    openChannel(world, (channel) => channels.push(channel))({
      input: { token, userId: '7', sessions, ...more },
      tell: (fact) => told.push(fact),
      fail: (bug) => bugs.push(bug),
      receive: (listener) => (check = () => listener({ type: 'check' })),
    });
  return {
    ...{ channels, lists, closing, offers, notified, contracts: world.contracts },
    ...{ begin, told, bugs, said, forgotten, clock, clients, sessions },
    check: () => check(),
    /** What the client reports. */
    get on() {
      return clients[0]!;
    },
    state: () => sessions.getSnapshot().context,
  };
}

it('[C1] one socket with the token and the topic of this attempt, from the start of the state to its end', () => {
  const s = start();
  const end = s.begin();
  s.check();
  end();
  expect(s.clients).toMatchObject([
    { address: address.ok && address.value, token, topics: ['vscode:user:7', 'vscode:user'], transport },
  ]);
  expect(s.said).toEqual(['open', 'check', 'close']);
});

it.each([
  ['a token', { token: undefined }],
  ['the part that speaks Phoenix', { loaded: false }],
  ['an address', { address: err(failureOf('invalidAddress')) }],
])('[V1] to open one without %s is a bug', (_what, more) => {
  expect(() => start(more).begin()).toThrow('without address or token');
});

it('[C2][C10][C15] a join, a sign of life and either end are told as what they are', () => {
  const s = start();
  s.begin();
  const failure = failureOf('closed');
  s.on.onJoined('vscode:user:7');
  s.on.onAlive?.();
  s.on.onEnded('lost', failure);
  s.on.onEnded('refused', failure);
  expect(s.told).toEqual([
    { type: 'channel.joined' },
    { type: 'channel.alive' },
    { type: 'channel.lost', failure },
    { type: 'channel.refused', failure },
  ]);
});

it('[X8] once a socket has ended the server has to show anew what it is', () => {
  const s = start();
  s.begin();
  expect(s.forgotten).toEqual([]);
  s.on.onEnded('lost', failureOf('closed'));
  expect(s.forgotten).toEqual([BASE]);
});

it('[C19][D10] what could not be read is out of sync, and any session may have changed', () => {
  const s = start();
  s.begin();
  const failure: Failure = failureOf('unreadable');
  s.on.onMalformed(failure);
  expect(s.told).toEqual([{ type: 'channel.outOfSync', failure }]);
  expect(s.state()).toMatchObject({ arrivals: 1, gapAt: 1 });
});

it('[C20] what arrives goes to the sessions with its time, and is told of once in 5 s', async () => {
  const s = start();
  s.begin();
  s.on.onDelta(upsert('1'));
  s.clock.ms += 4_999;
  s.on.onDelta(upsert('2'));
  await Promise.resolve();
  expect(s.told).toEqual([{ type: 'channel.active' }]);
  s.clock.ms += 1;
  s.on.onDelta({ type: 'session.deleted', id: '1' });
  await Promise.resolve();
  expect(s.told).toEqual([{ type: 'channel.active' }, { type: 'channel.active' }]);
  const { entries } = s.state();
  expect([...entries].map(([id, { session, confirmedAt }]) => [id, session?.id, confirmedAt])).toEqual([
    ['1', undefined, 1_005_000],
    ['2', '2', 1_004_999],
  ]);
});

it('[S1] what arrives in one turn is one event for the sessions, in its order and before what comes after it', async () => {
  const s = start();
  s.begin();
  const seen: string[][] = [];
  s.sessions.subscribe(({ context }) => seen.push([...context.changed]));
  for (const status of ['active', 'failed']) s.on.onDelta(upsert('1', status));
  s.on.onDelta(upsert('2'));
  expect([seen, s.state().arrivals]).toEqual([[], 0]);
  s.on.onNotice?.({ type: 'notification', notification: { sessionId: '1', type: 'idle_prompt' } });
  expect([seen, s.state().arrivals, s.state().entries.get('1')?.session?.status]).toEqual([
    [['1', '2'], []],
    3,
    'failed',
  ]);
  s.on.onDelta({ type: 'session.deleted', id: '2' });
  s.on.onEnded('lost', failureOf('closed'));
  expect(seen.at(-1)).toEqual(['2']);
  s.on.onDelta(upsert('3'));
  await Promise.resolve();
  expect(seen.at(-1)).toEqual(['3']);
});

it('[S1] what waits when the channel is closed is let go: its account may be another by then', async () => {
  const s = start();
  const end = s.begin();
  s.on.onDelta(upsert('1'));
  end();
  await Promise.resolve();
  expect(s.state().entries.size).toBe(0);
});

it('[H1] a session more than can be held is not taken, and is out of sync; those that are held go on', async () => {
  const s = start();
  s.begin();
  const sessions = Array.from({ length: MAX_SESSIONS }, (_, n) => ({ id: String(n) }));
  s.sessions.send({ type: 'snapshot.arrived', requestedAt: 0, at: 0, sessions });
  const beyond: SessionDelta[] = [upsert('one more'), { type: 'session.deleted', id: 'unknown' }];
  beyond.forEach((delta) => s.on.onDelta(delta));
  expect([
    s.state().entries.size,
    s.told.map((fact) => [fact.type, 'failure' in fact && fact.failure.kind]),
  ]).toEqual([MAX_SESSIONS, beyond.map(() => ['channel.outOfSync', 'tooLarge'])]);
  s.on.onDelta(upsert('7', 'failed'));
  s.on.onDelta({ type: 'session.deleted', id: '8' });
  await Promise.resolve();
  expect([s.state().entries.get('7')?.session?.status, s.state().entries.get('8')?.session]).toEqual([
    'failed',
    undefined,
  ]);
  s.on.onDelta({ type: 'session.patched', update: { id: 'another', status: 'failed' } });
  expect(s.told).toHaveLength(beyond.length + 1);
});

it('[S14][C20] activity of a session that is held is told of, once in 5 s, and changes nothing', () => {
  const s = start();
  s.begin();
  s.sessions.send({ ...upsert('held'), at: 0 });
  s.sessions.send({ type: 'session.deleted', id: 'gone', at: 0 });
  const before = s.state();
  for (const sessionId of ['unknown', 'gone']) s.on.onNotice?.({ type: 'activity', sessionId });
  expect(s.told).toEqual([]);
  for (let n = 0; n < 3; n += 1) s.on.onNotice?.({ type: 'activity', sessionId: 'held' });
  expect([s.told, s.state()]).toEqual([[{ type: 'channel.active' }], before]);
});

it('[S14] a notification goes to who listens, with its time', () => {
  const s = start();
  s.begin();
  const notification = { sessionId: 'u', type: 'permission_prompt', message: 'May I?' };
  s.on.onNotice?.({ type: 'notification', notification });
  expect([s.notified, s.told]).toEqual([[{ ...notification, at: 1_000_000 }], []]);
});

it('[S14][D12] while another socket takes over to list another project, one of the two is heard', async () => {
  const s = start();
  s.begin();
  s.on.onJoined('vscode:user');
  s.clock.ms += 10;
  const listed = s.channels[0]!.list({ signal: new AbortController().signal, maxAgeMs: 0, token });
  const next = s.clients[1]!;
  const notification = { sessionId: 'u', type: 'idle_prompt' };
  const present = [{ key: 'user:7', count: 2 }];
  next.onNotice?.({ type: 'notification', notification });
  next.onNotice?.({ type: 'presence', present });
  expect([s.notified, s.state().present]).toEqual([[], []]);
  s.on.onNotice?.({ type: 'notification', notification });
  next.onJoined('vscode:user');
  await vi.waitFor(() => expect(s.lists).toHaveLength(1));
  s.lists[0]!(ok({ sessions: [], malformed: 0 }));
  await listed;
  expect(s.state().present).toEqual([{ key: 'user:7', count: 2 }]);
  s.on.onNotice?.({ type: 'presence', present: [] });
  s.on.onNotice?.({ type: 'notification', notification });
  next.onNotice?.({ type: 'notification', notification });
  expect([s.notified.length, s.state().present]).toEqual([2, present]);
});

it('[V1] a bug of the client is told where the supervisor hears it', () => {
  const s = start();
  s.begin();
  s.on.onBug('a bug');
  expect(s.bugs).toEqual(['a bug']);
});

describe('the topic', () => {
  const invalid: Failure = { kind: 'joinRefused', detail: 'invalid topic' };

  it('[C26] that bears the id of a user who is not known needs no socket to say so', () => {
    const s = start({ userId: undefined });
    s.contracts.found(BASE, { topic: 'withId' });
    const end = s.begin();
    expect([s.told, s.clients, s.channels]).toEqual([[{ type: 'channel.userNeeded' }], [], []]);
    end();
    expect([s.said, s.channels]).toEqual([[], []]);
  });

  it('[C26][H6] is the bare one first while the user is unknown, and its refusal asks for the user', () => {
    const s = start({ userId: undefined });
    s.begin();
    expect(s.on.topics).toEqual(['vscode:user']);
    s.on.onEnded('lost', invalid);
    expect([s.told, s.contracts.of(BASE)]).toEqual([[{ type: 'channel.userNeeded' }], { topic: 'withId' }]);
  });

  it('[H6] that was joined is remembered, and tried first the next time', () => {
    const s = start();
    s.begin();
    expect(s.on.topics).toEqual(['vscode:user:7', 'vscode:user']);
    s.on.onJoined('vscode:user');
    expect(s.contracts.of(BASE)).toEqual({ topic: 'bare' });
    s.begin();
    expect(s.clients[1]?.topics).toEqual(['vscode:user', 'vscode:user:7']);
    s.clients[1]?.onJoined('vscode:user:7');
    expect(s.contracts.of(BASE)).toEqual({ topic: 'withId' });
    expect(s.channels.map((channel) => channel?.lists)).toEqual([true, false]);
  });

  it('[H6] whichever it is, refused: nothing that was known of the server is believed any more', () => {
    const s = start();
    s.contracts.found(BASE, { topic: 'bare', lists: 'channel' });
    s.begin();
    s.on.onEnded('lost', invalid);
    expect([s.told, s.contracts.of(BASE)]).toEqual([[{ type: 'channel.lost', failure: invalid }], {}]);
  });

  it.each<[string, Failure]>([
    ['a crash', failureOf('crashed')],
    ['a refusal with a time to wait', { ...invalid, retryAfterMs: 3_000 }],
  ])('[H6] %s says nothing of it', (_what, failure) => {
    for (const userId of ['7', undefined]) {
      const s = start({ userId });
      s.contracts.found(BASE, { lists: 'channel' });
      s.begin();
      s.on.onEnded('lost', failure);
      expect([s.told, s.contracts.of(BASE)]).toEqual([
        [{ type: 'channel.lost', failure }],
        { lists: 'channel' },
      ]);
    }
  });
});

describe('a list over the channel', () => {
  const LIST = ok({ sessions: [{ id: '1' }], malformed: 0 });
  const newest = new Secret('token-2');

  /** Joined a minute ago; `ask` asks for a list on a socket of 2 s at most. */
  function joined() {
    const s = start();
    const end = s.begin();
    s.on.onJoined('vscode:user');
    s.clock.ms += 60_000;
    s.said.length = 0;
    const leaving = new AbortController();
    const ask = (maxAgeMs = 2_000) =>
      s.channels[0]!.list({ signal: leaving.signal, maxAgeMs, token: newest });
    return { ...s, end, ask, leave: () => leaving.abort(), next: () => s.clients[1]! };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('[C32] is asked for on a socket that is young enough', async () => {
    const { ask, lists, said, clients } = joined();
    const list = ask(60_000);
    lists[0]!(LIST);
    expect([await list, said, clients.length]).toEqual([LIST, ['list'], 1]);
  });

  it('[C32][D12] is asked for on a second socket with the token of now, which is the one from then on', async () => {
    const { ask, lists, said, next, told, end, clock } = joined();
    const list = ask();
    expect(said).toEqual(['open 2']);
    expect(next().token).toBe(newest);
    clock.ms += 500;
    next().onJoined('vscode:user');
    await settled();
    lists[0]!(LIST);
    expect(await list).toEqual(LIST);
    expect(said.splice(0)).toEqual(['open 2', 'list 2', 'close']);
    clock.ms += 1_500;
    void ask();
    expect(said.splice(0)).toEqual(['list 2']);
    clock.ms += 1;
    void ask();
    expect(said.splice(0)).toEqual(['open 3']);
    end();
    expect([said, told]).toEqual([['close 3', 'close 2'], [{ type: 'channel.joined' }]]);
  });

  it('[C32][S10] what is outside the list of the second socket is no longer vouched for', async () => {
    const { ask, lists, next, sessions, state } = joined();
    sessions.send({ type: 'channel.joined' });
    const update = mergeSession(undefined, { id: 'elsewhere', status: 'active', project_id: '9' });
    sessions.send({ type: 'session.upserted', update, at: 0 });
    sessions.send({ type: 'snapshot.requested' });
    const requestedAt = state().arrivals;
    const list = ask();
    next().onJoined('vscode:user');
    await settled();
    lists[0]!(LIST);
    await list;
    sessions.send({ type: 'snapshot.arrived', requestedAt, at: 1, sessions: [{ id: '1' }] });
    sessions.send({ type: 'snapshot.ended' });
    expect([...state().stale]).toEqual(['elsewhere']);
  });

  describe('while the second socket lists', () => {
    /** Joined, and asked for the list that is being synced. */
    async function listing() {
      const s = joined();
      s.sessions.send({ type: 'channel.joined' });
      const source = { list: () => s.ask(), hasSingles: () => false, get: () => Promise.reject(new Error()) };
      const { asking } = startAsking();
      const synced = syncSessions({ ...asking, source, sessions: s.sessions }, () => 0);
      s.next().onJoined('vscode:user');
      await settled();
      const answer = (list: Result<SessionList>) => {
        s.lists[0]!(list);
        return synced;
      };
      return { ...s, answer, status: () => s.state().entries.get('1')?.session?.status };
    }
    const row = (status: string, updated_at = '2026-01-01T00:00:00Z') => ({ id: '1', status, updated_at });
    const told = (...of: Parameters<typeof row>): SessionDelta => ({
      type: 'session.upserted',
      update: row(...of),
    });
    const list = (status: string) => ok({ sessions: [row(status)], malformed: 0 });

    it('[C32][S3] its list wins over what the first told, which may never tell what came next', async () => {
      const s = await listing();
      s.on.onDelta(told('failed', '2999-12-31T23:59:59Z'));
      await settled();
      expect(s.status()).toBe('failed');
      await s.answer(list('complete'));
      expect(s.status()).toBe('complete');
    });

    it('[C32][S1] what it told itself stands against its list and against what the first tells later', async () => {
      const s = await listing();
      s.next().onDelta(told('complete'));
      s.on.onDelta(told('failed'));
      await settled();
      expect(s.status()).toBe('complete');
      await s.answer(list('active'));
      expect(s.status()).toBe('complete');
      s.next().onDelta(told('failed'));
      await settled();
      expect([s.status(), s.told]).toEqual(['failed', [{ type: 'channel.joined' }, ACTIVE]]);
    });

    it('[C32][C19] where it does not list, what the first told in vain makes the list out of sync', async () => {
      const s = await listing();
      s.next().onDelta(told('complete'));
      s.on.onDelta(told('failed'));
      await s.answer(err(failureOf('timeout')));
      expect(s.told.slice(1)).toEqual([
        ACTIVE,
        { type: 'channel.outOfSync', failure: expect.objectContaining({ kind: 'closed' }) as Failure },
      ]);
      s.on.onDelta(told('cancelled'));
      await settled();
      expect(s.status()).toBe('cancelled');
    });

    it('[C32][C20] where it does not list, and only the first told anything, nothing is out of sync', async () => {
      const s = await listing();
      s.on.onDelta(told('failed'));
      await s.answer(err(failureOf('timeout')));
      expect([s.status(), s.told]).toEqual(['failed', [{ type: 'channel.joined' }, ACTIVE]]);
    });

    const ACTIVE: ChannelFact = { type: 'channel.active' };
  });

  it('[C32][W1][W2] the second socket takes over with what is announced on it', async () => {
    const s = start();
    const of = (projectTopic: string) => ({ userId: '7', commands: new Set(['cancel']), projectTopic });
    s.offers.set(1, of('vscode:project:a')).set(2, of('vscode:project:b'));
    const end = s.begin();
    s.on.onJoined('vscode:user');
    s.clock.ms += 60_000;
    const listed = s.channels[0]!.list({ signal: new AbortController().signal, maxAgeMs: 0, token });
    s.clients[1]!.onJoined('vscode:user');
    await settled();
    s.lists[0]!(LIST);
    await listed;
    expect(s.channels.map((channel) => channel?.offers?.projectTopic)).toEqual([
      ...['vscode:project:a', 'vscode:project:b'],
    ]);
    void s.channels[1]!.command({ id: 'u' });
    end();
    expect(s.said.filter((each) => /join|leave|command/.test(each))).toEqual([
      ...['join vscode:project:a', 'leave vscode:project:a', 'join 2 vscode:project:b'],
      ...['command 2 {"id":"u"}', 'leave 2 vscode:project:b'],
    ]);
    expect(s.state().present).toEqual([]);
  });

  it('[C32][J6] the end of the socket that took over is told, once', async () => {
    const { ask, lists, next, told, channels } = joined();
    const list = ask();
    next().onJoined('vscode:user');
    await settled();
    lists[0]!(LIST);
    await list;
    const failure = failureOf('closed');
    next().onEnded('lost', failure);
    expect(told).toEqual([{ type: 'channel.joined' }, { type: 'channel.lost', failure }]);
    expect(channels.at(-1)).toBeUndefined();
  });

  it('[C32] where the second socket comes to nothing the first is asked, and nothing is told', async () => {
    const { ask, lists, said, next, told, channels } = joined();
    const list = ask();
    next().onEnded('lost', failureOf('unreachable'));
    await settled();
    lists[0]!(LIST);
    expect([await list, said]).toEqual([LIST, ['open 2', 'list']]);
    expect([told, channels.length]).toEqual([[{ type: 'channel.joined' }], 1]);
  });

  it('[C32][R11] a second socket that is not joined in time is closed, and the first is asked', async () => {
    vi.useFakeTimers();
    try {
      const s = start();
      s.begin();
      s.on.onJoined('vscode:user');
      s.clock.ms += 10;
      const listed = s.channels[0]!.list({ signal: new AbortController().signal, maxAgeMs: 0, token });
      await vi.advanceTimersByTimeAsync(JOIN_TIMEOUT_MS - 1);
      expect(s.said).toEqual(['open', 'open 2']);
      await vi.advanceTimersByTimeAsync(1);
      expect(s.said).toEqual(['open', 'open 2', 'close 2', 'list']);
      s.lists[0]!(ok({ sessions: [], malformed: 0 }));
      expect(await listed).toEqual(ok({ sessions: [], malformed: 0 }));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('[C32] where the second socket does not list, it is closed, and the first stays', async () => {
    const { ask, lists, said, next, told } = joined();
    const list = ask();
    next().onJoined('vscode:user');
    await settled();
    next().onEnded('lost', failureOf('listCrashed'));
    lists[0]!(err(failureOf('closed')));
    expect([await list, said]).toEqual([err(failureOf('closed')), ['open 2', 'list 2', 'close 2']]);
    expect(told).toEqual([{ type: 'channel.joined' }]);
  });

  it.each(['opened', 'listed'])(
    '[C32][C1] given up while the second socket is %s, that is closed',
    async (at) => {
      const { ask, lists, said, next, leave, told, end } = joined();
      const list = ask();
      if (at === 'listed') next().onJoined('vscode:user');
      await settled();
      said.length = 0;
      leave();
      expect(said).toEqual(['close 2']);
      lists[0]?.(LIST);
      end();
      await settled();
      lists[0]?.(LIST);
      await list;
      expect(said.filter((each) => each !== 'list')).toEqual(['close 2', 'close']);
      expect(told).toEqual([{ type: 'channel.joined' }]);
    },
  );

  it('[C32][V1] a first socket that fails to close is a bug, and closed with the second', async () => {
    const { ask, said, closing, lists, next, end } = joined();
    const list = ask();
    next().onJoined('vscode:user');
    await settled();
    closing.fails = true;
    lists[0]!(LIST);
    await expect(list).rejects.toThrow('on purpose');
    closing.fails = false;
    said.length = 0;
    end();
    expect(said).toEqual(['close', 'close 2']);
  });

  it('[C32][V1] a second socket that fails to close is a bug, and closed with the first', async () => {
    const { ask, said, leave, closing, bugs, end } = joined();
    void ask();
    closing.fails = true;
    leave();
    expect(bugs).toEqual([new Error('on purpose')]);
    closing.fails = false;
    await settled();
    said.length = 0;
    end();
    expect(said).toEqual(['close 2', 'close']);
  });

  it('[C32][V1] a second socket that failed to close is closed before a third is opened', async () => {
    const { ask, said, leave, closing, end, channels } = joined();
    void ask();
    closing.fails = true;
    leave();
    closing.fails = false;
    await settled();
    said.length = 0;
    void channels[0]!.list({ signal: new AbortController().signal, maxAgeMs: 0, token: newest });
    expect(said.splice(0)).toEqual(['close 2', 'open 3']);
    end();
    expect(said).toEqual(['close 3', 'close']);
  });
});

function upsert(id: string, status = 'active'): SessionDelta {
  return { type: 'session.upserted', update: { id, status } };
}
