import { TestModel } from '@xstate/test';
import { SimulatedClock } from 'xstate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  connectionMachine,
  type ConnectionEvent,
  type ConnectionSnapshot,
} from '../../machines/connectionMachine';
import { fullLinkName, fullStateName, linkName, stateName } from '../../machines/selectors';
import { createCore } from '../../src/core';
import type { Granted } from '../../src/model/tokenSource';
import { ok, err, type Result, type Failure } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { startBackend, type Backend } from '../backend/backend';
import type { GenerationName } from '../backend/generations/generations';
import { startGate } from './gate';

/**
 * Paths that the machine itself generates, walked against the real core, real sockets and the embedded server: each
 * event is brought about in the world, then the state must be what the machine says and show what a user would see.
 */

const because = (kind: Failure['kind']): Failure => ({ kind, detail: 'model' });
const BACKOFF = 'xstate.after.backoff.connection.active.link.waiting';

type Step = ConnectionEvent | { type: typeof BACKOFF };
const event = <T extends Step>(step: T): T => step;

/** What can happen in a state: commands always, facts only while the actor that reports them runs. */
function possible(snapshot: ConnectionSnapshot): Step[] {
  const state = stateName(snapshot);
  const link = linkName(snapshot) ?? '';
  const events: Step[] = [
    event({ type: 'connect' }),
    event({ type: 'disconnect' }),
    event({ type: 'reconnect' }),
  ];
  if (snapshot.context.syncedAt !== undefined) {
    events.push(event({ type: 'signOut' }));
    // Without a token a list fails before anything could be asked.
    if (snapshot.context.token) events.push(event({ type: 'refresh' }));
  }
  if (link === 'authorizing' || fullLinkName(snapshot) === 'open.joined.renewing') {
    events.push(
      event({ type: 'token.granted', token: new Secret('model') }),
      event({ type: 'token.missing' }),
      event({ type: 'token.unreachable', failure: because('closed') }),
    );
  }
  if (link === 'open.joining') {
    events.push(
      event({ type: 'channel.joined' }),
      event({ type: 'channel.refused', failure: because('upgradeRefused') }),
    );
  }
  if (link === 'open.joined') events.push(event({ type: 'channel.lost', failure: because('unreachable') }));
  if (link === 'verifyingToken') {
    events.push(
      event({ type: 'verification.passed' }),
      event({ type: 'verification.refused', failure: because('unauthorized') }),
    );
  }
  if (link === 'waiting') events.push({ type: BACKOFF });
  const { token, syncedAt, listFailure } = snapshot.context;
  const asking =
    ['connected.syncing', 'polling.refreshing'].includes(fullStateName(snapshot)) ||
    (state === 'loading' && syncedAt === undefined && listFailure === undefined);
  if (asking && token) {
    events.push(
      event({ type: 'snapshot.folded', at: 1 }),
      event({ type: 'snapshot.failed', failure: because('serverError') }),
    );
    // A server without a list is none only once its channel has none either.
    if (link === 'open.joined')
      events.push(event({ type: 'server.refused', failure: because('incompatible') }));
    if (link !== 'verifyingToken')
      events.push(event({ type: 'token.refused', failure: because('unauthorized') }));
  }
  return events;
}

const model = new TestModel(
  connectionMachine as never,
  {
    events: possible as never,
    serializeState: ((snapshot: ConnectionSnapshot) =>
      JSON.stringify([
        stateName(snapshot),
        linkName(snapshot),
        snapshot.context.syncedAt !== undefined,
        snapshot.context.tokenRejected,
      ])) as never,
  } as never,
);

const paths = model.getShortestPaths({
  filter: ((snapshot: ConnectionSnapshot) =>
    snapshot.context.attempt < 4 && snapshot.context.syncAttempt < 2) as never,
});

type Path = (typeof paths)[number];

/** Those whose list is asked for by REST, which the gate can hold. */
const WITH_REST: readonly GenerationName[] = ['1', '2', '2-late'];
const backends = new Map<GenerationName, Backend>();

beforeAll(async () => {
  for (const generation of WITH_REST) {
    const backend = await startBackend({ generation, me: true });
    backend.control.bulk(3);
    backends.set(generation, backend);
  }
});
afterAll(() => Promise.all([...backends.values()].map((backend) => backend.stop())));

const happens = (path: Path, type: string) => path.steps.some(({ event: step }) => step.type === type);

/** Each path on one generation, in turn, and on each of them in `npm run test:all`. */
const walks = paths.flatMap((path, index) => {
  // Generation 2 is asked over its channel where REST has no list.
  const able = happens(path, 'server.refused') ? WITH_REST.slice(0, 1) : WITH_REST;
  const on = process.env.CODEMYSPEC_EVERY_GENERATION ? able : [able[index % able.length] ?? '1'];
  return on.map(
    (generation) => [`generation ${generation}: ${describePath(path)}`, path, generation] as const,
  );
});

