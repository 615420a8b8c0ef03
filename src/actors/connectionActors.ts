import type { Secret } from '../model/secret';
import type { SessionsRef } from '../../machines/sessions';
import type { Log } from '../log';
import type { RequestBudget } from './requestBudget';
import { pause } from '../eventLoop';
import type { ActorScope } from './actorScope';
import { completeSessions, type CompletionFact } from './completeSessions';
import { fetchToken, type TokenDependencies, type TokenFact } from './fetchToken';
import { findUser } from './findUser';
import { identifyUser, type UserFact } from './identifyUser';
import type { ChannelCommands } from './channelCommands';
import { oneAtATime } from './oneAtATime';
import { sessionSource } from './sessionSource';
import type { ServerContracts } from './serverContracts';
import {
  openChannel,
  type ChannelDependencies,
  type ChannelFact,
  type ChannelInput,
  type JoinedChannel,
} from './openChannel';
import type { RestDependencies } from './restAccess';
import { syncSessions, type SyncFact } from './syncSessions';
import { verifyToken, type VerificationFact } from './verifyToken';
import { watchHost, type HostDependencies, type HostFact } from './watchHost';

/** The I/O that the actors of a connection need; read again at each use. */
export interface ActorDependencies
  extends TokenDependencies, RestDependencies, ChannelDependencies, HostDependencies {
  readonly budget: RequestBudget;
  readonly contracts: ServerContracts;
  readonly sessionLog: Log;
  readonly channelCommands: Pick<ChannelCommands, 'follow'>;
}

export interface SyncInput {
  readonly token: Secret | undefined;
  /** How old the socket may be that a list is asked for on, in ms. */
  readonly maxAgeMs: number;
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
  let joined: JoinedChannel | undefined;
  const sourceWith = (token: () => Secret | undefined, maxAgeMs = Infinity) =>
    sessionSource({
      base: () => {
        const server = world.address();
        return server.ok ? server.value.base : undefined;
      },
      api: () => api(token()),
      joined: () => joined,
      ...{ contracts: world.contracts, token, maxAgeMs },
    });
  const underway = new Set<string>();
  const oneListAtATime = oneAtATime();
  const asking = () => ({
    ...{ budget: world.budget, underway, oneListAtATime },
    ...{ log: sessionLog, clock: clocks.wall },
  });
  return {
    fetchToken: scope.asking<{ renew: boolean }, TokenFact>(fetchToken(world)),
    identifyUser: scope.asking<{ token: Secret | undefined }, UserFact>(identifyUser(world)),
    findUser: scope.asking<{ token: Secret | undefined }, UserFact>(findUser(world)),
    verifyToken: scope.asking<{ token: Secret | undefined }, VerificationFact>(verifyToken(world)),
    syncSessions: scope.asking<SyncInput, SyncFact>(({ token, sessions, maxAgeMs }, signal) => {
      const source = sourceWith(() => token, maxAgeMs);
      return syncSessions({ ...asking(), source, sessions, signal }, clocks.monotonic);
    }),
    completeSessions: scope.working<CompletionInput, CompletionFact>(({ token, sessions }, tell, signal) =>
      completeSessions({
        ...asking(),
        source: sourceWith(token),
        sessions,
        signal,
        now: clocks.monotonic,
        pause,
        tell,
      }),
    ),
    openChannel: scope.actor<ChannelInput, ChannelFact>(
      openChannel(world, (channel) => {
        joined = channel;
        world.channelCommands.follow(channel);
      }),
    ),
    watchHost: scope.actor<undefined, HostFact>(watchHost(world)),
  };
}
