import type { Freshness, Interaction, Session } from '../model/session';
import type { Asked, Need } from './attention';
import { groupOf, passes, type Arrangement, type Group } from './grouping';
import { SessionLineage } from './sessionLineage';
import { nameKey } from './sessionName';
import { activeAtOf, compareText, orderIn, type InOrder } from './sessionOrder';

/** The rows of the tree: one object per id for as long as the row exists, changed in place. */
export interface GroupRow {
  readonly kind: 'group';
  readonly id: string;
  readonly group: Group;
  /** In order; those of a parent that is in this group are under it. */
  rows: SessionRow[];
  /** How many of them are shown. */
  shown: number;
}

export interface SessionRow {
  readonly kind: 'session';
  readonly id: string;
  readonly parent: GroupRow | SessionRow;
  session: Session;
  /** How far it can be trusted while the rest is live. */
  freshness: Freshness | undefined;
  need: Need | undefined;
  asked: Asked | undefined;
  /** It ended, and nobody has looked since. */
  isUnseen: boolean;
  /** It was active when last heard of, and may be no more. */
  isStill: boolean;
  /** By what it is in order: its last activity, in ms since the epoch; 0 where that is not known. */
  activeAt: number;
  /** Rows of the same name, itself included. */
  namesakes: ReadonlySet<SessionRow>;
  /** Sessions that it began, where they are in its group. */
  rows: SessionRow[];
  readonly steps: Map<string, StepRow>;
}

export interface StepRow {
  readonly kind: 'step';
  readonly id: string;
  readonly parent: SessionRow;
  interaction: Interaction;
}

/** Stands for the rows of a group that are not shown. */
export interface MoreRow {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: GroupRow;
}

export type Row = GroupRow | SessionRow | StepRow | MoreRow;

/** Rows that look different: `undefined` stands for the root, and covers all others. */
export type ChangedRows = readonly (GroupRow | SessionRow)[] | undefined;

/** What is asked of each session. */
export interface SessionReads {
  readonly session: (id: string) => Session | undefined;
  readonly freshness: (id: string) => Freshness | undefined;
  readonly need: (session: Session) => Need | undefined;
  readonly asked: (id: string) => Asked | undefined;
  readonly isUnseen: (session: Session) => boolean;
  /** All are as of an earlier time. */
  readonly isStill: () => boolean;
}

export const ROWS_OF_A_GROUP = 200;
/** From this many on, a group is sorted once instead of row by row. */
const BULK = 64;
/** From this many on, their groups are told instead: VS Code compares each row that changed with every other. */
const ROWS_TOLD_AT_ONCE = 200;

type Place = GroupRow | SessionRow;

const NOBODY: ReadonlySet<SessionRow> = new Set();

interface Applied {
  readonly changed: ChangedRows;
  /** Sessions whose rows would be elsewhere. */
  readonly staying: ReadonlySet<string>;
  /** Rows that were there before are elsewhere now. */
  readonly hasMoved: boolean;
}

interface Move {
  readonly added: Set<SessionRow>;
  readonly removed: Set<SessionRow>;
}

/**
 * Sessions in groups, each group in order. The id of a row is of its session alone, so that VS Code keeps selection and
 * expansion over a move; a move between groups is told as a change of the root, since an id must never be there twice.
 */
export class SessionRows {
  private readonly groups = new Map<string, GroupRow>();
  private readonly bySession = new Map<string, SessionRow>();
  private readonly lineage = new SessionLineage();
  private readonly byName = new Map<string, Set<SessionRow>>();
  /** Groups that are not shown yet. */
  private readonly made = new Set<GroupRow>();

  constructor(
    private readonly arrangement: Arrangement,
    private readonly reads: SessionReads,
  ) {}

  /** Groups that hold something. */
  ordered(): GroupRow[] {
    return [...this.groups.values()].sort(
      (a, b) => a.group.rank - b.group.rank || compareText(a.group.label(), b.group.label()),
    );
  }

