import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TreeItem } from 'vscode';
import type { Interaction } from '../../../src/model/session';
import type { SessionUpdate } from '../../../src/model/parseSession';
import { MOVE_INTERVAL_MS, REFRESH_INTERVAL_MS, SessionListProvider } from '../../../src/views/sessionList';
import type { Grouping } from '../../../src/views/grouping';
import type { Row } from '../../../src/views/sessionRows';
import { clockTime } from '../../../src/views/clockTime';
import { FakeFeed, openerOf } from './sessionFeed';

const CALM = {
  needOf: () => undefined,
  askedOf: () => undefined,
  isUnseen: () => false,
  onChange: () => () => {},
};

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
      ['group/status%2Factive', 'Active', '2'],
      ['group/status%2Ffailed', 'Failed', '1'],
      ['group/status%2F', 'No status', '1'],
      ['group/status%2Fpaused', 'paused', '1'],
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

  test('[W2] says whose a session is that is not one’s own, and offers nothing for it', () => {
    const owner = { id: '2', name: 'ada@example.test' };
    const { list } = open(session('2', { owner, execution_mode: 'auto' }), session('1'));
    const [group] = list.getChildren();
    const items = list.getChildren(group).map((row) => list.getTreeItem(row));
    expect(items.map(({ description, contextValue }) => [description, contextValue])).toEqual([
      ['of ada@example.test · #2 · Automatic', 'session readOnly'],
      ['#1', 'session active'],
    ]);
    expect(items[0]?.accessibilityInformation?.label).toContain('of ada@example.test');
  });

  test('shows the newest session first, whatever the order of arrival', () => {
    const { list, feed } = open(
      session('9', { inserted_at: '2026-01-01T00:00:00Z' }),
      session('10', { inserted_at: '2026-01-01T00:00:00Z' }),
      session('3', { inserted_at: '2026-01-03T00:00:00Z' }),
    );
    feed.put(session('4', { inserted_at: '2026-01-02T00:00:00Z' }));
    expect(sessionsUnder(list, 'group/status%2Factive')).toEqual(['3', '4', '10', '9']);
    feed.put(...many(150).map((one) => ({ ...one, id: `n${one.id}`, inserted_at: '2026-01-02T12:00:00Z' })));
    vi.runAllTimers();
    const order = sessionsUnder(list, 'group/status%2Factive');
    expect([order[0], order.slice(-3)]).toEqual(['3', ['4', '10', '9']]);
  });

  test('names a session by its component, else by what it is, and tells kind and mode', () => {
    const { list } = open(
      session('3', {
        type: 'ContextSpecSessions',
        component: { id: '1', name: 'Accounts', type: null, module_name: null },
      }),
      session('2', { display_name: 'Write the spec', execution_mode: 'auto' }),
    );
    const [group] = list.getChildren();
    expect(list.getTreeItem(group!).accessibilityInformation?.label).toBe('Active, 2 sessions');
    const items = list.getChildren(group).map((row) => list.getTreeItem(row));
    expect(items.map(({ label, description }) => [label, description])).toEqual([
      ['Accounts', 'Context Spec'],
      ['Write the spec', '#2 · Automatic'],
    ]);
    expect(items.map(({ accessibilityInformation }) => accessibilityInformation?.label)).toEqual([
      'Accounts, Active, Context Spec',
      'Write the spec, Active, Automatic',
    ]);
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
      'Step · #2 · 2 of 100,000 interactions shown',
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
    expect(sessionsUnder(list, 'group/status%2Factive')).toEqual(['3', '1', '2', '4']);
  });

  test('[S10] says of a row that is not confirmed as of when it is, and takes it back', () => {
    const { list, feed, fired } = open(session('2', { execution_mode: 'auto' }));
    expect(list.getTreeItem(list.getChildren()[0]!).accessibilityInformation?.label).toBe(
      'Active, 1 session',
    );
    const row = rowOf(list, 'session/2');
    const description = () => list.getTreeItem(row).description;
    feed.mark('2', { kind: 'stale', confirmedAt: Date.now() });
    const time = clockTime(Date.now());
    expect([description(), fired]).toEqual([`#2 · Automatic · as of ${time}`, [[row]]]);
    expect(list.getTreeItem(row).accessibilityInformation?.label).toBe(
      `Session, Active, Automatic, as of ${time}`,
    );
    expect(tooltipText(list, row)).toContain('Last confirmed');
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.mark('2', undefined);
    expect([description(), fired.length]).toEqual(['#2 · Automatic', 2]);
  });

  test('[S11] does not say of a row whose details are on their way that it has none', () => {
    const { list, feed } = open(session('2'));
    const row = rowOf(list, 'session/2');
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
    const steps = childrenOf(list, 'group/status%2Factive', 'session/1');
    expect(
      steps.map((item) => [item.id, item.label, item.description, (item.iconPath as { id: string }).id]),
    ).toEqual([
      ['session/1/interaction/b', 'Run Tests', 'mix test', 'loading~spin'],
      ['session/1/interaction/a', 'Plan', 'Error', 'error'],
    ]);
  });

  test('[D9] nothing spins in a session that has finished', () => {
    const { list } = open(session('1', { status: 'complete', interactions: [interaction('a', {})] }));
    const [step] = childrenOf(list, 'group/status%2Fcomplete', 'session/1');
    expect(step).toMatchObject({ description: 'No result', iconPath: { id: 'circle-outline' } });
  });

  test('[U6] nothing turns while all is as of an earlier time; one refresh of what runs tells so', () => {
    const { list, fired } = open(
      session('1', { interactions: [interaction('a', {})] }),
      session('2', { status: 'complete' }),
    );
    const icons = () =>
      [rowOf(list, 'session/1'), ...list.getChildren(rowOf(list, 'session/1'))].map(
        (row) => (list.getTreeItem(row).iconPath as { id: string }).id,
      );
    expect(icons()).toEqual(['loading~spin', 'loading~spin']);
    list.setStill(true);
    list.setStill(true);
    expect(icons()).toEqual(['loading', 'loading']);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    list.setStill(false);
    expect(icons()).toEqual(['loading~spin', 'loading~spin']);
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(fired.map((rows) => rows?.map(({ id }) => id))).toEqual([['session/1'], ['session/1']]);
  });

  test('[U6] nor does a row that is not confirmed', () => {
    const { list, feed } = open(session('1'));
    feed.mark('1', { kind: 'stale', confirmedAt: 0 });
    expect(list.getTreeItem(rowOf(list, 'session/1')).iconPath).toMatchObject({ id: 'loading' });
  });
});

