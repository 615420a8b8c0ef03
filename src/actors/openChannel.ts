import type { EventObject } from 'xstate';
import type { FactOf } from '../../machines/connectionMachine';
import type { SessionDelta, SessionsRef } from '../../machines/sessions';
import type { LoopbackProof } from '../http/loopbackProof';
import type { Log } from '../log';
import type { Result, Failure } from '../model/failure';
import type { Clocks } from '../model/clocks';
import { MAX_SESSIONS } from '../model/limits';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { PhoenixChannelClient, PhoenixChannelOptions } from '../phoenixChannel';
import type { ActorTools } from './actorScope';

export type ChannelFact = FactOf<
  | 'channel.joined'
  | 'channel.lost'
  | 'channel.refused'
  | 'channel.outOfSync'
  | 'channel.active'
  | 'channel.alive'
>;

export interface ChannelInput {
  readonly token: Secret | undefined;
  readonly userId: string | undefined;
  readonly sessions: SessionsRef;
}

/** The part of the extension that speaks Phoenix. */
export interface ChannelPart {
  readonly PhoenixChannelClient: new (options: PhoenixChannelOptions) => PhoenixChannelClient;
  readonly webSocketTransport: PhoenixChannelOptions['transport'];
}

export interface ChannelDependencies {
  readonly address: () => Result<ServerAddress>;
  /** Undefined before it was loaded. */
  readonly part: () => ChannelPart | undefined;
  readonly proof: Pick<LoopbackProof, 'of' | 'clear'>;
  readonly clocks: Clocks;
  readonly channelLog: Log;
}

const ACTIVITY_TOLD_EVERY_MS = 5_000;

/** One socket and one join for as long as its state lasts; deltas go straight to the sessions actor. */
export const openChannel = ({ address, part, proof, clocks, channelLog }: ChannelDependencies) => {
  let opened = 0;
  return ({
    input,
    tell,
    receive,
    fail,
  }: ActorTools<ChannelInput, EventObject, ChannelFact>): (() => void) => {
    const { token, userId, sessions } = input;
    const server = address();
    const loaded = part();
    if (!server.ok || !token || userId === undefined || !loaded) {
      throw new Error('A channel was opened without address, token or user.');
    }
    let activeAt = -Infinity;
    const client = new loaded.PhoenixChannelClient({
      address: server.value,
      token,
      userId,
      reconnects: opened++,
      log: channelLog,
      transport: loaded.webSocketTransport,
      onJoined: () => tell({ type: 'channel.joined' }),
      onEnded: (end, failure) => {
        proof.clear(server.value);
        tell({ type: `channel.${end}`, failure });
      },
      onAlive: () => tell({ type: 'channel.alive' }),
      onDelta: (delta) => {
        if (isBeyond(delta, sessions)) {
          tell({ type: 'channel.outOfSync', failure: TOO_MANY_SESSIONS });
          return;
        }
        sessions.send({ ...delta, at: clocks.wall() });
        if (clocks.monotonic() - activeAt < ACTIVITY_TOLD_EVERY_MS) return;
        activeAt = clocks.monotonic();
        tell({ type: 'channel.active' });
      },
      onBug: fail,
      onMalformed: (failure) => {
        sessions.send({ type: 'session.malformed' });
        tell({ type: 'channel.outOfSync', failure });
      },
    });
    receive(() => client.check());
    client.open();
    return () => client.close();
  };
};

const TOO_MANY_SESSIONS: Failure = { kind: 'tooLarge', detail: `more than ${MAX_SESSIONS} sessions` };

/** A session more than are held; the next list says whether it is one of those that are shown. */
function isBeyond(delta: SessionDelta, sessions: SessionsRef): boolean {
  const { entries } = sessions.getSnapshot().context;
  if (entries.size < MAX_SESSIONS) return false;
  if (delta.type === 'session.upserted') return !entries.has(delta.update.id);
  return delta.type === 'session.deleted' && !entries.has(delta.id);
}
