import type { PresenceMode } from '../presence';
import type { RouteName } from '../routes';
import type { CallReply } from '../commandAnswers';
import type { Broadcast, Id, IdKind, Session, User, World } from '../world';

/** What a channel sends its client. */
export interface Push {
  event: string;
  payload: unknown;
}

/** Everything in which one generation of the server differs from another. */
export interface Generation {
  ids: IdKind;
  parseId(text: string): Id | undefined;
  /** How the id of a project, a component or an account is shown, which is an integer in the world. */
  showId(kind: 'project' | 'component' | 'account', id: Id): Id;
  environmentField: 'environment' | 'environment_type';
  sessionTypes: readonly string[];

  userTopic(userId: number): string;
  /** Whether any channel serves the topic; where none does, the reply bears no join_ref. */
  serves(topic: string): boolean;
  /** The reason a join is refused. */
  refusal(topic: string, user: User): string | undefined;
  /** What the reply to a join says; nothing where it is left out. */
  joinReply?(topic: string, user: User, world: World): Record<string, unknown>;
  /** What the join of the user's topic tells of who is there; `off` where presence is not tracked. */
  presence: PresenceMode;

  /** What the channel of the user makes of a broadcast; `crash` where it has no clause for it. */
  push(broadcast: Broadcast, world: World): Push | 'ignored' | 'crash';
  /** What the other people of a project are told of it, on a topic of theirs. */
  pushToProject?(broadcast: Broadcast, world: World): (Push & { topic: string }) | undefined;
  /** Whether `session_created` crashes the channel of the user. */
  crashesOnCreated: boolean;
  /**
   * Answers an event the client sent on a joined topic; nothing where the channel crashes of it. The user is as it was
   * when the socket was opened.
   */
  call(topic: string, event: string, payload: unknown, user: User, world: World): CallReply | undefined;

  routes: readonly RouteName[];
  restSession(session: Session, world: World): Record<string, unknown>;
  /** Whether a session begins with a command. */
  createsWithCommand: boolean;
  /** The answer to a creation, where not everything may be loaded yet. */
  restCreatedSession(session: Session, world: World): Record<string, unknown>;
  /** What `next-command` does to an interaction that is still pending. */
  pendingInteraction: 'returned' | 'replaced';
}
