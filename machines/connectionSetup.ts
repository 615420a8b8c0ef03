import { assign, enqueueActions, fromCallback, sendTo, setup, type AnyEventObject } from 'xstate';
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

/** What the connection machine is made of, by name: what each does is one line where it can be. */
export const connectionSetup = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
    input: {} as Inheritance | undefined,
  },
  actors: {
    sessions: sessionsLogic,
    /** Answers `token.*` or `server.refused`; `renew` asks for one that differs from the cached. */
    fetchToken: absent<{ renew: boolean }>('fetchToken'),
    /** Answers `user.*`, `token.refused` or `server.refused`. */
    identifyUser: absent<{ token: Secret | undefined }>('identifyUser'),
    /** One socket and one join: answers `channel.*`, a `check` too, and sends deltas straight to the sessions actor. */
    openChannel: absent<{ token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }>(
      'openChannel',
    ),
    /** Asks REST whether the token is good: answers `probe.*`. */
    verifyToken: absent<{ token: Secret | undefined }>('verifyToken'),
    /** Asks for a list and folds it: answers `snapshot.*`, `token.refused` or `server.refused`. */
    syncSessions: absent<{ token: Secret | undefined; sessions: SessionsRef }>('syncSessions'),
    /** Asks for what events leave out: answers `channel.doubted` or `token.refused`. The token may change meanwhile. */
    completeSessions: absent<{ token: () => Secret | undefined; sessions: SessionsRef }>('completeSessions'),
    /** Watches the clock, the network and the window: answers `clock.*`, `network.*`, `attention.*`. */
    watchHost: absent<undefined>('watchHost'),
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

/** Somebody turned to the window, or to the view. */
function isReturn({ attention }: ConnectionContext, event: ConnectionEvent): boolean {
  return (
    event.type === 'attention.changed' &&
    ((event.focused && !attention.focused) || (event.visible && !attention.visible))
  );
}
