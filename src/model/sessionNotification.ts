import { MAX_NOTIFICATION_CHARS, MAX_NOTIFICATION_TYPE_CHARS } from './limits';
import { parseId } from './parseSession';
import { plainText } from './plainText';

/** An agent asks for a user. */
export interface SessionNotification {
  /** Of a session that may not be held. */
  readonly sessionId: string;
  /** Such as `permission_prompt`; one that this version does not know is told as it is. One line of plain text. */
  readonly type: string;
  /** One line of plain text. */
  readonly message?: string;
  /** When it arrived, in ms since the epoch. */
  readonly at: number;
}

/** Undefined for a payload without a session or a type. */
export function parseNotification(payload: object): Omit<SessionNotification, 'at'> | undefined {
  const { session_id: id, notification_type, data } = payload as Record<string, unknown>;
  const sessionId = parseId({ id });
  const type = lineOf(notification_type, MAX_NOTIFICATION_TYPE_CHARS);
  if (sessionId === undefined || type === undefined) return undefined;
  const given = typeof data === 'object' && data !== null && 'message' in data ? data.message : undefined;
  const message = lineOf(given, MAX_NOTIFICATION_CHARS);
  return { sessionId, type, ...(message !== undefined && { message }) };
}

function lineOf(value: unknown, maxLength: number): string | undefined {
  return (typeof value === 'string' && plainText(value, maxLength)) || undefined;
}
