import type { ConnectionTag } from '../machines/connectionMachine';
import type { ConnectionState } from '../machines/selectors';
import type { Failure } from './model/failure';

/** How live the list is, for users. */
export interface ConnectionStatus {
  /** Dotted, such as `connected.live`. */
  readonly state: ConnectionState;
  /** What the state means, for whoever does not care which it is. */
  readonly tags: readonly ConnectionTag[];
  /** When this state began, in ms since the epoch. */
  readonly since: number;
  /** When the last list that was folded was asked for, in ms since the epoch. */
  readonly syncedAt: number | undefined;
  /** Why the list is not live: the one of these that explains the state best. */
  readonly failure: Failure | undefined;
  /** Why there is no link. */
  readonly linkFailure: Failure | undefined;
  /** Why the last list did not arrive, or is out of sync. */
  readonly listFailure: Failure | undefined;
  /** When it tries again by itself, in ms since the epoch, where it waits for that. */
  readonly nextTryAt: number | undefined;
  /** Lists of sessions that can be shown at all, live or not. */
  readonly loaded: boolean;
}
