import { fromCallback, type EventObject } from 'xstate';
import type { Fact } from '../machines/connectionMachine';

/** Given, since the reason that Node makes up costs more than the rest of the transition. */
const LEFT = 'the state was left';

export interface ActorTools<TInput, TEvent extends EventObject> {
  readonly input: TInput;
  readonly tell: (fact: Fact) => void;
  readonly receive: (listener: (event: TEvent) => void) => void;
}

/**
 * The actors of one connection after another. A machine that fails in the middle of a transition leaves its actors
 * running; here each can be ended without it.
 */
export class ActorScope {
  private readonly ends = new Set<() => void>();

  /** `onBug` hears of an actor's exception that no machine can see. */
  constructor(private readonly onBug: (error: unknown) => void) {}

  /** An actor that begins with its state and whose returned function is called once, at its end. */
  actor<TInput, TEvent extends EventObject = EventObject>(
    begin: (tools: ActorTools<TInput, TEvent>) => () => void,
  ) {
    return fromCallback<TEvent, TInput>(({ input, sendBack, receive }) => {
      let ended = false;
      const stop = begin({
        input,
        receive,
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
  working<TInput>(work: (input: TInput, tell: (fact: Fact) => void, signal: AbortSignal) => Promise<void>) {
    return this.actor<TInput>(({ input, tell }) => {
      const leaving = new AbortController();
      work(input, tell, leaving.signal).catch((error: unknown) => {
        if (!leaving.signal.aborted) this.onBug(error);
      });
      return () => leaving.abort(LEFT);
    });
  }

  /** An actor that asks once and answers with one fact; leaving the state gives it up. */
  asking<TInput>(ask: (input: TInput, signal: AbortSignal) => Promise<Fact>) {
    return this.working<TInput>((input, tell, signal) => ask(input, signal).then(tell));
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
