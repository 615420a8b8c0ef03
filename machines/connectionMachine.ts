import {
  assign,
  cancel,
  enqueueActions,
  fromCallback,
  raise,
  sendTo,
  setup,
  type ActorRefFrom,
  type AnyEventObject,
  type SnapshotFrom,
} from 'xstate';
import type { Failure } from '../src/model/failure';
import type { Secret } from '../src/model/secret';
import type { ChannelCheck, ConnectionEvent } from './connectionEvents';
import {
  ATTEMPTS_BEFORE_POLLING,
  IMPULSES_AT_ONCE,
  jitteredDelays,
  OLD_PICTURE_MS,
  RENEWAL_RETRY_MS,
} from './delays';
import { sessionsLogic, type Inherited, type SessionsRef } from './sessions';

export type { Command, ConnectionEvent, Fact } from './connectionEvents';

/** What a connection before this one held; shown until its own list is folded. */
export interface Inheritance {
  readonly sessions: readonly Inherited[];
  /** When the list that they are from was asked for, as a monotonic time in ms. */
  readonly syncedAt: number | undefined;
}

export interface ConnectionContext {
  readonly sessions: SessionsRef;
  readonly token: Secret | undefined;
  readonly renewInMs: number | undefined;
  /** Whose the token is; undefined where nobody says. */
  readonly accountId: string | undefined;
  readonly userId: string | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Snapshots in a row that failed or left a doubt. */
  readonly syncAttempt: number;
  /** The pause after the last of them is over. */
  readonly syncDue: boolean;
  /** Lists since the last event, while live. */
  readonly reconciles: number;
  /** Something arrived that could not be taken since the current snapshot was asked for. */
  readonly doubted: boolean;
  /** This machine slept, and the open socket has not answered since. */
  readonly linkUnchecked: boolean;
  /** REST refused the token; the next one is asked for anew. */
  readonly tokenDoubted: boolean;
  /** The token was asked for anew; if REST refuses that one too, it is for good. */
  readonly tokenRenewed: boolean;
  /** When the last snapshot that was folded was asked for. */
  readonly pictureAt: number | undefined;
  readonly attention: { readonly focused: boolean; readonly visible: boolean };
  /** Nobody has been there for long. */
  readonly away: boolean;
  /** Reasons to try sooner that were followed and are not yet refilled. */
  readonly impulses: number;
  readonly impulseNoted: boolean;
  /** The server asked for the wait that is under way. */
  readonly linkHeld: boolean;
  /** Lists have arrived since the link was lost: the server is there. */
  readonly serverAnswers: boolean;
  /** Why no list may be asked for unbidden: the server asked for a wait, or the turn after a restart has not come. */
  readonly listsHeld: 'asked' | 'slot' | undefined;
  /** The server said that it restarts, and has not been seen whole since. */
  readonly serverRestarts: boolean;
  /** This client's share of everybody's time after a planned restart, in [0, 1). */
  readonly slot: number;
  /** Why there is no link. */
  readonly linkFailure: Failure | undefined;
  /** Why the last list did not arrive, or is in doubt. */
  readonly listFailure: Failure | undefined;
  /** Why only a person can help. */
  readonly failure: Failure | undefined;
}

/** Actors that the composition root provides; each answers with facts. */
const absent = <TInput>(name: string) =>
  fromCallback<AnyEventObject, TInput>(() => {
    throw new Error(`The connection machine was started without its actor "${name}".`);
  });

