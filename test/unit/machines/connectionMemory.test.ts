import { describe, expect, it } from 'vitest';
import type { Secret } from '../../../src/model/secret';
import { failure, startConnection } from './connectionHarness';

type Connection = ReturnType<typeof startConnection>;

/** What the connection remembers of what happened, for how long, and what that changes. */

it('[C27] begins without knowing anything, and taking the user for present', () => {
  const { sessions, ...rest } = startConnection().context;
  expect(sessions.id).toBe('sessions');
  expect(rest).toEqual({
    ...{ token: undefined, renewInMs: undefined, accountId: undefined, userId: undefined },
    ...{ attempt: 0, syncAttempt: 0, syncDue: false, reconciles: 0, needsResync: false, syncedAt: undefined },
    ...{ linkUnchecked: false, tokenRejected: false, tokenRenewed: false, linkHeld: false },
    ...{ windowActivity: { focused: true, visible: true }, away: false, triggers: 0, triggerNoted: false },
    ...{
      serverAnswers: false,
      listsHeld: undefined,
      refreshAsked: false,
      wasLive: false,
      serverRestarts: false,
      slot: 0,
    },
    ...{ linkFailure: undefined, listFailure: undefined, failure: undefined },
  });
});

it('[C10][C26] who signed in and whether the token is good is asked with the token of the attempt', () => {
  const c = startConnection();
  const tokenOf = (name: 'identifyUser' | 'verifyToken') => (c.last(name).input.token as Secret).reveal();
  c.send('connect');
  c.grantToken('token-1');
  c.needUser();
  expect(tokenOf('identifyUser')).toBe('token-1');
  c.identify();
  c.grantToken('token-1');
  c.tell('openChannel', { type: 'channel.refused', failure: failure('upgradeRefused') });
  expect(tokenOf('verifyToken')).toBe('token-1');
});

describe('[C25] why there is no link', () => {
  const unauthorized = failure('unauthorized');
  const timeout = (what: string) => ({ kind: 'timeout', detail: `${what} took too long` });
  const judge = (c: Connection) =>
    c.tell('openChannel', { type: 'channel.refused', failure: failure('upgradeRefused') });
  const ways: [string, (c: Connection) => void, object][] = [
    ['a sleep while it is made', (c) => c.sleep(), failure('clockJumped')],
    [
      'a sign-in service out of reach',
      (c) => c.tell('fetchToken', { type: 'token.unreachable', failure: failure() }),
      failure(),
    ],
    ['a sign-in service that is silent', (c) => c.clock.increment(30_000), timeout('the sign-in service')],
    [
      'a token that REST refuses meanwhile',
      (c) => {
        c.grantToken();
        c.needUser();
        c.tell('identifyUser', { type: 'token.refused', failure: unauthorized });
      },
      unauthorized,
    ],
    [
      'a user whom nobody knows',
      (c) => {
        c.grantToken();
        c.needUser();
        c.tell('identifyUser', { type: 'user.unknown', failure: failure('userUnknown') });
      },
      failure('userUnknown'),
    ],
    [
      'a server that does not say who it is',
      (c) => {
        c.grantToken();
        c.needUser();
        c.clock.increment(12_000);
      },
      timeout('the question who signed in'),
    ],
    [
      'a refused socket',
      (c) => {
        c.attempt();
        judge(c);
      },
      failure('upgradeRefused'),
    ],
    [
      'a join without an answer',
      (c) => {
        c.attempt();
        c.clock.increment(8_000);
      },
      timeout('the join'),
    ],
    [
      'a refused socket whose token cannot be asked about',
      (c) => {
        c.attempt();
        judge(c);
        c.tell('verifyToken', { type: 'verification.failed', failure: failure() });
      },
      failure(),
    ],
    [
      'a refused socket whose token REST refuses',
      (c) => {
        c.attempt();
        judge(c);
        c.tell('verifyToken', { type: 'verification.refused', failure: unauthorized });
      },
      unauthorized,
    ],
    [
      'an open link that does not answer after sleep',
      (c) => {
        c.goLive();
        c.sleep();
        c.clock.increment(1_200);
      },
      timeout('the answer of the open link'),
    ],
    [
      'a renewed token that REST refuses too',
      (c) => {
        c.goLive();
        for (const token of ['token-2', 'token-3']) {
          c.send('refresh');
          c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
          if (c.running('fetchToken') > 0) c.grantToken(token);
        }
      },
      unauthorized,
    ],
    [
      'a sleep between two attempts',
      (c) => {
        c.goLive();
        c.lose();
        c.sleep();
      },
      failure('clockJumped'),
    ],
  ];

  it.each(ways)('is told of %s', (_name, happen, expected) => {
    const c = startConnection();
    c.send('connect');
    happen(c);
    expect(c.context.linkFailure).toEqual(expected);
  });
});

