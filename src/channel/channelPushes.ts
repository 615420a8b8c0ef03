import type { SessionDelta } from '../../machines/sessionsEvents';
import { parseSession, parseId } from '../model/parseSession';
import type { Present } from '../model/present';
import { parseNotification, type SessionNotification } from '../model/sessionNotification';
import { parseOutput, type SessionOutput } from '../model/sessionOutput';

/** What the server pushes: undefined where a payload says nothing of a session. */

export type PushName = keyof typeof PUSHES;

/** What later servers tell beside the sessions; nothing of a session changes with it. */
export type ChannelNotice =
  | { readonly type: 'activity'; readonly sessionId: string }
  | { readonly type: 'notification'; readonly notification: Omit<SessionNotification, 'at'> }
  | { readonly type: 'presence'; readonly present: readonly Present[] };

export type NoticeName = keyof typeof NOTICES;

const upserted = (payload: unknown): SessionDelta | undefined => {
  // Later generations wrap the session in `data`.
  const inner = isObject(payload) && isObject(payload.data) ? payload.data : payload;
  if (isObject(inner)) forgetUnloaded(inner);
  const update = parseSession(inner);
  return update && { type: 'session.upserted', update };
};

/** A project or component that is null beside its id was not loaded for this event; the server has it all the same. */
function forgetUnloaded(session: Record<string, unknown>): void {
  if (session.project === null && (session.project_id ?? null) !== null) session.project = undefined;
  if (session.component === null && (session.component_id ?? null) !== null) session.component = undefined;
}

export const PUSHES = {
  session_created: upserted,
  session_updated: upserted,
  session_mode_updated: (payload) => {
    const { session_id: id, execution_mode } = isObject(payload) ? payload : {};
    const update = parseSession({ id, execution_mode });
    return update && { type: 'session.patched', update };
  },
  session_deleted: (payload) => {
    const id = parseId(payload);
    return id === undefined ? undefined : { type: 'session.deleted', id };
  },
} satisfies Record<string, (payload: unknown) => SessionDelta | undefined>;

export const NOTICES = {
  session_activity: (payload) => {
    const sessionId = parseId({ id: isObject(payload) ? payload.session_id : undefined });
    return sessionId === undefined ? undefined : { type: 'activity', sessionId };
  },
  notification_hook: (payload) => {
    const notification = isObject(payload) ? parseNotification(payload) : undefined;
    return notification && { type: 'notification', notification };
  },
} satisfies Record<string, (payload: unknown) => ChannelNotice | undefined>;

/** What the server pushes on the topic of one session. */
type SessionPush = SessionDelta | { readonly type: 'output'; readonly output: Omit<SessionOutput, 'at'> };

export type SessionPushName = keyof typeof SESSION_PUSHES;

type ReadPush = (payload: unknown, id: string) => SessionPush | undefined;

/** A payload that names another session than its topic says nothing. */
const ofSession =
  (read: (payload: Record<string, unknown>, id: string) => SessionPush | undefined): ReadPush =>
  (payload, id) => {
    if (!isObject(payload)) return undefined;
    const { session_id = id } = payload;
    return parseId({ id: session_id }) === id ? read(payload, id) : undefined;
  };

const output = ofSession((payload, sessionId) => {
  const read = parseOutput(payload);
  return read && { type: 'output', output: { sessionId, ...read } };
});

/** The fields whose value alone says all; of any other the session is only asked for. */
const PATCHED: ReadonlySet<unknown> = new Set([
  ...['status', 'state', 'execution_mode', 'external_conversation_id', 'display_name', 'agent'],
]);

function patched(id: string, field: unknown, value: unknown): SessionDelta | undefined {
  if (typeof field !== 'string' || value === undefined) return undefined;
  const update = parseSession({ id, ...(PATCHED.has(field) && { [field]: value }) });
  return update && { type: 'session.patched', update, unordered: true };
}

export const SESSION_PUSHES = {
  conversation_id_set: ofSession((payload, id) =>
    patched(id, 'external_conversation_id', payload.conversation_id),
  ),
  session_status_changed: ofSession((payload, id) => patched(id, 'status', payload.status)),
  session_updated: ofSession((payload, id) => patched(id, payload.field, payload.value)),
  session_event_received: output,
  session_events_received: output,
} satisfies Record<string, ReadPush>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The id that a payload bears, for the log. */
export function describeId(payload: unknown): string {
  const id = isObject(payload) ? payload.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? `id ${String(id).slice(0, 64)}` : 'without id';
}
