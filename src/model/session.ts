import type { LeftOut } from './boundSession';
import type { SessionUpdate } from './parseSession';

/** A session as CodeMySpec sends it, under the server's own field names; fields it adds later are kept too. */
export interface Session {
  readonly id: string;
  /** Last segment of the module name, such as `ContextSpecSessions`. */
  readonly type: string | null;
  readonly display_name: string | null;
  readonly agent: string | null;
  readonly environment: string | null;
  readonly execution_mode: string | null;
  readonly status: string | null;
  readonly state: unknown;
  readonly project_id: string | null;
  readonly account_id: string | null;
  readonly user_id: string | null;
  readonly component_id: string | null;
  /** The parent session. */
  readonly session_id: string | null;
  readonly external_conversation_id: string | null;
  readonly project: Project | null;
  readonly component: Component | null;
  /** Newest first, as on the wire. */
  readonly interactions: readonly Interaction[];
  readonly inserted_at: string | null;
  readonly updated_at: string | null;
  /** What lies beyond the bounds of what is shown; not the server's word. */
  readonly leftOut: LeftOut | null;
  /** Of another user's session, which is read-only; one's own has none. Nor is this the server's word. */
  readonly owner?: Owner;
}

interface Owner {
  readonly id: string;
  /** One line of plain text. */
  readonly name: string;
}

export interface Project {
  readonly id: string | null;
  readonly name: string | null;
  readonly module_name: string | null;
  readonly status: string | null;
}

export interface Component {
  readonly id: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly module_name: string | null;
}

export interface Interaction {
  readonly id: string | null;
  readonly step_name: string | null;
  readonly command: Command | null;
  /** Null while the interaction is pending. */
  readonly result: InteractionResult | null;
  readonly completed_at: string | null;
}

export interface Command {
  readonly id: string | null;
  readonly module: string | null;
  readonly command: string | null;
  readonly pipe: string | null;
  readonly metadata: unknown;
  readonly timestamp: string | null;
}

export interface InteractionResult {
  readonly id: string | null;
  readonly status: string | null;
  readonly data: unknown;
  readonly code: number | null;
  readonly error_message: string | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
  readonly duration_ms: number | null;
  readonly timestamp: string | null;
}

/** How far a session that is shown can be trusted; undefined where it is as the server has it. */
export type Freshness =
  /** An event left fields out, and the server is being asked for them. */
  | { readonly kind: 'incomplete' }
  /** Nothing later is known, and its turn to be asked for has not come or was refused. In ms since the epoch. */
  | { readonly kind: 'stale'; readonly confirmedAt: number };

/** The statuses that servers know today; any other value is shown as it is. */
export const KNOWN_STATUSES = ['active', 'complete', 'failed', 'cancelled'] as const;

const ENDED: ReadonlySet<string | null> = new Set(['complete', 'failed', 'cancelled']);

export const isEnded = ({ status }: Pick<Session, 'status'>): boolean => ENDED.has(status);

/** Of the user, who takes each of its steps: nothing runs in it by itself. */
export const isByHand = ({
  status,
  execution_mode,
  owner,
}: Pick<Session, 'status' | 'execution_mode' | 'owner'>): boolean =>
  status === 'active' && execution_mode === 'manual' && !owner;

/** The newest whose command waits for its result. */
export const pendingInteraction = ({
  interactions,
}: Pick<Session, 'interactions'>): Interaction | undefined =>
  interactions.find(({ result, command }) => !result && command);

const EMPTY: Omit<Session, 'id'> = {
  type: null,
  display_name: null,
  agent: null,
  environment: null,
  execution_mode: null,
  status: null,
  state: null,
  project_id: null,
  account_id: null,
  user_id: null,
  component_id: null,
  session_id: null,
  external_conversation_id: null,
  project: null,
  component: null,
  interactions: [],
  inserted_at: null,
  updated_at: null,
  leftOut: null,
};

/** What this version reads of a session. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(EMPTY),
  ...['id', 'environment_type', 'owner'],
]);

export type SessionField = Exclude<keyof Session, 'id'>;

/** What an answer of REST tells of a session. The parent is told by events alone, and only by the first generation. */
const ANSWERED_FIELDS = (Object.keys(EMPTY) as SessionField[]).filter(
  (field) => field !== 'session_id' && field !== 'leftOut',
);
const NOTHING: readonly SessionField[] = [];

/**
 * The fields that no payload has told once the update is taken, given those before. A field left out of a payload is
 * not known to be null: the server was only brief.
 */