describe('[C25] why the list is not there, or out of sync', () => {
  const refused = { type: 'token.refused', failure: failure('unauthorized') } as const;
  const limited = { type: 'snapshot.failed', failure: failure('rateLimited', { retryAfterMs: 1 }) } as const;
  const timeout = { kind: 'timeout', detail: 'the list took too long' };
  const desync = { type: 'channel.outOfSync', failure: failure('unreadable') } as const;
  const syncing = (c: Connection) => {
    c.goLive();
    c.send('refresh');
  };
  const reconciling = (c: Connection) => {
    c.goLive();
    c.clock.increment(30_000);
  };
  const polling = (c: Connection) => {
    c.goPolling();
    c.send('refresh');
  };
  const loading = (c: Connection) => {
    c.send('connect');
    c.attempt();
  };
  const ways: [string, (c: Connection) => void, (c: Connection) => void, object][] = [
    ['the first list, the token refused', loading, (c) => c.tell('syncSessions', refused), refused.failure],
    ['a list after the join, failed', syncing, (c) => c.tell('syncSessions', limited), limited.failure],
    [
      'a list after the join, the token refused',
      syncing,
      (c) => c.tell('syncSessions', refused),
      refused.failure,
    ],
    ['a list after the join, out of sync', syncing, (c) => c.tell('openChannel', desync), desync.failure],
    ['a list after the join, silent', syncing, (c) => c.clock.increment(120_000), timeout],
    ['a live list, out of sync', (c) => c.goLive(), (c) => c.tell('openChannel', desync), desync.failure],
    ['a reconcile, failed', reconciling, (c) => c.tell('syncSessions', limited), limited.failure],
    ['a reconcile, the token refused', reconciling, (c) => c.tell('syncSessions', refused), refused.failure],
    ['a reconcile, silent', reconciling, (c) => c.clock.increment(120_000), timeout],
    [
      'a reconcile, failed twice',
      (c) => {
        reconciling(c);
        c.failSnapshot();
        c.clock.increment(5_000);
      },
      (c) => c.tell('syncSessions', limited),
      limited.failure,
    ],
    ['a poll, the token refused', polling, (c) => c.tell('syncSessions', refused), refused.failure],
    ['a poll, silent', polling, (c) => c.clock.increment(120_000), timeout],
  ];

  it.each(ways)('is told of %s', (_name, begin, happen, expected) => {
    const c = startConnection();
    begin(c);
    happen(c);
    expect(c.context.listFailure).toEqual(expected);
  });

  const counted = ways.filter(
    ([name]) => !/first list|poll|refused$|reconcile, (failed|the token)/.test(name),
  );
  it.each(counted)('[C19] counts: %s', (_name, begin, happen) => {
    const c = startConnection();
    begin(c);
    happen(c);
    if (c.fullState === 'connected.syncing') c.fold();
    expect([c.state, c.context.syncAttempt]).toEqual(['connected.retryWait', 1]);
  });
});

