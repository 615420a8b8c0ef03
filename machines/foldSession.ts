import { instantOf, isSurelyNotEarlier } from '../src/model/instant';
import { lightSession, sizeOf } from '../src/model/lightSession';
import { MAX_HELD_CHARS } from '../src/model/limits';
import type { SessionUpdate } from '../src/model/parseSession';
import {
  equalJson,
  fillUntold,
  mergeSession,
  NO_FIELDS,
  untoldFields,
  type Session,
  type SessionField,
} from '../src/model/session';

/** An event is late by seconds: where times differ by more than this, the time that is held is wrong. */
const LATE_AT_MOST_MS = 60_000;

/** What is held under one id; without a session it is a tombstone. */
export interface Entry {
  readonly session: Session | undefined;
  /** [S13] About what the session takes of memory, in UTF-16 units. */
  readonly chars: number;
  /** Arrival count of the last delta that was taken. */
  readonly arrival: number;
  /** Arrival count up to which the server has told of it, by a whole event or by an answer asked for then. */
  readonly confirmed: number;
  /** When that was, in ms since the epoch. */
  readonly confirmedAt: number;
  /** [S11] Fields that no payload has told. */
  readonly untold: readonly SessionField[];
  /** [S15] Something was told whose order to the rest is unknown: only an answer ends it. */
  readonly unordered?: true | undefined;
}

/**
 * Not made by literals: where many of one literal live long, V8 allocates each further one among the old, and what it
 * held is collected late, though it was replaced at once. With 1,000 sessions that was half of the CPU of an event.
 */
class HeldEntry implements Entry {
  readonly session: Session | undefined;
  readonly chars: number;
  readonly arrival: number;
  readonly confirmed: number;
  readonly confirmedAt: number;
  readonly untold: readonly SessionField[];
  readonly unordered: true | undefined;

  constructor(entry: Entry) {
    this.session = entry.session;
    this.chars = entry.chars;
    this.arrival = entry.arrival;
    this.confirmed = entry.confirmed;
    this.confirmedAt = entry.confirmedAt;
    this.untold = entry.untold;
    this.unordered = entry.unordered;
  }
}

export const changedEntry = (entry: Entry, changes: Partial<Entry>): Entry =>
  new HeldEntry({ ...entry, ...changes });

export interface Telling {
  /** Arrival count of the event, or at the request of the answer. */
  readonly arrival: number;
  readonly at: number;
}

/** [S2] What is left of a session that was deleted. */
export const tombstone = ({ arrival, at }: Telling): Entry =>
  new HeldEntry({
    session: undefined,
    chars: 0,
    arrival,
    confirmed: arrival,
    confirmedAt: at,
    untold: NO_FIELDS,
  });

/** [S1] A late delta is dropped, equal times go by arrival; [S2] a tombstone outlives it. */
export function foldDelta(entry: Entry | undefined, update: SessionUpdate, { arrival, at }: Telling): Entry {
  if (entry && (!entry.session || isLate(update, entry.session))) return entry;
  const session = mergeSession(entry?.session, update);
  return new HeldEntry({
    session,
    chars: sizeHeld(entry, session),
    arrival,
    confirmed: arrival,
    confirmedAt: at,
    untold: untoldFields(entry?.session, entry?.untold ?? NO_FIELDS, update),
    unordered: entry?.unordered,
  });
}

/** [S6] What a patch tells is little: the rest is as old as before. */
export function foldPatch(entry: Entry, update: SessionUpdate, telling: Telling): Entry {
  const next = foldDelta(entry, update, telling);
  if (next === entry) return entry;
  return changedEntry(next, { confirmed: entry.confirmed, confirmedAt: entry.confirmedAt });
}

/** Whether an event that came later, or the answer to a later request, has told of it whole or in part. */
export const isToldSince = (entry: Entry, requestedAt: number): boolean =>
  entry.arrival > requestedAt || entry.confirmed > requestedAt;

/** [S3] An answer wins, except over what was told since its request and is not late. */
export function foldAnswer(entry: Entry | undefined, update: SessionUpdate, { arrival, at }: Telling): Entry {
  const toldSince = entry !== undefined && isToldSince(entry, arrival);
  if (toldSince && !entry.session) return entry;
  if (toldSince && entry.session && !isLate(entry.session, update)) {
    if (entry.untold.length === 0) return entry;
    const { session, untold } = fillUntold(entry.session, entry.untold, update);
    return changedEntry(entry, { ...heldAs(session), untold });
  }
  const session = mergeSession(entry?.session, update);
  return new HeldEntry({
    session,
    chars: sizeHeld(entry, session),
    arrival: entry?.arrival ?? 0,
    confirmed: arrival,
    confirmedAt: at,
    untold: NO_FIELDS,
  });
}

export const charsOf = (entry: Entry | undefined): number => entry?.chars ?? 0;

/** [S13] `next`, light where it would make all sessions, which have `chars` before it, too large. */
export function boundEntry(before: Entry | undefined, next: Entry, chars: number): Entry {
  if (!next.session || chars - charsOf(before) + next.chars <= MAX_HELD_CHARS) return next;
  const light = lightSession(next.session);
  return changedEntry(
    next,
    heldAs(before?.session && equalJson(light, before.session) ? before.session : light),
  );
}

const heldAs = (session: Session) => ({ session, chars: sizeOf(session) });

const sizeHeld = (entry: Entry | undefined, session: Session): number =>
  entry?.session === session ? entry.chars : sizeOf(session);

interface Timed {
  readonly updated_at?: string | null | undefined;
}

/** A time that is missing or none on either side decides nothing. */
function isLate({ updated_at: time }: Timed, { updated_at: than }: Timed): boolean {
  if (isSurelyNotEarlier(time, than)) return false;
  const byMs = instantOf(than) - instantOf(time);
  return byMs > 0 && byMs <= LATE_AT_MOST_MS;
}