const { createMachine } = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
    input: {} as Inheritance | undefined,
  },
  actors: {
    sessions: sessionsLogic,
    /** Answers `token.*` or `server.refused`; `renew` asks for one that differs from the cached. */
    token: absent<{ renew: boolean }>('token'),
    /** Answers `user.*`, `token.refused` or `server.refused`. */
    identity: absent<{ token: Secret | undefined }>('identity'),
    /** One socket and one join: answers `channel.*`, a `check` too, and sends deltas straight to the sessions actor. */
    channel: absent<{ token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }>(
      'channel',
    ),
    /** Asks REST whether the token is good: answers `probe.*`. */
    probe: absent<{ token: Secret | undefined }>('probe'),
    /** Asks for a list and folds it: answers `snapshot.*`, `token.refused` or `server.refused`. */
    snapshot: absent<{ token: Secret | undefined; sessions: SessionsRef }>('snapshot'),
    /** Asks for what events leave out: answers `channel.doubted` or `token.refused`. The token may change meanwhile. */
    completion: absent<{ token: () => Secret | undefined; sessions: SessionsRef }>('completion'),
    /** Watches the clock, the network and the window: answers `clock.*`, `network.*`, `attention.*`. */
    surroundings: absent<undefined>('surroundings'),
  },
  delays: jitteredDelays(() => 0.5),
  guards: {
    tokenRenewed: ({ context }) => context.tokenRenewed,
    tokenAtHand: ({ context }) => context.token !== undefined,
    userKnown: ({ context }) => context.userId !== undefined,
    anotherAccount: ({ context, event }) =>
      event.type === 'token.granted' &&
      event.accountId !== undefined &&
      context.accountId !== undefined &&
      event.accountId !== context.accountId,
    doubted: ({ context }) => context.doubted || context.linkUnchecked,
    /** An account for it proves that it once was right: what answers now stands between. */
    serverWrong: ({ context, event }) =>
      context.pictureAt === undefined &&
      !(
        event.type === 'server.refused' &&
        event.failure.kind === 'notCodeMySpec' &&
        context.token !== undefined
      ),
    serverRestarts: ({ event }) => event.type === 'channel.lost' && event.failure.kind === 'restarting',
    topicRefused: ({ event }) => event.type === 'channel.lost' && event.failure.kind === 'joinRefused',
    unstable: ({ context }) => context.attempt > ATTEMPTS_BEFORE_POLLING,
    linkFree: ({ context }) => !context.linkHeld,
    /** After a planned restart attempts have times of their own; a channel that crashes at once is asked now and then. */
    linkMayFollowList: ({ context }) =>
      !context.linkHeld && !context.serverRestarts && context.impulses === 0,
    /** Somebody looks, and the server is there: only the link is missing. */
    watchedInVain: ({ context }) =>
      !context.linkHeld &&
      !context.serverRestarts &&
      context.serverAnswers &&
      context.attention.focused &&
      context.attention.visible,
    listsFree: ({ context }) => context.listsHeld === undefined,
    listsWait: ({ context }) => context.listsHeld !== undefined || context.serverRestarts,
    listFailed: ({ context }) => context.listFailure !== undefined,
    lackedToken: ({ context }) => context.listFailure?.kind === 'tokenPending',
    readyToSync: ({ context }) =>
      context.syncDue &&
      context.listsHeld === undefined &&
      context.token !== undefined &&
      !context.linkUnchecked,
    nobodyThere: ({ context }) => context.away,
    somebodyThere: ({ context, event }) =>
      event.type === 'attention.changed' && (event.focused || isReturn(context, event)),
    impulseLeft: ({ context }) => context.impulses < IMPULSES_AT_ONCE,
    impulseNoted: ({ context }) => context.impulseNoted,
    cameBack: ({ context, event }) => context.impulses < IMPULSES_AT_ONCE && isReturn(context, event),
    cameBackToOldPicture: ({ context, event }) =>
      event.type === 'attention.changed' &&
      event.focused &&
      !context.attention.focused &&
      context.listsHeld === undefined &&
      event.at - (context.pictureAt ?? 0) > OLD_PICTURE_MS,
  },
  actions: {
    keepToken: assign(({ context, event }) =>
      event.type === 'token.granted'
        ? {
            token: event.token,
            renewInMs: event.renewInMs,
            accountId: event.accountId ?? context.accountId,
            tokenRenewed: context.tokenDoubted,
          }
        : {},
    ),
    keepUser: assign(({ event }) => (event.type === 'user.identified' ? { userId: event.userId } : {})),
    forgetUser: assign({ userId: undefined }),
    keepFailure: assign(({ event }) => ({ failure: 'failure' in event ? event.failure : undefined })),
    keepLinkFailure: assign(({ event }) => ('failure' in event ? { linkFailure: event.failure } : {})),
    keepListFailure: assign(({ event }) => ('failure' in event ? { listFailure: event.failure } : {})),
    blameLink: assign((_, linkFailure: Failure) => ({ linkFailure })),
    blameList: assign((_, listFailure: Failure) => ({ listFailure, serverAnswers: false })),
    beginOutage: assign({ serverAnswers: false }),
    keepPicture: assign(({ context, event }) =>
      event.type === 'snapshot.folded'
        ? {
            pictureAt: event.at,
            tokenDoubted: false,
            tokenRenewed: false,
            listFailure: context.doubted ? context.listFailure : undefined,
            serverAnswers: true,
          }
        : {},
    ),
    countAttempt: assign(({ context }) => ({
      attempt: context.attempt + 1,
      tokenRenewed: false,
      linkHeld: (context.linkFailure?.retryAfterMs ?? 0) > 0,
    })),
    endAskedWait: assign({ linkHeld: false }),
    forgetAttempts: assign({ attempt: 0 }),
    countSync: assign(({ context }) => ({ syncAttempt: context.syncAttempt + 1 })),
    forgetSyncs: assign({ syncAttempt: 0 }),
    beginPause: assign({ syncDue: false }),
    endPause: assign({ syncDue: true }),
    countReconcile: assign(({ context }) => ({ reconciles: context.reconciles + 1 })),
    forgetReconciles: assign({ reconciles: 0 }),
    doubt: assign({ doubted: true }),
    beginPicture: assign({ doubted: false }),
    doubtToken: assign({ tokenDoubted: true, token: undefined }),
    trustToken: assign({ tokenDoubted: false, tokenRenewed: false }),
    retryRenewal: assign({ renewInMs: RENEWAL_RETRY_MS }),
    becomeJoined: assign({ linkFailure: undefined, linkUnchecked: false }),
    doubtLink: assign({ linkUnchecked: true }),
    trustLink: enqueueActions(({ enqueue }) => {
      enqueue.cancel('check');
      enqueue.assign({ linkUnchecked: false });
    }),
    checkLink: enqueueActions(({ enqueue }) => {
      enqueue.cancel('check');
      enqueue.sendTo('channel', { type: 'check' } satisfies ChannelCheck);
      enqueue.raise({ type: 'check.expired' }, { id: 'check', delay: 'checkLimit' });
    }),
    becomeLive: assign({
      linkFailure: undefined,
      listFailure: undefined,
      serverRestarts: false,
      reconciles: 0,
    }),
    /** Given in, with its own dice. */
    drawSlot: assign({ slot: 0.5 }),
    expectRestart: assign({ serverRestarts: true }),
    holdListsAsAsked: enqueueActions(({ context, enqueue }) => {
      if ((context.listFailure?.retryAfterMs ?? 0) <= 0) return;
      enqueue.cancel('lists');
      enqueue.assign({ listsHeld: 'asked' });
      enqueue.raise({ type: 'lists.free' }, { id: 'lists', delay: 'askedListWait' });
    }),
    /** The turn of this client; a wait that the server asked for is longer than any turn. */
    holdListsForTurn: enqueueActions(({ context, enqueue }) => {
      if (!context.serverRestarts || context.listsHeld) return;
      enqueue.assign({ listsHeld: 'slot' });
      enqueue.raise({ type: 'lists.free' }, { id: 'lists', delay: 'listSlot' });
    }),
    /** Polls come after the lists of those who joined at once. */
    holdPollsForTurn: enqueueActions(({ context, enqueue }) => {
      if (!context.serverRestarts || context.listsHeld) return;
      enqueue.assign({ listsHeld: 'slot' });
      enqueue.raise({ type: 'lists.free' }, { id: 'lists', delay: 'pollSlot' });
    }),
    freeLists: assign({ listsHeld: undefined }),
    attend: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'attention.changed') return;
      const { focused, visible } = event;
      enqueue.assign({ attention: { focused, visible } });
      const returned = isReturn(context, event);
      if (focused || returned) enqueue.assign({ away: false });
      if (focused || returned || context.attention.focused) enqueue.cancel('absence');
      if (!focused && (returned || context.attention.focused)) {
        enqueue.raise({ type: 'attention.lapsed' }, { id: 'absence', delay: 'absence' });
      }
    }),
    noteAbsence: assign({ away: true }),
    spendImpulse: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ impulses: context.impulses + 1 });
      enqueue.raise({ type: 'impulse.refilled' }, { delay: 'impulseRefill' });
    }),
    followImpulse: enqueueActions(({ enqueue }) => {
      enqueue.assign({ impulseNoted: false });
      enqueue.raise({ type: 'impulse' });
    }),
    noteImpulse: assign({ impulseNoted: true }),
    refillImpulse: assign(({ context }) => ({ impulses: context.impulses - 1 })),
    startAfresh: enqueueActions(({ enqueue }) => {
      enqueue.cancel('lists');
      enqueue.assign({
        attempt: 0,
        syncAttempt: 0,
        tokenDoubted: false,
        tokenRenewed: false,
        linkFailure: undefined,
        listFailure: undefined,
        failure: undefined,
        listsHeld: undefined,
        serverRestarts: false,
      });
    }),
    forgetAccount: assign({
      token: undefined,
      accountId: undefined,
      userId: undefined,
      pictureAt: undefined,
    }),
    tellJoined: sendTo(({ context }) => context.sessions, { type: 'channel.joined' }),
    tellLeft: sendTo(({ context }) => context.sessions, { type: 'channel.left' }),
    forgetSessions: sendTo(({ context }) => context.sessions, { type: 'sessions.forgotten' }),
  },
});

