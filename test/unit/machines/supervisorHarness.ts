import { createActor, fromCallback, SimulatedClock, type EventObject, type InspectionEvent } from 'xstate';
import {
  connectionMachine,
  type Command,
  type ConnectionRef,
  type Fact,
} from '../../../machines/connectionMachine';
import { jitteredDelays, restartDelays } from '../../../machines/delays';
import { wholeStateName } from '../../../machines/selectors';
import { sessionsOf } from '../../../machines/sessions';
import { connectionOf, supervisor } from '../../../machines/supervisor';
import { inheritance } from '../../../src/inheritance';
import { Secret } from '../../../src/model/secret';
import type { ActorName } from './connectionHarness';

/** The supervisor under a simulated clock, not yet started; the actors of its connections are played by the test. */
export function superviseConnection(
  inspect: (seen: InspectionEvent) => void = () => {},
  guards = connectionMachine.implementations.guards,
) {
  const clock = new SimulatedClock();
  const tell = new Map<ActorName, (fact: Fact) => void>();
  const written: unknown[] = [];
  let breaking: ActorName | undefined;
  const play = (name: ActorName) =>
    fromCallback<EventObject, never>(({ sendBack }) => {
      if (breaking === name) {
        breaking = undefined;
        throw new Error(`the ${name} actor`);
      }
      tell.set(name, sendBack);
    });
  const connection = connectionMachine.provide({
    actors: {
      fetchToken: play('fetchToken') as never,
      identifyUser: play('identifyUser') as never,
      findUser: play('findUser') as never,
      openChannel: play('openChannel') as never,
      verifyToken: play('verifyToken') as never,
      syncSessions: play('syncSessions') as never,
      completeSessions: play('completeSessions') as never,
      watchHost: play('watchHost') as never,
    },
    delays: jitteredDelays(() => 0.5),
    guards,
  });
  const whole = createActor(
    supervisor.provide({
      actors: { connection },
      delays: restartDelays(() => 0.5),
    }),
    { clock, inspect, input: { inherit: inheritance, clearUp: (bug) => written.push(bug) } },
  );
  whole.subscribe({ error: (error) => written.push(error) });
  let last: ConnectionRef | undefined;
  const current = () => (last = connectionOf(whole.getSnapshot()) ?? last)!.getSnapshot();
  whole.subscribe(current);
  return {
    whole,
    clock,
    written,
    tell: (name: ActorName, fact: Fact) => tell.get(name)!(fact),
    get state() {
      return wholeStateName(whole.getSnapshot());
    },
    connection: current,
    send: (type: Command['type']) => whole.send({ type }),
    fail: (error: unknown = new Error('a bug')) => whole.send({ type: 'connection.failed', error }),
    breakNext: (name: ActorName) => (breaking = name),
    upsert: (id: string, state: unknown = null) =>
      current().context.sessions.send({ type: 'session.upserted', update: { id, state }, at: 0 }),
    shown: () => sessionsOf(current().context.sessions.getSnapshot().context).map(({ id }) => id),
    goLive: (at = 0) => {
      if (wholeStateName(whole.getSnapshot()) === 'disconnected') whole.send({ type: 'connect' });
      tell.get('fetchToken')!({ type: 'token.granted', token: new Secret('token') });
      tell.get('openChannel')!({ type: 'channel.joined' });
      tell.get('syncSessions')!({ type: 'snapshot.folded', at });
    },
  };
}
