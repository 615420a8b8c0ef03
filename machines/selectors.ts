import type { ConnectionSnapshot } from './connectionMachine';

/**
 * The state as people know it, dotted: `disconnected`, `signedOut`, `refused`, or what the screen region promises,
 * such as `connected.live`.
 */
export function stateName(snapshot: ConnectionSnapshot): string {
  const { value } = snapshot;
  return typeof value === 'string' ? value : dotted(value.active.screen);
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
