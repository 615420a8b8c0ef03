import { createActor, fromCallback, type ActorOptions, type EventObject, type InspectionEvent } from 'xstate';
import { connectionMachine, type ConnectionSnapshot, type Fact } from '../machines/connectionMachine';
import { jitteredDelays } from '../machines/delays';
import { linkName, stateName } from '../machines/selectors';
import type { SessionsRef } from '../machines/sessions';
import { RestClient } from './http/restClient';
import { getMe, getSession, listSessions, type LastList } from './http/sessions';
import { createLog, messageOf, type Log, type LogSink } from './log';
import { failed, type Answer, type Failure } from './model/failure';
import type { Secret } from './model/secret';
import { parseServerAddress, type ServerAddress } from './model/serverAddress';
import { userIdOfToken } from './model/userId';
import { PhoenixChannelClient } from './phoenixChannel';
import { SessionManager } from './sessionManager';
import { ALWAYS_ATTENTIVE, watchSurroundings, type AttentionSource } from './surroundings';
import { factOf, takeSnapshot } from './takeSnapshot';
import { completeSessions } from './completeSessions';
import type { SessionSource } from './lookUp';
import { RequestBudget } from './requestBudget';
import { webSocketTransport } from './webSocket';

export interface TokenSource {
  /**
   * The token for this server; undefined where nobody is signed in there. `renew`: the last one was refused, so a
   * fresh one is wanted if it can be had. A failure means that the sign-in service is out of reach.
   */
  get(request: { address: ServerAddress; renew: boolean }): Promise<Answer<Granted | undefined>>;
}

export interface Granted {
  readonly token: Secret;
  /** When to ask again, ahead of the expiry; a live link changes over to the new token then. */
  readonly renewInMs?: number;
}

export interface Transition {
  readonly from: string;
  readonly to: string;
  /** Type of the event that caused it. */
  readonly event: string;
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
  readonly clock?: ActorOptions<typeof connectionMachine>['clock'];
}

const WAITING_FOR_TOKEN: Failure = { kind: 'unauthorized', detail: 'waiting for a token' };

/** The whole core: the machine with its real actors, behind a SessionManager. Nothing runs before `initialize()`. */
export function createCore(options: CoreOptions): SessionManager {
  const { serverUrl, tokens, sink, attention = ALWAYS_ATTENTIVE, random = Math.random } = options;
  const log = createLog(sink, 'Connection');
  const httpLog = createLog(sink, 'Http');
  const channelLog = createLog(sink, 'PhoenixChannel');
  const sessionLog = createLog(sink, 'SessionState');
  const now = () => performance.now();
  const lastList: LastList = {};
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
    return ask(new RestClient(address.value, httpLog, options.fetch), token);
  };

  /** Runs one REST exchange against the server as it is set now. */
  const withServer = async (
    token: Secret | undefined,
    ask: (rest: RestClient, token: Secret) => Promise<Fact>,
  ): Promise<Fact> => {
    const address = parseServerAddress(serverUrl());
    if (!address.ok) return factOf(address.failure);
    if (!token) return { type: 'snapshot.failed', failure: WAITING_FOR_TOKEN };
    return ask(new RestClient(address.value, httpLog, options.fetch), token);
  };

  const actors = {
    token: answering<{ renew: boolean }>(log, async ({ renew }) => {
      const address = parseServerAddress(serverUrl());
      if (!address.ok) return factOf(address.failure);
      const answer = await tokens.get({ address: address.value, renew });
      if (!answer.ok) return { type: 'token.unreachable', failure: answer.failure };
      return answer.value ? { type: 'token.granted', ...answer.value } : { type: 'token.missing' };
    }),
    identity: answering<{ token: Secret | undefined }>(log, ({ token }, signal) =>
      withServer(token, (rest, secret) => identify(rest, secret, signal)),
    ),
    probe: answering<{ token: Secret | undefined }>(log, ({ token }, signal) =>
      withServer(token, (rest, secret) => probe(rest, secret, signal)),
    ),
    snapshot: answering<{ token: Secret | undefined; sessions: SessionsRef }>(
      log,
      ({ token, sessions }, signal) =>
        withServer(token, (rest, secret) =>
          takeSnapshot({ ...asking, source: sourceOf(rest, secret), sessions, signal }, now),
        ),
    ),
    completion: fromCallback<EventObject, { token: () => Secret | undefined; sessions: SessionsRef }>(
      ({ input, sendBack }) => {
        const { sessions, token } = input;
        const leaving = new AbortController();
        const { signal } = leaving;
        const tell = (fact: Fact) => sendBack(fact);
        const source: SessionSource = {
          list: (stop) => withToken(token(), (rest, secret) => sourceOf(rest, secret).list(stop)),
          get: (id, stop) => withToken(token(), (rest, secret) => sourceOf(rest, secret).get(id, stop)),
        };
        completeSessions({ ...asking, source, sessions, signal, now, pause, tell }).catch(
          (error: unknown) => {
            // A bug, not an outcome: the next snapshot leads on.
            log.error(messageOf(error));
            tell({ type: 'channel.doubted', failure: { kind: 'unreadable', detail: messageOf(error) } });
          },
        );
        return () => leaving.abort();
      },
    ),
    channel: fromCallback<
      EventObject,
      { token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }
    >(({ input, sendBack }) => {
      const tell = (fact: Fact) => sendBack(fact);
      const address = parseServerAddress(serverUrl());
      if (!address.ok || !input.token || input.userId === undefined) {
        throw new Error('A channel was opened without address, token or user.');
      }
      const client = new PhoenixChannelClient({
        address: address.value,
        token: input.token,
        userId: input.userId,
        log: channelLog,
        transport: webSocketTransport,
        onJoined: () => tell({ type: 'channel.joined' }),
        onEnded: (end, failure) => tell({ type: `channel.${end}`, failure }),
        onDelta: (delta) => input.sessions.send({ ...delta, at: Date.now() }),
        onGarbled: (failure) => {
          input.sessions.send({ type: 'session.garbled', count: 1 });
          tell({ type: 'channel.doubted', failure });
        },
      });
      client.open();
      return () => client.close();
    }),
    surroundings: fromCallback<EventObject, undefined>(({ sendBack }) =>
      watchSurroundings(attention, now, (fact) => sendBack(fact)),
    ),
  };

  const machine = connectionMachine.provide({ actors, delays: jitteredDelays(random) });
  const connection = createActor(machine, {
    inspect: transitionLog(log, options.onTransition),
    ...(options.clock && { clock: options.clock }),
  });
  return new SessionManager(connection, sessionLog);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** An actor that asks once and answers with one fact; leaving the state gives it up. */
