import {
  EventEmitter,
  TreeItem,
  window,
  type CancellationToken,
  type Disposable,
  type ProviderResult,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';

/**
 * A view whose rows come from a provider that is not loaded yet: to be asked for them is a need of it. One view for
 * both, since VS Code disposes a view late, and with it whatever has taken its place.
 */
export class LateTree<T> implements TreeDataProvider<T>, Disposable {
  private readonly changed = new EventEmitter<T | T[] | undefined | null | void>();
  readonly onDidChangeTreeData = this.changed.event;
  private provider: TreeDataProvider<T> | undefined;
  private forwarding: Disposable | undefined;
  private readonly view: TreeView<T>;
  private need: () => Promise<unknown> = () => Promise.resolve();

  constructor(viewId: string) {
    this.view = window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true });
  }

  /** Called when rows are asked for that are not there; they are looked for again once it resolves. */
  onAsked(need: () => Promise<unknown>): void {
    this.need = need;
  }

  /** Stands in place of the rows. */
  say(message: string): void {
    this.view.message = message;
  }

  /** The rows come from there from now on. */
  attach(provider: TreeDataProvider<T>): TreeView<T> {
    this.say('');
    this.provider = provider;
    this.forwarding?.dispose();
    this.forwarding = provider.onDidChangeTreeData?.((rows) => this.changed.fire(rows));
    return this.view;
  }

  getChildren(row?: T): ProviderResult<T[]> {
    if (this.provider) return this.provider.getChildren(row);
    return this.need().then(() => this.provider?.getChildren(row) ?? []);
  }

  getTreeItem(row: T): TreeItem | Thenable<TreeItem> {
    return this.provider?.getTreeItem(row) ?? new TreeItem('');
  }

  getParent(row: T): ProviderResult<T> {
    return this.provider?.getParent?.(row);
  }

  resolveTreeItem(item: TreeItem, row: T, token: CancellationToken): ProviderResult<TreeItem> {
    return this.provider?.resolveTreeItem?.(item, row, token);
  }

  dispose(): void {
    this.forwarding?.dispose();
    this.changed.dispose();
    this.view.dispose();
  }
}