describe('[C19] the pause before the next list', () => {
  const desync = (c: Connection) =>
    c.tell('openChannel', { type: 'channel.outOfSync', failure: failure('unreadable') });
  const pauseOf = (c: Connection) => {
    let waited = 0;
    for (; c.fullState === 'connected.retryWait'; waited += 50) c.clock.increment(50);
    return waited;
  };

  it('grows each time it is out of sync, and begins anew once it was live for 10 s', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    desync(c);
    expect(pauseOf(c)).toBe(500);
    c.fold();
    desync(c);
    expect(pauseOf(c)).toBe(1_000);
    c.fold();
    c.clock.increment(10_000);
    desync(c);
    expect(pauseOf(c)).toBe(500);
  });

  it('is as long after a token that was refused as after a list that failed', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.grantToken('token-2');
    expect(pauseOf(c)).toBe(500);
  });

  it('is not ended by a changed network or a sleep where the server asked for it, after any join', () => {
    for (const begin of [
      (c: Connection) => c.send('refresh'),
      (c: Connection) => {
        c.clock.increment(30_000);
        c.failSnapshot();
        c.clock.increment(5_000);
      },
    ]) {
      const c = startConnection();
      c.goLive();
      begin(c);
      c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 60_000 });
      c.tell('watchHost', { type: 'network.changed' });
      c.clock.increment(59_999);
      expect(c.state).toBe('connected.retryWait');
      c.clock.increment(1);
      expect(c.fullState).toBe('connected.syncing');
    }
  });

  it('[C20] is kept by whoever comes back to a live list, too', () => {
    const c = startConnection();
    c.goLive();
    c.clock.increment(30_000);
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 300_000 });
    const lists = c.started.syncSessions.length;
    c.attend(false, true, 60_000);
    c.attend(true, true, 61_000);
    expect([c.state, c.started.syncSessions.length]).toEqual(['connected.live', lists]);
  });

  it('[C16] has an end though the server is refused meanwhile', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 60_000 });
    c.lose();
    c.awaitAttempt();
    c.tell('fetchToken', { type: 'server.refused', failure: failure('incompatible') });
    expect(c.state).toBe('invalidServer');
    c.send('reconnect');
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(60_000);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C8] has an end for polls as well: what may be asked again is asked by a trigger', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 20_000 });
    c.lose();
    c.clock.increment(5_000);
    expect(c.state).toBe('polling.waiting');
    c.clock.increment(15_000);
    expect(c.fullState).toBe('polling.refreshing');
    c.fold();
    c.tell('watchHost', { type: 'network.changed' });
    expect(c.fullState).toBe('polling.refreshing');
  });
});

describe('when the list was asked for', () => {
  const at = (c: Connection) => c.context.syncedAt;

  it('[C3] counts from the first one, though it is not live yet', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.fold(5);
    expect([c.state, at(c)]).toEqual(['loading', 5]);
  });

  it('[C19] counts for one that is out of sync', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('openChannel', { type: 'channel.outOfSync', failure: failure('unreadable') });
    c.fold(7);
    expect([c.state, at(c)]).toEqual(['connected.retryWait', 7]);
  });

  it('[C20] counts for a reconcile, so that nobody who comes back asks once more', () => {
    const c = startConnection();
    c.goLive();
    c.clock.increment(30_000);
    c.fold(90_000);
    const lists = c.started.syncSessions.length;
    c.attend(false, true, 95_000);
    c.attend(true, true, 100_000);
    expect([at(c), c.started.syncSessions.length]).toEqual([90_000, lists]);
  });

  it('[C15] begins anew where the machine slept meanwhile', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    const first = c.last('syncSessions');
    c.sleep();
    expect([first.stopped, c.running('syncSessions'), c.state]).toEqual([true, 1, 'connected.syncing']);
  });
});

