import type { ConnectionSnapshot } from './connectionMachine';
import { connectionOf, type SupervisorSnapshot } from './supervisor';

/**
 * The state as people know it, dotted: `disconnected`, `signedOut`, `refused`, or what the screen region promises,
 * such as `connected.live`.
 */
export function stateName(snapshot: ConnectionSnapshot): string {
  const { value } = snapshot;
  return typeof value === 'string' ? value : dotted(value.active.screen);
}

/** The same of the whole: `restarting` and `stopped` while a bug of our own has left no connection. */
export function wholeStateName(snapshot: SupervisorSnapshot): string {
  const connection = snapshot.value === 'running' ? connectionOf(snapshot)?.getSnapshot() : undefined;
  // One that has just failed is followed by the next state at once.
  return connection?.status === 'active'
    ? stateName(connection)
    : snapshot.value === 'stopped'
      ? 'stopped'
      : 'restarting';
}

/** Where the link is, such as `open.joining`; undefined while none is wanted. */
export function linkName(snapshot: ConnectionSnapshot): string | undefined {
  const { value } = snapshot;
  return typeof value === 'string' ? undefined : dotted(value.active.link);
}

type StateValue = string | { [key: string]: StateValue | undefined };

function dotted(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner === undefined ? key : `${key}.${dotted(inner)}`))
    .join('|');
}
