import type { Log } from '../log';
import type { Secret } from '../model/secret';

interface Expected {
  readonly state: Secret;
  readonly take: (callback: URLSearchParams) => void;
}

/** Callbacks of the browser, each handed to the one sign-in that asked for it, once. */
export class SignInCallbacks {
  private readonly expected = new Set<Expected>();

  constructor(private readonly log: Log) {}

  /** Undefined once the signal gives up. */
  expect(state: Secret, signal: AbortSignal): Promise<URLSearchParams | undefined> {
    return new Promise((resolve) => {
      const end = (callback?: URLSearchParams) => {
        this.expected.delete(expected);
        signal.removeEventListener('abort', giveUp);
        resolve(callback);
      };
      const giveUp = () => end();
      const expected: Expected = { state, take: end };
      this.expected.add(expected);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) end();
    });
  }

  /** Whether somebody had asked for it; a sign-in under way goes on waiting otherwise. */
  receive(callback: URLSearchParams): boolean {
    const state = callback.get('state');
    const asked = [...this.expected].find((expected) => state !== null && expected.state.reveal() === state);
    if (!asked) {
      this.log.warn('a sign-in callback that nobody asked for was refused');
      return false;
    }
    asked.take(callback);
    return true;
  }
}
