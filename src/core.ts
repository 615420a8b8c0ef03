import { assign, createActor, type ActorOptions, type InspectionEvent, type Observer } from 'xstate';
import { connectionMachine } from '../machines/connectionMachine';
import { jitteredDelays, restartDelays } from '../machines/delays';
import { connectionOf, supervisor } from '../machines/supervisor';
import { ActorScope } from './actors/actorScope';
import { ChannelCommands } from './actors/channelCommands';
import { connectionActors } from './actors/connectionActors';
import type { ChannelPart } from './actors/openChannel';
import { ServerContracts } from './actors/serverContracts';
import type { ContractStore } from './model/serverContract';
import { restApi } from './actors/restApi';
import type { Api } from './actors/restAccess';
import { NO_SINGLES } from './actors/sessionSource';
import { LoopbackProof } from './http/loopbackProof';
import { RestClient } from './http/restClient';
import { sendCommand } from './http/sessionCommands';
import { getSession, type LastList } from './http/sessions';
import { FollowedSessions } from './followedSessions';
import { inheritance } from './inheritance';
import { loadedPart } from './loadedPart';
import { createLog, type LogSink } from './log';
import { logError } from './logError';
import { ALWAYS_ACTIVE, type WindowActivitySource } from './model/windowActivity';
import { ok, err, type Result, type Failure } from './model/failure';
import type { Secret } from './model/secret';
import { parseServerAddress } from './model/serverAddress';
import type { TokenSource } from './model/tokenSource';
import { networkAddresses } from './networkAddresses';
import type { CommandAccess } from './sessionCommands';
import { SessionManager } from './sessionManager';
import { guarded, transitionLog, unfailing, type TransitionListeners } from './transitionLog';
import { RequestBudget } from './actors/requestBudget';
import { tracedGuards, traceLog } from './traceLog';
import { Waits } from './waits';

export { renewalTimes } from '../machines/delays';

export interface CoreOptions extends TransitionListeners {
  /** Read again at each attempt. */
  readonly serverUrl: () => string;
  readonly tokens: TokenSource;
  readonly sink: LogSink;
  readonly windowActivity?: WindowActivitySource;
  /** What was found out of each server, kept from start to start. */
  readonly contracts?: ContractStore;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
  /** Runs the machine's timers; the real clock unless given. */
  readonly clock?: ActorOptions<typeof supervisor>['clock'];
  /** Sees what XState tells of the machines and their actors, payloads included; one that fails harms nothing, and is told no more. */
  readonly inspect?: Inspect | undefined;
}

type Inspect = Observer<InspectionEvent> | ((inspected: InspectionEvent) => void);

const WAITING_FOR_TOKEN: Failure = { kind: 'tokenPending', detail: 'waiting for a token' };

/** The whole core: the machines with their real actors, behind a SessionManager. Nothing runs before `initialize()`. */
export function createCore(options: CoreOptions): SessionManager {
  const { tokens, windowActivity = ALWAYS_ACTIVE, random = Math.random } = options;
  const sink = unfailing(options.sink);
  const log = createLog(sink, 'Connection');
  const httpLog = createLog(sink, 'Http');
  const serverLog = createLog(sink, 'Server');
  const sessionLog = createLog(sink, 'SessionState');
  const clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
  const waits = new Waits();
  const lastList: LastList = {};
  const proof = new LoopbackProof(options.fetch);
  const scope = new ActorScope((error) => whole.send({ type: 'connection.failed', error }));
  const address = () => parseServerAddress(options.serverUrl());
  const contracts = new ServerContracts(options.contracts, (base, { topic, lists }) =>
    serverLog.info(
      `${base}: ${topic === 'bare' ? 'one topic for all users' : 'a topic for each user'}, lists by ${lists ?? 'no way yet'}`,
    ),
  );
  const channelCommands = new ChannelCommands();
  const restAs = (token: Secret | undefined) => {
    const server = address();
    if (!server.ok) return server;
    if (!token) return err(WAITING_FOR_TOKEN);
    const rest = new RestClient(server.value, httpLog, options.fetch, proof);
    return ok({ rest, token, base: server.value.base });
  };
  const followed = new FollowedSessions();
  let part: ChannelPart | undefined;

  const actors = connectionActors(scope, {
    address,
    proof,
    tokens,
    windowActivity,
    addresses: networkAddresses,
    clocks,
    budget: new RequestBudget(clocks.monotonic),
    contracts,
    followed,
    channelLog: createLog(sink, 'PhoenixChannel'),
    sessionLog,
    channelCommands,
    part: () => part,
    prepare: async () => {
      const loaded = await loadChannel();
      if (loaded.ok) part = loaded.value;
      return loaded;
    },
    api: (token): Result<Api> => {
      const as = restAs(token);
      return as.ok ? ok(restApi(as.value.rest, as.value.token, lastList)) : as;
    },
  });
  const connection = connectionMachine.provide({
    actors,
    delays: waits.noting(jitteredDelays(random)),
    guards: tracedGuards(connectionMachine.implementations.guards, log),
    actions: { drawSlot: assign({ slot: () => random() }) },
  });
  const watches = [transitionLog(log, options), traceLog(log), untilItFails(options.inspect)].map((watch) =>
    guarded(log, watch),
  );
  const whole = createActor(
    supervisor.provide({
      actors: { connection },
      // The supervisor shares nothing with the connection that could have failed it.
      delays: waits.noting(restartDelays(Math.random)),
      guards: tracedGuards(supervisor.implementations.guards, log),
    }),
    {
      input: {
        inherit: inheritance,
        clearUp: (bug) => {
          logError(log, 'a bug of this extension', bug);
          scope.endAll();
        },
      },
      inspect: (inspected) => {
        for (const watch of watches) watch(inspected);
      },
      ...(options.clock && { clock: options.clock }),
    },
  );
  const context = () => connectionOf(whole.getSnapshot())?.getSnapshot().context;
  const access: CommandAccess = {
    api: () => {
      const as = restAs(context()?.token);
      if (!as.ok) return as;
      const { rest, token, base } = as.value;
      return ok({
        base,
        send: (command, signal) =>
          channelCommands.takes(base, command.name)
            ? channelCommands.send(command, signal)
            : sendCommand({ rest, token, signal }, command),
        get: (id, signal) =>
          contracts.of(base).lists === 'rest'
            ? getSession(rest, id, token, signal)
            : Promise.resolve(err(NO_SINGLES)),
      });
    },
    takes: (base, command) => {
      const pushed = channelCommands.takes(base, command);
      const rest = contracts.takes(base, command);
      return pushed === false ? rest : pushed || rest || undefined;
    },
    lacks: (base, command) => contracts.lacks(base, command),
    sessions: () => context()?.sessions,
  };
  return new SessionManager(whole, sessionLog, waits, clocks, access, followed);
}

/** One that fails is told no more: it might fail with every change of a session, and each would be written down. */
function untilItFails(inspect: Inspect = {}): (inspected: InspectionEvent) => void {
  let told = typeof inspect === 'function' ? inspect : inspect.next?.bind(inspect);
  return (inspected) => {
    try {
      told?.(inspected);
    } catch (error) {
      told = undefined;
      throw error;
    }
  };
}

/** phoenix and ws: loaded with the first attempt, since nobody needs them before. */
const loadChannel = () => loadedPart(() => import(/* webpackChunkName: "channel" */ './channel/channelPart'));
