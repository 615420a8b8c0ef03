import type { EventObject } from 'xstate';
import type { FactOf } from '../../machines/connectionMachine';
import { JOIN_TIMEOUT_MS } from '../../machines/delays';
import type { SessionDelta, SessionsRef } from '../../machines/sessions';
import type { LoopbackProof } from '../http/loopbackProof';
import type { Log } from '../log';
import type { Result, Failure } from '../model/failure';
import type { Clocks } from '../model/clocks';
import { MAX_SESSIONS } from '../model/limits';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { ChannelNotice } from '../channelPushes';
import type { PhoenixChannelClient, PhoenixChannelOptions } from '../phoenixChannel';
import type { ActorTools } from './actorScope';
import type { ServerContract } from '../model/serverContract';
import type { ServerContracts } from './serverContracts';
import type { JoinedChannel } from './sessionSource';

export type ChannelFact = FactOf<
  | 'channel.joined'
  | 'channel.lost'
  | 'channel.refused'
  | 'channel.userNeeded'
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
  readonly contracts: ServerContracts;
  readonly channelLog: Log;
}

const ACTIVITY_TOLD_EVERY_MS = 5_000;
const BARE_TOPIC = 'vscode:user';

type Ended = (end: 'lost' | 'refused', failure: Failure) => void;

/**
 * One socket and one join for as long as its state lasts; deltas go straight to the sessions actor. `onChannel` is told
 * of the channel that is joined, and of its end.
 */
export const openChannel = (
  world: ChannelDependencies,
  onChannel: (channel: JoinedChannel | undefined) => void,
) => {
  const { address, part, proof, clocks, channelLog } = world;
  let opened = 0;
  return ({
    input,
    tell,
    receive,
    fail,
  }: ActorTools<ChannelInput, EventObject, ChannelFact>): (() => void) => {
    const { contracts } = world;
    const { token, userId, sessions } = input;
    const server = address();
    const loaded = part();
    if (!server.ok || !token || !loaded) throw new Error('A channel was opened without address or token.');
    const { base } = server.value;
    const topics = topicsOf(contracts.of(base), userId);
    if (topics.length === 0) {
      tell({ type: 'channel.userNeeded' });
      return () => {};
    }
    let activeAt = -Infinity;
    const noteActivity = () => {
      if (clocks.monotonic() - activeAt < ACTIVITY_TOLD_EVERY_MS) return;
      activeAt = clocks.monotonic();
      tell({ type: 'channel.active' });
    };
    const takeNotice = (notice: ChannelNotice) => {
      if (notice.type === 'presence') sessions.send({ type: 'presence.changed', present: notice.present });
      else if (notice.type === 'notification') {
        const notification = { ...notice.notification, at: clocks.wall() };
        sessions.send({ type: 'notification.arrived', notification });
      } else if (sessions.getSnapshot().context.entries.get(notice.sessionId)?.session) noteActivity();
    };
    const connect = (as: Secret, onJoined: (topic: string) => void, onEnded: Ended) => {
      const opening: PhoenixChannelClient = new loaded.PhoenixChannelClient({
        address: server.value,
        token: as,
        topics,
        reconnects: opened++,
        log: channelLog,
        transport: loaded.webSocketTransport,
        onJoined,
        onEnded,
        onAlive: () => tell({ type: 'channel.alive' }),
        onDelta: (delta) => {
          if (isBeyond(delta, sessions)) {
            tell({ type: 'channel.outOfSync', failure: TOO_MANY_SESSIONS });
            return;
          }
          sessions.send({ ...delta, at: clocks.wall() });
          noteActivity();
        },
        // While the next socket opens, both are told the same.
        onNotice: (notice) => {
          if (opening === client) takeNotice(notice);
        },
        onBug: fail,
        onMalformed: (failure) => {
          sessions.send({ type: 'session.malformed' });
          tell({ type: 'channel.outOfSync', failure });
        },
      });
      return opening;
    };

    const onLost: Ended = (end, failure) => {
      proof.clear(server.value);
      onChannel(undefined);
      const isOfTopics = failure.kind === 'joinRefused' && failure.retryAfterMs === undefined;
      if (isOfTopics && userId === undefined) {
        contracts.found(base, { topic: 'withId' });
        tell({ type: 'channel.userNeeded' });
        return;
      }
      if (isOfTopics) contracts.clear(base);
      tell({ type: `channel.${end}`, failure });
    };
    let openedAt = clocks.monotonic();
    let client = connect(
      token,
      (topic) => {
        const isBare = topic === BARE_TOPIC;
        contracts.joined(base, isBare ? 'bare' : 'withId');
        onChannel({ lists: isBare, list: (request) => list(request) });
        tell({ type: 'channel.joined' });
      },
      onLost,
    );

    let second: PhoenixChannelClient | undefined;
    const leaveSecond = () => {
      second?.close();
      second = undefined;
    };

    /** A socket lists the project that was active when it was opened: an older one is left once the next is listed. */
    const list: JoinedChannel['list'] = async ({ signal, maxAgeMs, token: newest }) => {
      const left = () => signal.aborted;
      if (left() || clocks.monotonic() - openedAt <= maxAgeMs) return client.listSessions();
      const beganAt = clocks.monotonic();
      let onFollowed: Ended = () => {};
      const next = await new Promise<PhoenixChannelClient | undefined>((resolve) => {
        const opening = connect(
          newest,
          () => {
            clearTimeout(late);
            resolve(opening);
          },
          (end, failure) => {
            clearTimeout(late);
            resolve(undefined);
            onFollowed(end, failure);
          },
        );
        const giveUp = () => {
          clearTimeout(late);
          resolve(undefined);
          // What a listener throws nobody catches.
          try {
            if (second === opening) leaveSecond();
          } catch (error) {
            fail(error);
          }
        };
        second = opening;
        const late = setTimeout(giveUp, JOIN_TIMEOUT_MS);
        signal.addEventListener('abort', giveUp);
        opening.open();
      });
      if (!next) return client.listSessions();
      const listed = await next.listSessions();
      if (left()) return listed;
      if (!listed.ok) {
        leaveSecond();
        return listed;
      }
      onFollowed = onLost;
      client.close();
      client = next;
      second = undefined;
      openedAt = beganAt;
      takeNotice({ type: 'presence', present: next.present });
      return listed;
    };

    receive(() => client.check());
    client.open();
    return () => {
      onChannel(undefined);
      leaveSecond();
      client.close();
    };
  };
};

/** The likeliest first; none where the one that is served needs an id that is not known. */
function topicsOf({ topic }: ServerContract, userId: string | undefined): string[] {
  if (userId === undefined) return topic === 'withId' ? [] : [BARE_TOPIC];
  const own = `${BARE_TOPIC}:${userId}`;
  return topic === 'bare' ? [BARE_TOPIC, own] : [own, BARE_TOPIC];
}

const TOO_MANY_SESSIONS: Failure = { kind: 'tooLarge', detail: `more than ${MAX_SESSIONS} sessions` };

/** A session more than are held; the next list says whether it is one of those that are shown. */
function isBeyond(delta: SessionDelta, sessions: SessionsRef): boolean {
  const { entries } = sessions.getSnapshot().context;
  if (entries.size < MAX_SESSIONS) return false;
  if (delta.type === 'session.upserted') return !entries.has(delta.update.id);
  return delta.type === 'session.deleted' && !entries.has(delta.id);
}
