import { boundSession } from './boundSession';
import { MAX_ID_CHARS, MAX_SESSIONS } from './limits';
import {
  withUnknown,
  type Command,
  type Component,
  type Interaction,
  type InteractionResult,
  type Project,
  type Session,
} from './session';

/** What one payload says of a session: its id and the fields it carries; the others are undefined or missing. */
export type SessionUpdate = { readonly id: string } & {
  readonly [Field in Exclude<keyof Session, 'id'>]?: Session[Field] | undefined;
};

type Json = Readonly<Record<string, unknown>>;

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

const project = (value: unknown): Project | null =>
  isObject(value)
    ? withUnknown(
        {
          id: id(value.id),
          name: text(value.name),
          module_name: text(value.module_name),
          status: text(value.status),
        },
        value,
      )
    : null;

const component = (value: unknown): Component | null =>
  isObject(value)
    ? withUnknown(
        {
          id: id(value.id),
          name: text(value.name),
          type: text(value.type),
          module_name: text(value.module_name),
        },
        value,
      )
    : null;

const command = (value: unknown): Command | null =>
  isObject(value)
    ? withUnknown(
        {
          id: text(value.id),
          module: text(value.module),
          command: text(value.command),
          pipe: text(value.pipe),
          metadata: value.metadata ?? null,
          timestamp: text(value.timestamp),
        },
        value,
      )
    : null;

const result = (value: unknown): InteractionResult | null =>
  isObject(value)
    ? withUnknown(
        {
          id: text(value.id),
          status: text(value.status),
          data: value.data ?? null,
          code: number(value.code),
          error_message: text(value.error_message),
          stdout: text(value.stdout),
          stderr: text(value.stderr),
          duration_ms: number(value.duration_ms),
          timestamp: text(value.timestamp),
        },
        value,
      )
    : null;

function interactions(value: unknown): readonly Interaction[] {
  const read: Interaction[] = [];
  if (!Array.isArray(value)) return read;
  for (const each of value as unknown[]) {
    if (!isObject(each)) continue;
    const interaction = {
      id: id(each.id),
      step_name: text(each.step_name),
      command: command(each.command),
      result: result(each.result),
      completed_at: text(each.completed_at),
    };
    read.push(withUnknown(interaction, each));
  }
  return read;
}

/** A field that the payload does not carry is undefined. */
const told = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : read(value);

/** Servers renamed the field; some in between send both, so the old name wins only where it says something. */
function environment({ environment: old, environment_type: renamed }: Json): string | null | undefined {
  return renamed === undefined ? told(old, text) : (text(old) ?? text(renamed));
}

function readSession(sessionId: string, given: Json): SessionUpdate & { environment_type: undefined } {
  return {
    id: sessionId,
    type: told(given.type, shortType),
    display_name: told(given.display_name, text),
    agent: told(given.agent, text),
    environment: environment(given),
    environment_type: undefined,
    execution_mode: told(given.execution_mode, text),
    status: told(given.status, text),
    state: given.state,
    project_id: told(given.project_id, id),
    account_id: told(given.account_id, id),
    user_id: told(given.user_id, id),
    component_id: told(given.component_id, id),
    session_id: told(given.session_id, id),
    external_conversation_id: told(given.external_conversation_id, text),
    project: told(given.project, project),
    component: told(given.component, component),
    interactions: told(given.interactions, interactions),
    inserted_at: told(given.inserted_at, text),
    updated_at: told(given.updated_at, text),
    // What was left out is this client's to say, not the server's.
    leftOut: given.leftOut === undefined ? undefined : null,
    // That a session is another's is told by its topic, not by a field of it.
    owner: undefined,
  };
}

const KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(readSession('', {})));

/** Reads a session object of any server generation, within the bounds; undefined where there is no usable id. */
export function parseSession(given: unknown): SessionUpdate | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const sessionId = usableId((given as Json).id);
  if (sessionId === undefined) return undefined;
  const { payload, leftOut } = boundSession(given as Json, KNOWN_FIELDS);
  const update: SessionUpdate = withUnknown(readSession(sessionId, payload), payload);
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