describe('[C8] whether somebody is there', () => {
  it('is noted in every state that hears of it', () => {
    const states: [string, (c: Connection) => void][] = [
      [
        'invalidServer',
        (c) => {
          c.send('connect');
          c.tell('fetchToken', { type: 'server.refused', failure: failure('insecureAddress') });
        },
      ],
      ['connected.live', (c) => c.goLive()],
      [
        'connected.live',
        (c) => {
          c.goLive();
          c.clock.increment(30_000);
        },
      ],
      ['polling.fresh', (c) => c.goPolling()],
    ];
    for (const [state, begin] of states) {
      const c = startConnection();
      begin(c);
      for (const [focused, visible] of [
        [false, true],
        [true, false],
        [true, true],
        [false, false],
      ] as const) {
        c.attend(focused, visible, 1_000_000);
        expect([state, c.context.windowActivity]).toEqual([state, { focused, visible }]);
      }
    }
  });

  it('lapses after 10 min in any state, so that the first poll after a loss is the last', () => {
    const c = startConnection();
    c.goLive();
    c.attend(false, false);
    passMinutes(c, 10);
    c.lose();
    c.clock.increment(4_000);
    c.fold();
    expect(c.state).toBe('polling.paused');
  });

  it('counts from the last time that somebody turned to it, and ends with it', () => {
    const c = startConnection();
    c.send('connect');
    const steps: [focused: boolean, visible: boolean, minutes: number, away: boolean][] = [
      [false, false, 5, false],
      [true, true, 10, false],
      [true, true, 10, false],
      [false, false, 5, false],
      [false, true, 9, false],
      [false, true, 1, true],
      [false, false, 1, true],
      [false, true, 0, false],
      [true, true, 1, false],
      [false, false, 5, false],
      [false, false, 5, true],
      [true, true, 1, false],
      [true, true, 10, false],
    ];
    const away = steps.map(([focused, visible, minutes]) => {
      c.attend(focused, visible);
      c.clock.increment(minutes * 60_000);
      return c.context.away;
    });
    expect(away).toEqual(steps.map(([, , , expected]) => expected));
  });

  it('is proven by a view that is shown, and not by a window that stays as it was', () => {
    const c = startConnection();
    c.goPolling();
    c.attend(false, false);
    passMinutes(c, 11);
    c.attend(false, false);
    expect(c.state).toBe('polling.paused');
    c.attend(false, true);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C20] has an old list taken anew by one who comes back, not by one who was there', () => {
    const c = startConnection();
    c.goLive();
    c.attend(true, false, 1_000_000);
    expect(c.running('syncSessions')).toBe(0);
  });

  it('goes on to count through another account and another server', () => {
    const c = startConnection();
    c.goLive();
    c.attend(false, false);
    c.clock.increment(5 * 60_000);
    c.send('serverChanged');
    c.attend(false, false);
    c.goLive();
    passMinutes(c, 5);
    c.lose();
    c.clock.increment(4_000);
    c.fold();
    expect(c.state).toBe('polling.paused');
  });

  it('is not proven by a refresh: it shows one list, and the pause goes on', () => {
    const c = startConnection();
    c.goPolling();
    c.attend(false, false);
    passMinutes(c, 10);
    expect(c.state).toBe('polling.paused');
    c.send('refresh');
    c.fold();
    expect(c.state).toBe('polling.paused');
    c.attend(true, true);
    c.fold();
    expect([c.state, c.context.windowActivity]).toEqual(['polling.fresh', { focused: true, visible: true }]);
  });
});

describe('[C23] triggers', () => {
  const change = (c: Connection) => {
    c.tell('watchHost', { type: 'network.changed' });
    if (c.link !== 'authorizing') return false;
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    return true;
  };
  const returned = (c: Connection) => {
    c.attend(false, true);
    c.attend(true, true);
    if (c.link !== 'authorizing') return false;
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    return true;
  };
  /** Waits are too long to end by themselves. */
  const waiting = () => {
    const c = startConnection({ random: 0.999 });
    c.send('connect');
    for (let n = 0; n < 9; n += 1) {
      if (c.link === 'authorizing') c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
      c.clock.increment(30_000);
    }
    if (c.link === 'authorizing') c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    return c;
  };

  it.each([
    ['changed networks', change],
    ['returns', returned],
  ])('three %s are followed at once, the fourth waits', (_name, trigger) => {
    const c = waiting();
    expect([1, 2, 3, 4].map(() => trigger(c))).toEqual([true, true, true, false]);
  });

  it('one that waited is followed 5 s later, and costs what it would have cost', () => {
    const c = waiting();
    for (let n = 0; n < 4; n += 1) change(c);
    c.clock.increment(5_000);
    expect(c.link).toBe('authorizing');
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    expect([1, 2, 3].map(() => change(c))).toEqual([true, true, false]);
  });

  it('are had anew while nobody is connected, too', () => {
    const c = waiting();
    for (let n = 0; n < 3; n += 1) change(c);
    c.send('disconnect');
    c.clock.increment(5_000);
    c.send('connect');
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    expect([1, 2, 3, 4].map(() => change(c))).toEqual([true, true, true, false]);
  });

  it('[C9] a list that arrived is one: the next within 5 s makes no attempt', () => {
    const c = waiting();
    const list = () => {
      c.send('refresh');
      c.fold();
      return c.link;
    };
    expect(list()).toBe('authorizing');
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    expect(list()).toBe('waiting');
    c.clock.increment(5_000);
    expect(list()).toBe('authorizing');
  });
});

