import type { WindowActivity } from '../src/model/windowActivity';
import type { Failure } from '../src/model/failure';
import type { Granted } from '../src/model/tokenSource';

/** Actions and guards together with what of the event they take: none of them asks which event it was. */

const failureOf = ({ event }: { event: { failure: Failure } }) => event.failure;
const activityOf = ({ event }: { event: WindowActivity & { at: number } }) => event;

export const clearAll = ['reset', 'clearAccount', 'clearSessions'] as const;

export const setToken = {
  type: 'setToken',
  params: ({ event }: { event: Granted & { userId?: string } }) => event,
} as const;
export const setUser = {
  type: 'setUser',
  params: ({ event }: { event: { userId: string } }) => event.userId,
} as const;
export const setMisfit = { type: 'setMisfit', params: failureOf } as const;
export const setSynced = {
  type: 'setSynced',
  params: ({ event }: { event: { at: number } }) => event.at,
} as const;
export const setFailure = {
  type: 'setFailure',
  params: ({ event }: { event: { failure?: Failure } }) => event.failure,
} as const;
export const setLinkFailure = { type: 'setLinkFailure', params: failureOf } as const;
export const setListFailure = { type: 'setListFailure', params: failureOf } as const;
export const setWindowActivity = { type: 'setWindowActivity', params: activityOf } as const;
export const holdLists = { type: 'holdListsForSlot', params: 'listSlot' } as const;
export const holdPolls = { type: 'holdListsForSlot', params: 'pollSlot' } as const;

export const isAnotherAccount = {
  type: 'isAnotherAccount',
  params: ({ event }: { event: Granted }) => event.accountId,
} as const;
export const isInvalidServer = { type: 'isInvalidServer', params: failureOf } as const;
export const isPlannedRestart = { type: 'isPlannedRestart', params: failureOf } as const;
export const isTopicRefused = { type: 'isTopicRefused', params: failureOf } as const;
export const isListCrash = { type: 'isListCrash', params: failureOf } as const;
export const fitsNoServer = { type: 'fitsNoServer', params: failureOf } as const;
export const userPresent = { type: 'userPresent', params: activityOf } as const;
export const userReturned = { type: 'userReturned', params: activityOf } as const;
export const returnedToOldList = { type: 'returnedToOldList', params: activityOf } as const;

const timeout = (what: string): Failure => ({ kind: 'timeout', detail: `${what} took too long` });
export const linkTimedOut = (what: string) => ({ type: 'setLinkFailure', params: timeout(what) }) as const;
export const listTimedOut = { type: 'setListFailure', params: timeout('the list') } as const;
