import { window } from 'vscode';
import { VIEW_ID } from '../../../src/views/commandIds';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ConnectionState, ConnectionStatus, SessionManager } from '../../../src/sessionManager';
import { DRAWN_WITHIN_MS, REFRESH_INTERVAL_MS } from '../../../src/views/sessionList';
import { Attention } from '../../../src/views/attention';
import { SessionsView } from '../../../src/views/sessionsView';
import { HELD_BACK_MS } from '../../../src/views/shownConnection';
import { StatusBar } from '../../../src/views/statusBar';
import type { SessionRow } from '../../../src/views/sessionRows';
import { focusWindow, resetStandIn, recorded, type TreeView } from '../vscodeStandIn';
import { connectionStatus } from './connectionStatus';
import { Memory } from './memory';
import { FakeFeed, openerOf } from './sessionFeed';

beforeEach(() => {
  resetStandIn();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test('[C3] "Live" is not said before the rows are on screen', async () => {
  const { feed, become, text, fetch } = open();
  become('connected.syncing');
  feed.put({ id: '1', status: 'active' });
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(20);
  expect(text()).toMatch(/Syncing$/);
  fetch();
  await vi.advanceTimersByTimeAsync(100);
  expect(text()).toMatch(/Live$/);
});

test('[C3] nor before the rows that come within the interval of a refresh', async () => {
  const { feed, become, text, fetch } = open();
  become('connected.syncing');
  feed.put({ id: '1', status: 'active' });
  fetch();
  feed.put({ id: '2', status: 'active' });
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(REFRESH_INTERVAL_MS - 1);
  expect(text()).toMatch(/Syncing$/);
  await vi.advanceTimersByTimeAsync(1);
  fetch();
  await vi.advanceTimersByTimeAsync(100);
  expect(text()).toMatch(/Live$/);
});

test('"Live" waits for no tree that nobody sees, and never for more than half a second', async () => {
  const { feed, become, text, tree } = open();
  feed.put({ id: '1', status: 'active' });
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(DRAWN_WITHIN_MS);
  expect(text()).toMatch(/Live$/);
  expect(DRAWN_WITHIN_MS).toBeLessThanOrEqual(500);
  become('connected.syncing', { loaded: true });
  tree.visible = false;
  feed.put({ id: '2', status: 'active' });
  become('connected.live', { loaded: true });
  expect(text()).toMatch(/Live$/);
});

test('whatever follows "Live" while it waits is said at once, and "Live" no more', async () => {
  const { feed, become, text, fetch } = open();
  become('connected.syncing');
  feed.put({ id: '1', status: 'active' });
  become('connected.live', { loaded: true });
  become('reconnecting', { loaded: true });
  expect(text()).toMatch(/Reconnecting$/);
  fetch();
  await vi.advanceTimersByTimeAsync(DRAWN_WITHIN_MS);
  expect(text()).toMatch(/Reconnecting$/);
});

test('[F8] after "Live" the words are held back for half a second, and what commands go by is not', async () => {
  const { feed, become, text, tree } = open();
  const state = () => recorded.contextKeys.get('codeMySpec.state');
  feed.put({ id: '1', status: 'active' });
  tree.fetch();
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(DRAWN_WITHIN_MS);
  const before = tree.assigned.length;
  const words = () => [text()?.replace(/.*: /, ''), tree.assigned.slice(before)];
  become('polling.waiting', { loaded: true });
  expect([state(), words()]).toEqual(['polling', ['Live', []]]);
  await vi.advanceTimersByTimeAsync(HELD_BACK_MS);
  expect(words()).toEqual([
    'Polling',
    [
      ['description', 'Polling'],
      ['message', 'Polling'],
    ],
  ]);
  become('connected.live', { loaded: true });
  become('signedOut', { loaded: false });
  expect([state(), words()[0]]).toEqual(['signedOut', 'Signed out']);
});

test('[F8] the welcome of an empty tree follows at once', async () => {
  const { become } = open();
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(DRAWN_WITHIN_MS);
  expect(recorded.contextKeys.get('codeMySpec.welcome')).toBe('empty');
  become('connected.retryWait', { loaded: true, listFailure: { kind: 'serverError', detail: '' } });
  expect(recorded.contextKeys.get('codeMySpec.welcome')).toBe('noList');
});

test('an empty tree that is about to be filled is not said to be empty', () => {
  const { feed, become } = open();
  const welcome = () => recorded.contextKeys.get('codeMySpec.welcome');
  become('loading');
  feed.put({ id: '1', status: 'active' });
  become('loading', { loaded: true });
  expect(welcome()).toBe('connecting');
  become('connected.syncing', { loaded: true });
  expect(welcome()).toBe('connecting');
  feed.take('1');
  expect(welcome()).toBe('empty');
  feed.put({ id: '2', status: 'active' });
  expect(welcome()).toBe('connecting');
});

test('a change of one of many sessions does not read all of them', () => {
  const { feed, become } = open();
  feed.put({ id: '1', status: 'active' }, { id: '2', status: 'active' });
  become('connected.live', { loaded: true });
  const before = feed.reads.all;
  feed.put({ id: '1', status: 'complete' });
  expect(feed.reads.all).toBe(before);
});

test('the words above the rows are assigned when they change, since each assignment puts off the rows', () => {
  const { become, tree } = open();
  const before = tree.assigned.length;
  become('connected.syncing');
  become('connected.syncing', { nextTryAt: 1 });
  become('connected.syncing', { nextTryAt: 2 });
  expect(tree.assigned.slice(before)).toEqual([['description', 'Syncing']]);
});

test('[T5] rows that are there before the first list have the view’s own title, and what stands above them', () => {
  const { feed, become, tree } = open();
  become('authenticating');
  expect(tree.title).toBe('mine.example');
  feed.put({ id: '1', status: 'active' });
  expect([tree.title, tree.message]).toEqual(['Sessions', undefined]);
  feed.asOf = new Date(2026, 0, 1, 12, 3).getTime();
  feed.put({ id: '2', status: 'active' });
  expect([tree.title, tree.message]).toEqual([
    'Sessions',
    expect.stringMatching(/^Signing in, as of .*12:03/),
  ]);
  become('polling.offline');
  expect([tree.title, tree.message]).toEqual(['Sessions', expect.stringMatching(/^Offline, as of .*12:03/)]);
  feed.take('1', '2');
  expect([tree.title, tree.message]).toEqual(['mine.example', undefined]);
});

test.each([
  ['is seen to end', {}, undefined],
  ['is not, where the tree is hidden', { isHidden: true }, 1],
  ['is not, while the user is elsewhere', { isAway: true }, 1],
  ['is not, where another row is selected', { isOther: true }, 1],
])('[U1] a session whose row is selected %s', (_, { isHidden, isAway, isOther }: Circumstances, badge) => {
  const { feed, become, tree } = open();
  const begun = { status: 'active', execution_mode: 'auto', updated_at: '2026-01-01T00:00:00Z' };
  feed.put({ id: '1', ...begun }, { id: '2', ...begun });
  become('connected.live', { loaded: true });
  const [first, second] = tree.under();
  tree.select(isOther ? second : first);
  tree.visible = isHidden !== true;
  if (isAway) focusWindow(false);
  const { id } = (first as SessionRow).session;
  feed.put({ id, status: 'failed', updated_at: '2026-01-01T00:01:00Z' });
  expect(tree.badge?.value).toBe(badge);
});

interface Circumstances {
  readonly isHidden?: boolean;
  readonly isAway?: boolean;
  readonly isOther?: boolean;
}

test('[U6] rows turn while they are live, and stand still under a banner', async () => {
  const { feed, become, tree } = open();
  const icon = () => {
    const [row] = tree.under();
    return (tree.itemOf(row) as { iconPath: { id: string } }).iconPath.id;
  };
  feed.put({ id: '1', status: 'active' });
  become('connected.live', { loaded: true });
  await vi.advanceTimersByTimeAsync(DRAWN_WITHIN_MS + REFRESH_INTERVAL_MS);
  expect([tree.message, icon()]).toEqual([undefined, 'loading~spin']);
  become('polling.offline', { loaded: true });
  await vi.advanceTimersByTimeAsync(HELD_BACK_MS + REFRESH_INTERVAL_MS);
  expect([tree.message, icon()]).toEqual([expect.stringMatching(/^Offline since/), 'loading']);
});

function open() {
  const feed = new FakeFeed();
  const listeners = new Set<(status: ConnectionStatus) => void>();
  let status = connectionStatus('disconnected');
  const manager = Object.assign(feed, {
    onNotification: () => () => {},
    onConnectionUpdate: (listener: (next: ConnectionStatus) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  Object.defineProperty(manager, 'status', { get: () => status });
  const serverUrl = () => 'https://mine.example';
  const memory = new Memory();
  const attention = new Attention(manager as unknown as SessionManager, memory, serverUrl);
  const view = new SessionsView(
    manager as unknown as SessionManager,
    feed,
    serverUrl,
    attention,
    memory,
    openerOf,
    (rows) => window.createTreeView(VIEW_ID, { treeDataProvider: rows, showCollapseAll: true }),
  );
  const bar = new StatusBar(view.connection, attention, serverUrl);
  bar.reveal();
  const tree = view.tree as unknown as TreeView;
  return {
    feed,
    tree,
    text: () => recorded.statusBarItems[0]?.text,
    become: (state: ConnectionState, more: Partial<ConnectionStatus> = {}) => {
      status = connectionStatus(state, { ...status, ...more });
      for (const listener of listeners) listener(status);
    },
    fetch: () => tree.fetch(),
  };
}
