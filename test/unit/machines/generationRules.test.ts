import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../src/model/failure';
import { failure, startConnection } from './connectionHarness';

type Connection = ReturnType<typeof startConnection>;

const NO_FALLBACK = { kind: 'noFallback' } as const;

describe('a channel that crashes', () => {
  it('[C28] of three lists in a row is joined without one, which is asked for after a wait', () => {
    const c = startConnection();
    c.send('connect');
    for (let crashes = 1; crashes <= 3; crashes += 1) {
      c.attempt();
      c.join();
      expect(c.fullState).toContain('syncing');
      c.lose('listCrashed');
      c.awaitAttempt();
    }
    c.attempt();
    c.join();
    expect([c.state, c.link, c.failures]).toMatchObject(['connected.retryWait', 'open.joined', {}]);
    expect([c.context.listFailure?.kind, c.running('syncSessions')]).toEqual(['listCrashed', 0]);
    c.clock.increment(999);
    expect(c.running('syncSessions')).toBe(0);
    c.clock.increment(1);
    expect(c.running('syncSessions')).toBe(1);
    c.fold();
    expect([c.state, c.context.listFailure]).toEqual(['connected.live', undefined]);
  });

  it('[C28] of a list again, after such a wait, waits for longer', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
      let waited = 0;
      while (c.running('syncSessions') === 0) {
        c.clock.increment(5);
        waited += 5;
      }
      c.lose('listCrashed');
      c.awaitAttempt();
      c.attempt();
      c.join();
      return waited;
    });
    expect([waits.slice(1, 3), waits.slice(3)]).toEqual([
      [0, 0],
      [2_000, 4_000, 7_995, 15_985, 29_970],
    ]);
  });

  it('[C28] of something else says nothing of lists: the next join is followed by one', () => {
    const c = startConnection();
    c.goLive();
    for (let crashes = 1; crashes <= 4; crashes += 1) {
      c.lose('crashed');
      c.awaitAttempt();
      c.attempt();
      c.join();
      expect([c.context.syncAttempt, c.running('syncSessions')]).toEqual([0, 1]);
    }
  });

  it('[C29] is joined again within 5 s, however often it crashes', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    const waits = (kind: Failure['kind']) =>
      Array.from({ length: 9 }, () => {
        c.lose(kind);
        let waited = 0;
        while (c.link === 'waiting') {
          c.clock.increment(5);
          waited += 5;
        }
        c.goLive();
        return waited;
      });
    expect(waits('crashed')).toEqual([250, 500, 1_000, 2_000, 4_000, 4_995, 4_995, 4_995, 4_995]);
    expect(Math.min(...waits('closed'))).toBeGreaterThan(29_000);
  });
});

describe('a server without lists over REST', () => {
  const ends: [string, (c: Connection) => void, Failure['kind'], 'notCodeMySpec' | 'incompatible'][] = [
    ['nothing at the address of the socket', (c) => c.lose('noSocket'), 'noSocket', 'notCodeMySpec'],
    ['no topic of ours', (c) => c.lose('joinRefused'), 'joinRefused', 'incompatible'],
    [
      'nobody who could be found out',
      (c) => {
        c.needUser();
        c.tell('identifyUser', { type: 'user.untold' });
        c.tell('findUser', { type: 'user.unknown', failure: failure('noFallback') });
      },
      'noFallback',
      'incompatible',
    ],
  ];

  it.each(ends)('[C30] and with %s is refused', (_what, end, kind, refusal) => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot(NO_FALLBACK);
    end(c);
    expect([c.state, c.context.failure]).toEqual([
      'invalidServer',
      { kind: refusal, detail: `${kind} in a test` },
    ]);
  });

  it.each(ends)('[C30] and with %s waits where it once gave a list', (_what, end) => {
    const c = startConnection();
    c.goPolling();
    c.clock.increment(15_000);
    c.failSnapshot(NO_FALLBACK);
    c.attempt();
    end(c);
    expect([c.state, c.link]).toEqual(['polling.offline', 'waiting']);
  });

  it('[C30] and with a socket that only breaks is tried again', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot(NO_FALLBACK);
    c.lose('unreachable');
    expect([c.state, c.link]).toEqual(['reconnecting', 'waiting']);
  });

  it('[C30] what may have lists is not refused for its topic', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot({ kind: 'serverError' });
    c.lose('joinRefused');
    expect([c.state, c.link]).toEqual(['reconnecting', 'waiting']);
  });

  /** Lost, and REST has said that it has no list. */
  function withoutFallback() {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.clock.increment(4_000);
    c.failSnapshot(NO_FALLBACK);
    if (c.link === 'authorizing') c.attempt();
    if (c.link !== 'waiting') c.lose();
    expect([c.state, c.link]).toEqual(['polling.offline', 'waiting']);
    return c;
  }

  it('[C31][C18] has nothing to refresh from: that attempts at once', () => {
    const c = withoutFallback();
    const lists = c.started.syncSessions.length;
    c.send('refresh');
    expect([c.state, c.link, c.context.attempt]).toEqual(['polling.offline', 'authorizing', 0]);
    expect(c.started.syncSessions).toHaveLength(lists);
    c.attempt();
    c.join();
    expect(c.running('syncSessions')).toBe(1);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C31] is asked for one every 60 s all the same: it may be another by then', () => {
    const c = withoutFallback();
    c.clock.increment(59_999);
    expect(c.running('syncSessions')).toBe(0);
    c.clock.increment(1);
    expect(c.running('syncSessions')).toBe(1);
    c.fold();
    expect(c.state).toBe('polling.fresh');
  });

  it('[C31][C4] has answered for all that: while somebody looks the wait for an attempt is short', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    for (let lost = 1; lost <= 9; lost += 1) {
      if (c.link !== 'open.joined') c.attempt();
      c.lose();
      if (lost < 9) c.awaitAttempt();
      if (c.state === 'polling.refreshing') c.failSnapshot(NO_FALLBACK);
    }
    c.clock.increment(8_400);
    expect(c.link).toBe('authorizing');
  });
});

describe('the socket that a list is asked for on', () => {
  const ageAsked = (c: Connection) => c.started.syncSessions.at(-1)?.input.maxAgeMs;

  it('[C32] is 2 s old at most where a user asks, until a list has come of it', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    expect(ageAsked(c)).toBe(2_000);
    c.failSnapshot();
    c.clock.increment(30_000);
    expect(ageAsked(c)).toBe(2_000);
    c.fold();
    c.clock.increment(30_000);
    expect([c.fullState, ageAsked(c)]).toEqual(['connected.live.reconciling', 300_000]);
  });

  it('[C32] is 5 min old at most while somebody looks, and else as old as it is', () => {
    const c = startConnection();
    c.goLive();
    expect(ageAsked(c)).toBe(300_000);
    for (const [focused, visible] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      c.attend(focused, visible);
      c.clock.increment(300_000);
      expect([c.running('syncSessions'), ageAsked(c)]).toEqual([1, Infinity]);
      c.fold();
    }
  });

  it('[C32][C13] is not asked to be new any more after a disconnect', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    expect(ageAsked(c)).toBe(2_000);
    c.send('disconnect');
    c.goLive();
    expect(ageAsked(c)).toBe(300_000);
  });
});