describe('the tree of others', () => {
  const child = (id: string, parent: string, fields = {}) => session(id, { session_id: parent, ...fields });
  const under = (list: SessionListProvider, id: string) =>
    list.getChildren(rowOf(list, id)).map((row) => row.id);

  test('a session that another began is under it while both are in one group', () => {
    const { list, feed } = open(child('2', '1'), session('1'), child('3', '2'));
    expect(under(list, 'session/1')).toEqual(['session/2']);
    expect(under(list, 'group/status%2Factive')).toEqual(['session/3', 'session/1']);
    feed.put(child('2', '1', { status: 'failed' }));
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    expect(under(list, 'group/status%2Ffailed')).toEqual(['session/2']);
    feed.put(session('1', { status: 'failed' }));
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    expect([under(list, 'session/1'), under(list, 'group/status%2Ffailed')]).toEqual([
      ['session/2'],
      ['session/1'],
    ]);
    feed.take('1');
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    expect(under(list, 'group/status%2Ffailed')).toEqual(['session/2']);
  });

  test('sessions that began each other are shown, each once', () => {
    const { list, feed } = open(child('1', '2'), child('2', '1'), child('3', '3'));
    feed.put(child('1', '2', { status: 'complete' }), child('2', '1', { status: 'complete' }));
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    const ids = everyRow(list).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('session/')).sort()).toEqual([
      'session/1',
      'session/2',
      'session/3',
    ]);
  });

  test('beyond 200 rows a group has a row that shows more', () => {
    const { list } = open(...many(450));
    const [group] = list.getChildren();
    const last = () => list.getChildren(group).at(-1)!;
    expect([list.getChildren(group).length, list.getTreeItem(last()).label]).toEqual([201, '250 more…']);
    list.showMore(last() as never);
    expect([list.getChildren(group).length, list.getTreeItem(last()).label]).toEqual([401, '50 more…']);
    list.showMore(last() as never);
    expect([list.getChildren(group).length, last().kind]).toEqual([450, 'session']);
  });

  test('sessions of one name are told apart by their kind', () => {
    const component = { id: '1', name: 'Accounts', type: null, module_name: null };
    const { list, feed } = open(
      session('1', { component, type: 'ContextSpecSessions' }),
      session('2', { component, type: 'ComponentTestSessions' }),
    );
    const label = (id: string) => list.getTreeItem(rowOf(list, `session/${id}`)).label;
    expect([label('1'), label('2')]).toEqual(['Accounts, Context Spec', 'Accounts, Component Test']);
    feed.put(session('2', { component: { ...component, name: 'Invoices' } }));
    expect([label('1'), label('2')]).toEqual(['Accounts', 'Invoices']);
  });

  test('a filter keeps what has all its words and its status', () => {
    const { list } = open(
      session('1', { type: 'ContextSpecSessions' }),
      session('2', { type: 'ContextSpecSessions', status: 'failed' }),
      session('3', { type: 'ComponentTestSessions', status: 'failed' }),
    );
    const shown = (filter: string, grouping: Grouping = 'none') => {
      list.arrange({ grouping, filter });
      return list.getChildren().map(({ id }) => id);
    };
    expect(shown('@failed')).toEqual(['session/3', 'session/2']);
    expect(shown('SPEC @fail')).toEqual(['session/2']);
    expect(shown('nothing of the kind')).toEqual([]);
    expect(shown('', 'component')).toEqual(['group/component%2F']);
  });
});

