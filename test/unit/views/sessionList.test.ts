import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TreeItem } from 'vscode';
import type { Interaction } from '../../../src/model/session';
import type { SessionUpdate } from '../../../src/model/parseSession';
import { REFRESH_INTERVAL_MS, SessionListProvider } from '../../../src/views/sessionList';
import type { Row } from '../../../src/views/sessionRows';
import { clockTime } from '../../../src/views/clockTime';
import { FakeFeed, openerOf } from './sessionFeed';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the tree', () => {
  test('groups by status, known ones first, unknown ones as they are', () => {
    const { list } = open(
      session('1', { status: 'paused' }),
      session('2', { status: 'failed' }),
      session('3', { status: 'active' }),
      session('4', { status: 'active' }),
      session('5', { status: null }),
    );
    const groups = list.getChildren().map((row) => list.getTreeItem(row));
    expect(groups.map(({ id, label, description }) => [id, label, description])).toEqual([
      ['status/active', 'Active', '2'],
      ['status/failed', 'Failed', '1'],
      ['status/', 'No status', '1'],
      ['status/paused', 'paused', '1'],
    ]);
  });

  test('[H1] a status of any length costs no row more than a short one', () => {
    const { list } = open(session('1', { status: 'x'.repeat(200_000) }));
    const [group] = list.getChildren();
    const rows = [group!, ...list.getChildren(group)];
    const items = rows.map((row) => list.getTreeItem(row));
    const lengths = items.flatMap(({ id, contextValue }) => [id!.length, contextValue!.length]);
    expect(Math.max(...lengths)).toBeLessThan(200);
  });

  test('shows the newest session first, whatever the order of arrival', () => {
    const { list, feed } = open(
      session('9', { inserted_at: '2026-01-01T00:00:00Z' }),
      session('10', { inserted_at: '2026-01-01T00:00:00Z' }),
      session('3', { inserted_at: '2026-01-03T00:00:00Z' }),
    );
    feed.put(session('4', { inserted_at: '2026-01-02T00:00:00Z' }));
    expect(sessionsUnder(list, 'status/active')).toEqual(['3', '4', '10', '9']);
    feed.put(...many(500).map((one) => ({ ...one, id: `n${one.id}`, inserted_at: '2026-01-02T12:00:00Z' })));
    vi.runAllTimers();
    const order = sessionsUnder(list, 'status/active');
    expect([order[0], order.slice(-3)]).toEqual(['3', ['4', '10', '9']]);
  });

  test('names a session by its name or type, and tells place and mode', () => {
    const { list } = open(
      session('3', {
        type: 'ContextSpecSessions',
        component: { id: '1', name: 'Accounts', type: null, module_name: null },
      }),
      session('2', { display_name: 'Write the spec', execution_mode: 'auto' }),
    );
    const [group] = list.getChildren();
    const items = list.getChildren(group).map((row) => list.getTreeItem(row));
    expect(items.map(({ label, description }) => [label, description])).toEqual([
      ['Context Spec', 'Accounts'],
      ['Write the spec', '#2 · auto'],
    ]);
    expect(items[1]?.accessibilityInformation?.label).toBe('Write the spec, Active, #2, auto');
  });

  test('[H1] says how many interactions of how many are shown, and where data is left out', () => {
    const interactions = [interaction('b', {}), interaction('a', {})];
    const { list } = open(
      session('2', { interactions, leftOut: { interactions: 99_998, places: 0 } }),
      session('1', { leftOut: { interactions: 0, places: 1 } }),
    );
    const [group] = list.getChildren();
    const items = list.getChildren(group).map((row) => list.getTreeItem(row));
    expect(items.map(({ description }) => description)).toEqual([
      '#2 · 2 of 100,000 interactions shown',
      '#1 · not all of its data is shown',
    ]);
  });

  test('orders by time, in whatever form it is written', () => {
    const { list } = open(
      session('1', { inserted_at: '2026-01-01T00:00:00.5Z' }),
      session('2', { inserted_at: '2026-01-01T02:00:00+02:00' }),
      session('3', { inserted_at: '2026-01-01T00:00:01' }),
      session('4', { inserted_at: 'yesterday' }),
    );
    expect(sessionsUnder(list, 'status/active')).toEqual(['3', '1', '2', '4']);
  });

  test('[S10] says of a row that is not confirmed as of when it is, and takes it back', () => {
    const { list, feed, fired } = open(session('2', { execution_mode: 'auto' }));
    const row = rowOf(list, 'status/active/session/2');
    const description = () => list.getTreeItem(row).description;
    feed.mark('2', { kind: 'stale', confirmedAt: Date.now() });
    const time = clockTime(Date.now());
    expect([description(), fired]).toEqual([`#2 · auto · as of ${time}`, [[row]]]);
    expect(list.getTreeItem(row).accessibilityInformation?.label).toBe(
      `Session, Active, #2, auto, as of ${time}`,
    );
    expect(tooltipText(list, row)).toContain('Last confirmed');
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.mark('2', undefined);
    expect([description(), fired.length]).toEqual(['#2 · auto', 2]);
  });

  test('[S11] does not say of a row whose details are on their way that it has none', () => {
    const { list, feed } = open(session('2'));
    const row = rowOf(list, 'status/active/session/2');
    feed.mark('2', { kind: 'incomplete' });
    expect(list.getTreeItem(row).description).toBe('…');
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.mark('2', undefined);
    expect(list.getTreeItem(row).description).toBe('#2');
  });

  test('shows interactions newest first, by step or module, with command or result', () => {
    const { list } = open(
      session('1', {
        interactions: [
          interaction('b', { command: command('Elixir.Steps.RunTests', '\nmix test\nmix format') }),
          interaction('a', { step_name: 'Plan', result: result('error') }),
        ],
      }),
    );
    const steps = childrenOf(list, 'status/active', 'status/active/session/1');
    expect(
      steps.map((item) => [item.id, item.label, item.description, (item.iconPath as { id: string }).id]),
    ).toEqual([
      ['status/active/session/1/interaction/b', 'Run Tests', 'mix test', 'loading~spin'],
      ['status/active/session/1/interaction/a', 'Plan', 'Error', 'error'],
    ]);
  });

  test('[D9] nothing spins in a session that has finished', () => {
    const { list } = open(session('1', { status: 'complete', interactions: [interaction('a', {})] }));
    const [step] = childrenOf(list, 'status/complete', 'status/complete/session/1');
    expect(step).toMatchObject({ description: 'No result', iconPath: { id: 'circle-outline' } });
  });
});

