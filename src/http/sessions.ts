import { answered, failed, type Answer } from '../model/failure';
import { parseSession, type SessionList, type SessionUpdate } from '../model/parseSession';
import type { Secret } from '../model/secret';
import { KNOWN_STATUSES } from '../model/session';
import { readSessionList } from './readSessionList';
import type { RestClient } from './restClient';

const EVERY_STATUS = KNOWN_STATUSES.map((status) => `status[]=${status}`).join('&');

/** The last list that a server gave: the same text again is the same list, unread. */
export interface LastList {
  text?: string;
  list?: SessionList;
}

/** `GET /api/sessions` for every status: the sessions of the user's active project. */
export async function listSessions(
  rest: RestClient,
  token: Secret,
  signal: AbortSignal,
  last: LastList = {},
): Promise<Answer<SessionList>> {
  const answer = await rest.get({ path: `/api/sessions?${EVERY_STATUS}`, token, signal });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) {
    return failed({ kind: 'incompatible', detail: 'the server has no list of sessions (HTTP 404)' });
  }
  const { status, text } = answer.value;
  if (status === 400) return failed({ kind: 'serverError', detail: 'the server answered HTTP 400' });
  if (text === last.text && last.list) return answered(last.list);
  const list = await readSessionList(text);
  if (!list) return failed({ kind: 'unreadable', detail: 'the list of sessions could not be read' });
  Object.assign(last, { text, list });
  return answered(list);
}

/** [S12] Nothing under this id, or an id of another kind than the server's, as after an upgrade to UUIDs. */
const GONE_STATUSES: ReadonlySet<number> = new Set([400, 404]);

/** `GET /api/sessions/:id`; undefined where the server does not have it. */
export async function getSession(
  rest: RestClient,
  id: string,
  token: Secret,
  signal: AbortSignal,
): Promise<Answer<SessionUpdate | undefined>> {
  const answer = await rest.get({ path: `/api/sessions/${encodeURIComponent(id)}`, token, signal });
  if (!answer.ok) return answer;
  if (GONE_STATUSES.has(answer.value.status)) return answered(undefined);
  const session = parseSession((readJson(answer.value.text) as { data?: unknown } | undefined)?.data);
  return session
    ? answered(session)
    : failed({ kind: 'unreadable', detail: `session ${id} could not be read` });
}

export interface Me {
  readonly id: string;
  readonly email: string | undefined;
}

/** `GET /api/me`; undefined where the server does not have it, as G1. */
export async function getMe(
  rest: RestClient,
  token: Secret,
  signal: AbortSignal,
): Promise<Answer<Me | undefined>> {
  const answer = await rest.get({ path: '/api/me', token, signal });
  if (!answer.ok) return answer;
  const me = readJson(answer.value.text) as { id?: unknown; email?: unknown } | null | undefined;
  if (answer.value.status === 404 || (typeof me?.id !== 'number' && typeof me?.id !== 'string')) {
    return answered(undefined);
  }
  return answered({ id: String(me.id), email: typeof me.email === 'string' ? me.email : undefined });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
