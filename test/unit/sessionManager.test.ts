import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SupervisorRef } from '../../machines/supervisor';
import { FollowedSessions } from '../../src/followedSessions';
import { createLog } from '../../src/log';
import { err, ok, type Failure } from '../../src/model/failure';
import type { SessionCommand } from '../../src/model/sessionCommand';
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

/**
 * The wall clock is ahead of the monotonic one by a million; `ends` is when the wait of each state ends, and of one with
 * `held` after its name, where lists are held back.
 */
function start({
  level = 'error',
  access = NO_SERVER,
}: { level?: 'error' | 'debug'; access?: CommandAccess } = {}) {
  const supervised = superviseConnection();
  const clock = { ms: 0, wall: WALL };
  const ends: Partial<Record<string, number>> = {};
  const broken = { endIn: false };
  const lines: string[] = [];
  const followed = new FollowedSessions();
  const log = createLog(
    { log: (_level, line) => lines.push(line), isEnabled: (asked) => asked === 'error' || asked === level },
    'SessionState',
  );
  const manager = new SessionManager(
    supervised.whole,
    log,
    {
      endIn: (state, listsHeld) => {
        if (broken.endIn) throw new Error('a bug in reading');
        return ends[listsHeld ? `${state} held` : state];
      },
    },
    { wall: () => clock.wall + clock.ms, monotonic: () => clock.ms },
    access,
    followed,
  );
  const statuses: ConnectionStatus[] = [];
  manager.onConnectionUpdate((status) => statuses.push(status));
  return {
    ...{ supervised, manager, clock, ends, broken, lines, statuses, followed },
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
    clock.ms = 60_000;
    clock.wall = WALL + 3_600_000;
    manager.send('refresh');
    failList();
    expect(manager.status).toMatchObject({ since: WALL + 3_660_000, syncedAt: WALL });
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

  it('[C4][F2] says so by the wait that the server asked for, where lists are held back', () => {
    const { goLive, supervised, manager, ends } = start();
    goLive();
    ends['connected.retryWait'] = WALL + 7;
    ends['connected.retryWait held'] = WALL + 70;
    manager.send('refresh');
    const limited: Failure = { kind: 'rateLimited', detail: 'in a test', retryAfterMs: 60_000 };
    supervised.tell('syncSessions', { type: 'snapshot.failed', failure: limited });
    expect(manager.status).toMatchObject({
      ...{ state: 'connected.retryWait', nextTryAt: WALL + 70, failure: limited, listFailure: limited },
    });
  });

  describe('[C20] is told anew where nothing differs but', () => {
    const OTHER: Failure = { kind: 'unreadable', detail: 'another' };
    /** How often it was told, and what differs afterwards, by name. */
    const differing = ({ statuses }: ReturnType<typeof start>, happen: () => void) => {
      const before = statuses.length;
      const old = statuses.at(-1)!;
      happen();
      const now = statuses.at(-1)!;
      const names = (Object.keys(now) as (keyof ConnectionStatus)[]).filter(
        (name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]),
      );
      return { told: statuses.length - before, names, now };
    };

    it('the tags: a list is on its way', () => {
      const s = start();
      s.goLive();
      s.manager.send('refresh');
      s.failList();
      const { told, names, now } = differing(s, () => s.manager.send('refresh'));
      expect([told, names, now.state, now.tags]).toEqual([1, ['tags'], 'connected.retryWait', ['fetching']]);
    });

    it('the failure', () => {
      const s = start();
      s.goLive();
      s.supervised.tell('openChannel', { type: 'channel.lost', failure: FAILURE });
      s.manager.send('reconnect');
      s.supervised.tell('fetchToken', { type: 'token.missing', failure: OTHER });
      expect(s.manager.status).toMatchObject({ state: 'signedOut', failure: OTHER });
      const { told, names, now } = differing(s, () => s.manager.send('signOut'));
      expect([told, names, now.failure]).toEqual([1, ['failure'], undefined]);
    });

    it('why there is no link', () => {
      const s = start();
      s.manager.initialize();
      s.supervised.tell('fetchToken', { type: 'token.granted', token: undefined as never });
      s.supervised.tell('openChannel', { type: 'channel.refused', failure: FAILURE });
      s.supervised.clock.increment(4_000);
      s.failList();
      expect(s.manager.status).toMatchObject({ state: 'polling.offline', failure: FAILURE });
      const { told, names, now } = differing(s, () =>
        s.supervised.tell('verifyToken', { type: 'verification.failed', failure: OTHER }),
      );
      expect([told, names, now.linkFailure]).toEqual([1, ['linkFailure'], OTHER]);
    });

    it('why there is no list', () => {
      const s = start();
      s.manager.initialize();
      s.supervised.tell('fetchToken', { type: 'token.granted', token: undefined as never });
      s.supervised.tell('openChannel', { type: 'channel.refused', failure: FAILURE });
      const { told, names, now } = differing(s, () =>
        s.supervised.tell('syncSessions', { type: 'snapshot.failed', failure: OTHER }),
      );
      expect([told, names, now.listFailure]).toEqual([1, ['listFailure'], OTHER]);
    });

    it('when the list was asked for', () => {
      const s = start();
      s.goLive();
      s.supervised.clock.increment(60_000);
      const { told, names, now } = differing(s, () => s.foldList(5));
      expect([told, names, now.state, now.syncedAt]).toEqual([1, ['syncedAt'], 'connected.live', WALL + 5]);
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

  it('[D10][S14][D13] so is what is told beside them, until each subscription ends', () => {
    const { manager, goLive, supervised, followed } = start();
    goLive();
    supervised.upsert('1');
    const heard: unknown[] = [];
    const ends = [
      manager.onInteractionUpdate('1', 'b', (interaction) => heard.push(['interaction', interaction])),
      manager.onNotification((notification) => heard.push(['notification', notification])),
      manager.onSessionOutput('1', (output) => heard.push(['output', output])),
      manager.onPresence((present) => heard.push(['presence', present])),
      manager.followSession('1'),
    ];
    expect([manager.listenerCount, followed.ids]).toEqual([6, ['1']]);
    const interaction = { id: 'b', step_name: 'a step', command: null, result: null, completed_at: null };
    const notification = { sessionId: '1', type: 'idle_prompt', at: 5 };
    const output = { sessionId: '1', at: 5, events: [], leftOut: 0 };
    const present = [{ key: 'user:1', count: 2 }];
    const { sessions } = supervised.connection().context;
    const tellAll = () => {
      const update = { id: '1', interactions: [interaction] };
      sessions.send({ type: 'session.upserted', update, at: 5 });
      sessions.send({ type: 'notification.arrived', notification });
      sessions.send({ type: 'output.arrived', output });
      sessions.send({ type: 'presence.changed', present });
    };
    tellAll();
    const all = [
      ['interaction', interaction],
      ['notification', notification],
      ['output', output],
      ['presence', present],
    ];
    expect([heard, manager.presence]).toEqual([all, present]);
    for (const end of ends) end();
    tellAll();
    expect([heard, manager.listenerCount, followed.ids]).toEqual([all, 1, []]);
  });
});

describe('[W1] commands', () => {
  it('are each given once, as asked', async () => {
    const sent: SessionCommand[] = [];
    const { manager, goLive, supervised } = start({
      access: {
        api: () =>
          ok({
            base: 'https://a.example',
            send: (command) => {
              sent.push(command);
              return Promise.resolve({ kind: 'done', session: { id: '1' } });
            },
            get: () => Promise.resolve(ok(undefined)),
          }),
        takes: () => true,
        lacks: () => {},
        sessions: () => undefined,
      },
    });
    goLive();
    supervised.upsert('1');
    expect([manager.whyNot('start'), manager.whyNot('next', '1'), manager.whyNot('next', '2')]).toEqual([
      undefined,
      undefined,
      { kind: 'sessionNotFound', detail: 'the server does not have this session' },
    ]);
    const outcomes = await Promise.all([
      manager.nextCommand('1'),
      manager.cancelSession('1'),
      manager.setExecutionMode('1', 'auto'),
      manager.submitResult('1', 'b', { status: 'ok' }),
      manager.startSession({ type: 'T' }),
      manager.setConversationId('1', 'c'),
    ]);
    expect(outcomes).toEqual(outcomes.map(() => ok({ outcome: 'done', session: { id: '1' } })));
    expect(sent).toEqual([
      { name: 'next', id: '1' },
      { name: 'cancel', id: '1' },
      { name: 'mode', id: '1', mode: 'auto' },
      { name: 'submit', id: '1', interactionId: 'b', result: { status: 'ok' } },
      { name: 'start', fields: { type: 'T' } },
      { name: 'conversation', id: '1', conversationId: 'c' },
    ]);
  });

  it('are refused in words where there is no way to the server', async () => {
    const { manager, goLive } = start();
    goLive();
    expect([await manager.nextCommand('1'), manager.whyNot('cancel', '1')]).toEqual([err(FAILURE), FAILURE]);
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

  it('is not answered by news of another kind while the list is on its way', async () => {
    const { manager, supervised, foldList, statuses } = start();
    manager.initialize();
    let answered: ConnectionStatus | undefined;
    const answer = manager.refreshSessions().then((status) => (answered = status));
    supervised.tell('fetchToken', { type: 'token.granted', token: undefined as never });
    supervised.clock.increment(4_000);
    await vi.advanceTimersByTimeAsync(0);
    expect([statuses.map(({ state }) => state), answered]).toEqual([
      ['authenticating', 'loading', 'polling.refreshing'],
      undefined,
    ]);
    foldList();
    await vi.advanceTimersByTimeAsync(0);
    expect(answered?.state).toBe('polling.fresh');
    await answer;
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

  it('in the supervisor itself is written down, and what was claimed is withdrawn', () => {
    const { manager, goLive, supervised, lines } = start();
    goLive();
    vi.spyOn(supervised.written, 'push').mockImplementationOnce(() => {
      throw new Error('on purpose');
    });
    supervised.fail();
    const withdrawn = { state: 'restarting', tags: ['stale'], failure: OWN_FAILURE };
    expect([lines[0], manager.status]).toMatchObject([
      '[SessionState] the supervisor failed: on purpose',
      withdrawn,
    ]);
    supervised.tell('openChannel', { type: 'channel.outOfSync', failure: FAILURE });
    supervised.tell('openChannel', { type: 'channel.lost', failure: FAILURE });
    expect(manager.status).toMatchObject(withdrawn);
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

it('[D4] is not begun after its end', () => {
  const { manager, supervised, goLive } = start();
  goLive();
  manager.dispose();
  manager.initialize();
  expect(supervised.whole.getSnapshot().status).toBe('stopped');
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
