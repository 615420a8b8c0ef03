import type { EventObject } from 'xstate';
import type { FactOf } from '../../machines/connectionMachine';
import type { SessionsRef } from '../../machines/sessions';
import type { SessionDelta } from '../../machines/sessionsEvents';
import type { LoopbackProof } from '../http/loopbackProof';
import type { FollowedSessions } from '../followedSessions';
import type { Log } from '../log';
import type { Result, Failure } from '../model/failure';
import type { Clocks } from '../model/clocks';
import { MAX_SESSIONS } from '../model/limits';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { ChannelNotice } from '../channel/channelPushes';
import type { PhoenixChannelClient, PhoenixChannelOptions } from '../phoenixChannel';
import type { ActorTools } from './actorScope';
import type { ServerContract } from '../model/serverContract';
import type { ServerContracts } from './serverContracts';
import { DeltasOfTurn } from './deltasOfTurn';
import { followProject } from './projectTopic';
import { ListingSocket, type Ended, type ListingSocketOptions } from './listingSocket';
import type { CommandChannel } from './channelCommands';
import type { ListingChannel } from './sessionSource';
import { SessionTopics } from './sessionTopics';

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
  readonly followed: FollowedSessions;
  readonly channelLog: Log;
}

export interface JoinedChannel extends ListingChannel, CommandChannel {}

/** Until the answer to a command counts as lost. */
const COMMAND_TIMEOUT_MS = 5_000;
const ACTIVITY_TOLD_EVERY_MS = 5_000;
const BARE_TOPIC = 'vscode:user';

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
    tell: tellNow,
    receive,
    fail,
  }: ActorTools<ChannelInput, EventObject, ChannelFact>): (() => void) => {
    const { contracts } = world;
    const { token, userId, sessions } = input;
    const server = address();
    const loaded = part();
    if (!server.ok || !token || !loaded) throw new Error('A channel was opened without address or token.');
    const deltas = new DeltasOfTurn(sessions, clocks, fail);
    const tell: typeof tellNow = (fact) => {
      deltas.flush();
      tellNow(fact);
    };
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
      tellNow({ type: 'channel.active' });
    };
    const takeDelta = (delta: SessionDelta) => {
      if (isBeyond(delta, sessions, deltas)) {
        tell({ type: 'channel.outOfSync', failure: TOO_MANY_SESSIONS });
        return;
      }
      deltas.add(delta);
      noteActivity();
    };
    /** The socket that lists beside the first, and whether it told of sessions: the first is then no longer believed. */
    let listing: PhoenixChannelClient | undefined;
    let hasTold = false;
    const takeNotice = (notice: ChannelNotice) => {
      if (notice.type === 'presence') {
        // That of the project is told instead, where there is one.
        if (socket.client.offers?.projectTopic !== undefined) return;
        deltas.send({ type: 'presence.changed', present: notice.present });
      } else if (notice.type === 'notification') {
        const notification = { ...notice.notification, at: clocks.wall() };
        deltas.send({ type: 'notification.arrived', notification });
      } else if (sessions.getSnapshot().context.entries.get(notice.sessionId)?.session) noteActivity();
    };
    const connect: ListingSocketOptions['connect'] = (as, onJoined, onEnded) => {
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
          if (listing === opening) hasTold = true;
          takeDelta(listing && listing !== opening ? { ...delta, superseded: true } : delta);
        },
        // While the next socket opens, both are told the same.
        onNotice: (notice) => {
          if (opening === socket.client) takeNotice(notice);
        },
        onBug: fail,
        onMalformed: (failure) => {
          deltas.send({ type: 'session.malformed' });
          tell({ type: 'channel.outOfSync', failure });
        },
      });
      return opening;
    };

    const topicsOfSessions = new SessionTopics({
      followed: world.followed,
      log: channelLog,
      monotonic: clocks.monotonic,
      onDelta: takeDelta,
      onOutput: (output) => deltas.send({ type: 'output.arrived', output: { ...output, at: clocks.wall() } }),
      onBug: fail,
    });

    const onEnded: Ended = (end, failure) => {
      topicsOfSessions.use(undefined);
      proof.clear(server.value);
      onChannel(undefined);
      leaveProject();
      const isOfTopics = failure.kind === 'joinRefused' && failure.retryAfterMs === undefined;
      if (isOfTopics && userId === undefined) {
        contracts.found(base, { topic: 'withId' });
        tell({ type: 'channel.userNeeded' });
        return;
      }
      if (isOfTopics) contracts.clear(base);
      tell({ type: `channel.${end}`, failure });
    };
    /** Another socket may announce something else. */
    let leaveProject = () => {};
    const follow = (client: PhoenixChannelClient, lists: boolean) => {
      leaveProject();
      onChannel({
        ...{ base, lists, offers: client.offers },
        list: (request) => socket.list(request),
        command: (payload) => client.ask('command', payload, COMMAND_TIMEOUT_MS),
      });
      leaveProject = followProject({ client, sessions, clocks, log: channelLog, onBug: fail });
    };
    const socket: ListingSocket = new ListingSocket({
      token,
      connect,
      monotonic: clocks.monotonic,
      onJoined: (topic) => {
        const isBare = topic === BARE_TOPIC;
        contracts.joined(base, isBare ? 'bare' : 'withId');
        follow(socket.client, isBare);
        tell({ type: 'channel.joined' });
        // A server whose user's topic bears an id has no topics of sessions.
        if (isBare) topicsOfSessions.use(socket.client);
      },
      onEnded,
      onListing: (client) => {
        deltas.send({ type: 'snapshot.requested' });
        listing = client;
        hasTold = false;
      },
      onGivenUp: () => {
        listing = undefined;
        if (hasTold) tell({ type: 'channel.outOfSync', failure: GIVEN_UP });
        hasTold = false;
      },
      onReplaced: (client) => {
        listing = undefined;
        // The first may have crashed a moment ago: what it no longer told of sessions outside the list is not known.
        deltas.send({ type: 'channel.joined' });
        follow(client, true);
        takeNotice({ type: 'presence', present: client.present });
        topicsOfSessions.use(client);
      },
      onBug: fail,
    });

    receive(() => socket.client.check());
    socket.open();
    return () => {
      onChannel(undefined);
      leaveProject();
      topicsOfSessions.close();
      socket.close();
      deltas.close();
    };
  };
};

/** The likeliest first; none where the one that is served needs an id that is not known. */
function topicsOf({ topic }: ServerContract, userId: string | undefined): string[] {
  if (userId === undefined) return topic === 'withId' ? [] : [BARE_TOPIC];
  const own = `${BARE_TOPIC}:${userId}`;
  return topic === 'bare' ? [BARE_TOPIC, own] : [own, BARE_TOPIC];
}

const GIVEN_UP: Failure = { kind: 'closed', detail: 'the socket that was to list was closed before it had' };
const TOO_MANY_SESSIONS: Failure = { kind: 'tooLarge', detail: `more than ${MAX_SESSIONS} sessions` };

/** A session more than are held; the next list says whether it is one of those that are shown. */
function isBeyond(delta: SessionDelta, sessions: SessionsRef, deltas: DeltasOfTurn): boolean {
  const { entries } = sessions.getSnapshot().context;
  if (entries.size + deltas.size < MAX_SESSIONS) return false;
  deltas.flush();
  if (delta.type === 'session.upserted') return !entries.has(delta.update.id);
  return delta.type === 'session.deleted' && !entries.has(delta.id);
}
