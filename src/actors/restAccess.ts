import type { FactOf } from '../../machines/connectionMachine';
import type { Me } from '../http/sessions';
import { isRefusal, type Result, type Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import type { SessionSource } from './lookUp';

/** What REST can be asked with one token. */
export interface Api extends Pick<SessionSource, 'list' | 'get'> {
  /** Undefined where the server does not have it. */
  me(signal: AbortSignal): Promise<Result<Me | undefined>>;
  /** Whether the token is good for a request at all. */
  check(signal: AbortSignal): Promise<Result<unknown>>;
}

export interface RestDependencies {
  /** REST of the server as it is set now; a failure without an address or a token. */
  readonly api: (token: Secret | undefined) => Result<Api>;
}

/** What any REST call can come to. */
export type RestFact = FactOf<'token.refused' | 'server.refused' | 'snapshot.failed'>;

/** What a failed REST call means to the connection. */
export function factOf(failure: Failure): RestFact {
  if (failure.kind === 'unauthorized') return { type: 'token.refused', failure };
  if (isRefusal(failure)) return { type: 'server.refused', failure };
  return { type: 'snapshot.failed', failure };
}
