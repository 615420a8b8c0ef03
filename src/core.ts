import { assign, createActor, type ActorOptions } from 'xstate';
import { connectionMachine, type Fact } from '../machines/connectionMachine';
import { jitteredDelays, restartDelays } from '../machines/delays';
import type { SessionDelta, SessionsRef } from '../machines/sessions';
import { supervisor } from '../machines/supervisor';
import { ActorScope } from './actorScope';
import { LoopbackProof } from './http/loopbackProof';
import { RestClient } from './http/restClient';
import { getMe, getSession, listSessions, type LastList } from './http/sessions';
import { inheritance } from './inheritance';
import { loadedPart } from './loadedPart';
import { createLog, type LogSink } from './log';
import { logError } from './logError';
import { failed, isRefusal, isSignedOut, type Answer, type Failure } from './model/failure';
import { MAX_SESSIONS } from './model/limits';
import type { Secret } from './model/secret';
import { parseServerAddress, type ServerAddress } from './model/serverAddress';
import type * as ChannelPart from './channelPart';
import { asUserId, userIdOfToken } from './model/userId';
import { SessionManager } from './sessionManager';
import { ALWAYS_ATTENTIVE, watchSurroundings, type AttentionSource } from './surroundings';
import { factOf, takeSnapshot } from './takeSnapshot';
import { guarded, transitionLog, unfailing, type Transition } from './transitionLog';
import { completeSessions } from './completeSessions';
import type { SessionSource } from './lookUp';
import { RequestBudget } from './requestBudget';
import { pause } from './slices';
import { Waits } from './waits';

export interface TokenSource {
  /**
   * The token for this server; undefined where nobody is signed in there. `renew`: the last one was refused, so a
   * fresh one is wanted if it can be had. A failure means that the sign-in service is out of reach.
   */
  get(request: { address: ServerAddress; renew: boolean }): Promise<Answer<Granted | undefined>>;
}

export interface Granted {
  readonly token: Secret;
  /** When to ask again, ahead of the expiry; a live link stays, and requests take the new token from then on. */
  readonly renewInMs?: number;
  /** Whose it is: the same for every token of one account, and another for every other account. */
  readonly accountId?: string;
}

export interface CoreOptions {
  /** Read again at each attempt. */
  readonly serverUrl: () => string;
  readonly tokens: TokenSource;
  readonly sink: LogSink;
  readonly attention?: AttentionSource;
  readonly onTransition?: (transition: Transition) => void;
  readonly random?: () => number;
  readonly fetch?: typeof fetch;
  /** Runs the machine's timers; the real clock unless given. */
  readonly clock?: ActorOptions<typeof supervisor>['clock'];
}

const ACTIVITY_TOLD_EVERY_MS = 5_000;
const WAITING_FOR_TOKEN: Failure = { kind: 'tokenPending', detail: 'waiting for a token' };