  /**
   * Takes over what became of these sessions; costs as much as there are of them. Those that would change their place
   * stay where they are unless `mayMove`, and are returned.
   */
  apply(ids: Iterable<string>, mayMove = true): Applied {
    const moves = new Map<Place, Move>();
    const touched = new Set<SessionRow>();
    const staying = new Set<string>();
    let isRoot = false;
    let hasMoved = false;
    const moveOf = (place: Place): Move => {
      const move = moves.get(place) ?? { added: new Set(), removed: new Set() };
      moves.set(place, move);
      return move;
    };

    const work = new Set(ids);
    const isBulk = work.size >= BULK;
    const again = (id: string) => {
      work.delete(id);
      work.add(id);
    };
    const followedBy = (id: string) => {
      for (const each of this.lineage.below(id)) again(each);
    };
    for (const id of work) {
      const row = this.bySession.get(id);
      const session = this.read(id);
      if (!session) {
        if (!row) continue;
        this.forget(row, moveOf(row.parent), touched);
        followedBy(id);
        // One that stays where it was told to move from.
        for (const left of row.rows) again(left.session.id);
        continue;
      }
      const told = this.told(session);
      if (this.lineage.set(id, session.session_id)) followedBy(id);
      if (row) {
        const place = this.placeOf(session, told.need);
        const isElsewhere = place !== row.parent;
        const isSameTime = told.activeAt === row.activeAt;
        const staysInOrder =
          !isElsewhere &&
          (isSameTime || (!isBulk && this.fits(row, told.activeAt, moves.get(row.parent)?.removed)));
        if (!looksSame(row, told)) touched.add(row);
        this.rename(row, session, touched);
        if (staysInOrder) Object.assign(row, told);
        else if (!mayMove && this.isThere(row.parent)) {
          staying.add(id);
          Object.assign(row, told, { activeAt: row.activeAt });
        } else {
          const from = moveOf(row.parent);
          from.added.delete(row);
          from.removed.add(row);
          Object.assign(row, told, { parent: place });
          moveOf(place).added.add(row);
          isRoot ||= isElsewhere;
          hasMoved = true;
          if (isElsewhere) followedBy(id);
        }
        continue;
      }
      const parent = this.placeOf(session, told.need);
      const next: SessionRow = {
        ...{ kind: 'session', id: `session/${encodeId(id)}`, parent, ...told },
        ...{ rows: [], steps: new Map(), namesakes: NOBODY },
      };
      this.bySession.set(id, next);
      this.addName(next, touched);
      moveOf(parent).added.add(next);
      followedBy(id);
    }

    for (const [place, move] of moves) arrange(place, move, orderIn(groupAbove(place).group));
    const groupsBefore = [...this.groups.values()].filter((group) => !this.made.has(group)).length;
    for (const [key, group] of this.groups) if (group.rows.length === 0) this.groups.delete(key);
    isRoot ||=
      this.groups.size !== groupsBefore || [...this.groups.values()].some((one) => this.made.has(one));
    this.made.clear();
    if (isRoot || (moves.size > 0 && this.arrangement.grouping === 'none'))
      return { changed: undefined, staying, hasMoved };
    const groups = new Set([...moves.keys()].map((place) => groupAbove(place)));
    const alone = [...touched].filter((row) => !groups.has(groupAbove(row)));
    if (alone.length > ROWS_TOLD_AT_ONCE) for (const row of alone.splice(0)) groups.add(groupAbove(row));
    return { changed: [...groups, ...alone], staying, hasMoved };
  }

  private read(id: string): Session | undefined {
    const session = this.reads.session(id);
    return session && passes(this.arrangement.filter, session) ? session : undefined;
  }

  private told(session: Session) {
    const { id } = session;
    return {
      session,
      freshness: this.reads.freshness(id),
      need: this.reads.need(session),
      asked: this.reads.asked(id),
      isUnseen: this.reads.isUnseen(session),
      isStill: session.status === 'active' && this.reads.isStill(),
      activeAt: activeAtOf(session),
    };
  }

  /**
   * A session is under the one that began it while both are in one group, and nobody there began that one: so its place
   * is the same whatever came first, and those that began each other have one.
   */
  private placeOf(session: Session, need: Need | undefined): Place {
    const group = this.groupRow(groupOf(this.arrangement.grouping, session, need));
    const parent = this.parentIn(group, session.id);
    return parent?.parent === group && !this.parentIn(group, parent.session.id) ? parent : group;
  }

  private parentIn(group: GroupRow, id: string): SessionRow | undefined {
    const parent = this.lineage.parentOf(id);
    const row = parent === undefined ? undefined : this.bySession.get(parent);
    return row && groupAbove(row) === group ? row : undefined;
  }