describe('a change', () => {
  test('[F7] of one session refreshes its row alone, which stays the same object', () => {
    const { list, feed, fired } = open(session('1'), session('2'));
    const before = rowOf(list, 'session/1');
    feed.put(session('1', { execution_mode: 'auto' }));
    expect(fired).toEqual([[before]]);
    expect(fired[0]?.[0]).toBe(before);
    expect(rowOf(list, 'session/1')).toBe(before);
  });

  test('[F7] of membership refreshes the group; a move to another group, or a group that comes or goes, the root', () => {
    const { list, feed, fired } = open(session('1'), session('2'));
    const [active] = list.getChildren();
    feed.put(session('3'));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.put(session('3', { status: 'failed' }));
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    feed.put(session('2', { status: 'failed' }), session('1', { execution_mode: 'auto' }));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    feed.take('3');
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    const failed = list.getChildren()[1];
    feed.take('2');
    expect(fired).toEqual([[active], undefined, undefined, [failed], undefined]);
    expect(list.getChildren()[0]).toBe(active);
  });

  test('[F7] moves rows no more than once in 2 s, and until then shows what they are where they were', () => {
    const { list, feed, fired } = open(session('1'), session('2'), session('3'));
    const groups = () => list.getChildren().map((group) => [group.id, list.getChildren(group).length]);
    feed.put(session('1', { status: 'complete' }));
    expect(groups()).toEqual([
      ['group/status%2Factive', 2],
      ['group/status%2Fcomplete', 1],
    ]);
    const told = fired.length;
    vi.advanceTimersByTime(MOVE_INTERVAL_MS / 2);
    feed.put(session('2', { status: 'complete' }));
    feed.put(session('3', { status: 'complete' }));
    vi.advanceTimersByTime(REFRESH_INTERVAL_MS);
    expect(groups()[0]).toEqual(['group/status%2Factive', 2]);
    expect(list.getTreeItem(rowOf(list, 'session/2')).iconPath).toMatchObject({ id: 'pass' });
    vi.advanceTimersByTime(MOVE_INTERVAL_MS);
    expect(groups()).toEqual([['group/status%2Fcomplete', 3]]);
    expect(fired.slice(told).filter((rows) => rows === undefined)).toHaveLength(1);
  });

  test('of activity moves the row to its place among the others', () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
    const { list, feed } = open(
      session('1', { updated_at: at(1) }),
      session('2', { updated_at: at(2) }),
      session('3', { updated_at: at(3) }),
    );
    feed.put(session('1', { updated_at: at(4) }));
    expect(sessionsUnder(list, 'group/status%2Factive')).toEqual(['1', '3', '2']);
  });

  test('[F7] of very many sessions refreshes their groups, since VS Code compares all rows with each other', () => {
    const { list, feed, fired } = open(...many(20_000), session('failed', { status: 'failed' }));
    feed.put(...many(20_000).map((one) => ({ ...one, execution_mode: 'auto' })));
    expect([fired.length, fired[0]?.length]).toEqual([1, 1]);
    expect(fired[0]?.[0]).toBe(list.getChildren()[0]);
  });

  test('[F7] of the steps keeps the rows of those that stay, named or not', () => {
    const { list, feed } = open(
      session('1', { interactions: [interaction('b', {}), interaction(null, {})] }),
    );
    const row = rowOf(list, 'session/1');
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
    expect(list.getTreeItem(rowOf(list, 'session/1')).label).toBe(`n${updates}`);
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
  const list = new SessionListProvider(feed, CALM, openerOf, { grouping: 'status', filter: '' });
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
  return childrenOf(list, group).map(({ id }) => id!.slice('session/'.length));
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