describe('[C8][C24] a wait for lists', () => {
  const held = (retryAfterMs: number) => (c: Connection) => {
    c.send('refresh');
    c.failSnapshot({ retryAfterMs });
  };
  const restart = (c: Connection) => c.lose('restarting');
  const ways: [
    string,
    before: (c: Connection) => void,
    end: (c: Connection) => void,
    ms: number,
    after: (c: Connection) => void,
    'asked' | 'slot',
  ][] = [
    [
      'that a list ended does not end a slot',
      held(20_000),
      (c) => {
        c.send('refresh');
        c.fold();
      },
      19_000,
      restart,
      'slot',
    ],
    [
      'that a disconnect ended does not end a slot',
      held(20_000),
      (c) => {
        c.send('disconnect');
        c.goLive();
      },
      19_000,
      restart,
      'slot',
    ],
    ['that a longer one followed does not end it', held(20_000), () => {}, 19_000, held(60_000), 'asked'],
    [
      'for a slot that a disconnect ended does not end one that is asked for',
      restart,
      (c) => {
        c.send('disconnect');
        c.goLive();
      },
      4_000,
      held(60_000),
      'asked',
    ],
  ];

  it.each(ways)('%s', (_name, before, end, ms, after, listsHeld) => {
    const c = startConnection({ slot: 0.8 });
    c.goLive();
    before(c);
    end(c);
    c.clock.increment(ms);
    after(c);
    expect(c.context.listsHeld).toBe(listsHeld);
    c.clock.increment(7_000);
    expect(c.context.listsHeld).toBe(listsHeld);
  });

  it('for a slot outlasts a list that a user asked for', () => {
    const c = startConnection({ slot: 0.8 });
    c.goLive();
    restart(c);
    c.send('refresh');
    c.fold();
    expect([c.state, c.context.listsHeld]).toEqual(['polling.fresh', 'slot']);
  });

  it('[C28] is not made of lists that fail without a crash, however many', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    for (let n = 0; n < 4; n += 1) {
      c.failSnapshot();
      c.send('refresh');
    }
    c.failSnapshot();
    c.lose();
    c.awaitAttempt();
    c.attempt();
    c.join();
    expect([c.fullState, c.context.syncAttempt, c.context.listFailure]).toEqual([
      ...['connected.syncing', 5, undefined],
    ]);
  });
});