function answering<TInput>(log: Log, ask: (input: TInput, signal: AbortSignal) => Promise<Fact>) {
  return fromCallback<EventObject, TInput>(({ input, sendBack }) => {
    const leaving = new AbortController();
    ask(input, leaving.signal).then(
      (fact) => {
        if (!leaving.signal.aborted) sendBack(fact);
      },
      // A bug, not an outcome: the state's own timeout leads on.
      (error: unknown) => log.error(messageOf(error)),
    );
    return () => leaving.abort();
  });
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
  const userId = list.value.sessions.find((session) => session.user_id != null)?.user_id;
  return userId == null
    ? unknown({
        kind: 'userUnknown',
        detail: 'the server does not tell who signed in until there is a session',
      })
    : { type: 'user.identified', userId };
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

/** One line for each transition of what people see; the link's own go to the debug level. */
function transitionLog(log: Log, onTransition: CoreOptions['onTransition']) {
  let screen = 'disconnected';
  let link: string | undefined;
  let entered = performance.now();
  let blamed: Failure | undefined;
  return (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.snapshot' || inspected.actorRef.sessionId !== inspected.rootId) return;
    const snapshot = inspected.snapshot as ConnectionSnapshot;
    const event = inspected.event.type.replace(/^xstate\.after\.(\w+)\..*/, 'after.$1');
    const { attempt, failure } = snapshot.context;
    const nextLink = linkName(snapshot);
    if (nextLink !== link) {
      log.debug(`link ${link ?? 'none'} → ${nextLink ?? 'none'} on ${event}, attempt ${attempt}`);
      link = nextLink;
    }
    const next = stateName(snapshot);
    if (next === screen) return;
    const transition = { from: screen, to: next, event };
    const why = failure && failure !== blamed ? ` (${failure.detail})` : '';
    blamed = failure;
    const lasted = Math.round(performance.now() - entered);
    log.info(`${screen} → ${next} on ${event}, attempt ${attempt}, after ${lasted} ms${why}`);
    screen = next;
    entered = performance.now();
    onTransition?.(transition);
  };
}
