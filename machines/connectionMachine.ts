import {
  assign,
  fromCallback,
  raise,
  sendTo,
  setup,
  type ActorRefFrom,
  type AnyEventObject,
  type SnapshotFrom,
} from 'xstate';
import type { Failure, FailureKind } from '../src/model/failure';
import type { Secret } from '../src/model/secret';
import { ATTEMPTS_BEFORE_POLLING, jitteredDelays, OLD_PICTURE_MS } from './delays';
import { sessionsLogic, type SessionsRef } from './sessions';

/** What a person or the composition root asks for; each is taken in every state. */
export type Command =
  | { type: 'connect' }
  | { type: 'disconnect' }
  | { type: 'reconnect' }
  | { type: 'refresh' }
  | { type: 'signIn' }
  | { type: 'signOut' }
  | { type: 'serverChanged' };

/** What the real world reports, by source. `at` is a monotonic time in ms. */
export type Fact =
  /** `renewInMs`: when to ask for the next one, for a token that expires. */
  | { type: 'token.granted'; token: Secret; renewInMs?: number }
  | { type: 'token.missing' }
  | { type: 'token.unreachable'; failure: Failure }
  | { type: 'user.identified'; userId: string }
  | { type: 'user.unknown'; failure: Failure }
  | { type: 'channel.joined' }
  | { type: 'channel.lost'; failure: Failure }
  | { type: 'channel.refused'; failure: Failure }
  | { type: 'channel.doubted'; failure: Failure }
  | { type: 'probe.valid' }
  | { type: 'probe.unauthorized'; failure: Failure }
  | { type: 'probe.unreachable'; failure: Failure }
  /** What the server would not tell of is marked. */
  | { type: 'snapshot.folded'; at: number }
  | { type: 'snapshot.failed'; failure: Failure }
  /** Any REST call was answered 401. */
  | { type: 'token.refused'; failure: Failure }
  | { type: 'server.refused'; failure: Failure }
  | { type: 'clock.jumped'; failure: Failure }
  | { type: 'network.changed' }
  | { type: 'attention.changed'; focused: boolean; visible: boolean; at: number };

/** What the link tells the screen: raised by the machine itself. */
type LinkEvent = { type: 'link.up' } | { type: 'link.down' };

export type ConnectionEvent = Command | Fact | LinkEvent;

export interface ConnectionContext {
  readonly sessions: SessionsRef;
  readonly token: Secret | undefined;
  readonly renewInMs: number | undefined;
  readonly userId: string | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Snapshots in a row that failed or left a doubt. */
  readonly syncAttempt: number;
  /** Something arrived that could not be taken since the current snapshot was asked for. */
  readonly doubted: boolean;
  /** REST refused the token; the next one is asked for anew. */
  readonly tokenDoubted: boolean;
  /** The token of this attempt was asked for anew; if REST refuses that one too, it is for good. */
  readonly tokenRenewed: boolean;
  /** A snapshot from this server has been folded at this time. */
  readonly pictureAt: number | undefined;
  readonly retryAfterMs: number;
  readonly attention: { readonly focused: boolean; readonly visible: boolean };
  /** Why the picture is not live. */
  readonly failure: Failure | undefined;
}

const AWAY: ReadonlySet<FailureKind> = new Set(['unreachable', 'timeout', 'unavailable']);

/** Actors that the composition root provides; each answers with facts. */
const absent = <TInput>(name: string) =>
  fromCallback<AnyEventObject, TInput>(() => {
    throw new Error(`The connection machine was started without its actor "${name}".`);
  });

