import { instantOf } from '../src/model/instant';
import { lightSession, sizeOf } from '../src/model/lightSession';
import { MAX_HELD_CHARS } from '../src/model/limits';
import type { SessionUpdate } from '../src/model/parseSession';
import {
  equalJson,
  fillUntold,
  mergeSession,
  untoldFields,
  type Session,
  type SessionField,
} from '../src/model/session';

/** An event is late by seconds: where times differ by more than this, the time that is held is wrong. */
const LATE_AT_MOST_MS = 60_000;

/** What is held under one id; without a session it is a tombstone. */
export interface Held {
  readonly session: Session | undefined;
  /** Arrival count of the last delta that was taken. */
  readonly arrival: number;
  /** Arrival count up to which the server has told of it, by a whole event or by an answer asked for then. */
  readonly confirmed: number;
  /** When that was, in ms since the epoch. */
  readonly confirmedAt: number;
  /** [S11] Fields that no payload has told. */
  readonly untold: readonly SessionField[];
}

export interface Telling {
  /** Arrival count of the event, or at the request of the answer. */
  readonly arrival: number;
  readonly at: number;
}

/** [S1] A late delta is dropped, equal times go by arrival; [S2] a tombstone outlives it. */
export function foldDelta(held: Held | undefined, update: SessionUpdate, { arrival, at }: Telling): Held {
  if (held && !held.session) return held;
  if (held?.session && isLate(update, held.session)) return held;
  return {
    session: mergeSession(held?.session, update),
    arrival,
    confirmed: arrival,
    confirmedAt: at,
    untold: untoldFields(held?.session, held?.untold ?? [], update),
  };
}

/** [S6] What a patch tells is little: the rest is as old as before. */
export function foldPatch(held: Held, update: SessionUpdate, telling: Telling): Held {
  const next = foldDelta(held, update, telling);
  return next === held ? held : { ...next, confirmed: held.confirmed, confirmedAt: held.confirmedAt };
}

/** [S3] An answer wins, except over a delta that arrived after its request and is not late. */
export function foldAnswer(held: Held | undefined, update: SessionUpdate, { arrival, at }: Telling): Held {
  const arrivedSince = held !== undefined && held.arrival > arrival;
  if (arrivedSince && !held.session) return held;
  if (arrivedSince && held.session && !isLate(held.session, update)) {
    return held.untold.length === 0 ? held : { ...held, ...fillUntold(held.session, held.untold, update) };
  }
  return {
    session: mergeSession(held?.session, update),
    arrival: held?.arrival ?? 0,
    confirmed: arrival,
    confirmedAt: at,
    untold: [],
  };
}

export const charsOf = (held: Held | undefined): number => (held?.session ? sizeOf(held.session) : 0);

/** [S13] `next`, light where it would make all sessions, which have `chars` before it, too large. */
export function boundHeld(before: Held | undefined, next: Held, chars: number): Held {
  if (!next.session || chars - charsOf(before) + charsOf(next) <= MAX_HELD_CHARS) return next;
  const light = lightSession(next.session);
  return { ...next, session: before?.session && equalJson(light, before.session) ? before.session : light };
}

/** A time that is missing or none on either side decides nothing. */
function isLate(a: { updated_at?: string | null }, b: { updated_at?: string | null }): boolean {
  if (a.updated_at === b.updated_at) return false;
  const byMs = instantOf(b.updated_at) - instantOf(a.updated_at);
  return byMs > 0 && byMs <= LATE_AT_MOST_MS;
}
