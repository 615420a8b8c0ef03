import type { Secret } from '../model/secret';

/** Of every redirect URI that leads back to this extension. */
export const CALLBACK_PATH = '/callback';

interface Expected {
  readonly state: Secret;
  readonly take: (response: URLSearchParams) => void;
}

/** What browsers bring back (RFC 6749 §4.1.2), each handed to the one request that asked for it, once. */
export class AuthorizationResponses {
  private readonly expected = new Set<Expected>();

  /** Undefined once the signal gives up. */
  expect(state: Secret, signal: AbortSignal): Promise<URLSearchParams | undefined> {
    return new Promise((resolve) => {
      const end = (response?: URLSearchParams) => {
        this.expected.delete(expected);
        signal.removeEventListener('abort', giveUp);
        resolve(response);
      };
      const giveUp = () => end();
      const expected: Expected = { state, take: end };
      this.expected.add(expected);
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) end();
    });
  }

  /** Whether somebody had asked for it; a request under way goes on waiting otherwise. */
  receive(response: URLSearchParams): boolean {
    const state = response.get('state');
    const asked = [...this.expected].find((expected) => state !== null && expected.state.reveal() === state);
    asked?.take(response);
    return asked !== undefined;
  }
}