const { createMachine } = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
  },
  actors: {
    sessions: sessionsLogic,
    /** Answers `token.*` or `server.refused`; `renew` asks for one that differs from the cached. */
    token: absent<{ renew: boolean }>('token'),
    /** Answers `user.*`, `token.refused` or `server.refused`. */
    identity: absent<{ token: Secret | undefined }>('identity'),
    /** One socket and one join: answers `channel.*`, and sends deltas straight to the sessions actor. */
    channel: absent<{ token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }>(
      'channel',
    ),
    /** Asks REST whether the token is good: answers `probe.*`. */
    probe: absent<{ token: Secret | undefined }>('probe'),
    /** Asks for a list and folds it: answers `snapshot.*` or `server.refused`. */
    snapshot: absent<{ token: Secret | undefined; sessions: SessionsRef }>('snapshot'),
    /** Asks for what events leave out: answers `channel.doubted` or `token.refused`. The token may change meanwhile. */
    completion: absent<{ token: () => Secret | undefined; sessions: SessionsRef }>('completion'),
    /** Watches the clock, the network and the window: answers `clock.*`, `network.*`, `attention.*`. */
    surroundings: absent<undefined>('surroundings'),
  },
  delays: jitteredDelays(() => 0.5),
  guards: {
    tokenAtHand: ({ context }) => context.token !== undefined,
    tokenRenewed: ({ context }) => context.tokenRenewed,
    userKnown: ({ context }) => context.userId !== undefined,
    doubted: ({ context }) => context.doubted,
    serverUnproven: ({ context }) => context.pictureAt === undefined,
    unstable: ({ context }) => context.attempt > ATTEMPTS_BEFORE_POLLING,
    serverWasAway: ({ context }) => context.failure !== undefined && AWAY.has(context.failure.kind),
    unseen: ({ context }) => !context.attention.visible,
    cameBackToOldPicture: ({ context, event }) =>
      event.type === 'attention.changed' &&
      event.focused &&
      !context.attention.focused &&
      event.at - (context.pictureAt ?? 0) > OLD_PICTURE_MS,
    cameBack: ({ context, event }) =>
      event.type === 'attention.changed' &&
      event.visible &&
      ((event.focused && !context.attention.focused) || !context.attention.visible),
  },
  actions: {
    keepToken: assign(({ context, event }) =>
      event.type === 'token.granted'
        ? { token: event.token, renewInMs: event.renewInMs, tokenRenewed: context.tokenDoubted }
        : {},
    ),
    keepUser: assign(({ event }) => (event.type === 'user.identified' ? { userId: event.userId } : {})),
    keepFailure: assign(({ event }) =>
      'failure' in event ? { failure: event.failure, retryAfterMs: event.failure.retryAfterMs ?? 0 } : {},
    ),
    keepAttention: assign(({ event }) =>
      event.type === 'attention.changed'
        ? { attention: { focused: event.focused, visible: event.visible } }
        : {},
    ),
    keepPicture: assign(({ event }) =>
      event.type === 'snapshot.folded'
        ? { pictureAt: event.at, tokenDoubted: false, tokenRenewed: false, retryAfterMs: 0 }
        : {},
    ),
    blame: assign((_, failure: Failure) => ({ failure, retryAfterMs: 0 })),
    countAttempt: assign(({ context }) => ({ attempt: context.attempt + 1, tokenRenewed: false })),
    forgetAttempts: assign({ attempt: 0 }),
    countSync: assign(({ context }) => ({ syncAttempt: context.syncAttempt + 1 })),
    forgetSyncs: assign({ syncAttempt: 0 }),
    doubt: assign({ doubted: true }),
    beginPicture: assign({ doubted: false }),
    doubtToken: assign({ tokenDoubted: true, token: undefined }),
    trustToken: assign({ tokenDoubted: false, tokenRenewed: false }),
    becomeLive: assign({ failure: undefined, retryAfterMs: 0 }),
    startAfresh: assign({
      attempt: 0,
      syncAttempt: 0,
      tokenDoubted: false,
      tokenRenewed: false,
      failure: undefined,
      retryAfterMs: 0,
    }),
    forgetAccount: assign({ token: undefined, userId: undefined, pictureAt: undefined }),
    tellJoined: sendTo(({ context }) => context.sessions, { type: 'channel.joined' }),
    tellLeft: sendTo(({ context }) => context.sessions, { type: 'channel.left' }),
    forgetSessions: sendTo(({ context }) => context.sessions, { type: 'sessions.forgotten' }),
  },
});

