import { fromTransition, type ActorRefFrom } from 'xstate';
import type { SessionUpdate } from '../src/model/parseSession';
import { KNOWN_STATUSES, mergeSession, type Session } from '../src/model/session';

/**
 * Session state: what a server said, folded so that the order in which it arrived does not matter.
 * The rules S1… are in README.md. Time is the arrival count: a snapshot carries the count at its request.
 */

/** What is held under one id; without a session it is a tombstone. */
export interface Held {
  readonly session: Session | undefined;
  /** Arrival count of the last delta that was taken. */
  readonly arrival: number;
}

export interface SessionsState {
  readonly held: ReadonlyMap<string, Held>;
  /** Deltas that have arrived so far. */
  readonly arrivals: number;
  /** Ids whose session differs from before the last event. */
  readonly changed: readonly string[];
  /** Ids that only the server can tell about: absent from a snapshot that does not cover them, or patched unseen. */
  readonly unverified: ReadonlySet<string>;
  /** Payloads that could not be read. */
  readonly garbled: number;
  /** The last list that was folded whole, and `arrivals` then: the same list again would change nothing. */
  readonly settled: { readonly list: readonly SessionUpdate[]; readonly arrivals: number } | undefined;
}

export type SessionsEvent =
  | { type: 'session.upserted'; update: SessionUpdate }
  | { type: 'session.patched'; update: SessionUpdate }
  | { type: 'session.deleted'; id: string }
  | { type: 'session.garbled'; count: number }
  /** The first rows of a long list that was asked for when `arrivals` was `requestedAt`. */
  | { type: 'snapshot.began'; requestedAt: number; sessions: readonly SessionUpdate[] }
  /** The rest of that list; `whole` is all of it where it is more than `sessions`. */
  | {
      type: 'snapshot.arrived';
      requestedAt: number;
      sessions: readonly SessionUpdate[];
      whole?: readonly SessionUpdate[];
    }
  /** The answer for one session; without an update the server does not have it. */
  | { type: 'lookup.arrived'; requestedAt: number; id: string; update: SessionUpdate | undefined }
  | { type: 'sessions.forgotten' };

/** [S1] A delta older than what is held is dropped, equal times go by arrival; [S2] a tombstone outlives it. */
export function foldDelta(held: Held | undefined, update: SessionUpdate, arrival: number): Held {
  if (held && !held.session) return held;
  if (held?.session && isOlder(update, held.session)) return held;
  return { session: mergeSession(held?.session, update), arrival };
}

/** [S3] A snapshot wins, except over a delta that arrived after its request and is not older. */
export function foldListed(held: Held | undefined, update: SessionUpdate, requestedAt: number): Held {
  const arrivedSince = held !== undefined && held.arrival > requestedAt;
  if (arrivedSince && (!held.session || !isOlder(held.session, update))) return held;
  return { session: mergeSession(held?.session, update), arrival: held?.arrival ?? 0 };
}

/** [S4] Absence removes what arrived before the request and is covered by the list; the rest is to be verified. */
export function foldAbsent(
  held: Held,
  requestedAt: number,
  covered: boolean,
): Held | 'unverified' | undefined {
  if (held.arrival > requestedAt) return held;
  if (!held.session || covered) return undefined;
  return 'unverified';
}

/** ISO 8601 in UTC compares as text; a time that is missing on either side decides nothing. */
function isOlder(a: { updated_at?: string | null }, b: { updated_at?: string | null }): boolean {
  return a.updated_at != null && b.updated_at != null && a.updated_at < b.updated_at;
}

/** A list covers the statuses it was asked for in the projects it shows. */
function coverage(sessions: readonly SessionUpdate[]): (session: Session) => boolean {
  const projects = new Set(sessions.map((session) => session.project_id).filter((id) => id != null));
  const statuses: ReadonlySet<string | null> = new Set(KNOWN_STATUSES);
  return (session) =>
    session.project_id !== null && projects.has(session.project_id) && statuses.has(session.status);
}

type Sessions = SessionsState & { readonly held: Map<string, Held>; readonly unverified: Set<string> };