  private groupRow(group: Group): GroupRow {
    const held = this.groups.get(group.key);
    if (held) return held;
    const id = `group/${encodeId(group.key)}`;
    const made: GroupRow = { kind: 'group', id, group, rows: [], shown: ROWS_OF_A_GROUP };
    this.groups.set(group.key, made);
    this.made.add(made);
    return made;
  }

  /** A parent may be gone before those under it were looked at. */
  private isThere(place: Place): boolean {
    return place.kind === 'group' || this.bySession.get(place.session.id) === place;
  }

  /** Whether its neighbours, but for those that leave, stay the same with this activity; takes time by their number. */
  private fits(row: SessionRow, activeAt: number, leaving: ReadonlySet<SessionRow> = NOBODY): boolean {
    const { rows } = row.parent;
    const at = rows.indexOf(row);
    const order = orderIn(groupAbove(row).group);
    const [before, after] = [-1, 1].map((step) => {
      let next = at + step;
      for (let there = rows[next]; there && leaving.has(there); there = rows[next]) next += step;
      return rows[next];
    });
    const moved = { session: row.session, activeAt };
    return (!before || order(before, moved) < 0) && (!after || order(moved, after) < 0);
  }

  private forget(row: SessionRow, move: Move, touched: Set<SessionRow>): void {
    const { id } = row.session;
    move.added.delete(row);
    move.removed.add(row);
    touched.delete(row);
    this.bySession.delete(id);
    this.lineage.set(id, null);
    this.dropName(row, nameKey(row.session), touched);
  }

  private rename(row: SessionRow, session: Session, touched: Set<SessionRow>): void {
    const before = nameKey(row.session);
    if (row.session === session || before === nameKey(session)) return;
    this.dropName(row, before, touched);
    row.session = session;
    this.addName(row, touched);
  }

  private addName(row: SessionRow, touched: Set<SessionRow>): void {
    const namesakes = entry(this.byName, nameKey(row.session));
    if (namesakes.size === 1) for (const other of namesakes) touched.add(other);
    namesakes.add(row);
    row.namesakes = namesakes;
  }

  private dropName(row: SessionRow, name: string, touched: Set<SessionRow>): void {
    const namesakes = this.byName.get(name);
    namesakes?.delete(row);
    if (namesakes?.size === 1) for (const other of namesakes) touched.add(other);
    if (namesakes?.size === 0) this.byName.delete(name);
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

function entry<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const held = map.get(key) ?? new Set<V>();
  map.set(key, held);
  return held;
}

function groupAbove(row: Place): GroupRow {
  let place: Place = row;
  while (place.kind === 'session') place = place.parent;
  return place;
}

type Order = (one: InOrder, other: InOrder) => number;

function arrange(place: Place, { added, removed }: Move, order: Order): void {
  if (added.size + removed.size < BULK) {
    for (const row of removed) {
      const at = place.rows.indexOf(row);
      if (at >= 0) place.rows.splice(at, 1);
    }
    for (const row of added) place.rows.splice(placeIn(place.rows, row, order), 0, row);
    return;
  }
  place.rows = [...place.rows.filter((row) => !removed.has(row)), ...added].sort(order);
}

function placeIn(rows: readonly SessionRow[], row: SessionRow, order: Order): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = rows[middle];
    if (there && order(there, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Told = Pick<SessionRow, 'session' | 'freshness' | 'need' | 'asked' | 'isUnseen' | 'isStill'>;

function looksSame(row: Told, told: Told): boolean {
  return (
    row.session === told.session &&
    row.need === told.need &&
    row.asked === told.asked &&
    row.isUnseen === told.isUnseen &&
    row.isStill === told.isStill &&
    isSame(row.freshness, told.freshness)
  );
}

function isSame(a: Freshness | undefined, b: Freshness | undefined): boolean {
  return (
    a?.kind === b?.kind && (a?.kind !== 'stale' || b?.kind !== 'stale' || a.confirmedAt === b.confirmedAt)
  );
}

/** Injective and total: JSON first, because a lone surrogate makes `encodeURIComponent` throw. */
function encodeId(id: string): string {
  return encodeURIComponent(JSON.stringify(id).slice(1, -1));
}