export const connectionMachine = createMachine({
  id: 'connection',
  description: 'How live the picture of the sessions is. The rules C1… are in README.md.',
  context: ({ spawn }) => ({
    sessions: spawn('sessions', { id: 'sessions' }),
    token: undefined,
    renewInMs: undefined,
    userId: undefined,
    attempt: 0,
    syncAttempt: 0,
    doubted: false,
    tokenDoubted: false,
    tokenRenewed: false,
    pictureAt: undefined,
    retryAfterMs: 0,
    attention: { focused: true, visible: true },
    failure: undefined,
  }),
  invoke: { src: 'surroundings' },
  initial: 'disconnected',
  on: {
    disconnect: { target: '.disconnected', actions: 'startAfresh' },
    signOut: { target: '.signedOut', actions: ['startAfresh', 'forgetAccount', 'forgetSessions'] },
    signIn: { target: '.active', actions: ['startAfresh', 'forgetAccount', 'forgetSessions'] },
    serverChanged: { target: '.active', actions: ['startAfresh', 'forgetAccount', 'forgetSessions'] },
    'attention.changed': { actions: 'keepAttention' },
  },
  states: {
    disconnected: {
      description: 'Nobody asked for a connection, or a person ended it.',
      on: {
        connect: 'active',
        reconnect: 'active',
        serverChanged: { actions: ['startAfresh', 'forgetAccount', 'forgetSessions'] },
      },
    },
    signedOut: {
      description: 'No account, or it was refused for good; a person can sign in.',
      on: { connect: 'active', reconnect: 'active' },
    },
    refused: {
      description:
        'Only a person can help: the address, the server or its version is wrong. Looked at again now and then.',
      on: { connect: 'active', reconnect: 'active', refresh: 'active', 'network.changed': 'active' },
      after: { recheck: 'active' },
    },
    active: {
      description: 'Signed in as far as known, and a live picture is wanted.',
      type: 'parallel',
      on: {
        'token.missing': { target: 'signedOut', actions: ['startAfresh', 'forgetAccount', 'forgetSessions'] },
        'server.refused': [
          { guard: 'serverUnproven', target: 'refused', actions: 'keepFailure' },
          {
            actions: [
              'keepFailure',
              raise(({ event }) => ({ type: 'snapshot.failed', failure: event.failure })),
            ],
          },
        ],
      },
      states: {
        link: {
          description: 'The way to the channel: one attempt after another, each with a token of its own.',
          initial: 'authorizing',
          on: {
            reconnect: { target: '.authorizing', actions: 'startAfresh' },
            'clock.jumped': { target: '.authorizing', actions: 'keepFailure' },
            'token.refused': { guard: 'tokenAtHand', target: '.judging', actions: 'keepFailure' },
          },
          states: {
            authorizing: {
              description: 'Fetching a token for this attempt.',
              invoke: { src: 'token', input: ({ context }) => ({ renew: context.tokenDoubted }) },
              on: {
                'token.granted': [
                  { guard: 'userKnown', target: 'open', actions: 'keepToken' },
                  { target: 'identifying', actions: 'keepToken' },
                ],
                'token.unreachable': { target: 'waiting', actions: 'keepFailure' },
                'token.refused': {},
              },
              after: { tokenTimeout: { target: 'waiting', actions: timedOut('the sign-in service') } },
            },
            identifying: {
              description: 'Finding out the user id, which the topic needs.',
              invoke: { src: 'identity', input: ({ context }) => ({ token: context.token }) },
              on: {
                'user.identified': { target: 'open', actions: 'keepUser' },
                'user.unknown': { target: 'waiting', actions: 'keepFailure' },
              },
              after: {
                identityTimeout: { target: 'waiting', actions: timedOut('the question who signed in') },
              },
            },
            open: {
              description: 'One socket exists exactly while this state is active.',
              invoke: {
                src: 'channel',
                input: ({ context }) => ({
                  token: context.token,
                  userId: context.userId,
                  sessions: context.sessions,
                }),
              },
              initial: 'joining',
              on: {
                'channel.lost': { target: 'waiting', actions: 'keepFailure' },
                'channel.refused': { target: 'judging', actions: 'keepFailure' },
              },
              states: {
                joining: {
                  description: 'Opening the socket and joining the topic.',
                  on: { 'channel.joined': 'joined' },
                  after: {
                    joinTimeout: { target: '#connection.active.link.waiting', actions: timedOut('the join') },
                  },
                },
                joined: {
                  description: 'The server answered this socket’s own join; deltas arrive.',
                  entry: ['tellJoined', raise({ type: 'link.up' })],
                  exit: ['tellLeft', raise({ type: 'link.down' })],
                  after: {
                    stable: { actions: 'forgetAttempts' },
                    renewal: '#connection.active.link.authorizing',
                  },
                },
              },
            },
            judging: {
              description: 'The token may be bad: REST is asked, since a refused socket proves nothing.',
              invoke: { src: 'probe', input: ({ context }) => ({ token: context.token }) },
              on: {
                'probe.valid': { target: 'waiting', actions: 'trustToken' },
                'probe.unauthorized': [
                  {
                    guard: 'tokenRenewed',
                    target: '#connection.signedOut',
                    actions: ['keepFailure', 'forgetAccount', 'forgetSessions'],
                  },
                  { target: 'authorizing', actions: ['keepFailure', 'doubtToken'] },
                ],
                'probe.unreachable': { target: 'waiting', actions: 'keepFailure' },
                'token.refused': {},
              },
              after: { probeTimeout: 'waiting' },
            },
            waiting: {
              description: 'Between two attempts.',
              entry: 'countAttempt',
              on: {
                'network.changed': 'authorizing',
                'snapshot.folded': { guard: 'serverWasAway', target: 'authorizing' },
              },
              after: { backoff: 'authorizing' },
            },
          },
        },
        screen: {
          description: 'What may be promised of the picture.',
          initial: 'authenticating',
          on: { 'link.up': '.connected' },
          states: {
            authenticating: {
              description: 'Getting the first token.',
              on: { 'token.granted': 'loading', 'token.unreachable': 'reconnecting' },
              after: { tokenTimeout: 'reconnecting' },
            },
            loading: {
              description: 'A first snapshot is on its way while the socket opens.',
              invoke: { src: 'snapshot', input: snapshotInput },
              on: {
                'snapshot.folded': { actions: 'keepPicture' },
                'snapshot.failed': { actions: 'keepFailure' },
                'channel.lost': 'reconnecting',
              },
              after: { grace: 'polling' },
            },
            connected: {
              description: 'Joined.',
              initial: 'syncing',
              on: { 'link.down': 'reconnecting' },
              states: {
                syncing: {
                  description: 'A snapshot asked for after the join is on its way.',
                  entry: 'beginPicture',
                  invoke: { src: 'snapshot', input: snapshotInput },
                  on: {
                    'snapshot.folded': [
                      { guard: 'doubted', target: 'resting', actions: ['keepPicture', 'keepFailure'] },
                      { target: 'live', actions: 'keepPicture' },
                    ],
                    'snapshot.failed': { target: 'resting', actions: 'keepFailure' },
                    'channel.doubted': { actions: ['keepFailure', 'doubt'] },
                  },
                  after: { snapshotTimeout: { target: 'resting', actions: timedOut('the list') } },
                },
                resting: {
                  description: 'The snapshot failed or left a doubt; it is asked for again after a pause.',
                  entry: 'countSync',
                  on: { refresh: 'syncing' },
                  after: { syncBackoff: 'syncing' },
                },
                live: {
                  description: 'What is shown equals what the server holds.',
                  entry: 'becomeLive',
                  invoke: {
                    src: 'completion',
                    input: ({ context, self }) => ({
                      token: () => (self.getSnapshot() as { context: ConnectionContext }).context.token,
                      sessions: context.sessions,
                    }),
                  },
                  on: {
                    refresh: 'syncing',
                    'channel.doubted': { target: 'resting', actions: 'keepFailure' },
                    'attention.changed': [
                      { guard: 'cameBackToOldPicture', target: 'syncing', actions: 'keepAttention' },
                      { actions: 'keepAttention' },
                    ],
                  },
                  after: { stable: { actions: 'forgetSyncs' }, reconcile: 'syncing' },
                },
              },
            },
            reconnecting: {
              description:
                'The link is lost and being made again; the last picture stays, marked as not live.',
              always: { guard: 'unstable', target: 'polling' },
              on: { refresh: 'polling' },
              after: { grace: 'polling' },
            },
            polling: {
              description: 'The channel stays away: lists are fetched over HTTP while attempts go on.',
              initial: 'refreshing',
              on: { refresh: '.refreshing', 'clock.jumped': '.refreshing' },
              states: {
                refreshing: {
                  description: 'A list is on its way.',
                  invoke: { src: 'snapshot', input: snapshotInput },
                  on: {
                    'snapshot.folded': { target: 'fresh', actions: 'keepPicture' },
                    'snapshot.failed': { target: 'offline', actions: 'keepFailure' },
                    'token.refused': { target: 'offline', actions: 'keepFailure' },
                    refresh: {},
                  },
                  after: { snapshotTimeout: { target: 'offline', actions: timedOut('the list') } },
                },
                fresh: {
                  description: 'The last list arrived; the picture is at most one interval old.',
                  always: { guard: 'unseen', target: 'paused' },
                  on: {
                    'attention.changed': [
                      { guard: 'cameBack', target: 'refreshing', actions: 'keepAttention' },
                      { actions: 'keepAttention' },
                    ],
                  },
                  after: { pollInterval: 'refreshing' },
                },
                offline: {
                  description: 'The last list did not arrive either.',
                  always: { guard: 'unseen', target: 'paused' },
                  on: { 'network.changed': 'refreshing' },
                  after: { pollInterval: 'refreshing' },
                },
                paused: {
                  description: 'Nobody looks, nothing is fetched.',
                  on: {
                    'attention.changed': [
                      { guard: 'cameBack', target: 'refreshing', actions: 'keepAttention' },
                      { actions: 'keepAttention' },
                    ],
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});

function snapshotInput({ context }: { context: ConnectionContext }) {
  return { token: context.token, sessions: context.sessions };
}

function timedOut(what: string) {
  return { type: 'blame' as const, params: { kind: 'timeout' as const, detail: `${what} took too long` } };
}

export type ConnectionMachine = typeof connectionMachine;
export type ConnectionRef = ActorRefFrom<ConnectionMachine>;
export type ConnectionSnapshot = SnapshotFrom<ConnectionMachine>;
