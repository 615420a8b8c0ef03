import type { ConnectionSnapshot, Inheritance } from '../machines/connectionMachine';
import { sessionsLogic, type Inherited } from '../machines/sessions';
import { parseSession, type SessionUpdate } from './model/parseSession';
import type { Session } from './model/session';

/** What a connection that failed leaves to the next: its sessions, read anew, but for those that could fail that too. */
export function inheritance({ context }: ConnectionSnapshot): Inheritance {
  const sessions: Inherited[] = [];
  for (const { session, confirmedAt, untold } of context.sessions.getSnapshot().context.entries.values()) {
    const update = session && readAnew(session);
    if (update) sessions.push({ update, confirmedAt, untold });
  }
  return { sessions, syncedAt: context.syncedAt };
}

/** Undefined where the session cannot be read, taken, or compared with itself when it comes again. */
function readAnew(session: Session): SessionUpdate | undefined {
  try {
    const update = parseSession(JSON.parse(JSON.stringify(session)));
    if (!update) return undefined;
    const scope = undefined as never;
    const alone = sessionsLogic.getInitialSnapshot(scope, [{ update, confirmedAt: 0, untold: [] }]);
    sessionsLogic.transition(alone, { type: 'session.upserted', update: session, at: 0 }, scope);
    return update;
  } catch {
    return undefined;
  }
}
