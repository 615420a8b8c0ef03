import { fromTransition, type ActorRefFrom } from 'xstate';
import type { SessionUpdate } from '../src/model/parseSession';
import type { Present } from '../src/model/present';
import { MAX_SESSIONS } from '../src/model/limits';
import { KNOWN_STATUSES, type Freshness, type Session } from '../src/model/session';
import {
  boundEntry,
  changedEntry,
  charsOf,
  foldAnswer,
  foldDelta,
  foldPatch,
  isToldSince,
  tombstone,
  type Entry,
  type Telling,
} from './foldSession';
import { foldOthers, noOthers, type OthersState } from './othersSessions';
import type { SessionDelta, SessionsEmitted, SessionsEvent } from './sessionsEvents';

/**
 * Session state: what a server said, folded so that the order in which it arrived does not matter.
 * The rules S1… are in README.md. Order is the arrival count: a request carries the count at which it was made.
 */

/** [S10] How long an answer stands for a session outside the list, though no event was missed. */
export const CONFIRMED_FOR_MS = 5 * 60_000;
/** More than those of a list beside those of the one before. */
const MOST_ENTRIES = 3 * MAX_SESSIONS;

export interface SessionsState {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Events and gaps that have arrived so far. */
  readonly arrivals: number;
  /** [S10] The last arrival before which an event may have been missed. */
  readonly gapAt: number;
  /** The count when the last list was asked for. */
  readonly requestedAt: number;
  /** The count when the last list that was folded whole was asked for. */
  readonly listedAt: number;
  /** Events arrive: whatever changes is told. */
  readonly joined: boolean;
  /** Ids whose session or freshness differs from before the last event. */
  readonly changed: readonly string[];
  /** [S11] Ids to ask for at once: an event left fields out, or patched a session that is not held. */
  readonly incomplete: ReadonlySet<string>;
  /** [S4] Ids that the list of the running snapshot left open. */
  readonly unverified: ReadonlySet<string>;
  /** [S10] Ids that are shown as of their `confirmedAt`. */
  readonly stale: ReadonlySet<string>;
  /** The last list that was folded whole, if no event has arrived since: the same list would change nothing. */
  readonly settled: readonly SessionUpdate[] | undefined;
  /** [S14] Who watches, by the channel that is joined. */
  readonly present: readonly Present[];
  /** [S16] Apart from all of the above. */
  readonly others: OthersState;
}

/** A list covers the statuses it was asked for in the projects it shows. */
function coverage(sessions: readonly SessionUpdate[]): (session: Session) => boolean {
  const projects = new Set(sessions.map((session) => session.project_id));
  const statuses: ReadonlySet<string | null> = new Set(KNOWN_STATUSES);
  return (session) =>
    session.project_id !== null && projects.has(session.project_id) && statuses.has(session.status);
}

interface Sessions extends SessionsState {
  readonly entries: Map<string, Entry>;
  /** [S13] What all of them take of memory, in UTF-16 units. */
  readonly size: { chars: number };
  readonly incomplete: Set<string>;
  readonly unverified: Set<string>;
  readonly stale: Set<string>;
}

/**
 * Puts a fold's outcome under its id; the maps are this actor's own and change in place, whatever the size.
 * `confirms`: all of it was told, not a part.
 */
function put(state: Sessions, id: string, next: Entry | undefined, changed: string[], confirms = true): void {
  const before = state.entries.get(id);
  if (next === before || (!before && state.entries.size >= MOST_ENTRIES)) return;
  const kept = next && boundEntry(before, next, state.size.chars);
  state.size.chars += charsOf(kept) - charsOf(before);
  if (kept) state.entries.set(id, kept);
  else state.entries.delete(id);
  let differs = kept?.session !== before?.session;
  if (confirms) {
    state.unverified.delete(id);
    differs = state.stale.delete(id) || differs;
  }
  if (next && lacksAnswer(next) && !state.stale.has(id)) {
    differs ||= !state.incomplete.has(id);
    state.incomplete.add(id);
  } else differs = state.incomplete.delete(id) || differs;
  if (differs) changed.push(id);
}

function foldRows(
  state: Sessions,
  updates: readonly SessionUpdate[],
  telling: Telling,
  changed: string[],
): void {
  for (const update of updates) {
    put(state, update.id, foldAnswer(state.entries.get(update.id), update, telling), changed);
  }
}

