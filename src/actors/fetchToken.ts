import type { FactOf } from '../../machines/connectionMachine';
import type { LoopbackProof } from '../http/loopbackProof';
import { isRefusal, isSignedOut, type Result, type Failure } from '../model/failure';
import type { ServerAddress } from '../model/serverAddress';
import type { Granted, TokenSource } from '../model/tokenSource';
import { userIdOfToken } from '../model/userId';

export type TokenFact = FactOf<'token.granted' | 'token.missing' | 'token.unreachable' | 'server.refused'>;

export interface TokenDependencies {
  /** The server as it is set now. */
  readonly address: () => Result<ServerAddress>;
  /** Loads what the attempt needs besides a token. */
  readonly prepare: () => Promise<Result<unknown>>;
  /** No token is asked for, to be sent to a server that has not shown what it is. */
  readonly proof: Pick<LoopbackProof, 'of' | 'clear'>;
  readonly tokens: TokenSource;
}

/** The token for the next attempt; `renew` asks for one that differs from the last. */
export const fetchToken =
  ({ address, prepare, proof, tokens }: TokenDependencies) =>
  async ({ renew }: { renew: boolean }): Promise<TokenFact> => {
    const server = address();
    if (!server.ok) return { type: 'server.refused', failure: server.failure };
    // Nothing is sent to a server before somebody has signed in there.
    const isSignedIn = await tokens.isSignedIn?.(server.value);
    if (isSignedIn === false) return { type: 'token.missing' };
    for (const step of [prepare, () => proof.of(server.value)]) {
      const done = await step();
      if (!done.ok) return tokenFailure(done.failure);
    }
    const answer = await tokens.get({ address: server.value, renew });
    if (!answer.ok) {
      // The account proves that it once was right: what answers now stands between.
      const isBetween = isSignedIn === true && answer.failure.kind === 'notCodeMySpec';
      return isBetween
        ? { type: 'token.unreachable', failure: answer.failure }
        : tokenFailure(answer.failure);
    }
    return answer.value ? granted(answer.value) : { type: 'token.missing' };
  };

function tokenFailure(failure: Failure): TokenFact {
  if (isSignedOut(failure)) return { type: 'token.missing', failure };
  return isRefusal(failure) ? { type: 'server.refused', failure } : { type: 'token.unreachable', failure };
}

/** Where nobody says whose a token is, its own claim does. */
function granted(grant: Granted): TokenFact {
  const userId = userIdOfToken(grant.token);
  const accountId = grant.accountId ?? userId;
  return {
    type: 'token.granted',
    ...grant,
    ...(userId !== undefined && { userId }),
    ...(accountId !== undefined && { accountId }),
  };
}
