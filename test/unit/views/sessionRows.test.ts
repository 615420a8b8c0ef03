import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSession, type Session } from '../../../src/model/session';
import type { Need } from '../../../src/views/attention';
import { DEFAULT_ARRANGEMENT, type Arrangement } from '../../../src/views/grouping';
import { SessionRows, type GroupRow, type SessionRow } from '../../../src/views/sessionRows';

describe('a parent that is told of after the row is there', () => {
  it('leaves the child in its group when it ends', () => {
    const { tree, put } = world({ id: 'P' }, { id: 'K' });
    put({ id: 'K', parent: 'P' });
    expect(tree()).toEqual(['running', '  P', '    K']);
    put({ id: 'P', status: 'complete' });
    expect(tree()).toEqual(['running', '  K', 'finished', '  P']);
  });

  it.each([
    ['P', ['running', '  K']],
    ['K', ['running', '  P']],
  ])('and %s deleted first, the other is shown', (first, expected) => {
    const { tree, put, take } = world({ id: 'P' }, { id: 'K' });
    put({ id: 'K', parent: 'P' });
    take(first);
    expect(tree()).toEqual(expected);
    take('P', 'K');
    expect(tree()).toEqual([]);
  });

  it('is followed to another one, and to none', () => {
    const { tree, put, take } = world({ id: 'P' }, { id: 'Q' }, { id: 'K', parent: 'P' });
    put({ id: 'K', parent: 'Q' });
    expect(tree()).toEqual(['running', '  Q', '    K', '  P']);
    take('P');
    expect(tree()).toEqual(['running', '  Q', '    K']);
    put({ id: 'K', parent: null });
    take('Q');
    expect(tree()).toEqual(['running', '  K']);
  });

  it('may come after the child has named it', () => {
    const { tree, put } = world({ id: 'K' });
    put({ id: 'K', parent: 'P' });
    put({ id: 'P' });
    expect(tree()).toEqual(['running', '  P', '    K']);
  });

  it('keeps none under it once it has a parent itself', () => {
    const { tree, put, take } = world({ id: 'G' }, { id: 'P' }, { id: 'K', parent: 'P' });
    put({ id: 'P', parent: 'G' });
    expect(tree()).toEqual(['running', '  K', '  G', '    P']);
    take('G');
    expect(tree()).toEqual(['running', '  P', '    K']);
  });

  it('is followed where rows may not move too, and a child never goes with it', () => {
    const { tree, put, take } = world({ id: 'P' }, { id: 'Q' }, { id: 'K', parent: 'P' });
    put.inPlace({ id: 'K', parent: 'Q' });
    expect(tree()).toEqual(['running', '  Q', '  P', '    K']);
    take.inPlace('P');
    expect(tree()).toEqual(['running', '  Q', '    K']);
    take.inPlace('Q');
    expect(tree()).toEqual(['running', '  K']);
  });
});

it.each([1, 2, 3, 4, 5])('sessions that began each other in a ring of %d are shown, each once', (size) => {
  const ids = Array.from({ length: size }, (_, n) => `${n}`);
  const ring = ids.map((id, n) => ({ id, parent: `${(n + 1) % size}` }));
  const { tree, put } = world(...ring);
  const alone = ids.map((id) => `  ${id}`).reverse();
  expect(tree()).toEqual(['running', ...alone]);
  put(...ring.map((one) => ({ ...one, status: 'complete' })));
  expect(tree()).toEqual(['finished', ...alone]);
});

it('a row keeps its place before one that leaves it only where it has it before the next, too', () => {
  const { tree, put } = world({ id: 'A', second: 6 }, { id: 'B', second: 5 }, { id: 'C', second: 4 });
  put({ id: 'B', second: 1 }, { id: 'A', second: 2 });
  expect(tree()).toEqual(['running', '  C', '  A', '  B']);
});

