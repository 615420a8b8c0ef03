import type { Failure } from '../src/model/failure';
import type { ConnectionSnapshot, ConnectionTag } from './connectionMachine';
import { connectionOf, supervisor, type SupervisorSnapshot } from './supervisor';

type ActiveValue = Extract<ConnectionSnapshot['value'], object>['active'];

/** The state as users know it: names of two parts at most, such as `connected.live`. */
export type ConnectionState =
  Extract<ConnectionSnapshot['value'], string> | InTwoParts<ActiveValue['sync']> | 'restarting' | 'stopped';

/** Where the link is, such as `open.joining`. */
export type LinkState = InTwoParts<ActiveValue['link']>;

type InTwoParts<Value> = Value extends string
  ? Value
  : { [Outer in keyof Value & string]: `${Outer}.${FirstPart<Value[Outer]>}` }[keyof Value & string];
type FirstPart<Value> = Value extends string ? Value : keyof Value & string;

/** A try under way does not take back that the last list failed. */
const UNTIL_A_LIST_ARRIVES: Partial<Record<ConnectionState, ConnectionState>> = {
  'connected.syncing': 'connected.retryWait',
  'polling.refreshing': 'polling.offline',
};

/** The state as users know it; what goes on inside of it is nobody's concern. */
export function stateName(snapshot: ConnectionSnapshot): ConnectionState {
  const name = inTwoParts(fullStateName(snapshot)) as ConnectionState;
  return (snapshot.context.listFailure && UNTIL_A_LIST_ARRIVES[name]) ?? name;
}

/** The state itself with all its parts, such as `connected.live.reconciling`. */
export function fullStateName({ value }: ConnectionSnapshot): string {
  return typeof value === 'string' ? value : dotted(value.active.sync);
}

/** The state of the whole: `restarting` and `stopped` while a bug of our own has left no connection. */
export function wholeStateName(snapshot: SupervisorSnapshot): ConnectionState {
  if (snapshot.value === 'stopped') return 'stopped';
  const connection = atWork(snapshot);
  return connection ? stateName(connection) : RESTARTING.state;
}

export function wholeTags(snapshot: SupervisorSnapshot): readonly ConnectionTag[] {
  const connection = atWork(snapshot);
  return connection || snapshot.value === 'stopped'
    ? ([...(connection ?? snapshot).tags] as ConnectionTag[])
    : RESTARTING.tags;
}

/** What is said where there is no connection, or none that can be read. */
export const RESTARTING = {
  state: 'restarting',
  tags: supervisor.getStateNodeById('supervisor.restarting').tags as readonly ConnectionTag[],
} as const;

/** Undefined for one that has just failed, too, which is followed by the next state at once, or without a supervisor. */
function atWork(snapshot: SupervisorSnapshot): ConnectionSnapshot | undefined {
  const isSupervised = snapshot.status === 'active' && snapshot.value === 'running';
  const connection = isSupervised ? connectionOf(snapshot)?.getSnapshot() : undefined;
  return connection?.status === 'active' ? connection : undefined;
}

/** Undefined while no link is wanted. */
export function linkName(snapshot: ConnectionSnapshot): LinkState | undefined {
  const full = fullLinkName(snapshot);
  return full === undefined ? undefined : (inTwoParts(full) as LinkState);
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

/** Why the list is not live; a live one has no failures, whatever goes on behind it. */
export function failuresOf(snapshot: ConnectionSnapshot): Failures {
  const { failure, linkFailure, listFailure } = snapshot.context;
  if (snapshot.hasTag('live')) return NO_FAILURES;
  if (typeof snapshot.value === 'string') return { ...NO_FAILURES, failure };
  const state = stateName(snapshot);
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
