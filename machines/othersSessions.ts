import type { SessionUpdate } from '../src/model/parseSession';
import { MAX_OTHERS } from '../src/model/limits';
import { boundEntry, charsOf, foldAnswer, foldDelta, tombstone, type Entry } from './foldSession';

/** [S16] The sessions of other users, of whom the topic of a project tells: beside one's own, and never among them. */
export interface OthersState {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Events that have arrived so far. */
  readonly arrivals: number;
  /** Nobody follows their topic: they are shown as of when they were last told. */
  readonly stale: boolean;
}

export type OthersEvent =
  /** All of them, as they were asked for when `arrivals` was `requestedAt`. */
  | { type: 'others.listed'; requestedAt: number; at: number; sessions: readonly SessionUpdate[] }
  | { type: 'others.upserted'; update: SessionUpdate; at: number }
  | { type: 'others.deleted'; id: string; at: number }
  /** The link is lost for longer, or the channel of their topic is. */
  | { type: 'others.unfollowed' }
  /** There is no such topic, or none for this user. */
  | { type: 'others.ended' };

export const noOthers = (): OthersState => ({ entries: new Map(), arrivals: 0, stale: false });

/** What is left of the session that was deleted first; false where there is none. */
function forgetTombstone(entries: Map<string, Entry>): boolean {
  for (const [id, { session }] of entries) if (!session) return entries.delete(id);
  return false;
}

/** `size` is what all sessions take of memory, one's own included [S13]; `changed` gets the ids that differ. */
export function foldOthers(
  state: OthersState,
  event: OthersEvent,
  size: { chars: number },
  changed: string[],
): OthersState {
  // Changes in place, as those of one's own do.
  const entries = state.entries as Map<string, Entry>;
  const put = (id: string, next: Entry | undefined) => {
    const before = entries.get(id);
    if (next === before || (!before && entries.size >= MAX_OTHERS && !forgetTombstone(entries))) return;
    const kept = next && boundEntry(before, next, size.chars);
    size.chars += charsOf(kept) - charsOf(before);
    if (kept) entries.set(id, kept);
    else entries.delete(id);
    if (kept?.session !== before?.session) changed.push(id);
  };
  /** Of each the freshness differs. */
  const tellAll = () => {
    const told = new Set(changed);
    for (const [id, { session }] of entries) if (session && !told.has(id)) changed.push(id);
  };
  const { arrivals, stale } = state;
  const arrival = arrivals + 1;
  switch (event.type) {
    case 'others.listed': {
      const telling = { arrival: event.requestedAt, at: event.at };
      const listed = new Set(event.sessions.map(({ id }) => id));
      for (const [id, entry] of entries) {
        if (!listed.has(id) && entry.arrival <= event.requestedAt) put(id, undefined);
      }
      for (const update of event.sessions)
        put(update.id, foldAnswer(entries.get(update.id), update, telling));
      if (stale) tellAll();
      return { entries, arrivals, stale: false };
    }
    case 'others.upserted':
      put(event.update.id, foldDelta(entries.get(event.update.id), event.update, { arrival, at: event.at }));
      return { entries, arrivals: arrival, stale };
    case 'others.deleted':
      put(event.id, tombstone({ arrival, at: event.at }));
      return { entries, arrivals: arrival, stale };
    case 'others.unfollowed':
      if (!stale) tellAll();
      return { ...state, stale: true };
    case 'others.ended':
      for (const id of entries.keys()) put(id, undefined);
      return { entries, arrivals, stale: false };
  }
}
