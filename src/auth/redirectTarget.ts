import type { Secret } from '../model/secret';

/** Of every redirect URI that leads back to this extension. */
export const CALLBACK_PATH = '/callback';

/** Where the browser brings the answer to a request for authorization (RFC 6749 §3.1.2). */
export interface RedirectTarget {
  readonly redirectUri: string;
  /** Of the loopback listener behind it. */
  readonly port: number | undefined;
  /** Another window may get the answer, and must be able to finish. */
  readonly reachesAnyWindow: boolean;
  /** The answer to the request with this state; undefined once the signal gives up. */
  receive(state: Secret, signal: AbortSignal): Promise<URLSearchParams | undefined>;
  close(): void;
}
