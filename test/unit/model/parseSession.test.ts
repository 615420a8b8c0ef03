import { describe, expect, it } from 'vitest';
import { parseSession, parseSessionId, parseSessionList } from '../../../src/model/parseSession';
import { mergeSession } from '../../../src/model/session';

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
    expect(parseSession({ id: 1 })).not.toHaveProperty('environment');
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
    expect(mergeSession(undefined, update!).status).toBeNull();
    expect(({} as Record<string, unknown>).status).toBeUndefined();
  });
});

it('[D10] a list counts what it cannot read, and anything else is no list', () => {
  expect(parseSessionList({ data: [{ id: 1 }, {}, 'x'] })).toEqual({ sessions: [{ id: '1' }], garbled: 2 });
  for (const bad of [null, {}, { data: {} }, [], 'x']) expect(parseSessionList(bad)).toBeUndefined();
});

it('a deletion is an object with an id', () => {
  expect(parseSessionId({ id: 4 })).toBe('4');
  expect(parseSessionId({ session_id: 4 })).toBeUndefined();
});
