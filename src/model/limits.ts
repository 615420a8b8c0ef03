/** Every bound on what a server sends, in one place. What lies beyond is left out, counted and said. */

/** Containers within containers, a session itself being the first; a deeper one is shown as a marker. */
export const MAX_DEPTH = 64;
export const MAX_ID_CHARS = 256;
export const MAX_SESSIONS = 20_000;
/** Sessions of other users. */
export const MAX_OTHERS = 1_000;
/** Of one session: the newest are kept. */
export const MAX_INTERACTIONS = 2_000;
/** JSON values (members and elements) of the interactions of one session. */
export const MAX_INTERACTION_VALUES = 200_000;
/** JSON values of any other field of a session. */
export const MAX_FIELD_VALUES = 20_000;
/** Of one object. */
export const MAX_KEYS = 20_000;
/** Of one array; more are only counted. */
export const MAX_ELEMENTS = 200_000;
/** Fields of a session that this version does not know. */
export const MAX_UNKNOWN_FIELDS = 100;
/** Of what an agent asks a user. */
export const MAX_NOTIFICATION_CHARS = 1_000;
export const MAX_NOTIFICATION_TYPE_CHARS = 120;
/** Sessions whose own topics are joined at once. */
export const MAX_FOLLOWED = 8;
/** Of one message of live output: the last are told. */
export const MAX_OUTPUT_EVENTS = 2_000;
/** JSON values of one message of live output. */
export const MAX_OUTPUT_VALUES = 100_000;
export const MAX_OUTPUT_TYPE_CHARS = 120;
/** Connections of all who watch; further ones are not counted. */
export const MAX_PRESENT = 5_000;
/** A body after decompression, or a frame. */
export const MAX_TEXT_BYTES = 64 * 1024 * 1024;
/** An answer of OAuth, or to a request without a token. */
export const MAX_SMALL_TEXT_BYTES = 1024 * 1024;
/** JSON values kept of one body or frame: what small values in great number would cost in memory. */
export const MAX_TEXT_VALUES = 2_500_000;
/** Of all sessions held: what would make them more is held without its interactions. In UTF-16 units, a value as 16. */
export const MAX_HELD_CHARS = 128 * 1024 * 1024;
/** The longest wait that a server can ask for. */
const MAX_WAIT_MS = 60 * 60_000;
/** Between two requests for a list that was larger than can be taken. */
export const TOO_LARGE_RETRY_MS = 60_000;

/** Seconds that a server asks to wait, in ms within the bounds; undefined for what is no number of seconds. */
export function waitMs(seconds: unknown): number | undefined {
  const given =
    typeof seconds === 'string' && /^\s*\d{1,32}(\.\d{1,32})?\s*$/.test(seconds) ? Number(seconds) : seconds;
  if (typeof given !== 'number' || Number.isNaN(given)) return undefined;
  return Math.min(Math.max(given * 1000, 0), MAX_WAIT_MS);
}
