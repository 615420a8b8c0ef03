import type { FactOf } from '../../machines/connectionMachine';
import type { Secret } from '../model/secret';
import { factOf, type RestDependencies, type RestFact } from './restAccess';

export type VerificationFact =
  FactOf<'verification.passed' | 'verification.refused' | 'verification.failed'> | RestFact;

/** Asks REST whether the token is good. Any answer but 401 speaks for it: a server error comes after the check. */
export const verifyToken =
  ({ api }: RestDependencies) =>
  async ({ token }: { token: Secret | undefined }, signal: AbortSignal): Promise<VerificationFact> => {
    const server = api(token);
    if (!server.ok) return factOf(server.failure);
    const answer = await server.value.check(signal);
    if (answer.ok || answer.failure.kind === 'serverError') return { type: 'verification.passed' };
    const { failure } = answer;
    return failure.kind === 'unauthorized'
      ? { type: 'verification.refused', failure }
      : { type: 'verification.failed', failure };
  };
