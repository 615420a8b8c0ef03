import {
  commands,
  Disposable,
  l10n,
  window,
  type Command,
  type Memento,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import type { ConnectionStatus, SessionManager } from '../sessionManager';
import type { Session } from '../model/session';
import { serverName } from '../model/serverAddress';
import type { Attention } from './attention';
import { clockTime } from './clockTime';
import { offlineSince, shownStatus, welcomeFor, presentationOf } from './connectionPresentation';
import { DEFAULT_ARRANGEMENT, type Arrangement } from './grouping';
import type { LastPicture } from './lastPicture';
import { UNSEEN_MARKS } from './sessionItems';
import { SessionListProvider, type SessionFeed } from './sessionList';
import { needingText } from './sessionStatus';
import { ShownConnection } from './shownConnection';
import type { MoreRow, Row } from './sessionRows';

const ARRANGEMENT_KEY = 'codeMySpec.arrangement';
/** Rows tell how long something has gone on. */
const TICK_MS = 60_000;

/** The view of the sessions: its tree, its word on how live it is, and the keys that menus and welcomes depend on. */
export class SessionsView implements Disposable {
  readonly tree: TreeView<Row>;
  /** What the words of other views say too; what they do goes by the manager. */
  readonly connection: ShownConnection;
  private readonly list: SessionListProvider;
  private readonly unsubscribe: (() => void)[];
  private readonly subscriptions: Disposable[];
  private readonly keys = new Map<string, string>();
  private shown: ConnectionStatus | undefined;

  constructor(
    private readonly manager: Pick<SessionManager, 'status' | 'onConnectionUpdate'>,
    private readonly feed: SessionFeed & Pick<LastPicture, 'asOf'>,
    private readonly serverUrl: () => string,
    private readonly attention: Attention,
    /** Of the workspace. */
    private readonly memory: Memento,
    openerOf: (session: Session) => Command,
    treeOf: (rows: TreeDataProvider<Row>) => TreeView<Row>,
  ) {
    this.list = new SessionListProvider(feed, attention, openerOf, this.arrangement);
    this.tree = treeOf(this.list);
    this.connection = new ShownConnection(manager, () => (this.tree.visible ? this.list.drawn() : undefined));
    this.unsubscribe = [
      this.connection.onConnectionUpdate((status) => this.update(status)),
      manager.onConnectionUpdate(() => this.updateKeys()),
      feed.onSessionsUpdate((_, changedIds) => this.followSessions(changedIds)),
      attention.onCount(() => this.updateBadge()),
    ];
    const ticking = setInterval(() => this.tree.visible && this.list.tick(), TICK_MS);
    this.subscriptions = [
      window.registerFileDecorationProvider(UNSEEN_MARKS),
      this.tree.onDidChangeSelection(({ selection }) => {
        for (const row of selection) if (row.kind === 'session') attention.markSeen(row.session.id);
      }),
      new Disposable(() => clearInterval(ticking)),
    ];
    this.updateBadge();
    this.update(this.connection.status);
    this.updateKeys();
  }

  /** Calls back the first time that somebody sees the view. */
  onFirstSeen(listener: () => void): Disposable {
    if (this.tree.visible) listener();
    const subscription = this.tree.onDidChangeVisibility(({ visible }) => {
      if (!visible) return;
      subscription.dispose();
      listener();
    });
    return subscription;
  }

  /** The server of the settings is another one now. */
  serverChanged(): void {
    this.update(this.connection.status);
  }

  get selected(): Row | undefined {
    return this.tree.selection[0];
  }

  /** Remembered for the workspace. */
  get arrangement(): Arrangement {
    return { ...DEFAULT_ARRANGEMENT, ...this.memory.get<Partial<Arrangement>>(ARRANGEMENT_KEY) };
  }

  arrange(arrangement: Arrangement): void {
    void this.memory.update(ARRANGEMENT_KEY, arrangement);
    this.list.arrange(arrangement);
    this.update(this.connection.status);
    this.updateWelcome();
  }

  showMore(row: MoreRow): void {
    this.list.showMore(row);
  }

  dispose(): void {
    for (const end of this.unsubscribe) end();
    for (const one of this.subscriptions) one.dispose();
    this.connection.dispose();
    this.tree.dispose();
    this.list.dispose();
  }

  private update(next: ConnectionStatus): void {
    const status = shownStatus(this.shown, next);
    this.shown = status;
    const { asOf } = this.feed;
    const note = noteOf(status, asOf);
    const isEmpty = this.feed.getAllSessions().length === 0;
    // Undefined takes them away, which their types allow only without exactOptionalPropertyTypes.
    const header: { description: string | undefined; message: string | undefined } = this.tree as never;
    // VS Code hides the description of a view that is alone in its container; an empty tree has its welcome.
    // Each assignment puts off the next refresh of the rows, whether it changes anything or not.
    const title = isEmpty ? serverName(this.serverUrl()) : l10n.t('Sessions');
    const { filter } = this.arrangement;
    const filtered = filter === '' || isEmpty ? '' : l10n.t('Filter: {0}', filter);
    const isBanner = presentationOf(status).showBanner || asOf !== undefined;
    const banner = isBanner && !isEmpty ? note : undefined;
    this.list.setStill(isBanner);
    const message = [banner, filtered].filter(Boolean).join(' · ') || undefined;
    // A welcome cannot hold the name of the server that it speaks of.
    if (this.tree.title !== title) this.tree.title = title;
    if (header.description !== note) header.description = note;
    if (header.message !== message) header.message = message;
  }

  private followSessions(changedIds: readonly string[]): void {
    this.updateWelcome(changedIds);
    this.seeSelected(changedIds);
    // With the first list "Live" comes, which brings its words itself.
    if (!this.manager.status.loaded) this.update(this.connection.status);
  }

  /** A row that is selected already is not selected again by whoever looks at it. */
  private seeSelected(changedIds: readonly string[]): void {
    if (!this.tree.visible || !window.state.focused) return;
    for (const row of this.tree.selection)
      if (row.kind === 'session' && changedIds.includes(row.session.id))
        this.attention.markEndSeen(row.session.id);
  }

  /** At once: commands go by them. */
  private updateKeys(): void {
    this.setKey('codeMySpec.state', this.manager.status.state.split('.', 1)[0] ?? '');
    this.updateWelcome();
  }

  /** An empty tree that is about to be filled is not said to be empty. */
  private updateWelcome(changedIds: readonly string[] = []): void {
    const welcome = welcomeFor(this.manager.status);
    // The list of all is made anew after each change; one that is here says enough.
    const filled =
      welcome === 'empty' &&
      (changedIds.some((id) => this.feed.getSession(id)) || this.feed.getAllSessions().length > 0);
    const isFiltered = filled && this.arrangement.filter !== '';
    this.setKey('codeMySpec.welcome', isFiltered ? 'filtered' : filled ? 'connecting' : welcome);
    this.setKey('codeMySpec.filtered', String(this.arrangement.filter !== ''));
  }

  private updateBadge(): void {
    const { count } = this.attention;
    // The type allows undefined only without exactOptionalPropertyTypes.
    const badged: { badge: { value: number; tooltip: string } | undefined } = this.tree as never;
    badged.badge = count === 0 ? undefined : { value: count, tooltip: needingText(count) };
  }

  private setKey(key: string, value: string): void {
    if (this.keys.get(key) === value) return;
    this.keys.set(key, value);
    void commands.executeCommand('setContext', key, value);
  }
}

/** What is said of the sessions beside them; undefined while they are live. `asOf` where they are of another time. */
export function noteOf(status: ConnectionStatus, asOf?: number): string | undefined {
  const { state, tags, since, syncedAt } = status;
  if (tags.includes('live')) return undefined;
  const { text, showBanner } = presentationOf(status);
  if (state === 'polling.offline' && asOf === undefined) return offlineSince(text, since);
  const at = asOf ?? (showBanner ? syncedAt : undefined);
  return at === undefined ? text : l10n.t('{0}, as of {1}', text, clockTime(at));
}