describe('a change', () => {
  test('[F7] of one session refreshes its row alone, which stays the same object', () => {
    const { list, feed, fired } = open(session('1'), session('2'));
    const before = rowOf(list, 'status/active/session/1');
    feed.put(session('1', { execution_mode: 'auto' }));
    expect(fired).toEqual([[before]]);
    expect(fired[0]?.[0]).toBe(before);
    expect(rowOf(list, 'status/active/session/1')).toBe(before);
  });

  test('[F7] of membership refreshes the group, a status that comes or goes the root', () => {
    const { list, feed, fired } = open(session('1'), session('2'));
    const [active] = list.getChildren();
    feed.put(session('3'));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.put(session('3', { status: 'failed' }));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    const failed = list.getChildren()[1];
    feed.put(session('2', { status: 'failed' }), session('1', { execution_mode: 'auto' }));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.take('2', '3');
    expect(fired).toEqual([[active], undefined, [active, failed], undefined]);
    expect(list.getChildren()[0]).toBe(active);
  });

  test('[F7] of very many sessions refreshes their groups, since VS Code compares all rows with each other', () => {
    const { list, feed, fired } = open(...many(20_000), session('failed', { status: 'failed' }));
    feed.put(...many(20_000).map((one) => ({ ...one, execution_mode: 'auto' })));
    expect(fired).toEqual([[list.getChildren()[0]]]);
  });

  test('[F7] of the steps keeps the rows of those that stay, named or not', () => {
    const { list, feed } = open(
      session('1', { interactions: [interaction('b', {}), interaction(null, {})] }),
    );
    const row = rowOf(list, 'status/active/session/1');
    const before = list.getChildren(row);
    feed.put(
      session('1', {
        interactions: [interaction('c', {}), interaction('b', { step_name: 'B' }), interaction(null, {})],
      }),
    );
    const after = list.getChildren(row);
    expect([after[1] === before[0], after[2] === before[1], after.length]).toEqual([true, true, 3]);
    expect(list.getTreeItem(after[1]!).label).toBe('B');
  });

  test('that changes nothing refreshes nothing', () => {
    const { feed, fired } = open(session('1'));
    feed.put(session('1'));
    feed.take('unknown');
    vi.runAllTimers();
    expect(fired).toEqual([]);
  });

  test('[F7] storm refreshes at most 10 times a second, and its last state is shown', () => {
    const { list, feed, fired } = open(session('1'));
    const updates = 990;
    for (let n = 1; n <= updates; n++) {
      feed.put(session('1', { display_name: `n${n}` }));
      vi.advanceTimersByTime(1);
    }
    expect(fired.length).toBeLessThanOrEqual(10);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(list.getTreeItem(rowOf(list, 'status/active/session/1')).label).toBe(`n${updates}`);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  test('costs the same among 10,000 sessions as among 10', () => {
    const costs = [10, 10_000].map((size) => {
      const { feed, fired } = open(...many(size));
      feed.reads = { all: 0, one: 0 };
      feed.put(session('5', { execution_mode: 'auto' }));
      return { reads: feed.reads, fired: fired.map((rows) => rows?.length) };
    });
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[1]).toEqual({ reads: { all: 0, one: 1 }, fired: [1] });
  });

  test('after the end refreshes nothing', () => {
    const { list, feed, fired } = open(session('1'));
    list.dispose();
    feed.put(session('2'));
    vi.runAllTimers();
    expect([fired, vi.getTimerCount()]).toEqual([[], 0]);
  });
});

describe('[X4] hostile text', () => {
  const HOSTILE = [
    '__proto__',
    'constructor',
    '[click](command:workbench.action.terminal.new)',
    '<a href="command:x">x</a><img src=x onerror=alert(1)>',
    'https://evil.example/?a=1 www.evil.example me@evil.example',
    'a/b#c?d%2F',
    '\u202Egnp.exe\u2066',
    '\ud800',
    '$(sync~spin) `code` **bold** \n\n# title\n---',
    'x'.repeat(1_000_000),
    '..',
    ' ',
  ];

  test('makes ids that are unique and free of collisions', () => {
    const { list } = open(
      ...HOSTILE.flatMap((id) => ['active', id].map((status, n) => session(`${id}${n || ''}`, { status }))),
    );
    const ids = everyRow(list).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(HOSTILE.length * 2);
  });

  test('of an interaction cannot take the place of a position', () => {
    const { list } = open(
      session('1', { interactions: ['#1', '#1', null, '__proto__', ''].map((id) => interaction(id, {})) }),
    );
    const ids = everyRow(list).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(HOSTILE.map((text) => [text.slice(0, 40), text]))(
    '%j never becomes a link or a long line',
    (_, text) => {
      const component = { id: text, name: text, type: text, module_name: text };
      const { list } = open(
        session('1', {
          ...{
            display_name: text,
            type: text,
            agent: text,
            environment: text,
            execution_mode: text,
            status: text,
          },
          ...{ component, project: { ...component, status: text }, inserted_at: text, updated_at: text },
          interactions: [
            interaction(text, {
              step_name: text,
              command: command(text, text),
              result: { ...result(text), error_message: text },
            }),
          ],
        }),
      );
      const items = everyRow(list).map((row) => list.resolveTreeItem(list.getTreeItem(row), row));
      expect(items).toHaveLength(3);
      for (const { label, description, tooltip, command: onClick, accessibilityInformation } of items) {
        const plain = `${label as string} ${String(description)} ${String(accessibilityInformation?.label)}`;
        expect(plain).not.toMatch(/[\n\r\u202a-\u202e\u2066-\u2069]/);
        expect(plain.length).toBeLessThan(1_000);
        expect([undefined, 'open']).toContain(onClick?.command);
        if (!tooltip || typeof tooltip === 'string') continue;
        expect({ trusted: tooltip.isTrusted, html: tooltip.supportHtml }).toEqual({
          trusted: false,
          html: false,
        });
        expect(tooltip.supportThemeIcons).toBeFalsy();
        expect(tooltip.value).not.toMatch(/[[\]<>`$@]|\/\/|www\.|command:\S/);
        expect(tooltip.value.length).toBeLessThan(20_000);
      }
    },
  );
});

function open(...sessions: SessionUpdate[]) {
  const feed = new FakeFeed(...sessions);
  const list = new SessionListProvider(feed, openerOf);
  const fired: (Row[] | undefined)[] = [];
  list.onDidChangeTreeData((rows) => fired.push(rows));
  return { feed, list, fired };
}

function tooltipText(list: SessionListProvider, row: Row): string {
  const { tooltip } = list.resolveTreeItem(list.getTreeItem(row), row);
  return tooltip && typeof tooltip !== 'string' ? tooltip.value : '';
}

function everyRow(list: SessionListProvider, parent?: Row): Row[] {
  return list.getChildren(parent).flatMap((row) => [row, ...everyRow(list, row)]);
}

function rowOf(list: SessionListProvider, id: string): Row {
  return everyRow(list).find((row) => row.id === id)!;
}

function childrenOf(list: SessionListProvider, ...path: string[]): TreeItem[] {
  let parent: Row | undefined;
  for (const id of path) parent = list.getChildren(parent).find((row) => row.id === id);
  return list.getChildren(parent).map((row) => list.getTreeItem(row));
}

function sessionsUnder(list: SessionListProvider, group: string): string[] {
  return childrenOf(list, group).map(({ id }) => id!.slice(`${group}/session/`.length));
}

function many(count: number): SessionUpdate[] {
  return Array.from({ length: count }, (_, n) =>
    session(`${n}`, { inserted_at: `2026-01-01T00:00:00.${n}Z` }),
  );
}

function session(id: string, fields: Omit<SessionUpdate, 'id'> = {}): SessionUpdate {
  return { id, status: 'active', ...fields };
}

function interaction(id: string | null, fields: Partial<Interaction>): Interaction {
  return { id, step_name: null, command: null, result: null, completed_at: null, ...fields };
}

function command(module: string, text: string): NonNullable<Interaction['command']> {
  return { id: null, module, command: text, pipe: null, metadata: null, timestamp: null };
}

function result(status: string): NonNullable<Interaction['result']> {
  const nothing = { data: null, code: null, error_message: null, stdout: null, stderr: null };
  return { id: null, status, ...nothing, duration_ms: null, timestamp: null };
}
