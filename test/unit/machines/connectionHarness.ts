import { assign, createActor, fromCallback, SimulatedClock, type AnyEventObject } from 'xstate';
import {
  connectionMachine,
  type Command,
  type ConnectionRef,
  type Fact,
} from '../../../machines/connectionMachine';
import { jitteredDelays } from '../../../machines/delays';
import { failuresOf, fullStateName, linkName, stateName } from '../../../machines/selectors';
import type { Failure } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';

export type ActorName =
  | 'fetchToken'
  | 'identifyUser'
  | 'findUser'
  | 'openChannel'
  | 'verifyToken'
  | 'syncSessions'
  | 'completeSessions'
  | 'watchHost';

export interface Started {
  readonly input: Record<string, unknown>;
  readonly answer: (fact: Fact) => void;
  /** Types of the events that the machine sent it. */
  readonly heard: string[];
  stopped: boolean;
}

export const failure = (kind: Failure['kind'] = 'unreachable', more: Partial<Failure> = {}): Failure => ({
  kind,
  detail: `${kind} in a test`,
  ...more,
});

/** The real machine under a simulated clock; its actors are played by the test. */
export function startConnection({
  random = 0.5,
  slot = random,
}: { random?: number; slot?: number | (() => number) } = {}) {
  const clock = new SimulatedClock();
  const started: Record<ActorName, Started[]> = {
    fetchToken: [],
    identifyUser: [],
    findUser: [],
    openChannel: [],
    verifyToken: [],
    syncSessions: [],
    completeSessions: [],
    watchHost: [],
  };
  const play = <TInput>(name: ActorName) =>
    fromCallback<AnyEventObject, TInput>(({ input, sendBack, receive }) => {
      const self: Started = {
        input: input as Record<string, unknown>,
        answer: (fact) => sendBack(fact),
        heard: [],
        stopped: false,
      };
      receive(({ type }) => self.heard.push(type));
      started[name].push(self);
      return () => {
        self.stopped = true;
      };
    });
  const machine = connectionMachine.provide({
    actors: {
      fetchToken: play('fetchToken'),
      identifyUser: play('identifyUser'),
      findUser: play('findUser'),
      openChannel: play('openChannel'),
      verifyToken: play('verifyToken'),
      syncSessions: play('syncSessions'),
      completeSessions: play('completeSessions'),
      watchHost: play('watchHost'),
    },
    delays: jitteredDelays(() => random),
    actions: { drawSlot: assign({ slot: () => (typeof slot === 'number' ? slot : slot()) }) },
  });
  const actor: ConnectionRef = createActor(machine, { clock }).start();

  const last = (name: ActorName): Started => {
    const found = started[name].at(-1);
    if (!found || found.stopped)
      throw new Error(`no ${name} actor is running in ${stateName(actor.getSnapshot())}`);
    return found;
  };
  const connection = {
    actor,
    clock,
    started,
    last,
    running: (name: ActorName) => started[name].filter((each) => !each.stopped).length,
    send: (type: Command['type']) => actor.send({ type }),
    /** The running actor of that name answers. */
    tell: (name: ActorName, fact: Fact) => last(name).answer(fact),
    get state() {
      return stateName(actor.getSnapshot());
    },
    get link() {
      return linkName(actor.getSnapshot());
    },
    get fullState() {
      return fullStateName(actor.getSnapshot());
    },
    get failures() {
      return failuresOf(actor.getSnapshot());
    },
    /** The states from now on, as users see them. */
    watchStates: () => {
      const states: string[] = [];
      let before = stateName(actor.getSnapshot());
      actor.subscribe((snapshot) => {
        const state = stateName(snapshot);
        if (state !== before) states.push(state);
        before = state;
      });
      return states;
    },
    get context() {
      return actor.getSnapshot().context;
    },
    grantToken: (token = 'token-1', more: { renewInMs?: number; accountId?: string; userId?: string } = {}) =>
      connection.tell('fetchToken', { type: 'token.granted', token: new Secret(token), ...more }),
    sleep: () => connection.tell('watchHost', { type: 'clock.jumped', failure: failure('clockJumped') }),
    /** The server serves no topic without the user id, which is not known yet. */
    needUser: () => connection.tell('openChannel', { type: 'channel.userNeeded' }),
    identify: () => connection.tell('identifyUser', { type: 'user.identified', userId: '1' }),
    join: () => connection.tell('openChannel', { type: 'channel.joined' }),
    lose: (kind: Failure['kind'] = 'closed') =>
      connection.tell('openChannel', { type: 'channel.lost', failure: failure(kind) }),
    fold: (at = 0) => connection.tell('syncSessions', { type: 'snapshot.folded', at }),
    failSnapshot: (more: Partial<Failure> = {}) =>
      connection.tell('syncSessions', { type: 'snapshot.failed', failure: failure('serverError', more) }),
    attend: (focused: boolean, visible: boolean, at = 0) =>
      connection.tell('watchHost', { type: 'windowActivity.changed', focused, visible, at }),
    /** Runs the next attempt up to its open socket. */
    attempt: (token?: string) => {
      connection.grantToken(token);
      if (connection.link === 'identifying') connection.identify();
    },
    /** Lets time pass up to the next attempt. */
    awaitAttempt: () => {
      while (connection.link !== 'authorizing') clock.increment(5);
    },
    /** From wherever it is to `connected.live`, by way of the next attempt. */
    goLive: () => {
      if (connection.state === 'disconnected') connection.send('connect');
      connection.attempt();
      connection.join();
      connection.fold();
    },
    /** To `polling.fresh`: live, then lost past the grace. */
    goPolling: () => {
      connection.goLive();
      connection.lose();
      clock.increment(4_000);
      connection.fold();
    },
  };
  return connection;
}
