import { MAX_ID_CHARS } from './limits';
import { parseId } from './parseSession';

/** What a server announces when the topic of a user is joined; what it does not announce is not tried. */
export interface ServerOffers {
  /** Whose token it is: nobody else may ask for a command again. */
  readonly userId: string;
  /** Names of the commands that may be pushed, some of which may not be known here. */
  readonly commands: ReadonlySet<unknown>;
  /** The topic of the project that was active when the socket was opened. */
  readonly projectTopic: string | undefined;
}

const PROJECT_TOPIC = /^vscode:project:[^\s:]+$/;

/** Undefined where the reply to the join announces nothing that can be used. */
export function parseOffers(reply: unknown): ServerOffers | undefined {
  if (typeof reply !== 'object' || reply === null) return undefined;
  const { user_id: id, commands, project_topic: topic } = reply as Record<string, unknown>;
  const userId = parseId({ id });
  if (userId === undefined) return undefined;
  const isTopic = typeof topic === 'string' && topic.length <= MAX_ID_CHARS && PROJECT_TOPIC.test(topic);
  return {
    userId,
    commands: new Set(Array.isArray(commands) ? commands : []),
    projectTopic: isTopic ? topic : undefined,
  };
}
