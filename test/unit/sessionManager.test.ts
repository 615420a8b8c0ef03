import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SupervisorRef } from '../../machines/supervisor';
import { FollowedSessions } from '../../src/followedSessions';
import { createLog } from '../../src/log';
import { err, type Failure } from '../../src/model/failure';
import type { CommandAccess } from '../../src/sessionCommands';
import { SessionManager, type ConnectionStatus } from '../../src/sessionManager';
import { superviseConnection } from './machines/supervisorHarness';

const WALL = 1_000_000;
const FAILURE: Failure = { kind: 'serverError', detail: 'in a test' };
const NO_SERVER: CommandAccess = {
  api: () => err(FAILURE),
  takes: () => undefined,
  lacks: () => {},
  sessions: () => undefined,
};
const OWN_FAILURE = { kind: 'internal', detail: 'a bug of this extension; the log has its stack' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The wall clock is ahead of the monotonic one by a million; `ends` is when the wait of each state ends. */
function start({ level = 'error' }: { level?: 'error' | 'debug' } = {}) {
  const supervised = superviseConnection();
  const clock = { ms: 0 };
  const ends: Partial<Record<string, number>> = {};
  const broken = { endIn: false };
  const lines: string[] = [];
  const log = createLog(
    { log: (_level, line) => lines.push(line), isEnabled: (asked) => asked === 'error' || asked === level },
    'SessionState',
  );
  const manager = new SessionManager(
    supervised.whole,
    log,
    {
      endIn: (state) => {
        if (broken.endIn) throw new Error('a bug in reading');
        return ends[state];
      },
    },
    { wall: () => WALL + clock.ms, monotonic: () => clock.ms },
    NO_SERVER,
    new FollowedSessions(),
  );
  const statuses: ConnectionStatus[] = [];
  manager.onConnectionUpdate((status) => statuses.push(status));
  return {
    ...{ supervised, manager, clock, ends, broken, lines, statuses },
    states: () => statuses.map(({ state }) => state),
    goLive: (at = 0) => {
      if (manager.status.state === 'disconnected') manager.initialize();
      supervised.goLive(at);
    },
    failList: () => supervised.tell('syncSessions', { type: 'snapshot.failed', failure: FAILURE }),
    foldList: (at = 0) => supervised.tell('syncSessions', { type: 'snapshot.folded', at }),
  };
}

describe('the status', () => {
  it('[C27] is disconnected, and nothing runs, until it is initialized', () => {
    const { manager, supervised } = start();
    expect(manager.status).toEqual({
      ...{ state: 'disconnected', tags: ['stale'], since: WALL, syncedAt: undefined, nextTryAt: undefined },
      ...{ failure: undefined, linkFailure: undefined, listFailure: undefined, loaded: false },
    });
    manager.initialize();
    expect([manager.status.state, supervised.state]).toEqual(['authenticating', 'authenticating']);
  });

  it('[C3] says since when it holds and when the list was asked for, by the clock on the wall', () => {
    const { goLive, manager, clock, failList, foldList, states } = start();
    clock.ms = 500;
    goLive(400);
    expect(manager.status).toEqual({
      ...{
        state: 'connected.live',
        tags: ['live'],
        since: WALL + 500,
        syncedAt: WALL + 400,
        nextTryAt: undefined,
      },
      ...{ failure: undefined, linkFailure: undefined, listFailure: undefined, loaded: true },
    });
    clock.ms = 900;
    manager.send('refresh');
    failList();
    expect(manager.status).toMatchObject({
      ...{ state: 'connected.retryWait', since: WALL + 900, syncedAt: WALL + 400, failure: FAILURE },
    });
    manager.send('refresh');
    clock.ms = 1_000;
    foldList(950);
    expect(manager.status).toMatchObject({ state: 'connected.live', syncedAt: WALL + 950 });
    expect(states()).toContain('connected.syncing');
  });

  it('[C3] keeps the time of a list as it was first read', () => {
    const { goLive, manager, clock, failList } = start();
    goLive(0);
    const { syncedAt } = manager.status;
    clock.ms = 60_000;
    manager.send('refresh');
    failList();
    expect(manager.status.syncedAt).toBe(syncedAt);
  });

  it('[C4] says when it tries again, where it waits for that', () => {
    const { goLive, supervised, manager, ends } = start();
    goLive();
    ends.reconnecting = WALL + 7;
    supervised.tell('openChannel', { type: 'channel.lost', failure: FAILURE });
    expect(manager.status).toMatchObject({
      ...{ state: 'reconnecting', nextTryAt: WALL + 7, failure: FAILURE, linkFailure: FAILURE },
    });
  });

  it('[C20] is told where it differs, and since when stays where the state does', () => {
    const { goLive, supervised, statuses, clock, ends } = start();
    goLive();
    ends.reconnecting = 1;
    supervised.tell('openChannel', { type: 'channel.lost', failure: FAILURE });
    const count = statuses.length;
    supervised.tell('watchHost', { type: 'clock.stalled' });
    expect(statuses).toHaveLength(count);
    clock.ms = 10;
    const changes: ((status: ConnectionStatus) => unknown)[] = [
      ({ nextTryAt }) => nextTryAt,
      ({ since }) => since,
    ];
    ends.reconnecting = 2;
    supervised.tell('watchHost', { type: 'clock.stalled' });
    expect(statuses).toHaveLength(count + 1);
    expect(changes.map((read) => read(statuses.at(-1)!))).toEqual([2, WALL]);
  });

  it('[C20] is told anew for each thing that it says, alone', () => {
    const { goLive, manager, supervised, statuses, ends } = start();
    goLive(5);
    manager.send('refresh');
    const newest = () => statuses.at(-1)!;
    const told = (happen: () => void) => {
      const before = statuses.length;
      happen();
      return statuses.length - before;
    };
    const other: Failure = { kind: 'unreadable', detail: 'another' };
    const desync = (failure: Failure) =>
      supervised.tell('openChannel', { type: 'channel.outOfSync', failure });
    expect([told(() => desync(FAILURE)), newest().listFailure, newest().failure]).toEqual([
      1,
      FAILURE,
      FAILURE,
    ]);
    expect([told(() => desync(other)), newest().listFailure]).toEqual([1, other]);
    expect(told(() => desync(other))).toBe(0);
    supervised.tell('openChannel', { type: 'channel.lost', failure: FAILURE });
    manager.send('refresh');
    expect(told(() => supervised.clock.increment(250))).toBe(0);
    expect(told(() => supervised.tell('fetchToken', { type: 'token.unreachable', failure: FAILURE }))).toBe(
      0,
    );
    expect(told(() => supervised.clock.increment(500))).toBe(0);
    expect(
      told(() => {
        ends[newest().state] = 9;
        supervised.tell('watchHost', { type: 'clock.stalled' });
      }),
    ).toBe(1);
  });

  it('[D10] goes to every subscriber, though one fails, until each has ended', () => {
    const { manager, goLive, lines } = start();
    const heard: string[] = [];
    manager.onConnectionUpdate(() => {
      throw new Error('on purpose');
    });
    const end = manager.onConnectionUpdate(({ state }) => heard.push(state));
    manager.initialize();
    expect([heard, lines[0]]).toEqual([
      ['authenticating'],
      '[SessionState] a subscriber to the connection failed: on purpose',
    ]);
    end();
    goLive();
    expect(heard).toEqual(['authenticating']);
  });
});

describe('sessions', () => {
  it('[D10] are read and subscribed to through the manager', () => {
    const { manager, goLive, supervised } = start();
    goLive();
    const heard: unknown[] = [];
    const end = manager.onSessionsUpdate((sessions, ids) => heard.push([sessions.length, ids]));
    const endOne = manager.onSessionUpdate('1', (session) => heard.push(session?.id));
    supervised.upsert('1');
    expect([heard, manager.listenerCount]).toEqual([[[1, ['1']], '1'], 3]);
    expect([manager.getAllSessions().length, manager.getSession('1')?.id]).toEqual([1, '1']);
    expect([manager.getFreshness('1'), manager.getFreshness('2')]).toEqual([
      { kind: 'incomplete' },
      undefined,
    ]);
    end();
    endOne();
    supervised.upsert('2');
    expect([heard.length, manager.listenerCount]).toEqual([2, 1]);
  });
});

describe('[C18] a refresh', () => {
  it('is answered with the status once its list is folded or has failed', async () => {
    const { manager, goLive, foldList, failList } = start();
    goLive();
    for (const [end, state] of [
      [foldList, 'connected.live'],
      [failList, 'connected.retryWait'],
    ] as const) {
      let answered: ConnectionStatus | undefined;
      const answer = manager.refreshSessions().then((status) => (answered = status));
      await vi.advanceTimersByTimeAsync(10_000);
      expect([answered, manager.listenerCount]).toEqual([undefined, 2]);
      end();
      expect((await answer).state).toBe(state);
      expect([manager.listenerCount, vi.getTimerCount()]).toEqual([1, 0]);
    }
  });

  it('is answered at once where none can be asked for', async () => {
    const { manager, supervised } = start();
    supervised.whole.start();
    expect((await manager.refreshSessions()).state).toBe('disconnected');
  });

  it.each(['authenticating', 'loading', 'polling.refreshing'])('is waited for while %s', async (state) => {
    const { manager, supervised } = start();
    manager.initialize();
    if (state !== 'authenticating') {
      supervised.tell('fetchToken', { type: 'token.granted', token: undefined as never });
    }
    if (state === 'polling.refreshing') supervised.clock.increment(4_000);
    expect(manager.status.state).toBe(state);
    let answered = false;
    const answer = manager.refreshSessions().then(() => (answered = true));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(answered).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await answer;
    expect([manager.status.state, manager.listenerCount]).toEqual([state, 1]);
  });
});

describe('[V1] a bug of our own', () => {
  it('is said, restarting or stopped, and the next connection is followed with its sessions', () => {
    const { manager, goLive, supervised } = start();
    goLive();
    supervised.upsert('1');
    const ids: (readonly string[])[] = [];
    manager.onSessionsUpdate((_sessions, changed) => ids.push(changed));
    supervised.fail();
    const said = () => {
      const { state, failure, linkFailure, listFailure } = manager.status;
      return { state, failure, linkFailure, listFailure };
    };
    const own = { failure: OWN_FAILURE, linkFailure: undefined, listFailure: undefined };
    expect(said()).toEqual({ state: 'restarting', ...own });
    supervised.clock.increment(500);
    expect([manager.status.state, manager.getSession('1')?.id, ids.at(-1)]).toEqual([
      'authenticating',
      '1',
      ['1'],
    ]);
    supervised.goLive();
    supervised.upsert('2');
    expect([manager.status.state, manager.getAllSessions().length]).toEqual(['connected.live', 2]);
    supervised.fail();
    supervised.clock.increment(2_000);
    supervised.fail();
    expect(said()).toEqual({ state: 'stopped', ...own });
  });

  it('in reading the status withdraws what was claimed, and ends the connection', () => {
    const { manager, goLive, supervised, broken, states } = start();
    goLive();
    broken.endIn = true;
    manager.send('refresh');
    expect(manager.status).toMatchObject({ state: 'restarting', failure: OWN_FAILURE });
    expect(supervised.state).toBe('restarting');
    broken.endIn = false;
    supervised.clock.increment(500);
    supervised.goLive();
    expect([manager.status.state, states().at(-1)]).toEqual(['connected.live', 'connected.live']);
  });

  it('in reading it that lasts ends one connection after another, and nothing else', () => {
    const { manager, goLive, supervised, broken } = start();
    goLive();
    broken.endIn = true;
    manager.send('refresh');
    supervised.clock.increment(500);
    supervised.clock.increment(2_000);
    expect([supervised.state, manager.status.state]).toEqual(['stopped', 'restarting']);
    expect(supervised.written.length).toBeLessThan(10);
  });

  it('of a supervisor without a connection is no manager', () => {
    const whole = { getSnapshot: () => ({ children: {} }) } as unknown as SupervisorRef;
    const log = createLog({ log: () => {} }, 'SessionState');
    const clocks = { wall: () => 0, monotonic: () => 0 };
    const followed = new FollowedSessions();
    expect(
      () => new SessionManager(whole, log, { endIn: () => undefined }, clocks, NO_SERVER, followed),
    ).toThrow('The supervisor has no connection.');
  });
});

it('[D4] after its end it tells nobody anything, and the machines stop', () => {
  const { manager, goLive, supervised, statuses } = start();
  goLive();
  manager.onSessionsUpdate(() => expect.fail('told'));
  const before = statuses.length;
  manager.dispose();
  expect([statuses.length, manager.listenerCount, supervised.whole.getSnapshot().status]).toEqual([
    ...[before, 0],
    'stopped',
  ]);
});

it('[D4] subscriptions to the connection are written down as they begin and end', () => {
  const { manager, lines } = start({ level: 'debug' });
  const end = manager.onConnectionUpdate(() => {});
  end();
  end();
  expect(lines).toEqual([
    '[SessionState] a subscription to the connection began, 1 now',
    '[SessionState] a subscription to the connection began, 2 now',
    '[SessionState] a subscription to the connection ended, 1 now',
  ]);
});
