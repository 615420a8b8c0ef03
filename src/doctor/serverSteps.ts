import { discover } from '../auth/discovery';
import type { RestClient } from '../http/restClient';
import { getMe, listSessions } from '../http/sessions';
import type { FailureKind } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { TokenSource } from '../model/tokenSource';
import { asUserId, userIdOfToken } from '../model/userId';
import { factOf, failed, found, skipped, type Finding } from './finding';

/** What is known of the user; `undefined` where only a session can tell. */
export interface KnownUser {
  readonly id: string | undefined;
}

/** After these nothing that listens there is worth a token. */
const NOBODY_THERE: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'unreachable',
  'tlsRefused',
  'proxyRefused',
  'timeout',
  'notCodeMySpec',
]);

export async function checkDiscovery(
  fetchImpl: typeof fetch,
  address: ServerAddress,
  signal: AbortSignal,
): Promise<Finding<true>> {
  const metadata = await discover({ fetch: fetchImpl }, address, signal);
  if (metadata.ok) return found('OAuth metadata', true);
  const { failure } = metadata;
  return NOBODY_THERE.has(failure.kind) ? failed(failure) : failed(failure, true);
}

export async function checkToken(tokens: TokenSource, address: ServerAddress): Promise<Finding<Secret>> {
  const granted = await tokens.get({ address, renew: false });
  if (!granted.ok) return failed(granted.failure);
  if (!granted.value) return skipped('there is none');
  const { token } = granted.value;
  return found(userIdOfToken(token) === undefined ? 'there' : 'there, and names its user', token);
}

/** Whether the server takes the token; a server without `GET /api/me` is asked for sessions. */
export async function checkRest(
  rest: RestClient,
  token: Secret,
  signal: AbortSignal,
): Promise<Finding<KnownUser>> {
  const me = await getMe(rest, token, signal);
  if (me.ok && me.value) {
    return found('GET /api/me takes the token', { id: userIdOfToken(token) ?? me.value.id });
  }
  if (!me.ok && me.failure.kind !== 'serverError') return failed(me.failure);
  const sessions = await rest.get({ path: '/api/sessions', token, signal, retry: true });
  const user = { id: userIdOfToken(token) };
  const noMe = me.ok ? 'no GET /api/me' : factOf(me.failure);
  if (!sessions.ok) {
    const { failure } = sessions;
    // The token was looked at before the server failed, as it does for a user without an active project.
    return failure.kind === 'serverError' && me.ok
      ? found(`${noMe}; ${factOf(failure)}`, user)
      : failed(failure);
  }
  if (sessions.value.status === 404) {
    return failed({
      kind: 'notCodeMySpec',
      detail: 'neither GET /api/me nor GET /api/sessions is there (HTTP 404)',
    });
  }
  return found(`${noMe}; GET /api/sessions takes the token`, user);
}

/** The user of any session that the list has. */
export async function userOfSessions(
  rest: RestClient,
  token: Secret,
  signal: AbortSignal,
): Promise<string | undefined> {
  const list = await listSessions(rest, token, signal);
  if (!list.ok) return undefined;
  return list.value.sessions.map(({ user_id }) => asUserId(user_id)).find((id) => id !== undefined);
}
