import { boundSession } from './boundSession';
import { MAX_ID_CHARS, MAX_SESSIONS } from './limits';
import type { Command, Component, Interaction, InteractionResult, Project, Session } from './session';

/** What one payload says of a session: its id and the fields it carries; the others are undefined or missing. */
export type SessionUpdate = { readonly id: string } & {
  readonly [Field in Exclude<keyof Session, 'id'>]?: Session[Field] | undefined;
};

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isExact = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;

// A value of an unexpected type never costs the user the session: primitives are shown as text, the rest is null.
const text = (value: unknown): string | null =>
  typeof value === 'string' ? value : isExact(value) || typeof value === 'boolean' ? String(value) : null;

const number = (value: unknown): number | null => (isExact(value) ? value : null);

const id = (value: unknown): string | null => usableId(value) ?? null;

function shortType(value: unknown): string | null {
  const name = text(value);
  return name?.startsWith('Elixir.') ? name.slice(name.lastIndexOf('.') + 1) : name;
}

/** A lone surrogate cannot be sent back; dots alone would be another address; a larger integer has lost digits. */
function usableId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_CHARS) return undefined;
  return value === '.' || value === '..' || !value.isWellFormed() ? undefined : value;
}

/** What was parsed is read in place: copies of all that is held would cost more than to parse it. */
type Unread<T> = { -readonly [Field in keyof T]?: unknown };

function project(value: unknown): Project | null {
  if (!isObject(value)) return null;
  const read: Unread<Project> = value;
  read.id = id(read.id);
  read.name = text(read.name);
  read.module_name = text(read.module_name);
  read.status = text(read.status);
  return read as Project;
}

function component(value: unknown): Component | null {
  if (!isObject(value)) return null;
  const read: Unread<Component> = value;
  read.id = id(read.id);
  read.name = text(read.name);
  read.type = text(read.type);
  read.module_name = text(read.module_name);
  return read as Component;
}

function command(value: unknown): Command | null {
  if (!isObject(value)) return null;
  const read: Unread<Command> = value;
  read.id = text(read.id);
  read.module = text(read.module);
  read.command = text(read.command);
  read.pipe = text(read.pipe);
  read.metadata ??= null;
  read.timestamp = text(read.timestamp);
  return read as Command;
}

function result(value: unknown): InteractionResult | null {
  if (!isObject(value)) return null;
  const read: Unread<InteractionResult> = value;
  read.id = text(read.id);
  read.status = text(read.status);
  read.data ??= null;
  read.code = number(read.code);
  read.error_message = text(read.error_message);
  read.stdout = text(read.stdout);
  read.stderr = text(read.stderr);
  read.duration_ms = number(read.duration_ms);
  read.timestamp = text(read.timestamp);
  return read as InteractionResult;
}

function interaction(read: Unread<Interaction>): Interaction {
  read.id = id(read.id);
  read.step_name = text(read.step_name);
  read.command = command(read.command);
  read.result = result(read.result);
  read.completed_at = text(read.completed_at);
  return read as Interaction;
}

const interactions = (value: unknown): readonly Interaction[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isObject).map(interaction) : [];

/** A field that the payload does not carry stays undefined. */
function readSession(sessionId: string, given: Json): SessionUpdate {
  given.id = sessionId;
  if (given.type !== undefined) given.type = shortType(given.type);
  if (given.display_name !== undefined) given.display_name = text(given.display_name);
  if (given.agent !== undefined) given.agent = text(given.agent);
  if (given.environment !== undefined) given.environment = text(given.environment);
  if (given.environment_type !== undefined) {
    // Servers renamed the field; some in between send both, so the old name wins only where it says something.
    given.environment ??= text(given.environment_type);
    given.environment_type = undefined;
  }
  if (given.execution_mode !== undefined) given.execution_mode = text(given.execution_mode);
  if (given.status !== undefined) given.status = text(given.status);
  if (given.project_id !== undefined) given.project_id = id(given.project_id);
  if (given.account_id !== undefined) given.account_id = id(given.account_id);
  if (given.user_id !== undefined) given.user_id = id(given.user_id);
  if (given.component_id !== undefined) given.component_id = id(given.component_id);
  if (given.session_id !== undefined) given.session_id = id(given.session_id);
  if (given.external_conversation_id !== undefined)
    given.external_conversation_id = text(given.external_conversation_id);
  if (given.project !== undefined) given.project = project(given.project);
  if (given.component !== undefined) given.component = component(given.component);
  if (given.interactions !== undefined) given.interactions = interactions(given.interactions);
  if (given.inserted_at !== undefined) given.inserted_at = text(given.inserted_at);
  if (given.updated_at !== undefined) given.updated_at = text(given.updated_at);
  // What was left out is this client's to say, not the server's.
  if (given.leftOut !== undefined) given.leftOut = null;
  // That a session is another's is told by its topic, not by a field of it.
  if (given.owner !== undefined) given.owner = undefined;
  return given as Unread<SessionUpdate> as SessionUpdate;
}

/**
 * Reads a session object of any server generation, within the bounds; undefined where there is no usable id. What was
 * given is read in place and is the caller's no longer.
 */
export function parseSession(given: unknown): SessionUpdate | undefined {
  if (!isObject(given)) return undefined;
  const sessionId = usableId(given.id);
  if (sessionId === undefined) return undefined;
  const { payload, leftOut } = boundSession(given);
  const update = readSession(sessionId, payload);
  return leftOut === null ? update : { ...update, leftOut };
}

/** Reads the id of `{id}`, as in `session_deleted`; undefined where there is no usable id. */
export function parseId(payload: unknown): string | undefined {
  return typeof payload === 'object' && payload !== null ? usableId((payload as Json).id) : undefined;
}

export interface SessionList {
  readonly sessions: readonly SessionUpdate[];
  /** Elements that could not be read. */
  readonly malformed: number;
  /** Elements beyond `MAX_SESSIONS`: not read, so that the list covers nothing but what it shows. */
  readonly leftOut?: number;
}

/** Hears of a list as far as it was read: each time of the same array, which grows. */
export type OnRead = (sessions: readonly SessionUpdate[]) => void;

/** Reads the elements of a list, one at a time. */
export class SessionListParser {
  private readonly sessions: SessionUpdate[] = [];
  private malformed = 0;
  private leftOut = 0;

  get full(): boolean {
    return this.sessions.length >= MAX_SESSIONS;
  }

  /** Elements that nobody will look at. */
  skip(count: number): void {
    this.leftOut += count;
  }

  add(element: unknown): void {
    if (this.full) {
      this.skip(1);
      return;
    }
    const session = parseSession(element);
    if (session) this.sessions.push(session);
    else this.malformed += 1;
  }

  list(): SessionList {
    const { sessions, malformed, leftOut } = this;
    return { sessions, malformed, ...(leftOut > 0 && { leftOut }) };
  }
}

/**
 * Reads `{data: [session]}`; undefined where the body is no list at all. Unreadable elements are counted, and between
 * two of them it yields.
 */
export function* sessionListSteps(body: unknown): Generator<undefined, SessionList | undefined> {
  const elements = (body as { data?: unknown } | null | undefined)?.data;
  if (!Array.isArray(elements)) return undefined;
  const parser = new SessionListParser();
  for (const element of elements as unknown[]) {
    parser.add(element);
    yield;
  }
  return parser.list();
}