/** [S4] Absence removes what arrived before the request and is covered by the list; [S10] the rest is asked for. */
function foldAbsences(
  state: Sessions,
  whole: readonly SessionUpdate[],
  { arrival, at }: Telling,
  changed: string[],
): void {
  const listed = new Set(whole.map(({ id }) => id));
  const covers = coverage(whole);
  state.unverified.clear();
  // What came after the request is not in this list, and may be in the next.
  for (const id of state.incomplete) {
    if ((state.entries.get(id)?.arrival ?? 0) <= arrival) state.unverified.add(id);
  }
  const elsewhere: [string, Entry][] = [];
  for (const [id, entry] of state.entries) {
    if (listed.has(id)) continue;
    if (entry.arrival <= arrival && (!entry.session || covers(entry.session))) {
      put(state, id, undefined, changed);
    } else if (entry.session) {
      elsewhere.push([id, entry]);
      const due = at - entry.confirmedAt > CONFIRMED_FOR_MS || entry.confirmed < state.gapAt;
      if (due || (lacksAnswer(entry) && entry.arrival <= arrival)) state.unverified.add(id);
    }
  }
  const tooMany = Math.max(0, state.entries.size - MAX_SESSIONS);
  if (tooMany > 0) elsewhere.sort(([, a], [, b]) => a.confirmedAt - b.confirmedAt);
  for (const [id] of elsewhere.slice(0, tooMany)) put(state, id, undefined, changed);
}

/** Only an answer can tell how the session is now. */
function isOpen({ gapAt }: Sessions, entry: Entry): boolean {
  return entry.confirmed < gapAt || lacksAnswer(entry);
}

const lacksAnswer = ({ untold, unordered }: Entry): boolean => untold.length > 0 || unordered === true;

/** [S10] What stays open is shown as of the time that is known. */
function markStale(state: Sessions, ids: Iterable<string>, changed: string[]): void {
  for (const id of ids) {
    const entry = state.entries.get(id);
    state.unverified.delete(id);
    state.incomplete.delete(id);
    if (!entry?.session || !isOpen(state, entry) || state.stale.has(id)) continue;
    state.stale.add(id);
    changed.push(id);
  }
}

/** One after the other, each an arrival of its own. */
function foldDeltas(state: Sessions, deltas: readonly SessionDelta[], at: number): Sessions {
  const changed: string[] = [];
  let { arrivals } = state;
  for (const delta of deltas) {
    arrivals += 1;
    putDelta(state, delta, { arrival: delta.superseded ? state.requestedAt : arrivals, at }, changed);
  }
  // With several of one session it is told once.
  const ids = changed.length > 1 ? [...new Set(changed)] : changed;
  return { ...state, arrivals, changed: ids, settled: undefined };
}

function putDelta(state: Sessions, delta: SessionDelta, telling: Telling, changed: string[]): void {
  const entry = state.entries.get(delta.type === 'session.deleted' ? delta.id : delta.update.id);
  if (entry && entry.arrival > telling.arrival) return;
  if (delta.type === 'session.deleted') {
    put(state, delta.id, tombstone(telling), changed);
    return;
  }
  const { update } = delta;
  if (delta.type === 'session.upserted') {
    put(state, update.id, foldDelta(entry, update, telling), changed);
  } else if (entry) {
    const next = foldPatch(entry, update, telling);
    const isDoubtful = delta.unordered && next.session;
    put(state, update.id, isDoubtful ? changedEntry(next, { unordered: true }) : next, changed, false);
  } else if (!state.others.entries.has(update.id)) state.incomplete.add(update.id);
}

