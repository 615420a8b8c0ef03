import { EventEmitter, type Command, type Disposable, type TreeDataProvider, type TreeItem } from 'vscode';
import { isEnded, type Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import type { Attention } from './attention';
import { DEFAULT_ARRANGEMENT, type Arrangement } from './grouping';
import { itemOf, tooltipOf } from './sessionItems';
import {
  ROWS_OF_A_GROUP,
  SessionRows,
  stepsOf,
  type ChangedRows,
  type GroupRow,
  type MoreRow,
  type Row,
} from './sessionRows';

/** VS Code takes a change at once, but puts it off by 200 ms if another comes within 200 ms, and that again and again. */
export const REFRESH_INTERVAL_MS = 250;
/** Between moves of rows, so that who aims at one finds it; the first comes at once. */
export const MOVE_INTERVAL_MS = 2_000;
/** From the last row that VS Code has asked for until it is on screen. */
const DRAWN_AFTER_MS = 80;
/** A tree that nobody looks at is not asked for. */
export const DRAWN_WITHIN_MS = 450;

export type SessionFeed = Pick<
  SessionManager,
  'getAllSessions' | 'getSession' | 'getFreshness' | 'onSessionsUpdate'
>;

/** The sessions as a tree: groups, sessions, steps. Only rows that changed are refreshed, at most 4 times a second. */
export class SessionListProvider implements TreeDataProvider<Row>, Disposable {
  private readonly emitter = new EventEmitter<Row[] | undefined>();
  private rows: SessionRows;
  private readonly changed = new Set<string>();
  /** Sessions whose rows are to move once rows may. */
  private staying: ReadonlySet<string> = new Set();
  private movedAt = -Infinity;
  private readonly unsubscribe: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isStill = false;
  /** VS Code was told of rows that it has not asked for yet. */
  private told = false;
  private readonly fetched = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly feed: SessionFeed,
    private readonly attention: Pick<Attention, 'needOf' | 'askedOf' | 'isUnseen' | 'onChange'>,
    /** What a click on a session does. */
    private readonly openerOf: (session: Session) => Command,
    private arrangement: Arrangement = DEFAULT_ARRANGEMENT,
  ) {
    this.rows = this.arranged();
    const note = (ids: readonly string[]) => this.note(ids);
    this.unsubscribe = [feed.onSessionsUpdate((_, ids) => note(ids)), attention.onChange(note)];
  }

  /** Other groups, or another filter. */
  arrange(arrangement: Arrangement): void {
    this.arrangement = arrangement;
    this.rows = this.arranged();
    this.fire(undefined);
  }

  /** What runs does not turn while nobody knows whether it does. */
  setStill(isStill: boolean): void {
    if (this.isStill === isStill) return;
    this.isStill = isStill;
    const active = this.feed.getAllSessions().filter(({ status }) => status === 'active');
    if (active.length > 0) this.note(active.map(({ id }) => id));
  }

  /** Shows as many rows of the group again. */
  showMore({ parent }: MoreRow): void {
    parent.shown += ROWS_OF_A_GROUP;
    this.fire(this.arrangement.grouping === 'none' ? undefined : [parent]);
  }

  /** Times that have passed are written anew. */
  tick(): void {
    const running = this.rows
      .ordered()
      .flatMap(({ rows, shown }) => rows.slice(0, shown))
      .filter(({ session }) => !isEnded(session));
    if (running.length > 0 && running.length <= ROWS_OF_A_GROUP) this.fire(running);
  }

  /** Resolves once what has changed is on screen, or within `DRAWN_WITHIN_MS`; undefined where nothing has. */
  drawn(): Promise<void> | undefined {
    if (!this.told && this.changed.size === 0) return undefined;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(latest);
        clearTimeout(soon);
        subscription.dispose();
        resolve();
      };
      let soon: ReturnType<typeof setTimeout> | undefined;
      const latest = setTimeout(end, DRAWN_WITHIN_MS);
      const subscription = this.fetched.event(() => {
        clearTimeout(soon);
        if (this.changed.size === 0) soon = setTimeout(end, DRAWN_AFTER_MS);
      });
    });
  }

  getChildren(row?: Row): Row[] {
    this.told = false;
    this.fetched.fire();
    if (!row) {
      const groups = this.rows.ordered();
      return this.arrangement.grouping === 'none' ? groups.flatMap(childrenOf) : groups;
    }
    if (row.kind === 'group') return childrenOf(row);
    return row.kind === 'session' ? [...row.rows, ...stepsOf(row)] : [];
  }

  getTreeItem(row: Row): TreeItem {
    this.told = false;
    this.fetched.fire();
    const item = itemOf(row);
    if (row.kind === 'session') item.command = this.openerOf(row.session);
    return item;
  }

  resolveTreeItem(item: TreeItem, row: Row): TreeItem {
    const tooltip = tooltipOf(row);
    if (tooltip) item.tooltip = tooltip;
    return item;
  }

  getParent(row: Row): Row | undefined {
    if (row.kind === 'group') return undefined;
    const { parent } = row;
    return parent.kind === 'group' && this.arrangement.grouping === 'none' ? undefined : parent;
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const end of this.unsubscribe) end();
    this.emitter.dispose();
    this.fetched.dispose();
  }

  private arranged(): SessionRows {
    const { feed, attention } = this;
    const rows = new SessionRows(this.arrangement, {
      session: (id) => feed.getSession(id),
      freshness: (id) => feed.getFreshness(id),
      need: (session) => attention.needOf(session),
      asked: (id) => attention.askedOf(id),
      isUnseen: (session) => attention.isUnseen(session),
      isStill: () => this.isStill,
    });
    rows.apply(feed.getAllSessions().map(({ id }) => id));
    this.staying = new Set();
    return rows;
  }

  private note(ids: readonly string[]): void {
    for (const id of ids) this.changed.add(id);
    if (this.timer === undefined) this.refresh();
  }

  /** At once, then not again within the interval; what comes meanwhile is shown at its end. */
  private refresh(): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.changed.size + this.staying.size > 0) this.refresh();
    }, REFRESH_INTERVAL_MS);
    const rows = this.takeOver();
    if (rows?.length !== 0) this.fire(rows);
  }

  private fire(rows: ChangedRows): void {
    this.told = true;
    this.emitter.fire(rows && [...rows]);
  }

  private takeOver(): ChangedRows {
    const mayMove = performance.now() - this.movedAt >= MOVE_INTERVAL_MS;
    const ids = new Set([...this.changed, ...this.staying]);
    const { changed, staying, hasMoved } = this.rows.apply(ids, mayMove);
    if (hasMoved) this.movedAt = performance.now();
    this.staying = staying;
    this.changed.clear();
    return changed;
  }
}

function childrenOf(group: GroupRow): Row[] {
  const { id, rows, shown } = group;
  if (rows.length <= shown) return [...rows];
  return [...rows.slice(0, shown), { kind: 'more', id: `${id}/more`, parent: group }];
}
