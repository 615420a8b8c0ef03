import type { Fact } from '../machines/connectionMachine';
import type { SessionsRef } from '../machines/sessions';
import { breathe, SLICE_MS } from './slices';
import type { Log } from './log';
import { isRefusal, type Answer, type Failure, type FailureKind } from './model/failure';
import { TOO_LARGE_RETRY_MS } from './model/limits';
import type { SessionList, SessionUpdate } from './model/parseSession';

/** Where lists and single sessions come from. */
export interface SessionSource {
  list(signal: AbortSignal): Promise<Answer<SessionList>>;
  /** Undefined where the server does not have it. */
  get(id: string, signal: AbortSignal): Promise<Answer<SessionUpdate | undefined>>;
}

const LOOKUPS_AT_ONCE = 4;
const ROWS_AT_ONCE = 200;
const GIVEN_UP: Fact = { type: 'snapshot.failed', failure: { kind: 'requested', detail: 'given up' } };

/** Failures of a single look-up that say nothing of the rest: the session stays as it is, in doubt. */
const LOCAL_FAILURES: ReadonlySet<FailureKind> = new Set(['serverError', 'unreadable']);

/**
 * The sync rule, for joins, refreshes and polls alike: a list is asked for now and folded, then what it leaves open
 * is asked for one by one. Deltas that arrive meanwhile are folded as they come; the arrival count sorts it out.
 */
export async function takeSnapshot(
  source: SessionSource,
  sessions: SessionsRef,
  log: Log,
  now: () => number,
  signal: AbortSignal,
): Promise<Fact> {
  const state = () => sessions.getSnapshot().context;
  const left = () => signal.aborted;
  const at = now();
  const requestedAt = state().arrivals;
  const list = await source.list(signal);
  if (left()) return GIVEN_UP;
  if (!list.ok) return factOf(list.failure);
  if (list.value.garbled > 0) {
    log.warn(`ignored ${list.value.garbled} unreadable sessions of the list`);
    sessions.send({ type: 'session.garbled', count: list.value.garbled });
  }
  const { leftOut = 0 } = list.value;
  await foldList(sessions, list.value.sessions, requestedAt, leftOut > 0, signal);
  if (left()) return GIVEN_UP;
  // It is no whole list: what it covers is shown, and the status says that there is more.
  if (leftOut > 0) return factOf(tooLong(list.value));

  const open = [...state().unverified];
  let stop: Failure | undefined;
  let doubt: Failure | undefined;
  const lookUp = async (): Promise<void> => {
    for (let id = open.pop(); id !== undefined && !stop; id = open.pop()) {
      const askedAt = state().arrivals;
      const answer = await source.get(id, signal);
      if (left()) return;
      if (answer.ok)
        sessions.send({ type: 'lookup.arrived', requestedAt: askedAt, id, update: answer.value });
      else if (LOCAL_FAILURES.has(answer.failure.kind)) {
        log.warn(`session ${id}: ${answer.failure.detail}`);
        doubt = answer.failure;
      } else stop = answer.failure;
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, lookUp));
  if (stop) return factOf(stop);
  log.debug(`folded ${list.value.sessions.length} listed sessions, ${state().held.size} held`);
  return { type: 'snapshot.folded', at, ...(doubt && { failure: doubt }) };
}

/** Folds a list of any length, a slice at a time; one that was folded already costs nothing. */
async function foldList(
  sessions: SessionsRef,
  whole: readonly SessionUpdate[],
  requestedAt: number,
  incomplete: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { settled, arrivals } = sessions.getSnapshot().context;
  let folded = settled?.list === whole && settled.arrivals === arrivals ? whole.length : 0;
  let since = performance.now();
  for (; whole.length - folded > ROWS_AT_ONCE; folded += ROWS_AT_ONCE) {
    const rows = whole.slice(folded, folded + ROWS_AT_ONCE);
    sessions.send({ type: 'snapshot.began', requestedAt, sessions: rows });
    if (performance.now() - since < SLICE_MS) continue;
    await breathe();
    if (signal.aborted) return;
    since = performance.now();
  }
  // What is absent from an incomplete list may be in the part that was left out.
  if (incomplete) sessions.send({ type: 'snapshot.began', requestedAt, sessions: whole.slice(folded) });
  else sessions.send({ type: 'snapshot.arrived', requestedAt, sessions: whole.slice(folded), whole });
}

function tooLong({ sessions: { length }, leftOut = 0 }: SessionList): Failure {
  const detail = `${length} of ${length + leftOut} sessions shown`;
  return { kind: 'tooLarge', detail, retryAfterMs: TOO_LARGE_RETRY_MS };
}

/** What a failed REST call means to the connection. */
export function factOf(failure: Failure): Fact {
  if (failure.kind === 'unauthorized') return { type: 'token.refused', failure };
  if (isRefusal(failure)) return { type: 'server.refused', failure };
  return { type: 'snapshot.failed', failure };
}
