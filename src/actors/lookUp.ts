import type { SessionsRef, SessionsState } from '../../machines/sessions';
import type { Log } from '../log';
import type { Result, Failure, FailureKind } from '../model/failure';
import type { OnRead, SessionList, SessionUpdate } from '../model/parseSession';
import type { OneAtATime } from './oneAtATime';
import type { RequestBudget } from './requestBudget';

/** Where lists and single sessions come from. */
export interface SessionSource {
  list(signal: AbortSignal, onRead?: OnRead): Promise<Result<SessionList>>;
  /** Whether the server tells of single sessions. */
  hasSingles(): boolean;
  /** Undefined where the server does not have it. */
  get(id: string, signal: AbortSignal): Promise<Result<SessionUpdate | undefined>>;
}

export interface Asking {
  readonly source: SessionSource;
  readonly sessions: SessionsRef;
  /** Of two lists at once, the older might be folded last. */
  readonly oneListAtATime: OneAtATime;
  readonly budget: RequestBudget;
  /** Ids of the sessions that somebody is asking for just now. */
  readonly underway: Set<string>;
  readonly log: Log;
  /** In ms since the epoch. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

export const LOOKUPS_A_TURN = 50;
/** Of these, for those that have waited longest, however old they are. */
const LOOKUPS_OF_WAITING = 10;
/** From more on, one list is less than a request for each. */
export const LOOKUPS_BEFORE_LIST = 5;
const LOOKUPS_AT_ONCE = 4;

/** Failures of a single look-up that say nothing of the next one. */
const LOCAL_FAILURES: ReadonlySet<FailureKind> = new Set(['serverError', 'unreadable']);

/** No time is longer; a text that is none costs no more to compare. */
const TIME_CHARS = 32;

const OPEN = ['unverified', 'incomplete', 'stale'] as const;

/**
 * Asks for these sessions one by one, within the budget, unless an event or somebody else’s look-up tells first. What the server refuses to
 * tell of is shown as of what is known; a failure that concerns all of them ends it, and is the result.
 */
export async function lookUp(
  ids: readonly string[],
  { source, sessions, budget, underway, log, clock, signal }: Asking,
): Promise<Failure | undefined> {
  const state = () => sessions.getSnapshot().context;
  const isOpen = (id: string) => OPEN.some((set) => state()[set].has(id));
  const left = () => signal.aborted;
  const queue = ids.values();
  let ending: Failure | undefined;
  if (!source.hasSingles()) {
    leaveOpen(ids.filter(isOpen), { sessions, clock });
    return undefined;
  }
  const ask = async (id: string): Promise<void> => {
    const [requestedAt, at] = [state().arrivals, clock()];
    const answer = await source.get(id, signal);
    if (left()) return;
    if (answer.ok) {
      sessions.send({ type: 'lookup.arrived', requestedAt, at, id, update: answer.value });
      return;
    }
    const { failure } = answer;
    log.warn(`session ${id}: ${failure.detail}`);
    if (LOCAL_FAILURES.has(failure.kind)) sessions.send({ type: 'lookup.refused', ids: [id] });
    else ending ??= failure;
    if (failure.kind === 'rateLimited') budget.block(failure.retryAfterMs ?? 0);
  };
  const work = async (): Promise<void> => {
    for (const id of queue) {
      if (ending || left()) return;
      if (!isOpen(id) || underway.has(id)) continue;
      if (!budget.take(1)) return;
      underway.add(id);
      await ask(id).finally(() => underway.delete(id));
    }
  };
  await Promise.all(Array.from({ length: LOOKUPS_AT_ONCE }, work));
  return ending;
}

/** Such a server has UUIDs: where it has told of any, a session under a number was of the server before it, and is gone [S12]. */
function leaveOpen(ids: readonly string[], { sessions, clock }: Pick<Asking, 'sessions' | 'clock'>): void {
  const { arrivals: requestedAt, entries } = sessions.getSnapshot().context;
  const isNumber = (id: string) => /^\d+$/.test(id);
  const gone = [...entries.keys()].every(isNumber) ? [] : ids.filter(isNumber);
  for (const id of gone) {
    sessions.send({ type: 'lookup.arrived', requestedAt, at: clock(), id, update: undefined });
  }
  sessions.send({ type: 'lookup.refused', ids });
}

/** [S10] Whom of these to ask for in one turn: the incomplete, then active and newest first, and some that wait longest. */
export function chooseTurn(ids: ReadonlySet<string>, { entries, incomplete }: SessionsState): string[] {
  const keyed = Array.from(ids).map((id) => {
    const entry = entries.get(id);
    const session = entry?.session;
    return {
      id,
      first: incomplete.has(id),
      active: session?.status === 'active',
      // As the text of a time: there may be very many, and the order among them decides little.
      startedAt: session?.inserted_at?.slice(0, TIME_CHARS) ?? '',
      confirmedAt: entry?.confirmedAt ?? 0,
    };
  });
  const chosen = firstOf(
    keyed,
    LOOKUPS_A_TURN - LOOKUPS_OF_WAITING,
    (a, b) =>
      Number(b.first) - Number(a.first) ||
      Number(b.active) - Number(a.active) ||
      (a.startedAt > b.startedAt ? -1 : 0),
  );
  const taken = new Set(chosen);
  const others = keyed.filter((each) => !taken.has(each));
  const waiting = firstOf(others, LOOKUPS_OF_WAITING, (a, b) => a.confirmedAt - b.confirmedAt);
  return [...chosen, ...waiting].map(({ id }) => id);
}

/** The `count` items that come first, for a small count of many; `compare` is negative where `a` comes before `b`. */
function firstOf<T>(items: readonly T[], count: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = [];
  for (const item of items) {
    const place = first.findLastIndex((before) => compare(item, before) >= 0) + 1;
    first.splice(place, 0, item);
    if (first.length > count) first.pop();
  }
  return first;
}
