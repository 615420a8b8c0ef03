import { describe, expect, it } from 'vitest';
import { parseSession, parseId } from '../../../src/model/parseSession';
import { parseSessionList } from './parseSessionList';
import {
  MAX_DEPTH,
  MAX_FIELD_VALUES,
  MAX_INTERACTIONS,
  MAX_INTERACTION_VALUES,
} from '../../../src/model/limits';
import { equalJson, KNOWN_FIELDS, mergeSession } from '../../../src/model/session';

describe('a session', () => {
  it('needs nothing but an id, a text or a number', () => {
    expect(parseSession({ id: 4 })).toEqual({ id: '4' });
    expect(parseSession({ id: 'b' })).toEqual({ id: 'b' });
    for (const bad of [{}, { id: null }, { id: '' }, { id: {} }, null, 7, 'x', [], undefined]) {
      expect(parseSession(bad)).toBeUndefined();
    }
  });

  it('[D10] keeps unknown fields and values, and is not lost over a wrong type', () => {
    const update = parseSession({
      id: 1,
      status: 'paused',
      agent: 7,
      type: { no: 'text' },
      interactions: 'none',
      project: 'P',
      priority: { high: true },
    });
    expect(update).toEqual({
      id: '1',
      status: 'paused',
      agent: '7',
      type: null,
      interactions: [],
      project: null,
      priority: { high: true },
    });
  });

  it('takes the last segment of a module name as its type', () => {
    expect(parseSession({ id: 1, type: 'Elixir.CodeMySpec.ContextSpecSessions' })?.type).toBe(
      'ContextSpecSessions',
    );
    expect(parseSession({ id: 1, type: 'ContextSpecSessions' })?.type).toBe('ContextSpecSessions');
  });

  it('reads the environment under its old and its new name, and both at once', () => {
    expect(parseSession({ id: 1, environment: 'cli' })?.environment).toBe('cli');
    expect(parseSession({ id: 1, environment_type: 'vscode' })?.environment).toBe('vscode');
    expect(parseSession({ id: 1, environment: null, environment_type: 'vscode' })?.environment).toBe(
      'vscode',
    );
    expect(parseSession({ id: 1 })?.environment).toBeUndefined();
  });

  it('[D10] skips an unreadable interaction and keeps the others', () => {
    const update = parseSession({ id: 1, interactions: [null, 3, { id: 'a', result: 'odd' }, { id: 'b' }] });
    expect(update?.interactions?.map(({ id, result }) => [id, result])).toEqual([
      ['a', null],
      ['b', null],
    ]);
  });

  it('[D6] is not confused by fields such as __proto__', () => {
    const update = parseSession(JSON.parse('{"id":1,"__proto__":{"status":"hacked"},"constructor":1}'));
    const session = mergeSession(undefined, update!);
    expect([session.status, Object.hasOwn(session, '__proto__')]).toEqual([null, false]);
    expect(({} as Record<string, unknown>).status).toBeUndefined();
  });

  it('[D6] differs where only one has a member named __proto__', () => {
    const [odd, other] = [JSON.parse('{"__proto__":{}}'), { x: 1 }] as unknown[];
    expect([equalJson(odd, other), equalJson(other, odd), equalJson(odd, odd)]).toEqual([false, false, true]);
  });

  it('reads and merges each field that it knows', () => {
    const fields = [...KNOWN_FIELDS].filter((field) => !['id', 'state', '__proto__'].includes(field));
    for (const field of fields) {
      const read: Record<string, unknown> = { ...parseSession({ id: 1, [field]: [7] }) };
      expect([field, read[field]]).not.toEqual([field, [7]]);
      if (field === 'environment_type') continue;
      const merged: Record<string, unknown> = { ...mergeSession(undefined, { id: '1', [field]: 'told' }) };
      expect([field, merged[field]]).toEqual([field, 'told']);
    }
  });

  it('[D10] keeps fields that are named as methods of objects are', () => {
    const given = { toString: 'a', constructor: 1 };
    const update = parseSession(JSON.parse(JSON.stringify({ id: 1, ...given, project: given })));
    expect(mergeSession(undefined, update!)).toMatchObject({ ...given, project: given });
    const held = mergeSession(undefined, update!);
    expect(mergeSession(held, { id: '1', toString: 'b' } as never)).toMatchObject({
      toString: 'b',
      constructor: 1,
    });
  });
});

it('[D10] a list counts what it cannot read, and anything else is no list', () => {
  expect(parseSessionList({ data: [{ id: 1 }, {}, 'x'] })).toEqual({ sessions: [{ id: '1' }], malformed: 2 });
  for (const bad of [null, {}, { data: {} }, [], 'x']) expect(parseSessionList(bad)).toBeUndefined();
});

it('a deletion is an object with an id', () => {
  expect(parseId({ id: 4 })).toBe('4');
  expect(parseId({ session_id: 4 })).toBeUndefined();
});

