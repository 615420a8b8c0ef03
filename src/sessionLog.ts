import type { Log } from './log';
import { plainText } from './model/plainText';
import { equalJson, type Session } from './model/session';

/** A list may change many sessions at once; those beyond are counted. */
const MAX_LINES = 100;
const MAX_FIELDS = 20;
const MAX_NAME_CHARS = 64;

interface Sessions {
  readonly getAll: () => readonly Session[];
  readonly get: (id: string) => Session | undefined;
}

/** Writes down, at level debug, which sessions came, changed and went. Where nobody reads that, it keeps nothing. */
export class SessionLog {
  /** As they were last written of. */
  private known: Map<string, Session> | undefined;

  constructor(
    private readonly log: Log,
    private readonly sessions: Sessions,
  ) {
    if (log.isEnabled('debug')) this.known = this.all();
  }

  changed(ids: readonly string[]): void {
    if (!this.log.isEnabled('debug')) {
      this.known = undefined;
      return;
    }
    for (const id of ids.slice(0, MAX_LINES)) {
      this.log.debug(`session ${shortName(id)} ${this.fate(id, this.sessions.get(id))}`);
    }
    if (ids.length > MAX_LINES) this.log.debug(`and ${ids.length - MAX_LINES} more sessions`);
    if (this.known) for (const id of ids) this.keep(this.known, id);
    else this.known = this.all();
  }

  private fate(id: string, session: Session | undefined): string {
    if (!session) return 'went';
    // The log has been at another level until now.
    if (!this.known) return 'came or changed';
    const before = this.known.get(id);
    return before ? `changed: ${differences(before, session)}` : 'came';
  }

  private keep(known: Map<string, Session>, id: string): void {
    const session = this.sessions.get(id);
    if (session) known.set(id, session);
    else known.delete(id);
  }

  private all(): Map<string, Session> {
    return new Map(this.sessions.getAll().map((session) => [session.id, session]));
  }
}

/** An id or another name that a server gave, as part of a line. */
export function shortName(name: string): string {
  return plainText(name, MAX_NAME_CHARS);
}

/** The names of the fields; a server may add some of its own. */
function differences(before: Session, after: Session): string {
  if (before === after) return 'freshness';
  const names = Object.keys({ ...before, ...after }) as (keyof Session)[];
  const differing = names.filter((name) => !equalJson(before[name], after[name]));
  const shown = differing.slice(0, MAX_FIELDS).map(shortName);
  if (differing.length > MAX_FIELDS) shown.push(`${differing.length - MAX_FIELDS} more`);
  return shown.join(', ') || 'freshness';
}
