import type { FactOf } from '../../machines/connectionMachine';
import type { Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import { asUserId } from '../model/userId';
import { unknownUser } from './identifyUser';
import { factOf, type RestDependencies, type RestFact } from './restAccess';

const NO_SESSION: Failure = {
  kind: 'userUnknown',
  detail: 'the server does not tell who signed in until there is a session',
};

/** Looks for the user of any session that the list has. */
export const findUser =
  ({ api }: RestDependencies) =>
  async (
    { token }: { token: Secret | undefined },
    signal: AbortSignal,
  ): Promise<FactOf<'user.identified' | 'user.unknown'> | RestFact> => {
    const server = api(token);
    if (!server.ok) return factOf(server.failure);
    const list = await server.value.list(signal);
    if (!list.ok) return unknownUser(list.failure);
    const userId = list.value.sessions.map(({ user_id }) => asUserId(user_id)).find((id) => id !== undefined);
    return userId === undefined ? unknownUser(NO_SESSION) : { type: 'user.identified', userId };
  };
