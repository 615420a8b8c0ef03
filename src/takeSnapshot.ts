import type { Fact } from '../machines/connectionMachine';
import type { SessionsRef } from '../machines/sessions';
import type { Log } from './log';
import { isRefusal, type Answer, type Failure, type FailureKind } from './model/failure';
import type { SessionList, SessionUpdate } from './model/parseSession';

/** Where lists and single sessions come from. */
export interface SessionSource {
  list(signal: AbortSignal): Promise<Answer<SessionList>>;
  /** Undefined where the server does not have it. */
  get(id: string, signal: AbortSignal): Promise<Answer<SessionUpdate | undefined>>;
}

const LOOKUPS_AT_ONCE = 4;

/** Failures of a single look-up that say nothing of the rest: the session stays as it is until the next snapshot. */
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
  const at = now();
  const requestedAt = state().arrivals;
  const list = await source.list(signal);
  if (signal.aborted) return { type: 'snapshot.failed', failure: { kind: 'requested', detail: 'given up' } };
  if (!list.ok) return factOf(list.failure);
  if (list.value.garbled > 0) {
    log.warn(`ignored ${list.value.garbled} unreadable sessions of the list`);
    sessions.send({ type: 'session.garbled', count: list.value.garbled });
  }
  sessions.send({ type: 'snapshot.arrived', requestedAt, sessions: list.value.sessions });

  const open = [...state().unverified];
  let stop: Failure | undefined;
  const lookUp = async (): Promise<void> => {
    for (let id = open.pop(); id !== undefined && !stop; id = open.pop()) {
      const askedAt = state().arrivals;
      const answer = await source.get(id, signal);
      if (signal.aborted) return;
      if (answer.ok)
        sessions.send({ type: 'lookup.arrived', requestedAt: askedAt, id, update: answer.value });
      else if (LOCAL_FAILURES.has(answer.failure.kind)) log.warn(`session ${id}: ${answer.failure.detail}`);
      else stop = answer.failure;
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, lookUp));
  if (stop) return factOf(stop);
  log.debug(`folded ${list.value.sessions.length} listed sessions, ${state().held.size} held`);
  return { type: 'snapshot.folded', at };
}

/** What a failed REST call means to the connection. */
export function factOf(failure: Failure): Fact {
  if (failure.kind === 'unauthorized') return { type: 'token.refused', failure };
  if (isRefusal(failure)) return { type: 'server.refused', failure };
  return { type: 'snapshot.failed', failure };
}
