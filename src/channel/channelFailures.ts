import type { ErrorReply } from 'phoenix';
import { retryAfterMs } from '../http/exchange';
import { redact } from '../log';
import type { Failure } from '../model/failure';
import { waitMs } from '../model/limits';
import { plainText } from '../model/plainText';
import type { UpgradeRefusal } from './webSocket';

/** What the ends and refusals of a channel mean. */

/** How a server goes away that comes back: going away, service restart, try again later. */
const RESTART_CODES: ReadonlySet<number> = new Set([1001, 1012, 1013]);

/** The longest that a timer can wait. */
export const NEVER_MS = 2 ** 31 - 1;

/** phoenix keeps the timer of a push past the end of its channel, and with it all of the socket. */
export const LIST_TIMEOUT_MS = 30_000;

export function closeFailure(code = 1006): Failure {
  if (code === 1006) return { kind: 'unreachable', detail: 'the connection broke (1006)' };
  if (code === 1009) return { kind: 'tooLarge', detail: 'a message was too large for the connection (1009)' };
  const kind = RESTART_CODES.has(code) ? 'restarting' : 'closed';
  return { kind, detail: `the server closed the connection (${code})` };
}

export const NOT_JOINED: Failure = { kind: 'closed', detail: 'the channel is not joined' };
export const LIST_REFUSED: Failure = { kind: 'serverError', detail: 'list_sessions: the server refused' };
export const LIST_TIMED_OUT: Failure = {
  kind: 'timeout',
  detail: `list_sessions: no answer in ${LIST_TIMEOUT_MS / 1000} s`,
};
export const UNREADABLE_LIST: Failure = {
  kind: 'unreadable',
  detail: 'list_sessions: the reply could not be read',
};

/** What servers say of a topic that they do not serve, or not for this user. */
export const REFUSALS_OF_TOPICS: ReadonlySet<unknown> = new Set([
  ...['invalid topic', 'unmatched topic', 'invalid user_id', 'unauthorized'],
]);

export const isOfTopic = (reply: ErrorReply | undefined): boolean =>
  reply?.retry_after === undefined && REFUSALS_OF_TOPICS.has(reply?.reason);

export function joinFailure(topic: string, reply: ErrorReply | undefined): Failure {
  const retryAfter = waitMs(reply?.retry_after);
  const wait = retryAfter === undefined ? {} : { retryAfterMs: retryAfter };
  const reason = typeof reply?.reason === 'string' ? redact(plainText(reply.reason, 200)) : 'no reason given';
  return { kind: 'joinRefused', detail: `the server refused to join ${topic}: ${reason}`, ...wait };
}

/** Refusals of the upgrade that may mean a bad token; REST has the last word. */
export const isOfToken = ({ status }: UpgradeRefusal): boolean => status === 401 || status === 403;

export function refusalFailure({ status, retryAfter }: UpgradeRefusal): Failure {
  const wait = retryAfterMs(retryAfter);
  return {
    kind: status === 404 ? 'noSocket' : 'upgradeRefused',
    detail: `the server refused the WebSocket (HTTP ${status})`,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}
