import * as v from 'valibot';
import { boundSession } from './boundSession';
import { MAX_ID_CHARS, MAX_SESSIONS } from './limits';
import type { Component, Interaction, Project, Session } from './session';

/** What one payload says of a session: its id and the fields it carries. */
export type SessionUpdate = { readonly id: string } & Partial<Omit<Session, 'id'>>;

// A value of an unexpected type never costs the user the session: primitives are shown as text, the rest is null.
const finite = v.pipe(
  v.number(),
  v.check((value) => Math.abs(value) <= Number.MAX_SAFE_INTEGER),
);
const text = v.fallback(
  v.nullable(v.pipe(v.union([v.string(), finite, v.boolean()]), v.transform(String))),
  null,
);
const number = v.fallback(v.nullable(finite), null);
const id = v.pipe(v.unknown(), v.transform(usableId), v.string());
const idOrNull = v.pipe(
  v.unknown(),
  v.transform((value) => usableId(value) ?? null),
);
const shortType = v.pipe(
  text,
  v.transform((name) => (name?.startsWith('Elixir.') ? name.slice(name.lastIndexOf('.') + 1) : name)),
);
const orNull = <T extends v.GenericSchema>(schema: T) => v.fallback(v.nullable(schema), null);

const project: v.GenericSchema<unknown, Project> = v.looseObject({
  id: v.optional(idOrNull, null),
  name: v.optional(text, null),
  module_name: v.optional(text, null),
  status: v.optional(text, null),
});

const component: v.GenericSchema<unknown, Component> = v.looseObject({
  id: v.optional(idOrNull, null),
  name: v.optional(text, null),
  type: v.optional(text, null),
  module_name: v.optional(text, null),
});

const command = v.looseObject({
  id: v.optional(text, null),
  module: v.optional(text, null),
  command: v.optional(text, null),
  pipe: v.optional(text, null),
  metadata: v.optional(v.unknown(), null),
  timestamp: v.optional(text, null),
});

const result = v.looseObject({
  id: v.optional(text, null),
  status: v.optional(text, null),
  data: v.optional(v.unknown(), null),
  code: v.optional(number, null),
  error_message: v.optional(text, null),
  stdout: v.optional(text, null),
  stderr: v.optional(text, null),
  duration_ms: v.optional(number, null),
  timestamp: v.optional(text, null),
});

const interaction: v.GenericSchema<unknown, Interaction> = v.looseObject({
  id: v.optional(idOrNull, null),
  step_name: v.optional(text, null),
  command: v.optional(orNull(command), null),
  result: v.optional(orNull(result), null),
  completed_at: v.optional(text, null),
});

const interactions = v.fallback(
  v.pipe(
    v.array(v.fallback(v.nullable(interaction), null)),
    v.transform((list) => list.filter((item) => item !== null)),
  ),
  [],
);

const session = v.looseObject({
  id,
  type: v.optional(shortType),
  display_name: v.optional(text),
  agent: v.optional(text),
  environment: v.optional(text),
  environment_type: v.optional(text),
  execution_mode: v.optional(text),
  status: v.optional(text),
  state: v.optional(v.unknown()),
  project_id: v.optional(idOrNull),
  account_id: v.optional(idOrNull),
  user_id: v.optional(idOrNull),
  component_id: v.optional(idOrNull),
  session_id: v.optional(idOrNull),
  external_conversation_id: v.optional(text),
  project: v.optional(orNull(project)),
  component: v.optional(orNull(component)),
  interactions: v.optional(interactions),
  inserted_at: v.optional(text),
  updated_at: v.optional(text),
});

/** A lone surrogate cannot be sent back; dots alone would be another address; a larger integer has lost digits. */
function usableId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_CHARS) return undefined;
  return /^\.{1,2}$|\p{Surrogate}/u.test(value) ? undefined : value;
}

const KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(session.entries));

/** Reads a session object of any server generation, within the bounds; undefined where there is no usable id. */
export function parseSession(payload: unknown): SessionUpdate | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const bound = boundSession(payload as Record<string, unknown>, KNOWN_FIELDS);
  const parsed = v.safeParse(session, bound.payload);
  if (!parsed.success) return undefined;
  const { environment_type, ...fields } = parsed.output;
  // That a session is another's is told by its topic, not by a field of it.
  if ('owner' in fields) delete fields.owner;
  // Servers renamed the field; some in between send both, so the old name wins only where it says something.
  const environment = fields.environment ?? environment_type;
  return {
    ...fields,
    ...(environment === undefined ? {} : { environment }),
    // What was left out is this client's to say, not the server's.
    ...((bound.leftOut !== null || 'leftOut' in fields) && { leftOut: bound.leftOut }),
  } as SessionUpdate;
}

/** Reads the id of `{id}`, as in `session_deleted`; undefined where there is no usable id. */
export function parseId(payload: unknown): string | undefined {
  const parsed = v.safeParse(v.object({ id }), payload);
  return parsed.success ? parsed.output.id : undefined;
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
