import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { sessionsLogic, type SessionDelta } from '../../../machines/sessions';
import {
  openChannel,
  type ChannelFact,
  type ChannelInput,
  type ChannelPart,
} from '../../../src/actors/openChannel';
import type { JoinedChannel } from '../../../src/actors/sessionSource';
import { ServerContracts } from '../../../src/actors/serverContracts';
import { createLog } from '../../../src/log';
import { ok, err, type Failure } from '../../../src/model/failure';
import { MAX_SESSIONS } from '../../../src/model/limits';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import type { Present } from '../../../src/model/present';
import type { SessionNotification } from '../../../src/model/sessionNotification';
import type { PhoenixChannelOptions } from '../../../src/phoenixChannel';
import { failureOf } from './restHarness';

const address = parseServerAddress('https://server.example');
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
  class Client {
    readonly present: readonly Present[];
    constructor(options: PhoenixChannelOptions) {
      this.present = [{ key: 'user:7', count: clients.push(options) }];
    }
    open = () => said.push('open');
    check = () => said.push('check');
    close = () => said.push('close');
    listSessions = () => Promise.resolve(ok({ sessions: [], malformed: 0 }));
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
    ...{ channels, notified, contracts: world.contracts },
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
  expect(s.forgotten).toEqual(['https://server.example']);
});

it('[C19][D10] what could not be read is out of sync, and any session may have changed', () => {
  const s = start();
  s.begin();
  const failure: Failure = failureOf('unreadable');
  s.on.onMalformed(failure);
  expect(s.told).toEqual([{ type: 'channel.outOfSync', failure }]);
  expect(s.state()).toMatchObject({ arrivals: 1, gapAt: 1 });
});

it('[C20] what arrives goes to the sessions with its time, and is told of once in 5 s', () => {
  const s = start();
  s.begin();
  s.on.onDelta(upsert('1'));
  s.clock.ms += 4_999;
  s.on.onDelta(upsert('2'));
  expect(s.told).toEqual([{ type: 'channel.active' }]);
  s.clock.ms += 1;
  s.on.onDelta({ type: 'session.deleted', id: '1' });
  expect(s.told).toEqual([{ type: 'channel.active' }, { type: 'channel.active' }]);
  const { entries } = s.state();
  expect([...entries].map(([id, { session, confirmedAt }]) => [id, session?.id, confirmedAt])).toEqual([
    ['1', undefined, 1_005_000],
    ['2', '2', 1_004_999],
  ]);
});

it('[H1] a session more than can be held is not taken, and is out of sync; those that are held go on', () => {
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

function upsert(id: string, status = 'active'): SessionDelta {
  return { type: 'session.upserted', update: { id, status } };
}