/** The whole core: the machines with their real actors, behind a SessionManager. Nothing runs before `initialize()`. */
export function createCore(options: CoreOptions): SessionManager {
  const { serverUrl, tokens, attention = ALWAYS_ATTENTIVE, random = Math.random } = options;
  const sink = unfailing(options.sink);
  const log = createLog(sink, 'Connection');
  const httpLog = createLog(sink, 'Http');
  const channelLog = createLog(sink, 'PhoenixChannel');
  const sessionLog = createLog(sink, 'SessionState');
  const now = () => performance.now();
  const clocks = { wall: () => Date.now(), monotonic: now };
  const waits = new Waits();
  const lastList: LastList = {};
  const proof = new LoopbackProof(options.fetch);
  let channelPart: typeof ChannelPart | undefined;
  const scope = new ActorScope((error) => whole.send({ type: 'connection.failed', error }));
  const budget = new RequestBudget(now);

  const asking = { budget, log: sessionLog, clock: Date.now };
  const sourceOf = (rest: RestClient, token: Secret): SessionSource => ({
    list: (stop) => listSessions(rest, token, stop, lastList),
    get: (id, stop) => getSession(rest, id, token, stop),
  });
  const withToken = async <T>(
    token: Secret | undefined,
    ask: (rest: RestClient, token: Secret) => Promise<Answer<T>>,
  ): Promise<Answer<T>> => {
    const address = parseServerAddress(serverUrl());
    if (!address.ok) return address;
    if (!token) return failed(WAITING_FOR_TOKEN);
    return ask(new RestClient(address.value, httpLog, options.fetch, proof), token);
  };

  /** Runs one REST exchange against the server as it is set now. */
  const withServer = async (
    token: Secret | undefined,
    ask: (rest: RestClient, token: Secret) => Promise<Fact>,
  ): Promise<Fact> => {
    const address = parseServerAddress(serverUrl());
    if (!address.ok) return factOf(address.failure);
    if (!token) return { type: 'snapshot.failed', failure: WAITING_FOR_TOKEN };
    return ask(new RestClient(address.value, httpLog, options.fetch, proof), token);
  };

  const actors = {
    token: scope.asking<{ renew: boolean }>(async ({ renew }) => {
      const address = parseServerAddress(serverUrl());
      if (!address.ok) return factOf(address.failure);
      const loaded = await loadChannel();
      if (!loaded.ok) return tokenFailure(loaded.failure);
      channelPart = loaded.value;
      const proven = await proof.of(address.value);
      if (!proven.ok) return tokenFailure(proven.failure);
      const answer = await tokens.get({ address: address.value, renew });
      if (!answer.ok) return tokenFailure(answer.failure);
      return answer.value ? grantedFact(answer.value) : { type: 'token.missing' };
    }),
    identity: scope.asking<{ token: Secret | undefined }>(({ token }, signal) =>
      withServer(token, (rest, secret) => identify(rest, secret, signal)),
    ),
    probe: scope.asking<{ token: Secret | undefined }>(({ token }, signal) =>
      withServer(token, (rest, secret) => probe(rest, secret, signal)),
    ),
    snapshot: scope.asking<{ token: Secret | undefined; sessions: SessionsRef }>(
      ({ token, sessions }, signal) =>
        withServer(token, (rest, secret) =>
          takeSnapshot({ ...asking, source: sourceOf(rest, secret), sessions, signal }, now),
        ),
    ),
    completion: scope.working<{ token: () => Secret | undefined; sessions: SessionsRef }>(
      ({ sessions, token }, tell, signal) => {
        const source: SessionSource = {
          list: (stop) => withToken(token(), (rest, secret) => sourceOf(rest, secret).list(stop)),
          get: (id, stop) => withToken(token(), (rest, secret) => sourceOf(rest, secret).get(id, stop)),
        };
        return completeSessions({ ...asking, source, sessions, signal, now, pause, tell });
      },
    ),
    channel: scope.actor<{ token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }>(
      ({ input, tell, receive }) => {
        const address = parseServerAddress(serverUrl());
        if (!address.ok || !input.token || input.userId === undefined || !channelPart) {
          throw new Error('A channel was opened without address, token or user.');
        }
        let activeAt = -Infinity;
        const client = new channelPart.PhoenixChannelClient({
          address: address.value,
          token: input.token,
          userId: input.userId,
          log: channelLog,
          transport: channelPart.webSocketTransport,
          onJoined: () => tell({ type: 'channel.joined' }),
          onEnded: (end, failure) => {
            proof.forget(address.value);
            tell({ type: `channel.${end}`, failure });
          },
          onAlive: () => tell({ type: 'channel.alive' }),
          onDelta: (delta) => {
            if (isBeyond(delta, input.sessions)) {
              tell({ type: 'channel.doubted', failure: TOO_MANY_SESSIONS });
              return;
            }
            input.sessions.send({ ...delta, at: Date.now() });
            if (now() - activeAt < ACTIVITY_TOLD_EVERY_MS) return;
            activeAt = now();
            tell({ type: 'channel.active' });
          },
          onGarbled: (failure) => {
            input.sessions.send({ type: 'session.garbled', count: 1 });
            tell({ type: 'channel.doubted', failure });
          },
        });
        receive(() => client.check());
        client.open();
        return () => client.close();
      },
    ),
    surroundings: scope.actor<undefined>(({ tell }) => watchSurroundings(attention, clocks, tell)),
  };

  const connection = connectionMachine.provide({
    actors,
    delays: waits.noting(jitteredDelays(random)),
    actions: { drawSlot: assign({ slot: () => random() }) },
  });
  const whole = createActor(
    supervisor.provide({
      actors: { connection },
      // The supervisor shares nothing with the connection that could have failed it.
      delays: waits.noting(restartDelays(Math.random)),
    }),
    {
      input: {
        inherit: inheritance,
        clearUp: (bug) => {
          logError(log, 'a bug of this extension', bug);
          scope.endAll();
        },
      },
      inspect: guarded(log, transitionLog(log, options.onTransition)),
      ...(options.clock && { clock: options.clock }),
    },
  );
  return new SessionManager(whole, sessionLog, waits, clocks);
}

