import { fromCallback, type EventObject } from 'xstate';
import { connectionMachine, type Fact } from '../../machines/connectionMachine';
import { jitteredDelays } from '../../machines/delays';
import { sessionsLogic, type SessionsRef } from '../../machines/sessions';
import type { Log } from '../../src/log';
import { answered, failed, type Answer, type Failure } from '../../src/model/failure';
import type { Secret } from '../../src/model/secret';
import { equalJson } from '../../src/model/session';
import { completeSessions } from '../../src/completeSessions';
import type { SessionSource } from '../../src/lookUp';
import { takeSnapshot } from '../../src/takeSnapshot';
import type { PlantedBug } from './plantedBugs';
import { SimulatedSocket } from './simulatedSocket';
import type { World } from './world';

export const SILENT_LOG: Log = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** The real machine with its actors at work in whatever world `current` gives. */
export function simulatedMachine(current: () => World, bug: PlantedBug = {}) {
  const source = (token: Secret): SessionSource => ({
    list: async (signal) => {
      const { network, server, lastList } = current();
      const answer = await network.get('list', token, signal, () => server.list());
      if (!answer.ok) return answer;
      if (!signal.aborted) server.listedProject = answer.value.project;
      const { sessions } = answer.value;
      if (!equalJson(sessions, lastList.sessions)) lastList.sessions = sessions;
      return answered({ sessions: lastList.sessions, garbled: 0 });
    },
    get: (id, signal) => {
      const { network, server } = current();
      const answer = network.get('lookup', token, signal, () => server.get(id));
      network.onLookup(
        id,
        answer.then((told) => told.ok && told.value !== undefined && !signal.aborted),
      );
      return answer;
    },
  });
  /** Each request with the token of its own time. */
  const asking = (token: () => Secret | undefined, sessions: SessionsRef, signal: AbortSignal) => {
    const { budget, time } = current();
    const withToken = <T>(ask: (from: SessionSource) => Promise<Answer<T>>): Promise<Answer<T>> => {
      const secret = token();
      if (!secret) return Promise.resolve(failed(WAITING_FOR_TOKEN));
      return ask(bug.source?.(source(secret), current()) ?? source(secret));
    };
    const from: SessionSource = {
      list: (stop) => withToken((each) => each.list(stop)),
      get: (id, stop) => withToken((each) => each.get(id, stop)),
    };
    return {
      source: from,
      sessions,
      budget: bug.budget?.() ?? budget,
      log: SILENT_LOG,
      clock: () => time.now,
      signal,
    };
  };
  const snapshot = (
    { token, sessions }: { token: Secret | undefined; sessions: SessionsRef },
    signal: AbortSignal,
  ): Promise<Fact> => {
    if (!token) return Promise.resolve({ type: 'snapshot.failed', failure: WAITING_FOR_TOKEN });
    const { time } = current();
    return takeSnapshot(
      asking(() => token, sessions, signal),
      () => time.monotonic,
    );
  };

  return connectionMachine.provide({
    actors: {
      sessions: bug.sessions ?? sessionsLogic,
      token: answering<{ renew: boolean }>(current, async ({ renew }) => {
        const answer = await (bug.tokens?.(current()) ?? current().tokens).get(renew);
        return answer.ok
          ? { type: 'token.granted', ...answer.value }
          : { type: 'token.unreachable', failure: answer.failure };
      }),
      identity: answering<{ token: Secret | undefined }>(current, () =>
        Promise.resolve({ type: 'user.identified', userId: '1' }),
      ),
      probe: answering<{ token: Secret | undefined }>(current, ({ token }, signal) =>
        token
          ? probe(current(), token, signal)
          : Promise.resolve({ type: 'snapshot.failed', failure: WAITING_FOR_TOKEN }),
      ),
      snapshot: answering<{ token: Secret | undefined; sessions: SessionsRef }>(
        current,
        (input, signal) =>
          bug.snapshot?.(current(), () => snapshot(input, signal)) ?? snapshot(input, signal),
      ),
      completion: fromCallback<EventObject, { token: () => Secret | undefined; sessions: SessionsRef }>(
        ({ input, sendBack }) => {
          if (bug.completesNothing) return;
          const leaving = new AbortController();
          const { signal } = leaving;
          const world = current();
          world.network.settled = true;
          completeSessions({
            ...asking(input.token, input.sessions, signal),
            now: () => world.time.monotonic,
            pause: (ms) => pause(world, ms, signal),
            tell: (fact) => sendBack(fact),
          }).catch((error: unknown) => world.fail(`an actor failed: ${String(error)}`));
          return () => leaving.abort(LEFT);
        },
      ),
      channel: fromCallback<
        EventObject,
        { token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }
      >(({ input, sendBack }) => {
        if (!input.token || input.userId === undefined)
          throw new Error('A channel was opened without token or user.');
        const socket = new SimulatedSocket(
          current().network,
          input.token,
          {
            tell: (fact) => sendBack(fact),
            onDelta: (event) => {
              current().network.onDelivered(event);
              input.sessions.send(event);
            },
          },
          bug.hearsOldSockets ?? false,
        );
        return () => socket.close();
      }),
      surroundings: fromCallback<EventObject, undefined>(({ sendBack }) => {
        current().tell = (fact) => sendBack(fact);
      }),
    },
    delays: { ...jitteredDelays(() => current().random()), ...bug.delays },
  });
}

export type SimulatedMachine = ReturnType<typeof simulatedMachine>;

const WAITING_FOR_TOKEN: Failure = { kind: 'unauthorized', detail: 'waiting for a token' };

/** Given, since the reason that Node makes up costs more than the rest of the transition. */
const LEFT = 'the state was left';

function answering<TInput>(current: () => World, ask: (input: TInput, signal: AbortSignal) => Promise<Fact>) {
  return fromCallback<EventObject, TInput>(({ input, sendBack }) => {
    const leaving = new AbortController();
    const world = current();
    world.network.settled = true;
    ask(input, leaving.signal).then(
      (fact) => {
        if (!leaving.signal.aborted) sendBack(fact);
      },
      (error: unknown) => world.fail(`an actor failed: ${String(error)}`),
    );
    return () => leaving.abort(LEFT);
  });
}

function pause({ time, network }: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      time.cancel(timer);
      signal.removeEventListener('abort', end);
      network.settled = true;
      resolve();
    };
    const timer = time.schedule('timer', ms, end);
    signal.addEventListener('abort', end);
  });
}

async function probe(world: World, token: Secret, signal: AbortSignal): Promise<Fact> {
  const answer: Answer<unknown> = await world.network.get('probe', token, signal, () => undefined);
  if (answer.ok || answer.failure.kind === 'serverError') return { type: 'probe.valid' };
  const { failure } = answer;
  return failure.kind === 'unauthorized'
    ? { type: 'probe.unauthorized', failure }
    : { type: 'probe.unreachable', failure };
}