function fold(state: Sessions, event: SessionsEvent): Sessions {
  const changed: string[] = [];
  switch (event.type) {
    case 'session.upserted':
    case 'session.patched':
    case 'session.deleted':
      return foldDeltas(state, [event], event.at);
    case 'deltas.arrived':
      return foldDeltas(state, event.deltas, event.at);
    case 'session.malformed':
      return gap(state);
    case 'channel.joined':
      return { ...gap(state), joined: true };
    case 'channel.left':
      return { ...state, joined: false, changed, present: NOBODY };
    case 'presence.changed':
      return { ...state, changed, present: event.present };
    case 'notification.arrived':
    case 'output.arrived':
      return { ...state, changed };
    case 'snapshot.requested': {
      // What is polled says nothing of others.
      const next = state.joined ? { ...state, changed } : fold(gap(state), { type: 'others.unfollowed' });
      return { ...next, requestedAt: next.arrivals };
    }
    case 'snapshot.began':
      foldRows(state, event.sessions, { arrival: event.requestedAt, at: event.at }, changed);
      return { ...state, changed, settled: undefined };
    case 'snapshot.arrived': {
      const { requestedAt, at, sessions, whole = sessions } = event;
      const telling = { arrival: requestedAt, at };
      foldRows(state, sessions, telling, changed);
      foldAbsences(state, whole, telling, changed);
      // Rows that a later delta kept back are not settled: that delta may be older than the list.
      const settled = requestedAt === state.arrivals ? whole : undefined;
      return { ...state, changed, listedAt: requestedAt, settled };
    }
    case 'snapshot.ended':
      markStale(state, state.unverified, changed);
      return { ...state, changed };
    case 'lookup.arrived': {
      const { id, update, requestedAt, at } = event;
      const entry = state.entries.get(id);
      // A list that was asked for later does not have it, or let its tombstone go.
      if (!entry && requestedAt < state.listedAt) return { ...state, changed };
      if (update) put(state, id, foldAnswer(entry, update, { arrival: requestedAt, at }), changed);
      else if (entry && !isToldSince(entry, requestedAt)) put(state, id, undefined, changed);
      else if (!entry) {
        state.incomplete.delete(id);
        state.unverified.delete(id);
      }
      return { ...state, changed, settled: changed.length > 0 ? undefined : state.settled };
    }
    case 'lookup.refused':
      markStale(state, event.ids, changed);
      return { ...state, changed };
    case 'sessions.cleared': {
      const ids = sessionsOf(state).map(({ id }) => id);
      const { arrivals, joined } = gap(state);
      return { ...emptySessions(), arrivals, gapAt: arrivals, listedAt: arrivals, joined, changed: ids };
    }
    case 'others.listed':
    case 'others.upserted':
    case 'others.deleted':
    case 'others.unfollowed':
    case 'others.ended': {
      const others = foldOthers(state.others, event, state.size, changed);
      return { ...state, others, changed };
    }
    // XState's own, such as `xstate.stop`.
    default:
      return state;
  }
}

/** Whatever is held may have changed untold until now. */
function gap(state: Sessions): Sessions {
  const arrivals = state.arrivals + 1;
  return { ...state, arrivals, gapAt: arrivals, changed: [] };
}

const NOBODY: readonly Present[] = [];

const emptySessions = (): Sessions => ({
  entries: new Map(),
  size: { chars: 0 },
  arrivals: 0,
  gapAt: 0,
  requestedAt: 0,
  listedAt: 0,
  joined: false,
  changed: [],
  incomplete: new Set(),
  unverified: new Set(),
  stale: new Set(),
  settled: undefined,
  present: NOBODY,
  others: noOthers(),
});

/** What another owner of the data held, and what it knew of that. */
export interface Inherited extends Pick<Entry, 'confirmedAt' | 'untold'> {
  readonly update: SessionUpdate;
}

/** The actor that alone owns the session data, begun with what is known; its snapshots show the live maps, read-only. */
export const sessionsLogic = fromTransition<
  SessionsState,
  SessionsEvent,
  never,
  readonly Inherited[] | undefined,
  SessionsEmitted
>(
  (state, event, scope) => {
    if (event.type === 'notification.arrived') {
      scope.emit({ type: 'notification', notification: event.notification });
    } else if (event.type === 'output.arrived') scope.emit({ type: 'output', output: event.output });
    return fold(state as Sessions, event);
  },
  ({ input = [] }) => {
    const state = emptySessions();
    for (const { update, confirmedAt, untold } of input) {
      const entry = foldAnswer(undefined, update, { arrival: 0, at: confirmedAt });
      state.size.chars += charsOf(entry);
      state.entries.set(update.id, changedEntry(entry, { untold }));
    }
    return input.length > 0 ? gap(state) : state;
  },
);

export type SessionsRef = ActorRefFrom<typeof sessionsLogic>;

export function sessionsOf(state: SessionsState): Session[] {
  const own = [...state.entries.values()].flatMap(({ session }) => session ?? []);
  const others = [...state.others.entries.values()].flatMap(({ session }) => session ?? []);
  return [...own, ...others.filter(({ id }) => !state.entries.get(id)?.session)];
}

/** One's own, or else another's. */
export function sessionOf({ entries, others }: SessionsState, id: string): Session | undefined {
  return entries.get(id)?.session ?? others.entries.get(id)?.session;
}

export function freshnessOf(
  { entries, stale, incomplete, others }: SessionsState,
  id: string,
): Freshness | undefined {
  const other = entries.get(id)?.session ? undefined : others.entries.get(id);
  if (other?.session) return others.stale ? { kind: 'stale', confirmedAt: other.confirmedAt } : undefined;
  const confirmedAt = stale.has(id) ? entries.get(id)?.confirmedAt : undefined;
  if (confirmedAt !== undefined) return { kind: 'stale', confirmedAt };
  return incomplete.has(id) && entries.has(id) ? { kind: 'incomplete' } : undefined;
}