it('after any changes the rows are those that are built from scratch', () => {
  fc.assert(
    fc.property(arrangements, fc.array(changes, { maxLength: 25 }), (arrangement, all) => {
      const sessions = new Map<string, Told>();
      const rows = rowsOf(sessions, arrangement);
      const fromScratch = () => {
        const built = rowsOf(sessions, arrangement);
        built.apply(sessions.keys());
        return treeOf(built);
      };
      let staying: ReadonlySet<string> = new Set();
      for (const { told, mayMove } of all) {
        for (const one of told)
          if (one.isGone) sessions.delete(one.id);
          else sessions.set(one.id, one);
        ({ staying } = rows.apply([...told.map(({ id }) => id), ...staying], mayMove));
        if (mayMove) expect(treeOf(rows)).toEqual(fromScratch());
        else expect(idsIn(treeOf(rows))).toEqual(idsIn(fromScratch()));
      }
    }),
    { numRuns: 1_000 },
  );
});

interface Told {
  readonly id: string;
  readonly parent?: string | null;
  readonly status?: string;
  readonly need?: Need | undefined;
  readonly second?: number;
}

const someId = fc.constantFrom('1', '2', '3', '4', '5', '6');
const arrangements = fc.constantFrom<Arrangement>(
  DEFAULT_ARRANGEMENT,
  { grouping: 'status', filter: '' },
  { grouping: 'none', filter: '' },
  { grouping: 'attention', filter: '@active' },
);
const changes = fc.record({
  mayMove: fc.boolean(),
  told: fc.array(
    fc.record({
      id: someId,
      isGone: fc.nat(4).map((n) => n === 0),
      parent: fc.option(someId),
      status: fc.constantFrom('active', 'active', 'complete'),
      need: fc.constantFrom<(Need | undefined)[]>(undefined, undefined, 'asks'),
      second: fc.nat(3),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

function world(...first: Told[]) {
  const sessions = new Map<string, Told>();
  const rows = rowsOf(sessions, DEFAULT_ARRANGEMENT);
  const putting =
    (mayMove: boolean) =>
    (...told: Told[]) => {
      for (const one of told) sessions.set(one.id, { ...sessions.get(one.id), ...one });
      rows.apply(
        told.map(({ id }) => id),
        mayMove,
      );
    };
  const taking =
    (mayMove: boolean) =>
    (...gone: string[]) => {
      for (const id of gone) sessions.delete(id);
      rows.apply(gone, mayMove);
    };
  const put = Object.assign(putting(true), { inPlace: putting(false) });
  const take = Object.assign(taking(true), { inPlace: taking(false) });
  put(...first);
  return { tree: () => treeOf(rows), put, take };
}

function rowsOf(sessions: ReadonlyMap<string, Told>, arrangement: Arrangement): SessionRows {
  return new SessionRows(arrangement, {
    session: (id) => {
      const told = sessions.get(id);
      return told && sessionOf(told);
    },
    freshness: () => undefined,
    need: ({ id }) => sessions.get(id)?.need,
    asked: () => undefined,
    isUnseen: () => false,
    isStill: () => false,
  });
}

function sessionOf({ id, parent, status = 'active', second = 0 }: Told): Session {
  const updated_at = `2026-01-01T00:00:0${second}Z`;
  return mergeSession(undefined, { id, status, updated_at, session_id: parent ?? null });
}

/** What is on screen, a line each, indented; a row is where it says that it is. */
function treeOf(rows: SessionRows): string[] {
  const linesUnder = (place: GroupRow | SessionRow, indent: string): string[] =>
    place.rows.flatMap((row) => {
      expect(row.parent).toBe(place);
      return [`${indent}${row.session.id}`, ...linesUnder(row, `${indent}  `)];
    });
  return rows.ordered().flatMap((group) => [group.group.key, ...linesUnder(group, '  ')]);
}

const idsIn = (tree: readonly string[]) =>
  tree
    .filter((line) => line.startsWith(' '))
    .map((line) => line.trim())
    .sort();
