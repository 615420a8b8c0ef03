import { createActor } from 'xstate';
import { expect, it, vi } from 'vitest';
import { sessionsLogic } from '../../../machines/sessions';
import { ActorScope } from '../../../src/actors/actorScope';
import { connectionActors, type ActorDependencies } from '../../../src/actors/connectionActors';
import type { ChannelPart } from '../../../src/actors/openChannel';
import { ServerContracts } from '../../../src/actors/serverContracts';
import { FollowedSessions } from '../../../src/followedSessions';
import { createLog } from '../../../src/log';
import { ALWAYS_ACTIVE } from '../../../src/model/windowActivity';
import { ok, err } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import type { PhoenixChannelOptions } from '../../../src/phoenixChannel';
import { RequestBudget } from '../../../src/actors/requestBudget';
import { startUnder } from './parentHarness';
import { failureOf, restOf } from './restHarness';

const WALL = 1_000_000;
const MONOTONIC = 7;

/** The actors as the machine gets them, over a server that answers at once; `tokens` are those it was asked with. */
function start(rest: Parameters<typeof restOf>[0] = {}, part?: ChannelPart) {
  const tokens: (string | undefined)[] = [];
  const bugs: unknown[] = [];
  const { api, asked } = restOf(rest);
  const log = createLog({ log: () => {} }, 'SessionState');
  const sessions = createActor(sessionsLogic).start();
  const world: ActorDependencies = {
    address: () => parseServerAddress('https://server.example'),
    prepare: () => Promise.resolve(ok(undefined)),
    proof: { of: () => Promise.resolve(ok(true as const)), clear: () => {} },
    tokens: { get: () => Promise.resolve(ok(undefined)) },
    windowActivity: ALWAYS_ACTIVE,
    addresses: () => '',
    clocks: { wall: () => WALL, monotonic: () => MONOTONIC },
    budget: new RequestBudget(() => 0),
    contracts: new ServerContracts(),
    followed: new FollowedSessions(),
    channelLog: log,
    sessionLog: log,
    channelCommands: { follow: () => {} },
    part: () => part,
    api: (token) => {
      tokens.push(token?.reveal());
      return token ? ok(api) : err(failureOf('tokenPending'));
    },
  };
  const actors = connectionActors(new ActorScope((bug) => bugs.push(bug)), world);
  return { actors, sessions, tokens, asked, bugs, contracts: world.contracts };
}

it('[C1] each asks with what the machine gives it, and answers once', async () => {
  const { actors, tokens, asked } = start({ me: ok({ id: '8', email: undefined }) });
  const token = new Secret('token-1');
  const runs = [
    startUnder(actors.fetchToken, { renew: false }),
    startUnder(actors.identifyUser, { token }),
    startUnder(actors.verifyToken, { token }),
  ];
  await vi.waitFor(() =>
    expect(runs.map(({ heard }) => heard)).toEqual([
      [{ type: 'token.missing' }],
      [{ type: 'user.identified', userId: '8' }],
      [{ type: 'verification.passed' }],
    ]),
  );
  expect([tokens, asked]).toEqual([
    ['token-1', 'token-1'],
    ['me', 'check'],
  ]);
});

it('[C3] a list is folded as of the time of its request, or its failure is told', async () => {
  const { actors, sessions, asked } = start({ list: ok({ sessions: [{ id: '1' }], malformed: 0 }) });
  const { heard } = startUnder(actors.syncSessions, {
    token: new Secret('token-1'),
    sessions,
    maxAgeMs: Infinity,
  });
  await vi.waitFor(() => expect(heard).toEqual([{ type: 'snapshot.folded', at: MONOTONIC }]));
  expect([asked, sessions.getSnapshot().context.entries.get('1')?.confirmedAt]).toEqual([['list'], WALL]);
  const without = startUnder(actors.syncSessions, { token: undefined, sessions, maxAgeMs: Infinity });
  await vi.waitFor(() =>
    expect(without.heard).toEqual([{ type: 'snapshot.failed', failure: failureOf('tokenPending') }]),
  );
});

it('[H6] a list is asked of the channel that is joined, where REST turns out to have none', async () => {
  let join: (topic: string) => void = () => {};
  class Client {
    constructor({ onJoined }: PhoenixChannelOptions) {
      join = onJoined;
    }
    open = () => {};
    close = () => {};
    listSessions = () => Promise.resolve(ok({ sessions: [{ id: 'of the channel' }], malformed: 0 }));
  }
  const part = { PhoenixChannelClient: Client, webSocketTransport: () => Object } as unknown as ChannelPart;
  const { actors, sessions, contracts } = start({ list: err(failureOf('noFallback')) }, part);
  const token = new Secret('token-1');
  startUnder(actors.openChannel, { token, userId: '7', sessions });
  join('vscode:user');
  const { heard } = startUnder(actors.syncSessions, { token, sessions, maxAgeMs: Infinity });
  await vi.waitFor(() => expect(heard).toEqual([{ type: 'snapshot.folded', at: MONOTONIC }]));
  expect([...sessions.getSnapshot().context.entries.keys()]).toEqual(['of the channel']);
  expect(contracts.of('https://server.example')).toEqual({ topic: 'bare', lists: 'channel' });
});

it('[S11][C22] what events leave out is asked for with the token of the time', async () => {
  const { actors, sessions, tokens, asked } = start({ get: ok({ id: '1', status: 'active' }) });
  let token: Secret | undefined = new Secret('token-1');
  const { leave, heard } = startUnder(actors.completeSessions, { token: () => token, sessions });
  const complete = async (id: string) => {
    sessions.send({ type: 'session.upserted', update: { id }, at: WALL });
    await vi.waitFor(() => expect(sessions.getSnapshot().context.incomplete.has(id)).toBe(false));
  };
  await complete('1');
  token = new Secret('token-2');
  await complete('2');
  for (let n = 0; n < 6; n += 1) {
    sessions.send({ type: 'session.upserted', update: { id: `many ${n}` }, at: WALL });
  }
  await vi.waitFor(() => expect(asked).toContain('list'));
  expect([tokens, asked].map((each) => each.slice(0, 3))).toEqual([
    ['token-1', 'token-2', 'token-2'],
    ['get', 'get', 'list'],
  ]);
  leave();
  expect(heard).toEqual([]);
});

it('[S11] without a token that means out of sync', async () => {
  const { actors, sessions } = start();
  const { heard, leave } = startUnder(actors.completeSessions, { token: () => undefined, sessions });
  sessions.send({ type: 'session.upserted', update: { id: '1' }, at: WALL });
  await vi.waitFor(() =>
    expect(heard).toEqual([{ type: 'channel.outOfSync', failure: failureOf('tokenPending') }]),
  );
  leave();
});

it('[C15][C27] the host is watched while its state lasts', () => {
  const { actors } = start();
  const { heard, leave } = startUnder(actors.watchHost, undefined);
  expect(heard).toEqual([{ type: 'windowActivity.changed', focused: true, visible: true, at: MONOTONIC }]);
  leave();
});
