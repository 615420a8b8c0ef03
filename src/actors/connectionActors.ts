import type { Secret } from '../model/secret';
import type { SessionsRef } from '../../machines/sessions';
import type { Log } from '../log';
import type { Result } from '../model/failure';
import type { RequestBudget } from '../requestBudget';
import { pause } from '../eventLoop';
import type { ActorScope } from './actorScope';
import { completeSessions, type CompletionFact } from './completeSessions';
import { fetchToken, type TokenDependencies, type TokenFact } from './fetchToken';
import { identifyUser, type UserFact } from './identifyUser';
import type { SessionSource } from './lookUp';
import { openChannel, type ChannelDependencies, type ChannelFact, type ChannelInput } from './openChannel';
import { factOf, type Api, type RestDependencies } from './restAccess';
import { syncSessions, type SyncFact } from './syncSessions';
import { verifyToken, type VerificationFact } from './verifyToken';
import { watchHost, type HostDependencies, type HostFact } from './watchHost';

/** The I/O that the actors of a connection need; read again at each use. */
export interface ActorDependencies
  extends TokenDependencies, RestDependencies, ChannelDependencies, HostDependencies {
  readonly budget: RequestBudget;
  readonly sessionLog: Log;
}

export interface SyncInput {
  readonly token: Secret | undefined;
  readonly sessions: SessionsRef;
}

export interface CompletionInput {
  /** It may change meanwhile. */
  readonly token: () => Secret | undefined;
  readonly sessions: SessionsRef;
}

/** The actors that the connection machine is made with, by its names for them. */
export function connectionActors(scope: ActorScope, world: ActorDependencies) {
  const { api, sessionLog, clocks } = world;
  const underway = new Set<string>();
  const asking = () => ({ budget: world.budget, underway, log: sessionLog, clock: clocks.wall });
  return {
    fetchToken: scope.asking<{ renew: boolean }, TokenFact>(fetchToken(world)),
    identifyUser: scope.asking<{ token: Secret | undefined }, UserFact>(identifyUser(world)),
    verifyToken: scope.asking<{ token: Secret | undefined }, VerificationFact>(verifyToken(world)),
    syncSessions: scope.asking<SyncInput, SyncFact>(async ({ token, sessions }, signal) => {
      const source = api(token);
      if (!source.ok) return factOf(source.failure);
      return syncSessions({ ...asking(), source: source.value, sessions, signal }, clocks.monotonic);
    }),
    completeSessions: scope.working<CompletionInput, CompletionFact>(({ token, sessions }, tell, signal) =>
      completeSessions({
        ...asking(),
        source: sourceWith(() => api(token())),
        sessions,
        signal,
        now: clocks.monotonic,
        pause,
        tell,
      }),
    ),
    openChannel: scope.actor<ChannelInput, ChannelFact>(openChannel(world)),
    watchHost: scope.actor<undefined, HostFact>(watchHost(world)),
  };
}

/** Each request with what is good at its time. */
function sourceWith(api: () => Result<Api>): SessionSource {
  const ask = async <T>(request: (from: Api) => Promise<Result<T>>): Promise<Result<T>> => {
    const from = api();
    return from.ok ? request(from.value) : from;
  };
  return {
    list: (signal) => ask((from) => from.list(signal)),
    get: (id, signal) => ask((from) => from.get(id, signal)),
  };
}
