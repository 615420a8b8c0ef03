import * as v from 'valibot';
import type { Component, Interaction, Project, Session } from './session';

/** What one payload says of a session: its id and the fields it carries. */
export type SessionUpdate = { readonly id: string } & Partial<Omit<Session, 'id'>>;

// A value of an unexpected type never costs the user the session: primitives are shown as text, the rest is null.
const text = v.fallback(
  v.nullable(v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String))),
  null,
);
const number = v.fallback(v.nullable(v.number()), null);
const shortType = v.pipe(
  text,
  v.transform((name) => (name?.startsWith('Elixir.') ? name.slice(name.lastIndexOf('.') + 1) : name)),
);
const orNull = <T extends v.GenericSchema>(schema: T) => v.fallback(v.nullable(schema), null);

const project: v.GenericSchema<unknown, Project> = v.looseObject({
  id: v.optional(text, null),
  name: v.optional(text, null),
  module_name: v.optional(text, null),
  status: v.optional(text, null),
});

const component: v.GenericSchema<unknown, Component> = v.looseObject({
  id: v.optional(text, null),
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
  id: v.optional(text, null),
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

const id = v.pipe(v.union([v.pipe(v.string(), v.nonEmpty()), v.number()]), v.transform(String));

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
  project_id: v.optional(text),
  account_id: v.optional(text),
  user_id: v.optional(text),
  component_id: v.optional(text),
  session_id: v.optional(text),
  external_conversation_id: v.optional(text),
  project: v.optional(orNull(project)),
  component: v.optional(orNull(component)),
  interactions: v.optional(interactions),
  inserted_at: v.optional(text),
  updated_at: v.optional(text),
});

/** Reads a session object of any server generation; undefined where there is no usable id. */
export function parseSession(payload: unknown): SessionUpdate | undefined {
  const parsed = v.safeParse(session, payload);
  if (!parsed.success) return undefined;
  const { environment_type, ...fields } = parsed.output;
  // Servers renamed the field; some in between send both, so the old name wins only where it says something.
  const environment = fields.environment ?? environment_type;
  return (environment === undefined ? fields : { ...fields, environment }) as SessionUpdate;
}

/** Reads `{id}`, the payload of `session_deleted`; undefined where there is no usable id. */
export function parseSessionId(payload: unknown): string | undefined {
  const parsed = v.safeParse(v.object({ id }), payload);
  return parsed.success ? parsed.output.id : undefined;
}

export interface SessionList {
  readonly sessions: readonly SessionUpdate[];
  /** Elements that could not be read. */
  readonly garbled: number;
}

/** Reads `{data: [session]}`; undefined where the body is no list at all. Unreadable elements are counted. */
export function parseSessionList(body: unknown): SessionList | undefined {
  const list = v.safeParse(v.object({ data: v.array(v.unknown()) }), body);
  if (!list.success) return undefined;
  const sessions = list.output.data.map(parseSession).filter((item) => item !== undefined);
  return { sessions, garbled: list.output.data.length - sessions.length };
}
