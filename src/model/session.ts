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

/** What this version reads of a session, and `__proto__`, which is no field however it is assigned. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(EMPTY),
  ...['id', 'environment_type', 'owner', '__proto__'],
]);

export type SessionField = Exclude<keyof Session, 'id'>;

/** What an answer of REST tells of a session. The parent is told by events alone, and only by the first generation. */
const ANSWERED_FIELDS = (Object.keys(EMPTY) as SessionField[]).filter(
  (field) => field !== 'session_id' && field !== 'leftOut',
);
export const NO_FIELDS: readonly SessionField[] = [];

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
  const lost = held ? objectsElsewhere(held, update) : NO_FIELDS;
  if (before.length === 0 && lost.length === 0) return NO_FIELDS;
  const open = new Set([...before, ...lost]);
  for (const field of open) if (update[field] !== undefined) open.delete(field);
  for (const [object, id] of OBJECTS) if (update[id] === null) open.delete(object);
  return open.size === 0 ? NO_FIELDS : [...open];
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
  const isSame =
    !isElsewhere(held.project_id, update.project_id) && !isElsewhere(held.component_id, update.component_id);
  if (isSame) return NO_FIELDS;
  return OBJECTS.filter(([, id]) => isElsewhere(held[id], update[id])).map(([object]) => object);
}

/**
 * The session after an update. A field the update does not carry keeps what is held: channel payloads lack the
 * project and component, REST lacks the parent; both stay only while the ids they belong to agree.
 * Returns `held` itself where nothing changed.
 */
export function mergeSession(held: Session | undefined, update: SessionUpdate): Session {
  const before = held ?? EMPTY;
  // With the fields that this version does not know. Assigned one by one, which is several times faster than to define.
  const next: Writable<Session> = held ? { ...held } : { id: update.id, ...EMPTY };
  if (update.type !== undefined) next.type = update.type;
  if (update.display_name !== undefined) next.display_name = update.display_name;
  if (update.agent !== undefined) next.agent = update.agent;
  if (update.environment !== undefined) next.environment = update.environment;
  if (update.execution_mode !== undefined) next.execution_mode = update.execution_mode;
  if (update.status !== undefined) next.status = update.status;
  if (update.state !== undefined) next.state = update.state;
  if (update.project_id !== undefined) next.project_id = update.project_id;
  if (update.account_id !== undefined) next.account_id = update.account_id;
  if (update.user_id !== undefined) next.user_id = update.user_id;
  if (update.component_id !== undefined) next.component_id = update.component_id;
  if (update.session_id !== undefined) next.session_id = update.session_id;
  if (update.external_conversation_id !== undefined)
    next.external_conversation_id = update.external_conversation_id;
  if (update.project !== undefined) next.project = update.project;
  else if (isElsewhere(before.project_id, update.project_id)) next.project = null;
  if (update.component !== undefined) next.component = update.component;
  else if (isElsewhere(before.component_id, update.component_id)) next.component = null;
  if (update.interactions !== undefined) next.interactions = update.interactions;
  if (update.inserted_at !== undefined) next.inserted_at = update.inserted_at;
  if (update.updated_at !== undefined) next.updated_at = update.updated_at;
  if (update.leftOut !== undefined) next.leftOut = update.leftOut;
  else if (update.interactions !== undefined) next.leftOut = null;
  if (update.owner !== undefined) next.owner = update.owner;
  takeUnknown(next, update);
  return held && next.updated_at === held.updated_at && equalJson(next, held) ? held : next;
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

function takeUnknown(session: object, update: object): void {
  for (const name in update) {
    if (KNOWN_FIELDS.has(name)) continue;
    const value = (update as Record<string, unknown>)[name];
    if (value !== undefined) (session as Record<string, unknown>)[name] = value;
  }
}

/** Structural equality of JSON values. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, index) => equalJson(element, b[index]));
  }
  let keys = 0;
  for (const key in a) {
    keys += 1;
    const value = (a as Record<string, unknown>)[key];
    const other = (b as Record<string, unknown>)[key];
    if (value === other && value !== undefined) continue;
    // What is inherited, as `__proto__`, is no member.
    if (!Object.hasOwn(b, key) || !equalJson(value, other)) return false;
  }
  return keys === Object.keys(b).length;
}
