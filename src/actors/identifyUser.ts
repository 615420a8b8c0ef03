import type { FactOf } from '../../machines/connectionMachine';
import type { Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import { asUserId, userIdOfToken } from '../model/userId';
import { factOf, type RestDependencies, type RestFact } from './restAccess';

export type UserFact = FactOf<'user.identified' | 'user.unknown'> | RestFact;

/** Whose the token is: as the token says, else the server, else a session of theirs. */
export const identifyUser =
  ({ api }: RestDependencies) =>
  async ({ token }: { token: Secret | undefined }, signal: AbortSignal): Promise<UserFact> => {
    const server = api(token);
    if (!server.ok) return factOf(server.failure);
    const fromToken = token && userIdOfToken(token);
    if (fromToken !== undefined) return { type: 'user.identified', userId: fromToken };
    const me = await server.value.me(signal);
    if (!me.ok) return unknown(me.failure);
    if (me.value) return { type: 'user.identified', userId: me.value.id };
    const list = await server.value.list(signal);
    if (!list.ok) return unknown(list.failure);
    const userId = list.value.sessions.map(({ user_id }) => asUserId(user_id)).find((id) => id !== undefined);
    return userId === undefined
      ? unknown({
          kind: 'userUnknown',
          detail: 'the server does not tell who signed in until there is a session',
        })
      : { type: 'user.identified', userId };
  };

function unknown(failure: Failure): UserFact {
  return failure.kind === 'unauthorized' ? factOf(failure) : { type: 'user.unknown', failure };
}
