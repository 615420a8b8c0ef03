import type { FactOf } from '../../machines/connectionMachine';
import { lookUp, LOOKUPS_BEFORE_LIST, chooseTurn, type Asking } from './lookUp';
import type { Failure } from '../model/failure';
import type { SessionList, SessionUpdate } from '../model/parseSession';
import { factOf, type RestFact } from './restAccess';
import { yieldToEventLoop, SLICE_MS } from '../eventLoop';
import { fits } from '../model/boundSession';
import { MAX_DEPTH, TOO_LARGE_RETRY_MS } from '../model/limits';

export type SyncFact = FactOf<'snapshot.folded'> | RestFact;

const ROWS_AT_ONCE = 200;
/** JSON values in them: a single session may have more. */
const VALUES_AT_ONCE = 20_000;

/**
 * The sync rule, for joins, refreshes and polls alike: a list is asked for now and folded, then what it leaves open
 * is asked for one by one. Deltas that arrive meanwhile are folded as they come; the arrival count sorts it out.
 * `now` is monotonic, in ms. Undefined where the signal was aborted meanwhile.
 */
export async function syncSessions(asking: Asking, now: () => number): Promise<SyncFact | undefined> {
  const { source, sessions, log, signal, oneListAtATime } = asking;
  const state = () => sessions.getSnapshot().context;
  const left = () => signal.aborted;
  const listed = await oneListAtATime(signal, () => askForList(asking, now));
  if (listed?.type !== 'snapshot.folded' || left()) return left() ? undefined : listed;

  const late = [...state().incomplete].filter((id) => !state().unverified.has(id));
  const isFew = late.length <= LOOKUPS_BEFORE_LIST || !source.hasSingles();
  // Where none can be asked for, what becomes of them costs nothing.
  const open = source.hasSingles() ? chooseTurn(state().unverified, state()) : [...state().unverified];
  const failure = await lookUp(isFew ? [...open, ...late] : open, asking);
  if (left()) return undefined;
  sessions.send({ type: 'snapshot.ended' });
  // The list came a moment ago: only a bad token is worth more than the marks of what stays open.
  if (failure?.kind === 'unauthorized') return factOf(failure);
  log.debug(`${state().entries.size} entries, ${state().stale.size} unconfirmed`);
  return listed;
}

/** Undefined where the signal was aborted meanwhile. */
async function askForList(asking: Asking, now: () => number): Promise<SyncFact | undefined> {
  const { source, sessions, log, clock, signal } = asking;
  const left = () => signal.aborted;
  const at = now();
  sessions.send({ type: 'snapshot.requested' });
  const fold = new ListFold(asking, clock());
  const list = await source.list(signal, (rows) => fold.take(rows));
  if (left()) return undefined;
  if (!list.ok) return factOf(list.failure);
  const { sessions: rows, malformed, leftOut = 0 } = list.value;
  if (malformed > 0) log.warn(`ignored ${malformed} unreadable sessions of the list`);
  await fold.end(rows, leftOut > 0);
  if (left()) return undefined;
  // It is no whole list: what it covers is shown, and the status says that there is more.
  if (leftOut > 0) return factOf(tooLong(list.value));
  log.debug(`folded ${rows.length} listed sessions`);
  return { type: 'snapshot.folded', at };
}

/** Folds a list of any length, a slice at a time: what of it was read while the rest is on its way. */
class ListFold {
  private list: readonly SessionUpdate[] | undefined;
  private folded = 0;

  /** When it was asked for, in ms since the epoch. */
  constructor(
    private readonly asking: Asking,
    private readonly at: number,
  ) {}

  /** Another array than before where the list was asked for once more. */
  take(rows: readonly SessionUpdate[]): void {
    if (this.asking.signal.aborted) return;
    this.begin(rows);
    while (this.folded < rows.length) this.foldPart(rows, endOfPart(rows, this.folded));
  }

  /** One that was folded already costs nothing. */
  async end(whole: readonly SessionUpdate[], isCut: boolean): Promise<void> {
    const { sessions, signal } = this.asking;
    this.begin(whole);
    if (sessions.getSnapshot().context.settled === whole) this.folded = whole.length;
    let since = performance.now();
    for (let end = endOfPart(whole, this.folded); end < whole.length; end = endOfPart(whole, this.folded)) {
      this.foldPart(whole, end);
      if (performance.now() - since < SLICE_MS) continue;
      await yieldToEventLoop();
      if (signal.aborted) return;
      since = performance.now();
    }
    // What is absent from a list that was cut may be in the part that was left out.
    if (isCut) this.foldPart(whole, whole.length);
    else {
      const rest = whole.slice(this.folded);
      sessions.send({ type: 'snapshot.arrived', ...this.request, sessions: rest, whole });
    }
    // Where very many are held, what follows a fold takes a slice of its own.
    if (performance.now() - since >= SLICE_MS) await yieldToEventLoop();
  }

  private begin(list: readonly SessionUpdate[]): void {
    if (list !== this.list) this.folded = 0;
    this.list = list;
  }

  private foldPart(rows: readonly SessionUpdate[], end: number): void {
    const part = rows.slice(this.folded, end);
    this.asking.sessions.send({ type: 'snapshot.began', ...this.request, sessions: part });
    this.folded = end;
  }

  private get request() {
    return { requestedAt: this.asking.sessions.getSnapshot().context.requestedAt, at: this.at };
  }
}

/** Where the rows end that are folded at once: what a fold costs are the values in them. */
function endOfPart(whole: readonly SessionUpdate[], from: number): number {
  const room = { values: VALUES_AT_ONCE };
  const rows = whole.slice(from, from + ROWS_AT_ONCE);
  const fitting = rows.findIndex((row) => !fits(row, MAX_DEPTH, room));
  return from + (fitting < 0 ? rows.length : Math.max(fitting, 1));
}

function tooLong({ sessions: { length }, leftOut = 0 }: SessionList): Failure {
  const detail = `${length} of ${length + leftOut} sessions shown`;
  return { kind: 'tooLarge', detail, retryAfterMs: TOO_LARGE_RETRY_MS };
}
