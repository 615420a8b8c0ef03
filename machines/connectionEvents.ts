import type { Failure } from '../src/model/failure';
import type { Granted } from '../src/model/tokenSource';
import type { WindowActivity } from '../src/model/windowActivity';

/** What a user or the composition root asks for, in whatever state. */
export type Command =
  | { type: 'connect' }
  | { type: 'disconnect' }
  | { type: 'reconnect' }
  | { type: 'refresh' }
  | { type: 'signIn' }
  | { type: 'signOut' }
  | { type: 'serverChanged' };

/** What the real world reports, by source. `at` is a monotonic time in ms. */
export type Fact = SharedFact | LinkFact | SyncFact;

type SharedFact =
  /** With the user id where the token claims it. */
  | ({ type: 'token.granted'; userId?: string } & Granted)
  /** With a failure, there was an account, and this is why it is of no use any more. */
  | { type: 'token.missing'; failure?: Failure }
  | { type: 'token.unreachable'; failure: Failure }
  /** Any REST call was answered 401. */
  | { type: 'token.refused'; failure: Failure }
  | { type: 'server.refused'; failure: Failure }
  | { type: 'channel.lost'; failure: Failure }
  /** `at`: when it was asked for. What the server would not tell of is marked. */
  | { type: 'snapshot.folded'; at: number }
  /** This machine slept: its wall clock went on without the monotonic one. */
  | { type: 'clock.jumped'; failure: Failure }
  | { type: 'network.changed' }
  | ({ type: 'windowActivity.changed'; at: number } & WindowActivity);

/** Facts that only the link may take. */
type LinkFact =
  | { type: 'user.identified'; userId: string }
  /** The server does not tell; sessions may. */
  | { type: 'user.untold' }
  | { type: 'user.unknown'; failure: Failure }
  /** The topic needs the user id, which is not known yet. */
  | { type: 'channel.userNeeded' }
  | { type: 'channel.joined' }
  | { type: 'channel.refused'; failure: Failure }
  /** The answer to `check`. */
  | { type: 'channel.alive' }
  | { type: 'verification.passed' }
  | { type: 'verification.refused'; failure: Failure }
  | { type: 'verification.failed'; failure: Failure }
  /** Both clocks went on while nothing ran here: a blocked host, or a sleep that cannot be told from it. */
  | { type: 'clock.stalled' };

/** Facts that only the sync region may take. */
type SyncFact =
  | { type: 'snapshot.failed'; failure: Failure }
  | { type: 'channel.outOfSync'; failure: Failure }
  /** Something arrived; told now and then while something does. */
  | { type: 'channel.active' };

/** Those facts of which an actor can tell. */
export type FactOf<T extends Fact['type']> = Extract<Fact, { type: T }>;

/** All that only the link may take. */
export type LinkEvent =
  | LinkFact
  /** `check` was not answered. */
  | { type: 'check.expired' };

/** All that only the sync region may take. */
export type SyncEvent =
  | SyncFact
  /** What the link tells the sync region. */
  | { type: 'link.up' }
  | { type: 'link.down' };

/** Raised by the machine itself, for whoever it concerns. */
type SharedEvent =
  | SharedFact
  /** A reason to try sooner: a changed network, somebody who comes back. */
  | { type: 'trigger' }
  | { type: 'trigger.refilled' }
  /** Lists may be asked for again. */
  | { type: 'lists.free' }
  /** Nobody has been there for long. */
  | { type: 'windowActivity.lapsed' };

/** To the channel actor: answer with `channel.alive`, if the peer answers. */
export interface ChannelCheck {
  readonly type: 'check';
}

export type ConnectionEvent = Command | SharedEvent | LinkEvent | SyncEvent;
