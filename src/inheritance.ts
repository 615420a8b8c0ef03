import type { ConnectionSnapshot, Inheritance } from '../machines/connectionMachine';
import { heldSessions, sessionsLogic } from '../machines/sessions';
import { parseSession, type SessionUpdate } from './model/parseSession';
import type { Session } from './model/session';

/** What a connection that failed leaves to the next: its sessions, read anew, but for those that could fail that too. */
export function inheritance({ context }: ConnectionSnapshot): Inheritance {
  const sessions = heldSessions(context.sessions.getSnapshot().context)
    .map(readAnew)
    .filter((update) => update !== undefined);
  return { sessions, syncedAt: context.pictureAt };
}

/** Undefined where the session cannot be read, taken, or compared with itself when it comes again. */
function readAnew(session: Session): SessionUpdate | undefined {
  try {
    const update = parseSession(JSON.parse(JSON.stringify(session)));
    if (!update) return undefined;
    const scope = undefined as never;
    const alone = sessionsLogic.getInitialSnapshot(scope, [update]);
    sessionsLogic.transition(alone, { type: 'session.upserted', update: session }, scope);
    return update;
  } catch {
    return undefined;
  }
}
