import { createActor } from 'xstate';
import { beforeEach, expect, it, vi } from 'vitest';
import { sessionsLogic } from '../../machines/sessions';
import { createLog, type LogLevel } from '../../src/log';
import type { SessionUpdate } from '../../src/model/parseSession';
import { SessionStateManager } from '../../src/sessionState';

let level: LogLevel;
let lines: string[];
beforeEach(() => {
  level = 'debug';
  lines = [];
});

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

it('[X4] the log says which session came, changed in what, and went', () => {
  const { tell, remove } = start();
  tell({ id: '1', status: 'active', updated_at: '2026-01-01T00:00:00Z' }, { id: '2' });
  tell({ id: '1', status: 'complete', updated_at: '2026-01-01T00:00:01Z' });
  remove('2');
  expect(lines).toEqual([
    '[SessionState] session 1 came',
    '[SessionState] session 2 came',
    '[SessionState] session 1 changed: status, updated_at',
    '[SessionState] session 2 went',
  ]);
});

it('[X4] the log says when subscriptions begin and end, and how many there are', () => {
  const { state } = start();
  const endAll = state.subscribeAll(() => {});
  const endOne = state.subscribe('7', () => {});
  endOne();
  endOne();
  endAll();
  state.subscribe('8', () => {});
  state.dispose();
  expect(lines).toEqual([
    '[SessionState] a subscription to all sessions began, 1 now',
    '[SessionState] a subscription to session 7 began, 2 now',
    '[SessionState] a subscription to session 7 ended, 1 now',
    '[SessionState] a subscription to all sessions ended, 0 now',
    '[SessionState] a subscription to session 8 began, 1 now',
    '[SessionState] every subscription ended',
  ]);
});

it('[D10] the log says which subscription failed', () => {
  const { state, tell } = start();
  const fail = () => {
    throw new Error('on purpose');
  };
  state.subscribeAll(fail);
  state.subscribe('1', fail);
  level = 'error';
  tell({ id: '1' });
  expect(lines.filter((line) => line.includes('on purpose'))).toEqual([
    '[SessionState] a subscriber to all sessions failed: on purpose',
    '[SessionState] a subscriber to session 1 failed: on purpose',
  ]);
});

it('[X4] ids and names of a server are one line, bounded, and hold no value of a field', () => {
  const { tell } = start();
  const id = `1\n[Connection] forged\u001b[2K\u202e${'x'.repeat(200)}`;
  tell({ id, status: 'active' });
  const added = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`later_${n}\n`, 'a value']));
  tell({ id, ...added });
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(
      /^\[SessionState\] session 1 \[Connection\] forged \[2K x+… (came|changed: later_0, )/,
    );
    expect(line).not.toMatch(/[\p{Cc}\u202e]|a value/u);
    expect(line.length).toBeLessThan(400);
  }
  expect(lines[1]).toMatch(/later_19, 20 more$/);
});

it('[D8] the log of a long list is bounded', () => {
  const { tell } = start();
  tell(...Array.from({ length: 20_000 }, (_, n) => ({ id: `s${n}` })));
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toBe('[SessionState] and 19900 more sessions');
});

it('[D8] nothing is kept, read or composed while nobody reads that level', () => {
  level = 'info';
  const { state, tell } = start();
  const get = vi.spyOn(state, 'get');
  const getAll = vi.spyOn(state, 'getAll');
  state.subscribeAll(() => {});
  tell({ id: '1', status: 'active' });
  tell({ id: '1', status: 'failed' });
  expect([get.mock.calls, getAll.mock.calls, lines]).toEqual([[], [], []]);

  level = 'debug';
  tell({ id: '1', status: 'complete' }, { id: '2' });
  tell({ id: '1', status: 'active' });
  expect(lines).toEqual([
    '[SessionState] session 1 came or changed',
    '[SessionState] session 2 came or changed',
    '[SessionState] session 1 changed: status',
  ]);
});

function start() {
  const actor = createActor(sessionsLogic).start();
  const log = createLog(
    {
      log: (_, line) => lines.push(line),
      isEnabled: (asked) => LEVELS.indexOf(asked) >= LEVELS.indexOf(level),
    },
    'SessionState',
  );
  return {
    state: new SessionStateManager(actor, log),
    tell: (...sessions: readonly SessionUpdate[]) =>
      actor.send({
        type: 'snapshot.began',
        requestedAt: actor.getSnapshot().context.arrivals,
        at: 0,
        sessions,
      }),
    remove: (id: string) => actor.send({ type: 'session.deleted', id, at: 0 }),
  };
}
