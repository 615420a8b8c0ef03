import type { SessionsEvent } from '../../machines/sessionsEvents';

/** Events as if each delta had come alone. */
export const singly = (event: SessionsEvent): SessionsEvent[] =>
  event.type === 'deltas.arrived' ? event.deltas.map((delta) => ({ ...delta, at: event.at })) : [event];
