import { assign, enqueueActions, fromCallback, sendTo, setup, type AnyEventObject } from 'xstate';
import type { WindowActivity } from '../src/model/windowActivity';
import type { Failure } from '../src/model/failure';
import type { Secret } from '../src/model/secret';
import type { Granted } from '../src/model/tokenSource';
import type { ChannelCheck, ConnectionEvent } from './connectionEvents';
import {
  ATTEMPTS_BEFORE_POLLING,
  TRIGGERS_AT_ONCE,
  LIST_CRASHES_BEFORE_WAIT,
  jitteredDelays,
  OLD_LIST_MS,
  RENEWAL_RETRY_MS,
} from './delays';
import { sessionsLogic, type Inherited, type SessionsRef } from './sessions';

/** What a connection before this one held; shown until its own list is folded. */
export interface Inheritance {
  readonly sessions: readonly Inherited[];
  /** When the list that they are from was asked for, as a monotonic time in ms. */
  readonly syncedAt: number | undefined;
}

/**
 * What a state means to those who do not care which it is: `live`, what is shown is what the server holds; `stale`, it
 * may be out of date; `fetching`, a list or the way to one is under way; `needsUser`, nothing goes on by itself.
 */
export type ConnectionTag = 'live' | 'stale' | 'fetching' | 'needsUser';