describe('[H1] a session beyond the bounds', () => {
  it('keeps what is nested less deeply, and the session', () => {
    const update = parseSession({ id: 1, status: 'active', state: nested(3_000) });
    expect(update).toMatchObject({ id: '1', status: 'active', leftOut: { interactions: 0, places: 1 } });
    expect(depthOf(update?.state)).toBe(MAX_DEPTH - 1);
    const again = parseSession({ id: 1, status: 'active', state: nested(3_000) });
    expect(equalJson(update, again)).toBe(true);
    const held = mergeSession(undefined, update!);
    expect(mergeSession(held, again!)).toBe(held);
    const data = parseSession({ id: 1, interactions: [{ id: 'a', result: { data: nested(3_000) } }] });
    expect(depthOf(data?.interactions?.[0]?.result?.data)).toBe(MAX_DEPTH - 4);
  });

  it('takes as much as the bounds allow without leaving anything out', () => {
    const state = nested(MAX_DEPTH - 1);
    const interactions = Array.from({ length: MAX_INTERACTIONS }, (_, id) => ({ id }));
    const update = parseSession({ id: 1, state, interactions });
    expect([update?.state, update?.interactions?.length, update?.leftOut]).toEqual([state, 2_000, undefined]);
  });

  it('keeps the newest interactions and counts the others, until an update brings fewer', () => {
    const interactions = Array.from({ length: 100_000 }, (_, n) => ({ id: n }));
    const update = parseSession({ id: 1, interactions });
    expect(update?.interactions?.length).toBe(MAX_INTERACTIONS);
    expect(update?.interactions?.[0]?.id).toBe('0');
    expect(update?.leftOut).toEqual({ interactions: 98_000, places: 0 });
    const held = mergeSession(undefined, update!);
    expect(mergeSession(held, { id: '1', status: 'complete' }).leftOut).toEqual(update?.leftOut);
    expect(mergeSession(held, parseSession({ id: 1, interactions: [] })!).leftOut).toBeNull();
  });

  it('keeps no more values than can be shown in time', () => {
    const many = Array.from({ length: MAX_INTERACTION_VALUES }, () => ({}));
    const update = parseSession({
      id: 1,
      state: many,
      interactions: [{ id: 'b' }, { id: 'a', result: { data: many } }, { id: 'older' }],
      ...Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`new_${n}`, n])),
    });
    expect((update?.state as unknown[]).length).toBeLessThanOrEqual(MAX_FIELD_VALUES + 1);
    expect(update?.interactions?.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(update?.leftOut?.interactions).toBe(1);
    expect(Object.keys(update!).length).toBeLessThan(130);
  });

  it('leaves out the same in an event and in a list, which carry different fields', () => {
    const state = { many: Array.from({ length: 50_000 }, (_, n) => n) };
    const project = { id: 1, name: 'P', module_name: null, status: null };
    expect(parseSession({ id: 1, project, state })?.state).toEqual(parseSession({ state, id: 1 })?.state);
  });

  it('leaves out of a copy, and changes nothing of that kind in what it was given', () => {
    const payload = { id: 1, state: nested(100) };
    parseSession(payload);
    expect(depthOf(payload.state)).toBe(100);
  });

  it('is not told what was left out', () => {
    expect(parseSession({ id: 1, leftOut: { interactions: 5, places: 0 } })).toEqual({
      id: '1',
      leftOut: null,
    });
  });
});

it('[H1] an id that cannot be sent back is none', () => {
  const bad = ['\ud800', 'a\udc00', 'x'.repeat(257), '.', '..', 2 ** 53, 1e300, Number.NaN, Infinity, 1.5];
  for (const id of bad)
    expect([id, parseSession({ id }), parseId({ id })]).toEqual([id, undefined, undefined]);
  for (const id of ['\u{1F600}', 'x'.repeat(256), '...', '0', -1]) expect(parseId({ id })).toBe(String(id));
  expect(parseSession({ id: 1, project_id: '\ud800', user_id: 'x'.repeat(300) })).toEqual({
    id: '1',
    project_id: null,
    user_id: null,
  });
});

it('[H2] a number out of range is none', () => {
  const numbers = JSON.parse(
    '{"id":1,"status":1e999,"interactions":[{"result":{"code":1e308,"duration_ms":-1e999}},{"result":{"code":-1,"duration_ms":0.5}}]}',
  ) as object;
  const update = parseSession(numbers);
  expect(update?.status).toBeNull();
  expect(update?.interactions?.map(({ result }) => [result?.code, result?.duration_ms])).toEqual([
    [null, null],
    [-1, 0.5],
  ]);
});

const nested = (depth: number): unknown =>
  JSON.parse('{"a":'.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1));

function depthOf(value: unknown): number {
  let depth = 0;
  for (let at = value; typeof at === 'object' && at !== null; at = (at as { a?: unknown }).a) depth += 1;
  return depth;
}

it('[W2] a field of the server makes no session another’s', () => {
  expect(parseSession({ id: 1, owner: { id: '2', name: 'ada' } })).toEqual({ id: '1' });
});
