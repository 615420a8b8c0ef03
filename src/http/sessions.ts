import { ok, err, type Result } from '../model/failure';
import { parseSession, type OnRead, type SessionList, type SessionUpdate } from '../model/parseSession';
import type { Secret } from '../model/secret';
import { KNOWN_STATUSES } from '../model/session';
import { asUserId } from '../model/userId';
import { readJson } from '../model/readJson';
import { inSlices } from '../eventLoop';
import { SessionListReader } from './sessionListReader';
import type { TextReader } from './readBody';
import type { RestClient } from './restClient';

const EVERY_STATUS = KNOWN_STATUSES.map((status) => `status[]=${status}`).join('&');

/** The last list that a server gave: the same text again is the same list, unread. */
export interface LastList {
  text?: string;
  list?: SessionList;
}

/** A longer text is read again instead of being kept. */
const KEPT_CHARS = 8 * 1024 * 1024;

/** A list as it arrives: for as long as it is the same text as last time, nothing is read. */
class ListBody implements TextReader {
  private readonly reader: SessionListReader;
  private readonly parts: string[] = [];
  /** As it was when this one began: another may end meanwhile. */
  private readonly last: LastList;
  private chars = 0;
  private same: boolean;

  constructor(
    private readonly kept: LastList,
    onRead: OnRead | undefined,
  ) {
    this.reader = new SessionListReader(onRead);
    this.last = { ...kept };
    this.same = kept.text !== undefined;
  }

  async push(text: string): Promise<boolean> {
    const { last, chars, same } = this;
    this.chars += text.length;
    if (same && last.text?.startsWith(text, chars)) return true;
    const known = same ? (last.text ?? '').slice(0, chars) : '';
    this.same = false;
    if (this.chars > KEPT_CHARS) this.parts.length = 0;
    else this.parts.push(known, text);
    return (await this.reader.push(known)) && this.reader.push(text);
  }

  async end(): Promise<Result<SessionList>> {
    const { kept, last, chars, same } = this;
    if (same && last.list && chars === last.text?.length) return ok(last.list);
    if (same) await this.reader.push((last.text ?? '').slice(0, chars));
    const read = await this.reader.end();
    delete kept.text;
    delete kept.list;
    if (read.ok && !same && chars <= KEPT_CHARS) {
      Object.assign(kept, { text: this.parts.join(''), list: read.value });
    }
    return read;
  }
}

/** `GET /api/sessions` for every status: the sessions of the user's active project. */
export async function listSessions(
  rest: RestClient,
  token: Secret,
  signal: AbortSignal,
  last: LastList = {},
  onRead?: OnRead,
): Promise<Result<SessionList>> {
  let body = new ListBody(last, onRead);
  const reader = () => (body = new ListBody(last, onRead));
  const answer = await rest.get({
    path: `/api/sessions?${EVERY_STATUS}`,
    token,
    signal,
    retry: true,
    reader,
  });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) {
    return err({ kind: 'noFallback', detail: 'REST has no list of sessions (HTTP 404)' });
  }
  if (answer.value.status === 400)
    return err({ kind: 'serverError', detail: 'the server answered HTTP 400' });
  return body.end();
}

/** [S12] Nothing under this id, or an id of another kind than the server's, as after an upgrade to UUIDs. */
const GONE_STATUSES: ReadonlySet<number> = new Set([400, 404]);

/** `GET /api/sessions/:id`; undefined where the server does not have it. */
export async function getSession(
  rest: RestClient,
  id: string,
  token: Secret,
  signal: AbortSignal,
): Promise<Result<SessionUpdate | undefined>> {
  const answer = await rest.get({
    path: `/api/sessions/${encodeURIComponent(id)}`,
    ...{ token, signal, retry: true },
  });
  if (!answer.ok) return answer;
  if (GONE_STATUSES.has(answer.value.status)) return ok(undefined);
  const body = (await jsonOf(answer.value.text)) as { data?: unknown } | null | undefined;
  const session = parseSession(body?.data);
  return session ? ok(session) : err({ kind: 'unreadable', detail: `session ${id} could not be read` });
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
): Promise<Result<Me | undefined>> {
  const answer = await rest.get({ path: '/api/me', token, signal, retry: true });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) return ok(undefined);
  const me = (await jsonOf(answer.value.text)) as { id?: unknown; email?: unknown } | null | undefined;
  const id = asUserId(me?.id);
  return ok(
    id === undefined ? undefined : { id, email: typeof me?.email === 'string' ? me.email : undefined },
  );
}

/** Undefined for what is no JSON. */
export async function jsonOf(text: string): Promise<unknown> {
  const read = await inSlices(readJson(text));
  return read.ok ? read.value : undefined;
}
