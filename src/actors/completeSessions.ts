import type { FactOf } from '../../machines/connectionMachine';
import { chooseTurn, lookUp, LOOKUPS_BEFORE_LIST, type Asking } from './lookUp';
import type { Failure } from '../model/failure';
import { factOf, type RestFact } from './restAccess';
import { syncSessions } from './syncSessions';

export type CompletionFact = FactOf<'channel.outOfSync'> | RestFact;

/** Events that come in one burst are asked for together. */
export const FIRST_PAUSE_MS = 100;
/** While sessions keep coming the pauses grow, and with them what one request covers; no row waits for longer. */
const LONGEST_PAUSE_MS = 1_000;
/** A pause after which the next session is asked for as soon as the first. */
const QUIET_MS = 10_000;
/** While some are stale, fifty of them at a time are asked for again: soon, then ever more seldom. */
export const FIRST_TURN_MS = 2_000;
const LONGEST_TURN_MS = 60_000;
/** A list that takes long is worth a longer pause, one that hung is not. */
const PAUSE_A_ROUND = 4;
const LONGEST_PAUSE_OF_ALL_MS = 5_000;

export interface Completing extends Asking {
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Ends early, and then with the signal aborted, where the state is left. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly tell: (fact: CompletionFact) => void;
}

/**
 * [S11] Asks for what events leave out: for each session, or for a list where many lack something. One that the server
 * would not tell of is marked and has its turn later [S10]; a server that does not answer means out of sync. Ends when
 * the signal is aborted.
 */
export function completeSessions(completing: Completing): Promise<void> {
  const { sessions, signal, now, pause, tell } = completing;
  const stateOf = () => sessions.getSnapshot().context;
  const incomplete = () => stateOf().incomplete;
  const left = () => signal.aborted;
  let pauseMs = FIRST_PAUSE_MS;
  let endedAt = now();

  const completeAll = async (): Promise<void> => {
    while (incomplete().size > 0) {
      if (now() - endedAt > QUIET_MS) pauseMs = FIRST_PAUSE_MS;
      await pause(pauseMs, signal);
      if (left()) return;
      const beganAt = now();
      const failure = await askForIncomplete(completing, incomplete());
      if (left()) return;
      endedAt = now();
      const growing = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      pauseMs = Math.min(Math.max(growing, PAUSE_A_ROUND * (endedAt - beganAt)), LONGEST_PAUSE_OF_ALL_MS);
      if (failure)
        tell(failure.kind === 'unauthorized' ? factOf(failure) : { type: 'channel.outOfSync', failure });
    }
  };

  const takeTurns = async (): Promise<void> => {
    for (
      let turnMs = FIRST_TURN_MS;
      stateOf().stale.size > 0;
      turnMs = Math.min(2 * turnMs, LONGEST_TURN_MS)
    ) {
      await pause(turnMs, signal);
      if (left()) return;
      const failure = await lookUp(chooseTurn(stateOf().stale, stateOf()), completing);
      if (left()) return;
      if (failure?.kind === 'unauthorized') tell(factOf(failure));
    }
  };

  return new Promise((resolve, reject) => {
    const works = [
      { isWanted: () => stateOf().incomplete.size > 0, work: completeAll, isRunning: false },
      {
        isWanted: () => stateOf().stale.size > 0 && completing.source.hasSingles(),
        work: takeTurns,
        isRunning: false,
      },
    ];
    const look = () => {
      for (const each of works) {
        if (each.isRunning || left() || !each.isWanted()) continue;
        each.isRunning = true;
        each.work().then(() => {
          each.isRunning = false;
          look();
        }, reject);
      }
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

async function askForIncomplete(
  completing: Completing,
  incomplete: ReadonlySet<string>,
): Promise<Failure | undefined> {
  const { sessions, source, budget, now } = completing;
  const ids = [...incomplete];
  if (budget.blocked) {
    sessions.send({ type: 'lookup.refused', ids });
    return undefined;
  }
  if (!source.hasSingles() || ids.length > Math.min(LOOKUPS_BEFORE_LIST, budget.available)) {
    const fact = await syncSessions(completing, now);
    return fact && 'failure' in fact ? fact.failure : undefined;
  }
  const failure = await lookUp(ids, completing);
  if (failure?.kind !== 'rateLimited') return failure;
  sessions.send({ type: 'lookup.refused', ids });
  return undefined;
}
