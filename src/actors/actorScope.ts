import { fromCallback, type EventObject } from 'xstate';
import type { Fact } from '../../machines/connectionMachine';

/** Given, since the reason that Node makes up costs more than the rest of the transition. */
const LEFT = 'the state was left';

export interface ActorTools<TInput, TEvent extends EventObject, TFact extends Fact> {
  readonly input: TInput;
  readonly tell: (fact: TFact) => void;
  /** An exception that came up where no machine can see it. */
  readonly fail: (error: unknown) => void;
  readonly receive: (listener: (event: TEvent) => void) => void;
}

export type Work<TInput, TFact extends Fact> = (
  input: TInput,
  tell: (fact: TFact) => void,
  signal: AbortSignal,
) => Promise<void>;

/**
 * The actors of one connection after another. A machine that fails in the middle of a transition leaves its actors
 * running; here each can be ended without it.
 */
export class ActorScope {
  private readonly ends = new Set<() => void>();

  /** `onBug` hears of an actor's exception that no machine can see. */
  constructor(private readonly onBug: (error: unknown) => void) {}

  /** An actor that begins with its state and whose returned function is called once, at its end. */
  actor<TInput, TFact extends Fact, TEvent extends EventObject = EventObject>(
    begin: (tools: ActorTools<TInput, TEvent, TFact>) => () => void,
  ) {
    return fromCallback<TEvent, TInput>(({ input, sendBack, receive }) => {
      let ended = false;
      const stop = begin({
        input,
        receive,
        fail: this.onBug,
        tell: (fact) => {
          if (!ended) sendBack(fact);
        },
      });
      const end = () => {
        ended = true;
        if (!this.ends.has(end)) return;
        stop();
        this.ends.delete(end);
      };
      this.ends.add(end);
      return end;
    });
  }

  /** An actor that works until its work is done or its state is left. */
  working<TInput, TFact extends Fact>(work: Work<TInput, TFact>) {
    return this.actor<TInput, TFact>(({ input, tell }) => {
      const leaving = new AbortController();
      work(input, tell, leaving.signal).catch((error: unknown) => {
        if (!leaving.signal.aborted) this.onBug(error);
      });
      return () => leaving.abort(LEFT);
    });
  }

  /** An actor that asks once and answers with one fact, if any; leaving the state gives it up. */
  asking<TInput, TFact extends Fact>(
    ask: (input: TInput, signal: AbortSignal) => Promise<TFact | undefined>,
  ) {
    return this.working<TInput, TFact>(async (input, tell, signal) => {
      const fact = await ask(input, signal);
      if (fact) tell(fact);
    });
  }

  /** Ends what still runs, and what failed to end. */
  endAll(): void {
    for (const end of [...this.ends]) {
      try {
        end();
      } catch (error) {
        this.onBug(error);
      }
    }
    this.ends.clear();
  }
}
