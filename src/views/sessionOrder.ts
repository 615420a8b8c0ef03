import { instantOf } from '../model/instant';
import type { Session } from '../model/session';
import type { Group } from './grouping';

/** What sessions of a group are in order by. */
export interface InOrder {
  readonly session: Session;
  /** Its last activity, in ms since the epoch; 0 where that is not known. */
  readonly activeAt: number;
}

export const activeAtOf = ({ updated_at, inserted_at }: Session): number =>
  instantOf(updated_at) || instantOf(inserted_at) || 0;

/** Of the sessions of a group: the newest first, or who waits for longest. */
export function orderIn({ oldestFirst }: Group): (one: InOrder, other: InOrder) => number {
  return oldestFirst ? (a, b) => newestFirst(b, a) : newestFirst;
}

/** Equal times go by id, where a longer number is the larger one. */
function newestFirst(one: InOrder, other: InOrder): number {
  const [a, b] = [one.session.id, other.session.id];
  return other.activeAt - one.activeAt || b.length - a.length || compareText(b, a);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
