import { boundValue } from './boundSession';
import { MAX_OUTPUT_EVENTS, MAX_OUTPUT_TYPE_CHARS, MAX_OUTPUT_VALUES } from './limits';
import { plainText } from './plainText';

/** What an agent reported while it works on a session: one message of the server. */
export interface SessionOutput {
  readonly sessionId: string;
  /** When it arrived, in ms since the epoch. */
  readonly at: number;
  /** In the order of the message. */
  readonly events: readonly OutputEvent[];
  /** The first ones of a message that has too many. */
  readonly leftOut: number;
}

export interface OutputEvent {
  /** Such as `post_tool_use`; one that this version does not know is told as it is. One line of plain text. */
  readonly type: string | null;
  /** By the server's clock, or that of the agent: as it was sent. */
  readonly sentAt: string | null;
  /**
   * As it was sent, within the bounds: any JSON value, of a text any length and any character. Where the event has no
   * `data`, all that it says besides.
   */
  readonly data: unknown;
}

/**
 * Reads `{event}`, `{events: []}` and the event itself without an envelope; undefined where there is none in it. What
 * is no event in a list is skipped.
 */
export function parseOutput(
  payload: Readonly<Record<string, unknown>>,
): Pick<SessionOutput, 'events' | 'leftOut'> | undefined {
  const { event, events } = payload;
  const sent: readonly unknown[] = Array.isArray(events) ? events : [event ?? payload];
  const room = { values: MAX_OUTPUT_VALUES };
  const read = sent.slice(-MAX_OUTPUT_EVENTS).flatMap((each) => parseEvent(each, room) ?? []);
  if (read.length === 0) return undefined;
  return { events: read, leftOut: Math.max(0, sent.length - MAX_OUTPUT_EVENTS) };
}

function parseEvent(event: unknown, room: { values: number }): OutputEvent | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return undefined;
  const { event_type, sent_at, ...rest } = event as Record<string, unknown>;
  delete rest.session_id;
  if (event_type === undefined && Object.keys(rest).length === 0) return undefined;
  return {
    type: lineOf(event_type),
    sentAt: lineOf(sent_at),
    data: boundValue('data' in rest ? rest.data : rest, room),
  };
}

const lineOf = (value: unknown): string | null =>
  typeof value === 'string' ? plainText(value, MAX_OUTPUT_TYPE_CHARS) : null;
