import { EventEmitter, type Disposable, type TreeDataProvider, type TreeItem } from 'vscode';
import type { SessionManager } from '../sessionManager';
import { itemOf, tooltipOf } from './sessionItems';
import { SessionRows, stepsOf, type Row } from './sessionRows';

export const REFRESH_INTERVAL_MS = 100;

export type SessionFeed = Pick<
  SessionManager,
  'getAllSessions' | 'getSession' | 'getFreshness' | 'onSessionsUpdate'
>;

/** The sessions as a tree: statuses, sessions, steps. Only rows that changed are refreshed, at most 10 times a second. */
export class SessionListProvider implements TreeDataProvider<Row>, Disposable {
  private readonly emitter = new EventEmitter<Row[] | undefined>();
  private readonly rows = new SessionRows();
  private readonly changed = new Set<string>();
  private readonly unsubscribe: () => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly feed: SessionFeed) {
    for (const { id } of feed.getAllSessions()) this.changed.add(id);
    this.takeOver();
    this.unsubscribe = feed.onSessionsUpdate(({ changed }) => {
      for (const id of changed) this.changed.add(id);
      if (this.timer === undefined) this.refresh();
    });
  }

  getChildren(row?: Row): Row[] {
    if (!row) return this.rows.ordered();
    if (row.kind === 'group') return [...row.rows];
    return row.kind === 'session' ? stepsOf(row) : [];
  }

  getTreeItem(row: Row): TreeItem {
    return itemOf(row);
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
  }

  /** At once, then not again within the interval; what comes meanwhile is shown at its end. */
  private refresh(): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.changed.size > 0) this.refresh();
    }, REFRESH_INTERVAL_MS);
    const rows = this.takeOver();
    if (rows === undefined || rows.length > 0) this.emitter.fire(rows && [...rows]);
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
