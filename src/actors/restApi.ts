import type { Secret } from '../model/secret';
import type { RestClient } from '../http/restClient';
import { getMe, getSession, listSessions, type LastList } from '../http/sessions';
import type { Api } from './restAccess';

/** What REST can be asked with this token. */
export function restApi(rest: RestClient, token: Secret, lastList: LastList): Api {
  return {
    list: (signal, onRead) => listSessions(rest, token, signal, lastList, onRead),
    get: (id, signal) => getSession(rest, id, token, signal),
    me: (signal) => getMe(rest, token, signal),
    // A route that is not there says nothing of the token.
    check: async (signal) => {
      const sessions = await rest.get({ path: '/api/sessions', token, signal, retry: true });
      return sessions.ok && sessions.value.status === 404 ? getMe(rest, token, signal) : sessions;
    },
  };
}
