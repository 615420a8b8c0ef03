import type { FactOf } from '../../machines/connectionMachine';
import type { Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import { factOf, type RestDependencies, type RestFact } from './restAccess';

export type UserFact = FactOf<'user.identified' | 'user.untold' | 'user.unknown'> | RestFact;

/** Asks the server whose the token is. */
export const identifyUser =
  ({ api }: RestDependencies) =>
  async ({ token }: { token: Secret | undefined }, signal: AbortSignal): Promise<UserFact> => {
    const server = api(token);
    if (!server.ok) return factOf(server.failure);
    const me = await server.value.me(signal);
    if (!me.ok) return unknownUser(me.failure);
    return me.value ? { type: 'user.identified', userId: me.value.id } : { type: 'user.untold' };
  };

export function unknownUser(failure: Failure): FactOf<'user.unknown'> | RestFact {
  return failure.kind === 'unauthorized' ? factOf(failure) : { type: 'user.unknown', failure };
}
