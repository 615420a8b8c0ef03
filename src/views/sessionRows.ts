import { instantOf } from '../model/instant';
import { KNOWN_STATUSES, type Freshness, type Interaction, type Session } from '../model/session';

/** The rows of the tree: one object per id for as long as the row exists, changed in place. */
export interface GroupRow {
  readonly kind: 'group';
  readonly id: string;
  readonly status: string;
  /** Newest first. */
  rows: SessionRow[];
}

export interface SessionRow {
  readonly kind: 'session';
  readonly id: string;
  readonly group: GroupRow;
  session: Session;
  /** In ms since the epoch; 0 where it is not known. */
  startedAt: number;
  /** How far it can be trusted while the rest is live. */
  freshness: Freshness | undefined;
  readonly steps: Map<string, StepRow>;
}

export interface StepRow {
  readonly kind: 'step';
  readonly id: string;
  readonly parent: SessionRow;
  interaction: Interaction;
}

export type Row = GroupRow | SessionRow | StepRow;

/** Rows that look different: `undefined` stands for the root, and covers all others. */
export type ChangedRows = readonly (GroupRow | SessionRow)[] | undefined;

const MAX_STATUS_LENGTH = 64;
/** From this many on, a group is sorted once instead of row by row. */
const BULK = 64;
/** From this many on, their groups are told instead: VS Code compares each row that changed with every other. */
const ROWS_TOLD_AT_ONCE = 200;

interface Move {
  readonly added: SessionRow[];
  readonly removed: Set<SessionRow>;
}

/**
 * Sessions by status, each group in order. A session's id is prefixed with its group's, so that a session on its way
 * from one group to another is never twice under one id, which VS Code answers with an error.
 */
export class SessionRows {
  private readonly groups = new Map<string, GroupRow>();
  private readonly bySession = new Map<string, SessionRow>();

  /** Groups that hold something: the known statuses first, the others by name. */
  ordered(): GroupRow[] {
    return [...this.groups.values()].sort((a, b) => rank(a) - rank(b) || compareText(a.status, b.status));
  }

  /** Takes over what became of these sessions; costs as much as there are of them. */
  apply(
    ids: Iterable<string>,
    read: (id: string) => Session | undefined,
    freshnessOf: (id: string) => Freshness | undefined = () => undefined,
  ): ChangedRows {
    const moves = new Map<GroupRow, Move>();
    const touched = new Set<SessionRow>();
    const countBefore = this.groups.size;
    let created = false;
    const moveOf = (group: GroupRow): Move => {
      const move = moves.get(group) ?? { added: [], removed: new Set() };
      moves.set(group, move);
      return move;
    };

    for (const id of ids) {
      const row = this.bySession.get(id);
      const session = read(id);
      const freshness = session && freshnessOf(id);
      if (row && session && staysInPlace(row, session)) {
        if (row.session !== session || !isSame(row.freshness, freshness)) touched.add(row);
        Object.assign(row, { session, freshness });
        continue;
      }
      if (row) {
        moveOf(row.group).removed.add(row);
        this.bySession.delete(id);
      }
      if (!session) continue;
      const status = groupStatus(session);
      let group = this.groups.get(status);
      if (!group) {
        group = { kind: 'group', id: `status/${encodeId(status)}`, status, rows: [] };
        this.groups.set(status, group);
        created = true;
      }
      const told = { session, freshness, startedAt: instantOf(session.inserted_at) || 0 };
      const next: SessionRow =
        row?.group === group
          ? Object.assign(row, told)
          : { kind: 'session', id: `${group.id}/session/${encodeId(id)}`, group, ...told, steps: new Map() };
      this.bySession.set(id, next);
      moveOf(group).added.push(next);
    }

    for (const [group, move] of moves) {
      arrange(group, move);
      if (group.rows.length === 0) this.groups.delete(group.status);
    }
    if (created || this.groups.size !== countBefore) return undefined;
    const inPlace = [...touched].filter((row) => !moves.has(row.group));
    const told = inPlace.length > ROWS_TOLD_AT_ONCE ? new Set(inPlace.map(({ group }) => group)) : inPlace;
    return [...moves.keys(), ...told];
  }
}

/** The steps of a session, newest first as on the wire. */
export function stepsOf(row: SessionRow): StepRow[] {
  const { interactions } = row.session;
  const seen = new Set<string>();
  const steps = interactions.map((interaction, index) => {
    // Counted from the oldest, so that a new step in front renames nobody; `#` cannot occur in an encoded id.
    const own = interaction.id === null ? undefined : encodeId(interaction.id);
    const key = own !== undefined && !seen.has(own) ? own : `#${interactions.length - index}`;
    seen.add(key);
    const step = row.steps.get(key) ?? {
      kind: 'step',
      id: `${row.id}/interaction/${key}`,
      parent: row,
      interaction,
    };
    row.steps.set(key, step);
    return Object.assign(step, { interaction });
  });
  for (const key of row.steps.keys()) if (!seen.has(key)) row.steps.delete(key);
  return steps;
}

function staysInPlace({ group, session: held }: SessionRow, session: Session): boolean {
  return group.status === groupStatus(session) && held.inserted_at === session.inserted_at;
}

/** The id of every row holds it, so its length is bounded. */
function groupStatus({ status }: Session): string {
  return (status ?? '').slice(0, MAX_STATUS_LENGTH);
}

function arrange(group: GroupRow, { added, removed }: Move): void {
  if (added.length + removed.size < BULK) {
    for (const row of removed) group.rows.splice(group.rows.indexOf(row), 1);
    for (const row of added) group.rows.splice(placeOf(group.rows, row), 0, row);
    return;
  }
  group.rows = [...group.rows.filter((row) => !removed.has(row)), ...added].sort(compareRows);
}

function placeOf(rows: readonly SessionRow[], row: SessionRow): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = rows[middle];
    if (there && compareRows(there, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Newest first; equal times go by id, where a longer number is the larger one. */
function compareRows(one: SessionRow, other: SessionRow): number {
  const [a, b] = [one.session.id, other.session.id];
  return other.startedAt - one.startedAt || b.length - a.length || compareText(b, a);
}

function isSame(a: Freshness | undefined, b: Freshness | undefined): boolean {
  return (
    a?.kind === b?.kind && (a?.kind !== 'stale' || b?.kind !== 'stale' || a.confirmedAt === b.confirmedAt)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank({ status }: GroupRow): number {
  const index = (KNOWN_STATUSES as readonly string[]).indexOf(status);
  return index < 0 ? KNOWN_STATUSES.length : index;
}

/** Injective and total: JSON first, because a lone surrogate makes `encodeURIComponent` throw. */
function encodeId(id: string): string {
  return encodeURIComponent(JSON.stringify(id).slice(1, -1));
}