describe('what a new attempt begins with', () => {
  it('[C11][C13] a disconnect forgets that a token was refused', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    expect(c.last('fetchToken').input).toEqual({ renew: true });
    c.grantToken('token-2');
    expect(c.context.tokenRenewed).toBe(true);
    c.send('disconnect');
    c.send('connect');
    expect([c.last('fetchToken').input, c.context.tokenRenewed]).toEqual([{ renew: false }, false]);
  });

  it('[C29] a join that is not live yet is none that was', () => {
    const c = startConnection();
    c.goLive();
    expect(c.context.wasLive).toBe(true);
    c.lose();
    c.awaitAttempt();
    c.attempt();
    c.join();
    expect(c.context.wasLive).toBe(false);
  });

  it('[C4] a list that fails takes back that the server is there, unless it has none', () => {
    const c = startConnection();
    c.goPolling();
    expect(c.context.serverAnswers).toBe(true);
    c.send('refresh');
    c.failSnapshot();
    expect(c.context.serverAnswers).toBe(false);
    c.send('refresh');
    c.failSnapshot({ kind: 'noFallback' });
    expect(c.context.serverAnswers).toBe(true);
  });

  it('[C15][R8] a link that answered is not asked for its answer any more, and the last question counts', () => {
    const c = startConnection();
    c.goLive();
    c.tell('watchHost', { type: 'clock.stalled' });
    c.tell('openChannel', { type: 'channel.alive' });
    c.clock.increment(1_200);
    expect([c.link, c.started.openChannel.length]).toEqual(['open.joined', 1]);
    c.tell('watchHost', { type: 'clock.stalled' });
    c.clock.increment(1_000);
    c.tell('watchHost', { type: 'clock.stalled' });
    c.clock.increment(1_199);
    expect(c.link).toBe('open.joined');
    c.clock.increment(1);
    expect(c.link).toBe('authorizing');
  });

  it('[C13][C5] a disconnect forgets how often it was tried', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    for (let n = 0; n < 4; n += 1) {
      c.lose();
      c.awaitAttempt();
      c.attempt();
    }
    c.lose();
    c.send('disconnect');
    expect(c.context.attempt).toBe(0);
  });

  it('[C4] a wait that the server asked for ends, and with it what it held up', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    for (let n = 0; n < 7; n += 1) {
      c.lose();
      c.send('refresh');
      c.awaitAttempt();
      c.attempt();
    }
    c.tell('openChannel', {
      type: 'channel.lost',
      failure: failure('joinRefused', { retryAfterMs: 1_000 }),
    });
    c.clock.increment(999);
    c.tell('watchHost', { type: 'network.changed' });
    expect(c.link).toBe('waiting');
    c.clock.increment(5_000);
    c.tell('watchHost', { type: 'network.changed' });
    expect(c.link).toBe('authorizing');
  });

  it('[C4] an outage in which no list has arrived yet is no reason to try every 7 s', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    for (let n = 0; n < 6; n += 1) {
      c.lose('unreachable');
      c.awaitAttempt();
      c.attempt();
      c.join();
    }
    c.fold();
    c.lose('unreachable');
    c.clock.increment(10_000);
    expect(c.link).toBe('waiting');
  });

  it('[C11] a token that REST took is fetched as it is, not renewed once more', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.tell('verifyToken', { type: 'verification.refused', failure: failure('unauthorized') });
    expect(c.last('fetchToken').input).toEqual({ renew: true });
    c.attempt('token-2');
    c.tell('openChannel', { type: 'channel.refused', failure: failure('upgradeRefused') });
    c.tell('verifyToken', { type: 'verification.passed' });
    c.awaitAttempt();
    expect(c.last('fetchToken').input).toEqual({ renew: false });
  });

  it('[C22] a renewal that is not answered is tried again after 10 s', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { renewInMs: 20_000 });
    c.join();
    c.fold();
    c.clock.increment(20_000);
    c.clock.increment(30_000);
    expect(c.running('fetchToken')).toBe(0);
    if (c.fullState.endsWith('reconciling')) c.fold();
    c.clock.increment(9_999);
    expect(c.running('fetchToken')).toBe(0);
    c.clock.increment(1);
    expect(c.running('fetchToken')).toBe(1);
  });

  it('[C15][R10] the question whether the last link is alive ends no later one', () => {
    const c = startConnection();
    c.goLive();
    c.sleep();
    c.lose();
    c.clock.increment(500);
    c.attempt();
    c.join();
    c.clock.increment(1_200);
    expect([c.link, c.started.openChannel.length]).toEqual(['open.joined', 2]);
  });

  it('[C24] each loss draws the slot anew, and a list after a late join has one of its own', () => {
    const slots = [0.1, 0.3, 0.5];
    const c = startConnection({ slot: () => slots.shift()! });
    c.goLive();
    c.lose('restarting');
    c.clock.increment(500);
    c.attempt();
    c.lose('unreachable');
    c.awaitAttempt();
    c.attempt();
    c.lose('joinRefused');
    expect([c.context.slot, slots]).toEqual([0.5, []]);
  });

  it('[C24] a list after a join that came later than its slot waits for another', () => {
    const c = startConnection({ slot: 0.1 });
    c.goLive();
    c.lose('restarting');
    c.clock.increment(500);
    c.attempt();
    c.clock.increment(1_000);
    c.join();
    c.clock.increment(999);
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(1);
    expect(c.state).toBe('connected.syncing');
  });
});

/** Every list that is asked for meanwhile arrives. */
function passMinutes(c: ReturnType<typeof startConnection>, minutes: number): void {
  for (let minute = 0; minute < minutes; minute += 1) {
    c.clock.increment(60_000);
    if (c.running('syncSessions') > 0) c.fold();
  }
}
