import { oneAtATime } from '../../src/actors/oneAtATime';
import { assign } from 'xstate';
import { connectionMachine, type Fact } from '../../machines/connectionMachine';
import { jitteredDelays } from '../../machines/delays';
import { sessionsLogic } from '../../machines/sessions';
import { ActorScope, type Work } from '../../src/actors/actorScope';
import {
  connectionActors,
  type ActorDependencies,
  type CompletionInput,
  type SyncInput,
} from '../../src/actors/connectionActors';
import type { ChannelPart } from '../../src/actors/openChannel';
import { syncSessions, type SyncFact } from '../../src/actors/syncSessions';
import type { Api } from '../../src/actors/restAccess';
import { FollowedSessions } from '../../src/followedSessions';
import { RestClient } from '../../src/http/restClient';
import { restApi } from '../../src/actors/restApi';
import { LoopbackProof } from '../../src/http/loopbackProof';
import type { Log } from '../../src/log';
import { ok, err, type Result } from '../../src/model/failure';
import { parseServerAddress } from '../../src/model/serverAddress';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import type { RequestBudget } from '../../src/actors/requestBudget';
import type { Mutant } from './mutants';
import type { Place } from './plantedThrow';
import { simulatedFetch } from './simulatedFetch';
import { SimulatedSocket } from './simulatedSocket';
import { singly } from './singly';
import type { World } from './world';

export const SILENT_LOG: Log = {
  isEnabled: () => false,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** The real machine with its real actors, in whatever world `current` gives. */
export function simulatedMachine(current: () => World, scope: TrippingScope, bug: Mutant = {}) {
  const trip = (place: Place) => () => current().trip(place);
  const world = simulatedDependencies(current, bug);
  const actors = connectionActors(scope, world);
  const { snapshot } = bug;
  return connectionMachine.provide({
    actors: {
      ...actors,
      ...(snapshot && {
        syncSessions: scope.asking<SyncInput, SyncFact>(({ token, sessions }, signal) =>
          snapshot(current(), () => {
            const api = world.api(token);
            if (!api.ok) throw new Error('no token');
            const asking = {
              ...{ budget: world.budget, underway: new Set<string>(), log: SILENT_LOG },
              oneListAtATime: oneAtATime(),
            };
            const { wall: clock, monotonic } = world.clocks;
            const source = { ...api.value, hasSingles: () => true };
            return syncSessions({ ...asking, clock, source, sessions, signal }, monotonic);
          }),
        ),
      }),
      sessions: trippingFold(bug.sessions ?? sessionsLogic, current),
      ...(bug.completesNothing && { completeSessions: scope.actor<CompletionInput, never>(() => () => {}) }),
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

/** Real actors, whose starts and promises are places for a throw. */
export class TrippingScope extends ActorScope {
  constructor(
    private readonly current: () => World,
    onBug: (error: unknown) => void,
  ) {
    super(onBug);
  }

  override working<TInput, TFact extends Fact>(work: Work<TInput, TFact>) {
    return super.working<TInput, TFact>(async (input, tell, signal) => {
      this.current().network.settled = true;
      this.current().trip('the start of an actor');
      await work(input, tell, signal);
    });
  }

  override asking<TInput, TFact extends Fact>(
    ask: (input: TInput, signal: AbortSignal) => Promise<TFact | undefined>,
  ) {
    return super.asking<TInput, TFact>(async (input, signal) => {
      const fact = await ask(input, signal);
      if (!signal.aborted) this.current().trip('the promise of an actor');
      return fact;
    });
  }
}

function simulatedDependencies(current: () => World, bug: Mutant): ActorDependencies {
  const fetch = simulatedFetch(current);
  const address = parseServerAddress('https://codemyspec.test');
  if (!address.ok) throw new Error(address.failure.detail);
  const proof = new LoopbackProof(fetch);
  const rest = new RestClient(address.value, SILENT_LOG, fetch, proof);
  const Client = bug.client ?? PhoenixChannelClient;
  class TrippingClient extends Client {
    override open(): void {
      current().trip('the start of a channel');
      super.open();
    }
    override close(): void {
      current().trip('the end of a channel');
      super.close();
    }
  }
  const part: ChannelPart = {
    PhoenixChannelClient: TrippingClient,
    webSocketTransport: (onRefusal) =>
      class extends SimulatedSocket {
        constructor(url: string) {
          const token = new URL(url).searchParams.get('token') ?? '';
          super({ network: current().network, token, onRefusal });
        }
      },
  };
  const budget = bug.budget?.();
  return {
    address: () => address,
    proof,
    prepare: () => Promise.resolve(ok(true)),
    part: () => part,
    tokens: { get: (request) => (bug.tokens?.(current()) ?? current().tokens).get(request) },
    windowActivity: {
      current: () => current().host.current(),
      subscribe: (listener) => current().host.subscribe(listener),
    },
    addresses: () => current().host.addresses,
    clocks: { wall: () => current().time.now, monotonic: () => current().time.monotonic },
    get budget(): RequestBudget {
      return budget ?? current().budget;
    },
    get contracts() {
      return current().contracts;
    },
    followed: new FollowedSessions(),
    channelLog: SILENT_LOG,
    sessionLog: SILENT_LOG,
    channelCommands: { follow: () => {} },
    api: (token): Result<Api> => {
      if (!token) return err({ kind: 'tokenPending', detail: 'waiting for a token' });
      const api = restApi(rest, token, current().lastList);
      return ok(bug.api?.(api, current()) ?? api);
    },
  };
}

function trippingFold(logic: typeof sessionsLogic, current: () => World): typeof sessionsLogic {
  return {
    ...logic,
    transition: (snapshot, event, scope) => {
      current().trip('a fold');
      for (const each of singly(event))
        if (each.type.startsWith('session.')) current().network.onDelivered(each);
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