export interface ConnectionContext {
  readonly sessions: SessionsRef;
  readonly token: Secret | undefined;
  readonly renewInMs: number | undefined;
  /** Whose the token is; undefined where nobody says. */
  readonly accountId: string | undefined;
  readonly userId: string | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Snapshots in a row that failed or left a resync due. */
  readonly syncAttempt: number;
  /** The pause after the last of them is over. */
  readonly syncDue: boolean;
  /** Lists since the last event, while live. */
  readonly reconciles: number;
  /** Something arrived that could not be taken since the current snapshot was asked for. */
  readonly needsResync: boolean;
  /** This machine slept, and the open socket has not answered since. */
  readonly linkUnchecked: boolean;
  /** REST refused the token; the next one is asked for anew. */
  readonly tokenRejected: boolean;
  /** The token was asked for anew; if REST refuses that one too, it is for good. */
  readonly tokenRenewed: boolean;
  /** When the last snapshot that was folded was asked for. */
  readonly syncedAt: number | undefined;
  readonly windowActivity: WindowActivity;
  /** Nobody has been there for long. */
  readonly away: boolean;
  /** Reasons to try sooner that were followed and are not yet refilled. */
  readonly triggers: number;
  readonly triggerNoted: boolean;
  /** The server asked for the wait that is under way. */
  readonly linkHeld: boolean;
  /** Lists have arrived since the link was lost: the server is there. */
  readonly serverAnswers: boolean;
  /** Why no list may be asked for unbidden: the server asked for a wait, or the turn after a restart has not come. */
  readonly listsHeld: 'asked' | 'slot' | undefined;
  /** The last link that was joined got as far as live. */
  readonly wasLive: boolean;
  /** A user asked for the list that comes next. */
  readonly refreshAsked: boolean;
  /** The server said that it restarts, and has not been seen whole since. */
  readonly serverRestarts: boolean;
  /** This client's share of everybody's time after a planned restart, in [0, 1). */
  readonly slot: number;
  /** Why there is no link. */
  readonly linkFailure: Failure | undefined;
  /** Why the last list did not arrive, or is out of sync. */
  readonly listFailure: Failure | undefined;
  /** Why only a user can help. */
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
    tags: {} as ConnectionTag,
  },
  actors: {
    sessions: sessionsLogic,
    /** Answers `token.*` or `server.refused`; `renew` asks for one that differs from the cached. */
    fetchToken: absent<{ renew: boolean }>('fetchToken'),
    /** Asks the server: answers `user.*`, `token.refused` or `server.refused`. */
    identifyUser: absent<{ token: Secret | undefined }>('identifyUser'),
    /** Looks for the user of a session: answers the same, but for `user.untold`. */
    findUser: absent<{ token: Secret | undefined }>('findUser'),
    /** One socket and one join: answers `channel.*`, a `check` too, and sends deltas straight to the sessions actor. */
    openChannel: absent<{ token: Secret | undefined; userId: string | undefined; sessions: SessionsRef }>(
      'openChannel',
    ),
    /** Asks REST whether the token is good: answers `verification.*`. */
    verifyToken: absent<{ token: Secret | undefined }>('verifyToken'),
    /** Asks for a list and folds it: answers `snapshot.*`, `token.refused` or `server.refused`. */
    syncSessions: absent<{ token: Secret | undefined; sessions: SessionsRef; maxAgeMs: number }>(
      'syncSessions',
    ),
    /** Asks for what events leave out: answers `channel.outOfSync` or `token.refused`. The token may change meanwhile. */
    completeSessions: absent<{ token: () => Secret | undefined; sessions: SessionsRef }>('completeSessions'),
    /** Watches the clock, the network and the window: answers `clock.*`, `network.*`, `windowActivity.*`. */
    watchHost: absent<undefined>('watchHost'),
  },
  delays: jitteredDelays(() => 0.5),
  guards: {
    tokenRenewed: ({ context }) => context.tokenRenewed,
    hasToken: ({ context }) => context.token !== undefined,
    isAnotherAccount: ({ context }, accountId: string | undefined) =>
      accountId !== undefined && context.accountId !== undefined && accountId !== context.accountId,
    needsResync: ({ context }) => context.needsResync || context.linkUnchecked,
    /** An account for it proves that it once was right: what answers now stands between. */
    isInvalidServer: ({ context }, { kind }: Failure) =>
      context.syncedAt === undefined && !(kind === 'notCodeMySpec' && context.token !== undefined),
    isPlannedRestart: (_, { kind }: Failure) => kind === 'restarting',
    isTopicRefused: (_, { kind }: Failure) => kind === 'joinRefused',
    isListCrash: (_, { kind }: Failure) => kind === 'listCrashed',
    /** What answers has neither lists nor a topic of ours, and was never any different. */
    fitsNoServer: ({ context }, { kind }: Failure) =>
      context.syncedAt === undefined && context.listFailure?.kind === 'noFallback' && MISFITS.has(kind),
    lacksFallback: ({ context }) => context.listFailure?.kind === 'noFallback',
    isUnstable: ({ context }) => context.attempt > ATTEMPTS_BEFORE_POLLING,
    linkMayRetry: ({ context }) => !context.linkHeld,
    /** After a planned restart attempts have times of their own; a channel that crashes at once is asked now and then. */
    linkMayFollowList: ({ context }) =>
      !context.linkHeld && !context.serverRestarts && context.triggers === 0,
    /** Somebody looks, and the server is there: only the link is missing. */
    onlyLinkMissing: ({ context }) =>
      !context.linkHeld &&
      !context.serverRestarts &&
      context.serverAnswers &&
      context.windowActivity.focused &&
      context.windowActivity.visible,
    listsFree: ({ context }) => context.listsHeld === undefined,
    listsWait: ({ context }) =>
      context.listsHeld !== undefined || context.serverRestarts || listsCrash(context),
    listFailed: ({ context }) => context.listFailure !== undefined,
    lackedToken: ({ context }) => context.listFailure?.kind === 'tokenPending',
    isReadyToSync: ({ context }) =>
      context.syncDue &&
      context.listsHeld === undefined &&
      context.token !== undefined &&
      !context.linkUnchecked,
    userAway: ({ context }) => context.away,
    userPresent: ({ context }, activity: WindowActivity) => activity.focused || isReturn(context, activity),
    triggerLeft: ({ context }) => context.triggers < TRIGGERS_AT_ONCE,
    triggerNoted: ({ context }) => context.triggerNoted,
    userReturned: ({ context }, activity: WindowActivity) =>
      context.triggers < TRIGGERS_AT_ONCE && isReturn(context, activity),
    returnedToOldList: ({ context }, { focused, at }: WindowActivity & { at: number }) =>
      focused &&
      !context.windowActivity.focused &&
      context.listsHeld === undefined &&
      at - (context.syncedAt ?? 0) > OLD_LIST_MS,
  },
  actions: {
    setToken: assign(({ context }, granted: Granted & { userId?: string }) => ({
      token: granted.token,
      renewInMs: granted.renewInMs,
      accountId: granted.accountId ?? context.accountId,
      userId: context.userId ?? granted.userId,
      tokenRenewed: context.tokenRejected,
    })),
    setUser: assign((_, userId: string) => ({ userId })),
    clearUser: assign({ userId: undefined }),
    setFailure: assign((_, failure: Failure | undefined) => ({ failure })),
    setLinkFailure: assign((_, linkFailure: Failure) => ({ linkFailure })),
    /** A server without lists over REST has answered, for all that. */
    setListFailure: assign((_, listFailure: Failure) => ({
      listFailure,
      serverAnswers: listFailure.kind === 'noFallback',
    })),
    setMisfit: assign((_, { kind, detail }: Failure) => ({
      failure: { kind: kind === 'noSocket' ? 'notCodeMySpec' : 'incompatible', detail } satisfies Failure,
    })),
    setRefreshAsked: assign({ refreshAsked: true }),
    /** A server that has given a list does not ask to wait for the next one any more. */
    setSynced: enqueueActions(({ context, enqueue }, syncedAt: number) => {
      if (context.listsHeld === 'asked') {
        enqueue.cancel('lists');
        enqueue.assign({ listsHeld: undefined });
      }
      enqueue.assign({
        syncedAt,
        tokenRejected: false,
        tokenRenewed: false,
        listFailure: context.needsResync ? context.listFailure : undefined,
        refreshAsked: false,
        serverAnswers: true,
      });
    }),
    countAttempt: assign(({ context }) => ({
      attempt: context.attempt + 1,
      tokenRenewed: false,
      linkHeld: (context.linkFailure?.retryAfterMs ?? 0) > 0,
    })),
    releaseLink: assign({ linkHeld: false }),
    resetAttempts: assign({ attempt: 0 }),
    countSyncAttempt: assign(({ context }) => ({ syncAttempt: context.syncAttempt + 1 })),
    resetSyncAttempts: assign({ syncAttempt: 0 }),
    clearSyncDue: assign({ syncDue: false }),
    setSyncDue: assign({ syncDue: true }),
    countReconcile: assign(({ context }) => ({ reconciles: context.reconciles + 1 })),
    resetReconciles: assign({ reconciles: 0 }),
    setNeedsResync: assign({ needsResync: true }),
    clearNeedsResync: assign({ needsResync: false }),
    rejectToken: assign({ tokenRejected: true, token: undefined }),
    clearTokenRejected: assign({ tokenRejected: false, tokenRenewed: false }),
    retryRenewal: assign({ renewInMs: RENEWAL_RETRY_MS }),
    /** A list that failed without a link is no news once there is one, but for a wait that it asked for. */
    setJoined: assign(({ context }) => ({
      linkFailure: undefined,
      linkUnchecked: false,
      wasLive: false,
      listFailure: context.listsHeld === 'asked' || listsCrash(context) ? context.listFailure : undefined,
    })),
    setUnjoined: assign({ serverAnswers: false }),
    setLinkUnchecked: assign({ linkUnchecked: true }),
    confirmLink: enqueueActions(({ enqueue }) => {
      enqueue.cancel('check');
      enqueue.assign({ linkUnchecked: false });
    }),
    checkLink: enqueueActions(({ enqueue }) => {
      enqueue.cancel('check');
      enqueue.sendTo('channel', { type: 'check' } satisfies ChannelCheck);
      enqueue.raise({ type: 'check.expired' }, { id: 'check', delay: 'checkLimit' });
    }),
    setLive: assign({
      wasLive: true,
      linkFailure: undefined,
      listFailure: undefined,
      serverRestarts: false,
      reconciles: 0,
    }),
    /** Given in, with its own dice. */
    drawSlot: assign({ slot: 0.5 }),
    setServerRestarts: assign({ serverRestarts: true }),
    holdListsAsAsked: enqueueActions(({ context, enqueue }) => {
      if ((context.listFailure?.retryAfterMs ?? 0) <= 0) return;
      enqueue.cancel('lists');
      enqueue.assign({ listsHeld: 'asked' });
      enqueue.raise({ type: 'lists.free' }, { id: 'lists', delay: 'askedListWait' });
    }),
    /** The turn of this client; a wait that the server asked for is longer than any turn. */
    holdListsForSlot: enqueueActions(({ context, enqueue }, delay: 'listSlot' | 'pollSlot') => {
      if (!context.serverRestarts || context.listsHeld) return;
      enqueue.assign({ listsHeld: 'slot' });
      enqueue.raise({ type: 'lists.free' }, { id: 'lists', delay });
    }),
    releaseLists: assign({ listsHeld: undefined }),
    setWindowActivity: enqueueActions(({ context, enqueue }, { focused, visible }: WindowActivity) => {
      enqueue.assign({ windowActivity: { focused, visible } });
      const returned = isReturn(context, { focused, visible });
      if (focused || returned) enqueue.assign({ away: false });
      if (focused || returned || context.windowActivity.focused) enqueue.cancel('absence');
      if (!focused && (returned || context.windowActivity.focused)) {
        enqueue.raise({ type: 'windowActivity.lapsed' }, { id: 'absence', delay: 'absence' });
      }
    }),
    setAway: assign({ away: true }),
    spendTrigger: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ triggers: context.triggers + 1 });
      enqueue.raise({ type: 'trigger.refilled' }, { delay: 'triggerRefill' });
    }),
    followTrigger: enqueueActions(({ enqueue }) => {
      enqueue.assign({ triggerNoted: false });
      enqueue.raise({ type: 'trigger' });
    }),
    noteTrigger: assign({ triggerNoted: true }),
    refillTrigger: assign(({ context }) => ({ triggers: context.triggers - 1 })),
    reset: enqueueActions(({ enqueue }) => {
      enqueue.cancel('lists');
      enqueue.assign({
        attempt: 0,
        syncAttempt: 0,
        tokenRejected: false,
        tokenRenewed: false,
        linkFailure: undefined,
        listFailure: undefined,
        failure: undefined,
        listsHeld: undefined,
        refreshAsked: false,
        serverRestarts: false,
      });
    }),
    clearAccount: assign({
      token: undefined,
      accountId: undefined,
      userId: undefined,
      syncedAt: undefined,
    }),
    notifyJoined: sendTo(({ context }) => context.sessions, { type: 'channel.joined' }),
    notifyLeft: sendTo(({ context }) => context.sessions, { type: 'channel.left' }),
    clearSessions: sendTo(({ context }) => context.sessions, { type: 'sessions.cleared' }),
  },
});

/** Ends of an attempt that leave a server without lists nothing to be of use for. */
const MISFITS: ReadonlySet<Failure['kind']> = new Set(['noSocket', 'joinRefused', 'noFallback']);

/** The list itself crashes the channel: it is asked for only now and then. */
function listsCrash({ listFailure, syncAttempt }: ConnectionContext): boolean {
  return listFailure?.kind === 'listCrashed' && syncAttempt >= LIST_CRASHES_BEFORE_WAIT;
}

/** Somebody turned to the window, or to the view. */
function isReturn({ windowActivity }: ConnectionContext, { focused, visible }: WindowActivity): boolean {
  return (focused && !windowActivity.focused) || (visible && !windowActivity.visible);
}
