import { EventEmitter, type Command, type Disposable, type TreeDataProvider, type TreeItem } from 'vscode';
import type { Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import { itemOf, tooltipOf } from './sessionItems';
import { SessionRows, stepsOf, type Row } from './sessionRows';

/** VS Code takes a change at once, but puts it off by 200 ms if another comes within 200 ms, and that again and again. */
export const REFRESH_INTERVAL_MS = 250;
/** From the last row that VS Code has asked for until it is on screen. */
const DRAWN_AFTER_MS = 80;
/** A tree that nobody looks at is not asked for. */
export const DRAWN_WITHIN_MS = 450;

export type SessionFeed = Pick<
  SessionManager,
  'getAllSessions' | 'getSession' | 'getFreshness' | 'onSessionsUpdate'
>;

/** The sessions as a tree: statuses, sessions, steps. Only rows that changed are refreshed, at most 4 times a second. */
export class SessionListProvider implements TreeDataProvider<Row>, Disposable {
  private readonly emitter = new EventEmitter<Row[] | undefined>();
  private readonly rows = new SessionRows();
  private readonly changed = new Set<string>();
  private readonly unsubscribe: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** VS Code was told of rows that it has not asked for yet. */
  private told = false;
  private readonly fetched = new EventEmitter<void>();
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly feed: SessionFeed,
    /** What a click on a session does. */
    private readonly openerOf: (session: Session) => Command,
  ) {
    for (const { id } of feed.getAllSessions()) this.changed.add(id);
    this.takeOver();
    this.unsubscribe = feed.onSessionsUpdate((_, changedIds) => {
      for (const id of changedIds) this.changed.add(id);
      if (this.timer === undefined) this.refresh();
    });
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
    if (!row) return this.rows.ordered();
    if (row.kind === 'group') return [...row.rows];
    return row.kind === 'session' ? stepsOf(row) : [];
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
    return row.kind === 'session' ? row.group : row.parent;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.unsubscribe();
    this.emitter.dispose();
    this.fetched.dispose();
  }

  /** At once, then not again within the interval; what comes meanwhile is shown at its end. */
  private refresh(): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.changed.size > 0) this.refresh();
    }, REFRESH_INTERVAL_MS);
    const rows = this.takeOver();
    if (rows?.length === 0) return;
    this.told = true;
    this.emitter.fire(rows && [...rows]);
  }

  private takeOver() {
    const rows = this.rows.apply(
      this.changed,
      (id) => this.feed.getSession(id),
      (id) => this.feed.getFreshness(id),
    );
    this.changed.clear();
    return rows;
  }
}