/** phoenix and ws: loaded with the first attempt, since nobody needs them before. */
const loadChannel = () => loadedPart(() => import(/* webpackChunkName: "channel" */ './channelPart'));

const TOO_MANY_SESSIONS: Failure = { kind: 'tooLarge', detail: `more than ${MAX_SESSIONS} sessions` };

/** A session more than are held; the next list says whether it is one of those that are shown. */
function isBeyond(delta: SessionDelta, sessions: SessionsRef): boolean {
  const { held } = sessions.getSnapshot().context;
  if (held.size < MAX_SESSIONS) return false;
  if (delta.type === 'session.upserted') return !held.has(delta.update.id);
  return delta.type === 'session.deleted' && !held.has(delta.id);
}

/** Where nobody says whose a token is, its own claim does. */
function grantedFact(granted: Granted): Fact {
  const accountId = granted.accountId ?? userIdOfToken(granted.token);
  return { type: 'token.granted', ...granted, ...(accountId !== undefined && { accountId }) };
}

async function identify(rest: RestClient, token: Secret, signal: AbortSignal): Promise<Fact> {
  const unknown = (failure: Failure): Fact =>
    failure.kind === 'unauthorized' ? factOf(failure) : { type: 'user.unknown', failure };
  const fromToken = userIdOfToken(token);
  if (fromToken !== undefined) return { type: 'user.identified', userId: fromToken };
  const me = await getMe(rest, token, signal);
  if (!me.ok) return unknown(me.failure);
  if (me.value) return { type: 'user.identified', userId: me.value.id };
  const list = await listSessions(rest, token, signal);
  if (!list.ok) return unknown(list.failure);
  const userId = list.value.sessions.map(({ user_id }) => asUserId(user_id)).find((id) => id !== undefined);
  return userId === undefined
    ? unknown({
        kind: 'userUnknown',
        detail: 'the server does not tell who signed in until there is a session',
      })
    : { type: 'user.identified', userId };
}

function tokenFailure(failure: Failure): Fact {
  if (isSignedOut(failure)) return { type: 'token.missing', failure };
  return isRefusal(failure) ? { type: 'server.refused', failure } : { type: 'token.unreachable', failure };
}

/** Any answer but 401 speaks for the token: a server error comes after the check. */
async function probe(rest: RestClient, token: Secret, signal: AbortSignal): Promise<Fact> {
  const answer = await rest.get({ path: '/api/sessions', token, signal });
  if (answer.ok || answer.failure.kind === 'serverError') return { type: 'probe.valid' };
  const { failure } = answer;
  return failure.kind === 'unauthorized'
    ? { type: 'probe.unauthorized', failure }
    : { type: 'probe.unreachable', failure };
}
