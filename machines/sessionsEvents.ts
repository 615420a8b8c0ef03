import type { SessionUpdate } from '../src/model/parseSession';
import type { Present } from '../src/model/present';
import type { SessionNotification } from '../src/model/sessionNotification';
import type { SessionOutput } from '../src/model/sessionOutput';
import type { OthersEvent } from './othersSessions';

/**
 * What a push says. `superseded`: on a socket that is closed once another has listed, perhaps before it tells what came
 * next; it counts as arrived when that list was asked for.
 */
export type SessionDelta = { readonly superseded?: true } & (
  | { type: 'session.upserted'; update: SessionUpdate }
  /** [S15] `unordered`: what it says may be older than what another topic has told. */
  | { type: 'session.patched'; update: SessionUpdate; unordered?: true }
  | { type: 'session.deleted'; id: string }
);

/** `at` is in ms since the epoch: when an event arrived, or when an answer was asked for. */
export type SessionsEvent =
  | (SessionDelta & { at: number })
  /** Several at once, in the order of their arrival. */
  | { type: 'deltas.arrived'; deltas: readonly SessionDelta[]; at: number }
  /** A push that could not be read: any session may have changed. */
  | { type: 'session.malformed' }
  | { type: 'channel.joined' }
  | { type: 'channel.left' }
  | { type: 'presence.changed'; present: readonly Present[] }
  /** Passed on, and not kept; so is output. */
  | { type: 'notification.arrived'; notification: SessionNotification }
  | { type: 'output.arrived'; output: SessionOutput }
  /** A list is about to be asked for, be it on another socket than was thought. */
  | { type: 'snapshot.requested' }
  /** The first rows of a long list that was asked for when `arrivals` was `requestedAt`. */
  | { type: 'snapshot.began'; requestedAt: number; at: number; sessions: readonly SessionUpdate[] }
  /** The rest of that list; `whole` is all of it where it is more than `sessions`. */
  | {
      type: 'snapshot.arrived';
      requestedAt: number;
      at: number;
      sessions: readonly SessionUpdate[];
      whole?: readonly SessionUpdate[];
    }
  /** Nothing more is asked for the sake of that list. */
  | { type: 'snapshot.ended' }
  /** The answer for one session; without an update the server does not have it. */
  | { type: 'lookup.arrived'; requestedAt: number; at: number; id: string; update: SessionUpdate | undefined }
  /** The server would not tell. */
  | { type: 'lookup.refused'; ids: readonly string[] }
  | { type: 'sessions.cleared' }
  | OthersEvent;

/** What those hear who subscribed to it by `on`. */
export type SessionsEmitted =
  | { readonly type: 'notification'; readonly notification: SessionNotification }
  | { readonly type: 'output'; readonly output: SessionOutput };
