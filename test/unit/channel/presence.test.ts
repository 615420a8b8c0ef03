import { describe, expect, it } from 'vitest';
import { MAX_ID_CHARS, MAX_PRESENT } from '../../../src/model/limits';
import { Presence } from '../../../src/channel/presence';

/** What the server sends of them: each key with the refs of its connections. */
type Refs = Record<string, string[]>;
const presences = (refs: Refs) =>
  Object.fromEntries(
    Object.entries(refs).map(([key, each]) => [key, { metas: each.map((phx_ref) => ({ phx_ref })) }]),
  );
const diff = (joins: Refs, leaves: Refs = {}) => ({ joins: presences(joins), leaves: presences(leaves) });

function start() {
  const presence = new Presence();
  return {
    presence,
    sync: (refs: Refs) => presence.sync(presences(refs)),
    apply: (joins: Refs, leaves: Refs = {}) => presence.apply(diff(joins, leaves)),
    shown: () => presence.present.map(({ key, count }) => `${key} ${count}`),
  };
}

describe('who is there', () => {
  it('[D5] is what the state says and the diffs change, each taken whole', () => {
    const { sync, apply, shown } = start();
    expect([sync({ a: ['1', '2'], b: ['3'] }), shown()]).toEqual([true, ['a 2', 'b 1']]);
    expect([apply({ c: ['4'], b: ['5'] }, { a: ['1', '2'], b: ['3'] }), shown()]).toEqual([
      true,
      ['b 1', 'c 1'],
    ]);
    sync({ d: ['6'] });
    expect(shown()).toEqual(['d 1']);
  });

  it('[D5] is what diffs tell where no state ever comes', () => {
    const { apply, shown } = start();
    apply({ a: ['1'], b: ['2'] });
    apply({}, { a: ['1'], unknown: ['9'] });
    expect(shown()).toEqual(['b 1']);
  });

  it('[D5] keeps what diffs told before the state, which may know it or not', () => {
    const { sync, apply, shown } = start();
    apply({ a: ['1'], late: ['2'] });
    apply({}, { gone: ['3'] });
    sync({ gone: ['3'], a: ['1'], b: ['4'] });
    expect(shown()).toEqual(['a 1', 'b 1', 'late 1']);
    sync({ gone: ['3'] });
    expect(shown()).toEqual(['gone 1']);
  });

  it('[D5] counts no connection twice, and is the same list until somebody comes or goes', () => {
    const { presence, sync, apply } = start();
    apply({ a: ['1'] });
    const before = presence.present;
    apply({ a: ['1'] });
    sync({ a: ['1'] });
    apply({ a: ['2'] }, { a: ['1'] });
    expect(presence.present).toBe(before);
    apply({ a: ['3'] });
    expect([presence.present, before]).toEqual([[{ key: 'a', count: 2 }], [{ key: 'a', count: 1 }]]);
  });

  it('[D6] may have any key', () => {
    const { presence, shown } = start();
    const json = '{"__proto__":{"metas":[{"phx_ref":"1"}]},"constructor":{"metas":[{"phx_ref":"2"}]}}';
    presence.sync(JSON.parse(json));
    expect(shown()).toEqual(['__proto__ 1', 'constructor 1']);
    presence.apply(JSON.parse(`{"joins":{},"leaves":${json}}`));
    expect(shown()).toEqual([]);
  });

  it('[D10] what is none is not taken, nor any part of it that cannot be read', () => {
    const { presence, sync, shown } = start();
    sync({ a: ['1'] });
    const none = [undefined, null, 'text', { joins: {} }, { leaves: {} }, { joins: 1, leaves: {} }];
    expect(none.map((payload) => presence.apply(payload))).toEqual(none.map(() => false));
    expect([presence.sync(null), presence.sync('text'), shown()]).toEqual([false, false, ['a 1']]);
    const parts = { b: null, c: { metas: {} }, d: { metas: [null, {}, { phx_ref: 7 }] } };
    expect([presence.apply({ joins: parts, leaves: {} }), shown()]).toEqual([true, ['a 1', 'd 1']]);
  });

  it('[H1] is bounded, in keys and in connections', () => {
    const { sync, apply, shown, presence } = start();
    apply({ ['k'.repeat(MAX_ID_CHARS + 1)]: ['1'], short: ['1'] });
    expect(shown()).toEqual(['short 1']);
    const refs = Array.from({ length: MAX_PRESENT + 1 }, (_, n) => String(n));
    sync({ many: refs, more: ['another'] });
    expect(presence.present).toEqual([{ key: 'many', count: MAX_PRESENT }]);
    apply({}, { many: ['0'], more: ['another'] });
    apply({ more: ['another'] });
    expect(shown()).toEqual([`many ${MAX_PRESENT - 1}`, 'more 1']);
  });

  it('[H1] where the state is long in coming, the latest that left are known', () => {
    const { sync, apply, shown } = start();
    for (let n = 0; n <= MAX_PRESENT; n += 1) apply({}, { a: [String(n)] });
    sync({ a: ['0', '1', String(MAX_PRESENT)] });
    expect(shown()).toEqual(['a 1']);
  });
});
