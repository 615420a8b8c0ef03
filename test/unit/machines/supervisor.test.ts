import { describe, expect, it } from 'vitest';
import { type Command } from '../../../machines/connectionMachine';
import { wholeStateName, wholeTags } from '../../../machines/selectors';
import type { SupervisorSnapshot } from '../../../machines/supervisor';
import { superviseConnection } from './supervisorHarness';

describe('a bug of our own', () => {
  it('[V1] withdraws what was claimed, at once, and is written down', () => {
    const w = start();
    w.goLive();
    expect(w.state).toBe('connected.live');
    w.fail(new Error('a bug'));
    expect([w.state, w.written.map(String)]).toEqual(['restarting', ['Error: a bug']]);
  });

  it('[V1] is noticed in an actor of the connection too, and in its start', () => {
    const w = start();
    w.goLive();
    w.breakNext('fetchToken');
    w.send('reconnect');
    expect([w.state, w.written.length]).toEqual(['restarting', 1]);
  });

  it('[V2] is over in half a second, then in two, and the third within a minute stops for 5 min', () => {
    const w = start();
    w.goLive();
    for (const wait of [500, 2_000]) {
      w.fail();
      w.clock.increment(wait - 1);
      expect(w.state).toBe('restarting');
      w.clock.increment(1);
      expect(w.state).toBe('authenticating');
    }
    w.fail();
    expect(w.state).toBe('stopped');
    w.clock.increment(5 * 60_000 - 1);
    expect(w.state).toBe('stopped');
    w.clock.increment(1);
    w.goLive();
    expect(w.state).toBe('connected.live');
  });

  it('[V2] that comes less often than three times a minute never stops it', () => {
    const w = start();
    w.goLive();
    for (let n = 0; n < 10; n += 1) {
      w.fail();
      expect(w.state).toBe('restarting');
      w.clock.increment(31_000);
      w.goLive();
    }
  });

  it('[V3] keeps the sessions, as of their time, and the wish for a connection', () => {
    const w = start();
    w.goLive(7);
    w.upsert('1');
    w.fail();
    expect(w.shown()).toEqual(['1']);
    w.clock.increment(500);
    expect([w.state, w.shown(), w.connection().context.syncedAt]).toEqual(['authenticating', ['1'], 7]);
    w.send('disconnect');
    w.fail();
    w.clock.increment(60_000);
    expect([w.state, w.shown()]).toEqual(['disconnected', ['1']]);
  });

  it('[V3] hands on nothing that cannot be read, or taken twice', () => {
    const w = start();
    w.goLive();
    w.upsert('1');
    w.upsert('2', deep(100_000));
    w.upsert('3');
    w.fail();
    w.clock.increment(500);
    expect(w.shown()).toEqual(['1', '3']);
  });

  it('[V3] keeps the sessions through a connection that fails before it began', () => {
    const w = start();
    w.goLive();
    w.upsert('1');
    w.fail();
    w.breakNext('fetchToken');
    w.clock.increment(500);
    expect([w.state, w.shown()]).toEqual(['restarting', ['1']]);
    w.clock.increment(2_000);
    expect([w.state, w.shown()]).toEqual(['authenticating', ['1']]);
  });
});

describe('what is said of the whole', () => {
  it('[V1][V2] is what the connection says, and after a bug that what is shown is old', () => {
    const w = start();
    const said = () => [w.state, wholeTags(w.whole.getSnapshot())];
    w.goLive();
    expect(said()).toEqual(['connected.live', ['live']]);
    w.fail();
    expect(said()).toEqual(['restarting', ['stale']]);
    w.clock.increment(500);
    w.fail();
    w.clock.increment(2_000);
    w.fail();
    expect(said()).toEqual(['stopped', ['needsUser', 'stale']]);
  });

  it.each([
    ['has failed just now', (connection: object) => ({ connection: { getSnapshot: () => connection } })],
    ['is gone', () => ({})],
  ])('[V1] claims nothing where the connection %s', (_how, childrenWith) => {
    const w = start();
    w.goLive();
    const whole = w.whole.getSnapshot();
    const children = childrenWith({ ...w.connection(), status: 'error' });
    const snapshot = { ...whole, children } as unknown as SupervisorSnapshot;
    expect([wholeStateName(snapshot), wholeTags(snapshot)]).toEqual(['restarting', ['stale']]);
  });
});

describe('commands after a bug', () => {
  const after: [Command['type'], string, string[]][] = [
    ['connect', 'authenticating', ['1']],
    ['reconnect', 'authenticating', ['1']],
    ['refresh', 'authenticating', ['1']],
    ['disconnect', 'disconnected', ['1']],
    ['signOut', 'signedOut', []],
    ['signIn', 'authenticating', []],
    ['serverChanged', 'authenticating', []],
  ];

  it.each(after)('[V4] %s leads to %s at once, restarting or stopped', (command, state, shown) => {
    for (const failures of [1, 3]) {
      const w = start();
      w.goLive();
      w.upsert('1');
      for (let n = 1; n <= failures; n += 1) {
        w.fail();
        if (n < failures) w.clock.increment(2_000);
      }
      expect(w.state).toBe(failures === 1 ? 'restarting' : 'stopped');
      w.send(command);
      expect([w.state, w.shown()]).toEqual([state, shown]);
    }
  });

  it('[V4] a refresh brings nobody back who had signed out or disconnected', () => {
    for (const [command, state] of [
      ['signOut', 'signedOut'],
      ['disconnect', 'disconnected'],
    ] as const) {
      const w = start();
      w.goLive();
      w.send(command);
      w.fail();
      w.send('refresh');
      expect(w.state).toBe(state);
    }
  });
});

function start() {
  const w = superviseConnection();
  w.whole.start();
  return w;
}

/** Nested further than a recursion gets. */
function deep(levels: number): unknown {
  let value: unknown = null;
  for (let n = 0; n < levels; n += 1) value = [value];
  return value;
}