/** Puts a fold's outcome under its id; the maps are this actor's own and change in place, whatever the size. */
function put(state: Sessions, id: string, next: Held | undefined, changed: string[]): void {
  const before = state.held.get(id)?.session;
  if (next) state.held.set(id, next);
  else state.held.delete(id);
  if (next?.session !== before) changed.push(id);
}

function foldRows(
  state: Sessions,
  updates: readonly SessionUpdate[],
  requestedAt: number,
  changed: string[],
): void {
  for (const update of updates) {
    put(state, update.id, foldListed(state.held.get(update.id), update, requestedAt), changed);
    state.unverified.delete(update.id);
  }
}

function fold(state: Sessions, event: SessionsEvent): Sessions {
  const changed: string[] = [];
  switch (event.type) {
    case 'session.upserted': {
      const arrivals = state.arrivals + 1;
      const { id } = event.update;
      put(state, id, foldDelta(state.held.get(id), event.update, arrivals), changed);
      return { ...state, arrivals, changed };
    }
    case 'session.patched': {
      const arrivals = state.arrivals + 1;
      const { id } = event.update;
      if (state.held.has(id)) put(state, id, foldDelta(state.held.get(id), event.update, arrivals), changed);
      else state.unverified.add(id);
      return { ...state, arrivals, changed };
    }
    case 'session.deleted': {
      const arrivals = state.arrivals + 1;
      put(state, event.id, { session: undefined, arrival: arrivals }, changed);
      state.unverified.delete(event.id);
      return { ...state, arrivals, changed };
    }
    case 'session.garbled':
      return { ...state, garbled: state.garbled + event.count, changed };
    case 'snapshot.began':
      foldRows(state, event.sessions, event.requestedAt, changed);
      return { ...state, changed };
    case 'snapshot.arrived': {
      const { requestedAt, sessions, whole = sessions } = event;
      foldRows(state, sessions, requestedAt, changed);
      const listed = new Set(whole.map(({ id }) => id));
      const covers = coverage(whole);
      for (const [id, held] of state.held) {
        if (listed.has(id)) continue;
        const next = foldAbsent(held, requestedAt, held.session !== undefined && covers(held.session));
        if (next === 'unverified') state.unverified.add(id);
        else put(state, id, next, changed);
      }
      // Rows that a later delta kept back are not settled: that delta may be older than the list.
      const settled = requestedAt === state.arrivals ? { list: whole, arrivals: requestedAt } : undefined;
      return { ...state, changed, settled };
    }
    case 'lookup.arrived': {
      const { id, update, requestedAt } = event;
      const held = state.held.get(id);
      state.unverified.delete(id);
      if (update) put(state, id, foldListed(held, update, requestedAt), changed);
      else if (held && held.arrival <= requestedAt) put(state, id, undefined, changed);
      return { ...state, changed };
    }
    case 'sessions.forgotten': {
      const ids = [...state.held.keys()].filter((id) => state.held.get(id)?.session);
      return { ...emptySessions(), arrivals: state.arrivals + 1, changed: ids };
    }
    // XState's own, such as `xstate.stop`.
    default:
      return state;
  }
}

const emptySessions = (): Sessions => ({
  held: new Map(),
  arrivals: 0,
  changed: [],
  unverified: new Set(),
  garbled: 0,
  settled: undefined,
});

/** The actor that alone owns the session data, begun with what is known; its snapshots show the live maps, read-only. */
export const sessionsLogic = fromTransition<
  SessionsState,
  SessionsEvent,
  never,
  readonly SessionUpdate[] | undefined
>(
  (state, event) => fold(state as Sessions, event),
  ({ input: sessions = [] }) => ({
    ...fold(emptySessions(), { type: 'snapshot.began', requestedAt: 0, sessions }),
    changed: [],
  }),
);

export type SessionsRef = ActorRefFrom<typeof sessionsLogic>;

export function heldSessions(state: SessionsState): Session[] {
  const sessions: Session[] = [];
  for (const { session } of state.held.values()) if (session) sessions.push(session);
  return sessions;
}