describe('paths of the connection machine', () => {
  it('cover every state that users know and every state of the link', () => {
    const seen = new Set<string>();
    for (const path of paths) {
      for (const { state } of [...path.steps, path]) {
        seen.add(stateName(state as never));
        const link = linkName(state as never);
        if (link) seen.add(`link ${link}`);
      }
    }
    expect([...seen].sort()).toEqual([
      'authenticating',
      'connected.live',
      'connected.retryWait',
      'connected.syncing',
      'disconnected',
      'invalidServer',
      'link authorizing',
      'link open.joined',
      'link open.joining',
      'link verifyingToken',
      'link waiting',
      'loading',
      'polling.fresh',
      'polling.offline',
      'polling.refreshing',
      'reconnecting',
      'signedOut',
    ]);
  });

  it.each(walks)('%s', async (_title, path, generation) => {
    const world = await startWorld(backends.get(generation)!);
    try {
      await path.test({
        states: { '*': (state: unknown) => world.shows(state as ConnectionSnapshot) },
        events: world.events,
      });
    } finally {
      await world.stop();
    }
  });
});

async function startWorld(backend: Backend) {
  const gate = await startGate(backend.url);
  const clock = new SimulatedClock();
  const token = new Secret(backend.issueToken({ userId: 1 }));
  type Grant = (answer: Result<Granted | undefined>) => void;
  let grant: { readonly answer: Grant; readonly link: string | undefined } | undefined;
  let link: string | undefined;
  const core = createCore({
    serverUrl: () => gate.url,
    tokens: {
      get: async () => {
        // The transition that asked is told first.
        await Promise.resolve();
        return new Promise((answer) => (grant = { answer, link }));
      },
    },
    sink: { log: () => {} },
    onLinkTransition: ({ to }) => (link = to === 'none' ? undefined : to),
    fetch: gate.fetch as typeof fetch,
    random: () => 0.01,
    clock,
  });
  const answerToken = async (answer: Result<Granted | undefined>) => {
    // One that was asked for in a state that is left answers nobody.
    await vi.waitFor(() => expect(grant?.link).toBe(link));
    grant?.answer(answer);
    grant = undefined;
  };
  let initialized = false;
  const truth = () =>
    backend.control
      .dump(1)
      .sessions.map((session) => String(session.id))
      .sort();
  const shown = () =>
    core
      .getAllSessions()
      .map(({ id }) => id)
      .sort();

  return {
    events: {
      connect: () => {
        if (initialized) core.send('connect');
        else core.initialize();
        initialized = true;
      },
      disconnect: () => core.send('disconnect'),
      reconnect: () => core.send('reconnect'),
      refresh: () => core.send('refresh'),
      signOut: () => core.send('signOut'),
      'token.granted': () => answerToken(ok({ token })),
      'token.missing': () => answerToken(ok(undefined)),
      'token.unreachable': () => answerToken(err(because('closed'))),
      'channel.joined': () => gate.pass('upgrade'),
      'channel.refused': () => gate.fail('upgrade', 403),
      'channel.lost': () => gate.cut(),
      'verification.passed': () => gate.pass('probe'),
      'verification.refused': () => gate.fail('probe', 401),
      'snapshot.folded': () => gate.pass('snapshot'),
      'snapshot.failed': () => gate.fail('snapshot', 500),
      'server.refused': () => gate.fail('snapshot', 404),
      'token.refused': () => gate.fail('snapshot', 401),
      [BACKOFF]: () => clock.increment(200),
    },
    /** What a user would see in that state, and the sockets that may exist in it. */
    shows: async (expected: ConnectionSnapshot) => {
      const loaded = expected.context.syncedAt !== undefined;
      await vi.waitFor(
        () =>
          expect([core.status.state, link, core.status.loaded]).toEqual([
            stateName(expected),
            linkName(expected),
            loaded,
          ]),
        { timeout: 2_000, interval: 5 },
      );
      if (link === 'open.joined') expect(gate.openSockets).toBe(1);
      if (!link?.startsWith('open')) await vi.waitFor(() => expect(gate.openSockets).toBe(0));
      const { state, failure: why } = core.status;
      if (state === 'connected.live') expect([shown(), why]).toEqual([truth(), undefined]);
      if (state === 'polling.fresh') expect(shown()).toEqual(truth());
      if (state === 'signedOut') expect(shown()).toEqual([]);
      if (state === 'invalidServer' || state === 'polling.offline') expect(why).toBeDefined();
    },
    stop: async () => {
      core.dispose();
      await gate.stop();
    },
  };
}

function describePath(path: Path): string {
  const events = path.steps.map((step) => step.event.type).filter((type) => type !== 'xstate.init');
  const state = path.state as unknown as ConnectionSnapshot;
  const short = events.map((type) => (type === BACKOFF ? 'backoff' : type)).join(', ') || 'nothing';
  return `${short} → ${[stateName(state), linkName(state)].filter(Boolean).join(' / ')}`;
}