const FORGET = ['startAfresh', 'forgetAccount', 'forgetSessions'] as const;

export const connectionMachine = createMachine({
  id: 'connection',
  description: 'How live the picture of the sessions is. The rules C1… are in README.md.',
  context: ({ spawn, input }) => ({
    sessions: spawn('sessions', { id: 'sessions', input: input?.sessions }),
    token: undefined,
    renewInMs: undefined,
    accountId: undefined,
    userId: undefined,
    attempt: 0,
    syncAttempt: 0,
    syncDue: false,
    reconciles: 0,
    doubted: false,
    linkUnchecked: false,
    tokenDoubted: false,
    tokenRenewed: false,
    pictureAt: input?.syncedAt,
    attention: { focused: true, visible: true },
    away: false,
    impulses: 0,
    impulseNoted: false,
    linkHeld: false,
    serverAnswers: false,
    listsHeld: undefined,
    serverRestarts: false,
    slot: 0,
    linkFailure: undefined,
    listFailure: undefined,
    failure: undefined,
  }),
  initial: 'disconnected',
  on: {
    disconnect: { target: '.disconnected', actions: 'startAfresh' },
    signOut: { target: '.signedOut', actions: FORGET },
    signIn: { target: '.active', actions: FORGET },
    serverChanged: { target: '.active', actions: FORGET },
    'attention.changed': { actions: 'attend' },
    'impulse.refilled': { actions: 'refillImpulse' },
  },
  states: {
    disconnected: {
      description: 'Nobody asked for a connection, or a person ended it.',
      on: { connect: 'active', reconnect: 'active', serverChanged: { actions: FORGET } },
    },
    signedOut: {
      description: 'No account, or it was refused for good; a person can sign in.',
      on: { connect: 'active', reconnect: 'active' },
    },
    refused: {
      description:
        'Only a person can help: the address, the server or its version is wrong. Looked at again now and then.',
      invoke: { src: 'surroundings' },
      on: { connect: 'active', reconnect: 'active', refresh: 'active', 'network.changed': 'active' },
      after: { recheck: 'active' },
    },
    active: {
      description: 'Signed in as far as known, and a live picture is wanted.',
      type: 'parallel',
      invoke: { src: 'surroundings' },
      exit: [cancel('lists'), cancel('absence')],
      on: {
        'token.missing': { target: 'signedOut', actions: [...FORGET, 'keepFailure'] },
        'server.refused': [
          { guard: 'serverWrong', target: 'refused', actions: 'keepFailure' },
          { actions: raise(({ event }) => ({ type: 'snapshot.failed', failure: event.failure })) },
        ],
        'lists.free': { actions: 'freeLists' },
        'attention.lapsed': { actions: 'noteAbsence' },
        'attention.changed': [
          { guard: 'cameBack', actions: ['attend', 'spendImpulse', 'followImpulse'] },
          { actions: 'attend' },
        ],
        'network.changed': [
          { guard: 'impulseLeft', actions: ['spendImpulse', 'followImpulse'] },
          { actions: 'noteImpulse' },
        ],
        'impulse.refilled': [
          { guard: 'impulseNoted', actions: ['refillImpulse', 'spendImpulse', 'followImpulse'] },
          { actions: 'refillImpulse' },
        ],
      },
      states: {
        link: {
          description: 'The way to the channel: one attempt after another, each with a token of its own.',
          initial: 'authorizing',
          on: {
            reconnect: { target: '.authorizing', actions: 'startAfresh' },
            'clock.jumped': { target: '.authorizing', actions: 'keepLinkFailure' },
            'token.refused': { guard: 'tokenAtHand', target: '.judging', actions: 'keepLinkFailure' },
          },
          states: {
            authorizing: {
              description: 'Fetching a token for this attempt.',
              invoke: { src: 'token', input: ({ context }) => ({ renew: context.tokenDoubted }) },
              on: {
                'token.granted': [
                  {
                    guard: 'anotherAccount',
                    target: '#connection.active',
                    actions: FORGET,
                  },
                  { guard: 'userKnown', target: 'open', actions: 'keepToken' },
                  { target: 'identifying', actions: 'keepToken' },
                ],
                'token.unreachable': { target: 'waiting', actions: 'keepLinkFailure' },
                'token.refused': {},
              },
              after: { tokenTimeout: { target: 'waiting', actions: linkTimedOut('the sign-in service') } },
            },
            identifying: {
              description: 'Finding out the user id, which the topic needs.',
              invoke: { src: 'identity', input: ({ context }) => ({ token: context.token }) },
              on: {
                'user.identified': { target: 'open', actions: 'keepUser' },
                'user.unknown': { target: 'waiting', actions: 'keepLinkFailure' },
              },
              after: {
                identityTimeout: { target: 'waiting', actions: linkTimedOut('the question who signed in') },
              },
            },
            open: {
              description: 'One socket exists exactly while this state is active.',
              invoke: {
                id: 'channel',
                src: 'channel',
                input: ({ context }) => ({
                  token: context.token,
                  userId: context.userId,
                  sessions: context.sessions,
                }),
              },
              initial: 'joining',
              on: {
                'channel.lost': [
                  {
                    guard: 'serverRestarts',
                    target: 'waiting',
                    actions: ['keepLinkFailure', 'expectRestart', 'drawSlot', 'holdListsForTurn'],
                  },
                  {
                    guard: 'topicRefused',
                    target: 'waiting',
                    actions: ['keepLinkFailure', 'forgetUser', 'drawSlot'],
                  },
                  { target: 'waiting', actions: ['keepLinkFailure', 'drawSlot'] },
                ],
                'channel.refused': { target: 'judging', actions: 'keepLinkFailure' },
              },
              states: {
                joining: {
                  description: 'Opening the socket and joining the topic.',
                  on: { 'channel.joined': 'joined' },
                  after: {
                    joinTimeout: {
                      target: '#connection.active.link.waiting',
                      actions: linkTimedOut('the join'),
                    },
                  },
                },
                joined: {
                  description: 'The server answered this socket’s own join; deltas arrive.',
                  entry: ['becomeJoined', 'tellJoined', raise({ type: 'link.up' })],
                  exit: ['beginOutage', 'tellLeft', cancel('check'), raise({ type: 'link.down' })],
                  initial: 'serving',
                  on: {
                    'clock.jumped': { actions: ['doubtLink', 'checkLink'] },
                    'clock.stalled': { actions: 'checkLink' },
                    'channel.alive': { actions: 'trustLink' },
                    'check.expired': {
                      target: '#connection.active.link.authorizing',
                      actions: linkTimedOut('the answer of the open link'),
                    },
                    'token.refused': [
                      {
                        guard: 'tokenRenewed',
                        target: '#connection.active.link.judging',
                        actions: 'keepLinkFailure',
                      },
                      { target: '.renewing', actions: 'doubtToken' },
                    ],
                  },
                  after: { stable: { actions: 'forgetAttempts' } },
                  states: {
                    serving: {
                      description: 'The token is good for requests, and for the next attempt.',
                      after: { renewal: 'renewing' },
                    },
                    renewing: {
                      description:
                        'The next token is fetched, ahead of the end of this one; the socket stays.',
                      invoke: { src: 'token', input: ({ context }) => ({ renew: context.tokenDoubted }) },
                      on: {
                        'token.granted': [
                          { guard: 'anotherAccount', target: '#connection.active', actions: FORGET },
                          { target: 'serving', actions: 'keepToken' },
                        ],
                        'token.unreachable': { target: 'serving', actions: 'retryRenewal' },
                        'token.refused': {},
                      },
                      after: { tokenTimeout: { target: 'serving', actions: 'retryRenewal' } },
                    },
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
                    actions: [...FORGET, 'keepFailure'],
                  },
                  { target: 'authorizing', actions: ['keepLinkFailure', 'doubtToken'] },
                ],
                'probe.unreachable': { target: 'waiting', actions: 'keepLinkFailure' },
                'token.refused': {},
              },
              after: { probeTimeout: 'waiting' },
            },
            waiting: {
              description: 'Between two attempts.',
              entry: 'countAttempt',
              on: {
                impulse: { guard: 'linkFree', target: 'authorizing' },
                'snapshot.folded': {
                  guard: 'linkMayFollowList',
                  target: 'authorizing',
                  actions: 'spendImpulse',
                },
                'clock.jumped': [
                  { guard: 'linkFree', target: 'authorizing', actions: 'keepLinkFailure' },
                  {},
                ],
              },
              after: {
                backoff: 'authorizing',
                watchedBackoff: { guard: 'watchedInVain', target: 'authorizing' },
                askedWait: { actions: 'endAskedWait' },
              },
            },
          },
        },
        screen: {
          description: 'What may be promised of the picture.',
          initial: 'authenticating',
          on: {
            'link.up': [
              { guard: 'listsWait', target: '.connected.resting', actions: 'holdListsForTurn' },
              '.connected',
            ],
          },
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
                'snapshot.failed': { actions: ['keepListFailure', 'holdListsAsAsked'] },
                'token.refused': { actions: 'keepListFailure' },
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
                      {
                        guard: 'doubted',
                        target: 'resting',
                        actions: ['keepPicture', 'countSync'],
                      },
                      { target: 'live', actions: 'keepPicture' },
                    ],
                    'snapshot.failed': {
                      target: 'resting',
                      actions: ['keepListFailure', 'holdListsAsAsked', 'countSync'],
                    },
                    'token.refused': { target: 'resting', actions: ['keepListFailure', 'countSync'] },
                    'channel.doubted': { actions: ['keepListFailure', 'doubt'] },
                    'clock.jumped': { target: 'syncing', reenter: true },
                  },
                  after: {
                    snapshotTimeout: { target: 'resting', actions: [listTimedOut(), 'countSync'] },
                  },
                },
                resting: {
                  description:
                    'The list failed or left a doubt, or its turn has not come; it is asked for after a pause.',
                  entry: 'beginPause',
                  always: { guard: 'readyToSync', target: 'syncing' },
                  on: {
                    refresh: 'syncing',
                    impulse: { guard: 'listsFree', target: 'syncing' },
                    'clock.jumped': { guard: 'listsFree', target: 'syncing' },
                  },
                  after: { syncBackoff: { actions: 'endPause' } },
                },
                live: {
                  description: 'What is shown equals what the server holds.',
                  entry: 'becomeLive',
                  initial: 'settled',
                  invoke: {
                    src: 'completion',
                    input: ({ context, self }) => ({
                      token: () => (self.getSnapshot() as { context: ConnectionContext }).context.token,
                      sessions: context.sessions,
                    }),
                  },
                  on: {
                    refresh: 'syncing',
                    'clock.jumped': 'syncing',
                    'channel.doubted': { target: 'resting', actions: ['keepListFailure', 'countSync'] },
                    'attention.changed': {
                      guard: 'cameBackToOldPicture',
                      target: '.reconciling',
                      actions: 'attend',
                    },
                  },
                  after: { stable: { actions: 'forgetSyncs' } },
                  states: {
                    settled: {
                      description: 'No list is needed, unless an event was lost in silence.',
                      initial: 'quiet',
                      after: { reconcileLatest: { guard: 'listsFree', target: 'reconciling' } },
                      states: {
                        quiet: {
                          description: 'Nothing has arrived for a while.',
                          on: {
                            'channel.active': {
                              target: 'quiet',
                              reenter: true,
                              actions: 'forgetReconciles',
                            },
                          },
                          after: { reconcile: '#connection.active.screen.connected.live.reconciling' },
                        },
                      },
                    },
                    reconciling: {
                      description:
                        'A list is fetched to make sure; nobody sees it unless something was wrong.',
                      entry: 'beginPicture',
                      invoke: { src: 'snapshot', input: snapshotInput },
                      on: {
                        'snapshot.folded': [
                          {
                            guard: 'doubted',
                            target: '#connection.active.screen.connected.resting',
                            actions: ['keepPicture', 'countSync'],
                          },
                          { target: 'settled', actions: ['keepPicture', 'countReconcile'] },
                        ],
                        'snapshot.failed': [
                          {
                            guard: 'listFailed',
                            target: '#connection.active.screen.connected.resting',
                            actions: ['keepListFailure', 'holdListsAsAsked', 'countSync'],
                          },
                          { target: 'settled', actions: ['keepListFailure', 'holdListsAsAsked'] },
                        ],
                        'token.refused': { target: 'settled', actions: 'keepListFailure' },
                        'attention.changed': { actions: 'attend' },
                      },
                      after: {
                        snapshotTimeout: {
                          target: '#connection.active.screen.connected.resting',
                          actions: [listTimedOut(), 'countSync'],
                        },
                      },
                    },
                  },
                },
              },
            },
            reconnecting: {
              description:
                'The link is lost and being made again; the last picture stays, marked as not live.',
              always: { guard: 'unstable', target: 'polling' },
              on: { refresh: 'polling.refreshing' },
              after: { grace: 'polling' },
            },
            polling: {
              description: 'The channel stays away: lists are fetched over HTTP while attempts go on.',
              entry: 'holdPollsForTurn',
              initial: 'waiting',
              on: {
                refresh: '.refreshing',
                'clock.jumped': { guard: 'listsFree', target: '.refreshing' },
              },
              states: {
                waiting: {
                  description:
                    'The next list has its time: the server asked for a wait, or the turn after a restart comes.',
                  always: { guard: 'listsFree', target: 'refreshing' },
                  on: {
                    'lists.free': { target: 'refreshing', actions: 'freeLists' },
                    reconnect: 'refreshing',
                  },
                },
                refreshing: {
                  description: 'A list is on its way.',
                  invoke: { src: 'snapshot', input: snapshotInput },
                  on: {
                    'snapshot.folded': { target: 'fresh', actions: 'keepPicture' },
                    'snapshot.failed': {
                      target: 'offline',
                      actions: ['keepListFailure', 'holdListsAsAsked'],
                    },
                    'token.refused': { target: 'offline', actions: 'keepListFailure' },
                    refresh: {},
                  },
                  after: { snapshotTimeout: { target: 'offline', actions: listTimedOut() } },
                },
                fresh: {
                  description: 'The last list arrived; the picture is at most one interval old.',
                  always: { guard: 'nobodyThere', target: 'paused' },
                  on: {
                    impulse: { guard: 'listsFree', target: 'refreshing' },
                    'attention.lapsed': { target: 'paused', actions: 'noteAbsence' },
                  },
                  after: { pollInterval: 'refreshing' },
                },
                offline: {
                  description: 'The last list did not arrive either.',
                  on: {
                    impulse: { guard: 'listsFree', target: 'refreshing' },
                    'token.granted': { guard: 'lackedToken', target: 'refreshing' },
                  },
                  after: { offlineRetry: 'refreshing' },
                },
                paused: {
                  description: 'Nobody has been there for long, nothing is fetched.',
                  on: {
                    'attention.changed': { guard: 'somebodyThere', target: 'waiting', actions: 'attend' },
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

/** Somebody turned to the window, or to the view. */
function isReturn({ attention }: ConnectionContext, event: ConnectionEvent): boolean {
  return (
    event.type === 'attention.changed' &&
    ((event.focused && !attention.focused) || (event.visible && !attention.visible))
  );
}

function snapshotInput({ context }: { context: ConnectionContext }) {
  return { token: context.token, sessions: context.sessions };
}

function timeout(what: string): Failure {
  return { kind: 'timeout', detail: `${what} took too long` };
}

function linkTimedOut(what: string) {
  return { type: 'blameLink' as const, params: timeout(what) };
}

function listTimedOut() {
  return { type: 'blameList' as const, params: timeout('the list') };
}

export type ConnectionMachine = typeof connectionMachine;
export type ConnectionRef = ActorRefFrom<ConnectionMachine>;
export type ConnectionSnapshot = SnapshotFrom<ConnectionMachine>;
