import type { OutputEvent, SessionOutput } from '../model/sessionOutput';
import { pendingInteraction, type Session } from '../model/session';

const MAX_CHARS = 64 * 1024;
const MAX_EVENT_CHARS = 16 * 1024;

/** What an agent has reported of the step that runs, the end of it; it is over with the step. */
export class LiveOutput {
  private lines = '';
  private of: string | null | undefined;

  /** Empty where nothing runs, or nothing was reported of it. */
  textFor(session: Session | undefined): string {
    this.follow(session);
    return this.lines;
  }

  add({ events }: SessionOutput, session: Session | undefined): void {
    this.follow(session);
    const added = events.map((event) => textOf(event)).filter(Boolean);
    if (added.length > 0) this.lines = `${this.lines}${added.join('\n')}\n`.slice(-MAX_CHARS);
  }

  private follow(session: Session | undefined): void {
    const running = session && pendingInteraction(session)?.id;
    if (running !== this.of) this.lines = '';
    this.of = running;
  }
}

/** What says most in the events that are known; the others are shown as they are. */
const TELLING = ['stdout', 'stderr', 'output', 'message', 'text', 'tool_name'];

function textOf({ type, data }: OutputEvent): string {
  const told = typeof data === 'object' && data !== null ? fieldOf(data) : data;
  const text = typeof told === 'string' ? told : told == null ? '' : JSON.stringify(told);
  const shown = text.length > MAX_EVENT_CHARS ? `${text.slice(0, MAX_EVENT_CHARS)}…` : text.trimEnd();
  return shown || (type ?? '');
}

function fieldOf(data: object): unknown {
  const name = TELLING.find((each) => (data as Record<string, unknown>)[each]);
  return name === undefined ? data : (data as Record<string, unknown>)[name];
}
