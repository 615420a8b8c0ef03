import type { Failure } from '../src/model/failure';
import type { ConnectionSnapshot } from './connectionMachine';
import { connectionOf, type SupervisorSnapshot } from './supervisor';

/**
 * The state as people know it, dotted, of two parts at most: `disconnected`, `signedOut`, `refused`, or what the screen
 * region promises, such as `connected.live`. What goes on inside of these is nobody's concern.
 */
export function stateName(snapshot: ConnectionSnapshot): string {
  return inTwoParts(fullStateName(snapshot));
}

/** The same with all its parts, such as `connected.live.reconciling`. */
export function fullStateName({ value }: ConnectionSnapshot): string {
  return typeof value === 'string' ? value : dotted(value.active.screen);
}

/** The state of the whole: `restarting` and `stopped` while a bug of our own has left no connection. */
export function wholeStateName(snapshot: SupervisorSnapshot): string {
  if (snapshot.value === 'stopped') return 'stopped';
  const connection = snapshot.value === 'running' ? connectionOf(snapshot)?.getSnapshot() : undefined;
  // One that has just failed is followed by the next state at once.
  return connection?.status === 'active' ? stateName(connection) : 'restarting';
}

/** Where the link is, such as `open.joining`; undefined while none is wanted. */
export function linkName(snapshot: ConnectionSnapshot): string | undefined {
  const full = fullLinkName(snapshot);
  return full && inTwoParts(full);
}

/** The same with all its parts, such as `open.joined.renewing`. */
export function fullLinkName({ value }: ConnectionSnapshot): string | undefined {
  return typeof value === 'string' ? undefined : dotted(value.active.link);
}

export interface Failures {
  /** What explains the state best. */
  readonly failure: Failure | undefined;
  readonly linkFailure: Failure | undefined;
  readonly listFailure: Failure | undefined;
}

/** Why the picture is not live; a live one has no failures, whatever goes on behind it. */
export function failuresOf(snapshot: ConnectionSnapshot): Failures {
  const { failure, linkFailure, listFailure } = snapshot.context;
  const state = stateName(snapshot);
  if (state === 'connected.live') return NO_FAILURES;
  if (typeof snapshot.value === 'string') return { ...NO_FAILURES, failure };
  const lists = state.startsWith('connected') || state === 'polling.offline';
  return {
    failure: lists ? (listFailure ?? linkFailure) : (linkFailure ?? listFailure),
    linkFailure,
    listFailure,
  };
}

const NO_FAILURES: Failures = { failure: undefined, linkFailure: undefined, listFailure: undefined };

type StateValue = string | { [key: string]: StateValue | undefined };

function dotted(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner === undefined ? key : `${key}.${dotted(inner)}`))
    .join('|');
}

function inTwoParts(name: string): string {
  return name.split('.', 2).join('.');
}