export function untoldFields(
  held: Session | undefined,
  untold: readonly SessionField[],
  update: SessionUpdate,
): readonly SessionField[] {
  const before = held ? untold : ANSWERED_FIELDS;
  const lost = held ? objectsElsewhere(held, update) : NOTHING;
  if (before.length === 0 && lost.length === 0) return NOTHING;
  const open = new Set([...before, ...lost]);
  for (const field of open) if (update[field] !== undefined) open.delete(field);
  for (const [object, id] of OBJECTS) if (update[id] === null) open.delete(object);
  return open.size === 0 ? NOTHING : [...open];
}

/** Takes nothing of the update but untold fields, and no project or component of other ids: these stay untold. */
export function fillUntold(
  held: Session,
  untold: readonly SessionField[],
  update: SessionUpdate,
): { readonly session: Session; readonly untold: readonly SessionField[] } {
  const elsewhere = objectsElsewhere(held, update);
  const told = untold.filter((field) => update[field] !== undefined && !elsewhere.includes(field));
  const session = { ...held, ...Object.fromEntries(told.map((field) => [field, update[field]])) };
  return { session, untold: untold.filter((field) => elsewhere.includes(field)) };
}

const OBJECTS = [
  ['project', 'project_id'],
  ['component', 'component_id'],
] as const;

const isElsewhere = (heldId: string | null, toldId: string | null | undefined): boolean =>
  toldId !== undefined && toldId !== heldId;

/** The project and the component, where the update names another. */
function objectsElsewhere(held: Session, update: SessionUpdate): readonly SessionField[] {
  if (
    !isElsewhere(held.project_id, update.project_id) &&
    !isElsewhere(held.component_id, update.component_id)
  )
    return NOTHING;
  return OBJECTS.filter(([, id]) => isElsewhere(held[id], update[id])).map(([object]) => object);
}

/**
 * The session after an update. A field the update does not carry keeps what is held: channel payloads lack the
 * project and component, REST lacks the parent; both stay only while the ids they belong to agree.
 * Returns `held` itself where nothing changed; else the update, which is the session then and the caller's no longer.
 */
export function mergeSession(held: Session | undefined, update: SessionUpdate): Session {
  const before = held ?? EMPTY;
  const next: Writable<SessionUpdate> = update;
  // Filled in one by one, which is several times faster than to make another of both.
  if (next.type === undefined) next.type = before.type;
  if (next.display_name === undefined) next.display_name = before.display_name;
  if (next.agent === undefined) next.agent = before.agent;
  if (next.environment === undefined) next.environment = before.environment;
  if (next.execution_mode === undefined) next.execution_mode = before.execution_mode;
  if (next.status === undefined) next.status = before.status;
  if (next.state === undefined) next.state = before.state;
  if (next.project === undefined)
    next.project = isElsewhere(before.project_id, next.project_id) ? null : before.project;
  if (next.component === undefined)
    next.component = isElsewhere(before.component_id, next.component_id) ? null : before.component;
  if (next.project_id === undefined) next.project_id = before.project_id;
  if (next.account_id === undefined) next.account_id = before.account_id;
  if (next.user_id === undefined) next.user_id = before.user_id;
  if (next.component_id === undefined) next.component_id = before.component_id;
  if (next.session_id === undefined) next.session_id = before.session_id;
  if (next.external_conversation_id === undefined)
    next.external_conversation_id = before.external_conversation_id;
  if (next.leftOut === undefined) next.leftOut = next.interactions === undefined ? before.leftOut : null;
  if (next.interactions === undefined) next.interactions = before.interactions;
  if (next.inserted_at === undefined) next.inserted_at = before.inserted_at;
  if (next.updated_at === undefined) next.updated_at = before.updated_at;
  if (held) keepMore(next, held);
  const session = next as Session;
  return held && session.updated_at === held.updated_at && equalJson(session, held) ? held : session;
}

/** Whose it is, and the fields that this version does not know. */
function keepMore(next: Writable<SessionUpdate>, held: Session): void {
  if (held.owner !== undefined) next.owner ??= held.owner;
  const [to, from] = [next, held] as unknown as [Record<string, unknown>, Record<string, unknown>];
  for (const name in from) {
    if (!KNOWN_FIELDS.has(name) && !(Object.hasOwn(to, name) && to[name] !== undefined)) to[name] = from[name];
  }
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/** Structural equality of JSON values; a member that is undefined is none. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, index) => equalJson(element, b[index]));
  }
  let members = 0;
  for (const key in a) {
    const value = (a as Record<string, unknown>)[key];
    if (value === undefined) continue;
    members += 1;
    const other = (b as Record<string, unknown>)[key];
    // What is inherited, as `__proto__`, is no member.
    if (value !== other && !(Object.hasOwn(b, key) && equalJson(value, other))) return false;
  }
  for (const key in b) if ((b as Record<string, unknown>)[key] !== undefined) members -= 1;
  return members === 0;
}
