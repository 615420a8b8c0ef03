import type { RouteName } from '../routes';
import type { Broadcast, Id, Session, User, World } from '../world';

/** Everything in which one generation of the server differs from another. */
export interface Generation {
  /** A fresh sequence of session ids. */
  ids(): () => Id;
  parseId(text: string): Id | undefined;

  userTopic(userId: number): string;
  /** Whether any channel serves the topic; where none does, the reply bears no join_ref. */
  serves(topic: string): boolean;
  /** The reason a join is refused. */
  refusal(topic: string, userId: number): string | undefined;

  /** Nothing where the channel has no clause for the broadcast: it crashes. */
  push(broadcast: Broadcast, world: World): { event: string; payload: unknown } | undefined;
  /** Answers an event the client sent; nothing where the channel has no clause for it: it crashes. */
  call(event: string, payload: unknown, user: User, world: World): { response: unknown } | undefined;

  routes: readonly RouteName[];
  /** Whether `GET /api/me` exists unless the options say otherwise. */
  me: boolean;
  restSession(session: Session, world: World): Record<string, unknown>;
  /** The answer to a creation, where not everything is loaded yet. */
  restCreatedSession(session: Session, world: World): Record<string, unknown>;
  /** What `next-command` does to an interaction that is still pending. */
  pendingInteraction: 'returned' | 'replaced';
}
