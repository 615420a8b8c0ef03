import type { Fact } from '../machines/connectionMachine';
import { lookUp, LOOKUPS_BEFORE_LIST, type Asking } from './lookUp';
import type { Failure } from './model/failure';
import { factOf, takeSnapshot } from './takeSnapshot';

/** Events that come in one burst are asked for together. */
export const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A row does not stay incomplete for longer, where the server asked to be left alone. */
const LONGEST_WAIT_MS = 10_000;
/** What a list takes of the budget. */
export const LIST_COST = 10;

export interface Completing extends Asking {
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Ends early, and then with the signal aborted, where the state is left. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly tell: (fact: Fact) => void;
}

/**
 * [S11] Asks for what events leave out: for each session, or for a list where many lack something. One that the server
 * would not tell of is marked and left to the next snapshot; a server that does not answer is told as a doubt. Ends
 * when the signal is aborted.
 */
export function completeSessions(completing: Completing): Promise<void> {
  const { sessions, signal } = completing;
  return new Promise((resolve, reject) => {
    let working = false;
    const look = () => {
      if (working || signal.aborted || sessions.getSnapshot().context.incomplete.size === 0) return;
      working = true;
      completeAll(completing).then(() => {
        working = false;
        look();
      }, reject);
    };
    // Its error ends the connection, which hears of it by itself.
    const subscription = sessions.subscribe({ next: look, error: () => {} });
    signal.addEventListener('abort', () => {
      subscription.unsubscribe();
      resolve();
    });
    look();
  });
}

async function completeAll(completing: Completing): Promise<void> {
  const { sessions, budget, signal, pause, tell } = completing;
  const incomplete = () => sessions.getSnapshot().context.incomplete;
  const left = () => signal.aborted;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    incomplete().size > 0;
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  ) {
    await pause(pauseMs, signal);
    const few = incomplete().size <= Math.min(LOOKUPS_BEFORE_LIST, budget.available);
    const waitMs = few ? 0 : budget.waitMs(LIST_COST);
    if (waitMs > LONGEST_WAIT_MS) {
      sessions.send({ type: 'lookup.refused', ids: [...incomplete()] });
      return;
    }
    if (waitMs > 0) await pause(waitMs, signal);
    if (left()) return;
    const failure = few ? await askForEach(completing, [...incomplete()]) : await askForList(completing);
    if (left()) return;
    if (failure)
      tell(failure.kind === 'unauthorized' ? factOf(failure) : { type: 'channel.doubted', failure });
  }
}

async function askForEach(completing: Completing, ids: readonly string[]): Promise<Failure | undefined> {
  const failure = await lookUp(ids, completing);
  if (failure?.kind !== 'rateLimited') return failure;
  completing.sessions.send({ type: 'lookup.refused', ids });
  return undefined;
}

async function askForList(completing: Completing): Promise<Failure | undefined> {
  completing.budget.take(LIST_COST);
  const fact = await takeSnapshot(completing, completing.now);
  return 'failure' in fact ? fact.failure : undefined;
}
