import { assign } from 'xstate';
import { connectionMachine, type Fact } from '../../machines/connectionMachine';
import { jitteredDelays } from '../../machines/delays';
import { sessionsLogic, type SessionsRef } from '../../machines/sessions';
import type { ActorScope } from '../../src/actorScope';
import type { Log } from '../../src/log';
import { answered, failed, type Answer, type Failure } from '../../src/model/failure';
import type { Secret } from '../../src/model/secret';
import { equalJson } from '../../src/model/session';
import { completeSessions } from '../../src/completeSessions';
import type { SessionSource } from '../../src/lookUp';
import { takeSnapshot } from '../../src/takeSnapshot';
import type { PlantedBug } from './plantedBugs';
import { SimulatedSocket } from './simulatedSocket';
import type { Place } from './plantedThrow';
import type { World } from './world';

export const SILENT_LOG: Log = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** The real machine with its actors at work in whatever world `current` gives. */
export function simulatedMachine(current: () => World, scope: ActorScope, bug: PlantedBug = {}) {
  const trip = (place: Place) => () => current().trip(place);
  const once = <TInput>(ask: (input: TInput, signal: AbortSignal) => Promise<Fact>) =>
    scope.asking<TInput>(async (input, signal) => {
      current().network.settled = true;
      current().trip('the start of an actor');
      const fact = await ask(input, signal);
      if (!signal.aborted) current().trip('the promise of an actor');
      return fact;
    });
  const source = (token: Secret): SessionSource => ({
    list: async (signal) => {
      const { network, server, lastList } = current();
      const answer = await network.get('list', token, signal, () => ({
        sessions: server.list().sessions,
        project: server.activeProject,
      }));
      if (!answer.ok) return answer;
      const { sessions, project } = answer.value;
      if (!signal.aborted) server.listedProject = project;
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
      sessions: trippingFold(bug.sessions ?? sessionsLogic, trip('a fold')),
      token: once<{ renew: boolean }>(async ({ renew }) => {
        const answer = await (bug.tokens?.(current()) ?? current().tokens).get(renew);
        return answer.ok
          ? { type: 'token.granted', ...answer.value }
          : { type: 'token.unreachable', failure: answer.failure };
      }),
      identity: once<{ token: Secret | undefined }>(() =>
        Promise.resolve({ type: 'user.identified', userId: '1' }),
      ),
      probe: once<{ token: Secret | undefined }>(({ token }, signal) =>
        token
          ? probe(current(), token, signal)
          : Promise.resolve({ type: 'snapshot.failed', failure: WAITING_FOR_TOKEN }),
      ),
      snapshot: once<{ token: Secret | undefined; sessions: SessionsRef }>(
        (input, signal) =>
          bug.snapshot?.(current(), () => snapshot(input, signal)) ?? snapshot(input, signal),
      ),
      completion: scope.working<{ token: () => Secret | undefined; sessions: SessionsRef }>(
        async (input, tell, signal) => {
          if (bug.completesNothing) return;
          const world = current();
          world.network.settled = true;
          world.trip('the start of an actor');
          await completeSessions({
            ...asking(input.token, input.sessions, signal),
            now: () => world.time.monotonic,
            pause: (ms) => pause(world, ms, signal),
            tell,
          });
        },
      ),
      channel: scope.actor<{
        token: Secret | undefined;
        userId: string | undefined;
        sessions: SessionsRef;
      }>(({ input, tell, receive }) => {
        current().trip('the start of a channel');
        if (!input.token || input.userId === undefined)
          throw new Error('A channel was opened without token or user.');
        const socket = new SimulatedSocket(
          current().network,
          input.token,
          {
            tell,
            onDelta: (event) => {
              current().network.onDelivered(event);
              input.sessions.send(event);
            },
          },
          bug.hearsOldSockets ?? false,
        );
        receive(() => socket.check());
        return () => {
          current().trip('the end of a channel');
          socket.close();
        };
      }),
      surroundings: scope.actor<undefined>(({ tell }) => {
        current().tell = tell;
        return () => (current().tell = () => {});
      }),
    },
    actions: {
      drawSlot: assign({
        slot: () => {
          current().trip('an action');
          return current().random();
        },
      }),
    },
    guards: trippingGuards(trip('a guard')),
    delays: {
      ...jitteredDelays(() => {
        current().trip('a delay');
        return current().random();
      }),
      ...bug.delays,
    },
  });
}

export type SimulatedMachine = ReturnType<typeof simulatedMachine>;

const WAITING_FOR_TOKEN: Failure = { kind: 'tokenPending', detail: 'waiting for a token' };

function trippingFold(logic: typeof sessionsLogic, trip: () => void): typeof sessionsLogic {
  return {
    ...logic,
    transition: (snapshot, event, scope) => {
      trip();
      return logic.transition(snapshot, event, scope);
    },
  };
}

/** The guards of the machine, each a place for a throw. */
function trippingGuards(trip: () => void) {
  const guards = connectionMachine.implementations.guards as Record<string, (...args: unknown[]) => boolean>;
  const tripping = Object.entries(guards).map(([name, guard]) => [
    name,
    (...args: unknown[]) => {
      trip();
      return guard(...args);
    },
  ]);
  return Object.fromEntries(tripping) as object;
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
