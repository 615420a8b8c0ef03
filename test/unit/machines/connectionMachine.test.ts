import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret';
import { failure, startConnection } from './connectionHarness';

describe('attempts', () => {
  it('[C1][A3][A4] every way to a socket fetches a token of its own and uses it', () => {
    const c = startConnection();
    const tokenUsed = () => (c.last('channel').input.token as Secret).reveal();
    c.goLive();
    expect(tokenUsed()).toBe('token-1');
    const ways: (() => void)[] = [
      () => {
        c.lose();
        c.awaitAttempt();
      },
      () => c.send('reconnect'),
      () => c.tell('surroundings', { type: 'clock.jumped', failure: failure('clockJumped') }),
      () => {
        c.lose();
        c.tell('surroundings', { type: 'network.changed' });
      },
    ];
    ways.forEach((way, n) => {
      const asked = c.started.token.length;
      way();
      expect(c.started.token).toHaveLength(asked + 1);
      c.attempt(`token-${n + 2}`);
      expect(tokenUsed()).toBe(`token-${n + 2}`);
      c.join();
    });
  });

  it('[C1][J2] one socket an attempt, and never two at once', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    expect(c.running('channel')).toBe(0);
    c.clock.increment(250);
    c.attempt();
    expect(c.running('channel')).toBe(1);
    c.send('reconnect');
    expect(c.running('channel')).toBe(0);
    expect(c.started.channel.every((socket) => socket.stopped)).toBe(true);
  });

  it('[C1][R10][J5] nothing that an old socket says reaches the next one', () => {
    const c = startConnection();
    c.goLive();
    const old = c.last('channel');
    c.lose();
    c.clock.increment(250);
    c.attempt();
    old.answer({ type: 'channel.joined' });
    expect([c.state, c.link]).toEqual(['reconnecting', 'open.joining']);
    c.join();
    old.answer({ type: 'channel.lost', failure: failure() });
    expect([c.state, c.link]).toEqual(['connected.syncing', 'open.joined']);
  });

  it('[C2][J1] a token or an open socket is not a join', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.fold();
    expect([c.state, c.link]).toEqual(['loading', 'open.joining']);
  });

  it('[C4][R4] an unrequested close of any kind is followed by another attempt', () => {
    const c = startConnection();
    c.goLive();
    for (const kind of ['closed', 'unreachable', 'crashed', 'joinRefused', 'timeout'] as const) {
      c.lose(kind);
      expect(c.state).toBe('reconnecting');
      c.send('reconnect');
      c.goLive();
    }
  });

  it('[C4][R1][R2] waits a random time under a cap that the jitter cannot exceed', () => {
    const waits = [0.1, 0.999].map((random) => {
      const c = startConnection({ random });
      c.goLive();
      return Array.from({ length: 10 }, () => {
        c.lose();
        let waited = 0;
        while (c.link === 'waiting') {
          c.clock.increment(5);
          waited += 5;
        }
        c.attempt();
        return waited;
      });
    });
    expect(waits[0]).toEqual([25, 50, 100, 200, 400, 800, 1600, 3000, 3000, 3000]);
    expect(Math.max(...waits[1]!)).toBeLessThanOrEqual(30_000);
    expect(waits[1]!.slice(0, 3)).toEqual([250, 500, 1000]);
  });

  it('[C5][R3] an opened, even joined link resets the backoff only after 10 s', () => {
    const c = startConnection();
    c.goLive();
    for (let n = 1; n <= 3; n += 1) {
      c.clock.increment(9_999);
      c.lose();
      expect(c.context.attempt).toBe(n);
      c.clock.increment(30_000);
      c.attempt();
      c.join();
    }
    c.clock.increment(10_000);
    expect(c.context.attempt).toBe(0);
  });

  it('[C4] a wait that the server asked for is kept', () => {
    const c = startConnection();
    c.goLive();
    c.tell('channel', { type: 'channel.lost', failure: failure('upgradeRefused', { retryAfterMs: 20_000 }) });
    c.clock.increment(19_999);
    expect(c.link).toBe('waiting');
    c.clock.increment(1);
    expect(c.link).toBe('authorizing');
  });

  it('[C13][R5] a disconnect while retrying ends all attempts', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.send('disconnect');
    c.clock.increment(10 * 60_000);
    expect([c.state, c.started.token.length, c.running('channel')]).toEqual(['disconnected', 1, 0]);
  });

  it('[C14][R6] a manual reconnect attempts at once, from every state that wants a link', () => {
    const c = startConnection();
    c.goLive();
    c.send('reconnect');
    expect([c.state, c.link]).toEqual(['reconnecting', 'authorizing']);
    c.goLive();
    expect(c.state).toBe('connected.live');
    c.lose();
    c.send('reconnect');
    expect(c.link).toBe('authorizing');
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
    c.send('reconnect');
    expect([c.state, c.link]).toEqual(['polling.refreshing', 'authorizing']);
    c.send('disconnect');
    c.send('reconnect');
    expect(c.state).toBe('authenticating');
  });

  it('[C15][R8] after sleep: a new socket at once, then a new snapshot', () => {
    const c = startConnection();
    c.goLive();
    const [sockets, snapshots] = [c.started.channel.length, c.started.snapshot.length];
    c.tell('surroundings', { type: 'clock.jumped', failure: failure('clockJumped') });
    expect([c.state, c.link, c.running('channel')]).toEqual(['reconnecting', 'authorizing', 0]);
    c.goLive();
    expect([c.started.channel.length, c.started.snapshot.length]).toEqual([sockets + 1, snapshots + 1]);
  });

  it('[C15] a changed network ends the wait for the next attempt, not a joined link', () => {
    const c = startConnection();
    c.goLive();
    c.tell('surroundings', { type: 'network.changed' });
    expect(c.state).toBe('connected.live');
    c.lose();
    c.tell('surroundings', { type: 'network.changed' });
    expect(c.link).toBe('authorizing');
  });

  it('[C16][R11] whatever does not answer, no state outside connected and polling lasts', () => {
    const c = startConnection();
    c.send('connect');
    c.clock.increment(15_000);
    expect([c.state, c.link]).toEqual(['reconnecting', 'waiting']);
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
    c.clock.increment(120_000);
    expect(c.state).toBe('polling.offline');
    c.send('reconnect');
    c.grantToken();
    c.clock.increment(10_000);
    expect(c.link).toBe('waiting');
    c.send('reconnect');
    c.attempt();
    c.clock.increment(8_000);
    expect(c.link).toBe('waiting');
  });
});

describe('who is signed in', () => {
  it('[C12][A6] a sign-in service out of reach signs nobody out', () => {
    const c = startConnection();
    c.send('connect');
    c.tell('token', { type: 'token.unreachable', failure: failure() });
    expect(c.state).toBe('reconnecting');
    c.clock.increment(250);
    expect(c.link).toBe('authorizing');
    c.goLive();
    expect(c.state).toBe('connected.live');
  });

  it('[C10][A1][A2] a refused socket is judged by REST; a good token goes on with backoff', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.clock.increment(250);
    c.attempt();
    c.tell('channel', { type: 'channel.refused', failure: failure('upgradeRefused') });
    expect(c.link).toBe('judging');
    c.tell('probe', { type: 'probe.valid' });
    expect([c.state, c.link]).toEqual(['reconnecting', 'waiting']);
    expect(c.context.attempt).toBe(2);
  });

  it('[C11][A7] one refusal asks for a new token at once; only the second signs out', () => {
    const c = startConnection();
    const refuse = () => {
      c.tell('channel', { type: 'channel.refused', failure: failure('upgradeRefused') });
      c.tell('probe', { type: 'probe.unauthorized', failure: failure('unauthorized') });
    };
    c.goLive();
    c.lose();
    c.awaitAttempt();
    c.attempt();
    refuse();
    expect([c.link, c.last('token').input]).toEqual(['authorizing', { renew: true }]);
    c.attempt('token-2');
    refuse();
    expect(c.state).toBe('signedOut');
  });

  it('[C11][A7] a new token that ran out unused is not the second refusal', () => {
    const c = startConnection();
    const refused = { type: 'token.refused', failure: failure('unauthorized') } as const;
    c.goPolling();
    c.awaitAttempt();
    c.grantToken();
    c.lose('closed');
    c.send('refresh');
    c.tell('snapshot', refused);
    c.tell('probe', { type: 'probe.unauthorized', failure: refused.failure });
    c.grantToken('token-2');
    c.lose('closed');
    c.send('refresh');
    c.tell('snapshot', refused);
    c.tell('probe', { type: 'probe.unauthorized', failure: refused.failure });
    expect(c.link).toBe('authorizing');
    c.send('refresh');
    c.tell('snapshot', refused);
    expect(c.link).toBe('authorizing');
    expect(c.last('token').input).toEqual({ renew: true });
  });

  it('[C11][A7] a list that arrives in between clears the doubt', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('snapshot', { type: 'token.refused', failure: failure('unauthorized') });
    expect([c.state, c.link]).toEqual(['reconnecting', 'judging']);
    c.tell('probe', { type: 'probe.unauthorized', failure: failure('unauthorized') });
    c.goLive();
    c.send('refresh');
    c.tell('snapshot', { type: 'token.refused', failure: failure('unauthorized') });
    c.tell('probe', { type: 'probe.unauthorized', failure: failure('unauthorized') });
    expect(c.state).toBe('reconnecting');
  });

  it('[C22][A5] a token that expires is renewed ahead of it, by a new socket and a new snapshot', () => {
    const c = startConnection();
    c.send('connect');
    c.tell('token', { type: 'token.granted', token: new Secret('token-1'), renewInMs: 60_000 });
    c.identify();
    c.join();
    c.fold();
    c.clock.increment(59_999);
    expect(c.state).toBe('connected.live');
    c.clock.increment(1);
    expect([c.link, c.running('channel')]).toEqual(['authorizing', 0]);
    c.grantToken('token-2');
    c.join();
    expect(c.state).toBe('connected.syncing');
    c.fold();
    c.clock.increment(10 * 24 * 60 * 60_000);
    expect(c.link).toBe('open.joined');
  });

  it('[C12] no account leads to signed out, and signing in leads on', () => {
    const c = startConnection();
    c.send('connect');
    c.tell('token', { type: 'token.missing' });
    expect(c.state).toBe('signedOut');
    c.clock.increment(60 * 60_000);
    expect(c.started.token).toHaveLength(1);
    c.send('signIn');
    c.goLive();
    expect(c.state).toBe('connected.live');
  });

  it('[C21] sign-out, another sign-in and another server forget the account and its sessions', () => {
    for (const command of ['signOut', 'signIn', 'serverChanged'] as const) {
      const c = startConnection();
      c.goLive();
      c.context.sessions.send({ type: 'session.upserted', update: { id: '1' }, at: 0 });
      c.send(command);
      expect(c.state).toBe(command === 'signOut' ? 'signedOut' : 'authenticating');
      expect([c.context.token, c.context.userId, c.context.pictureAt]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(c.context.sessions.getSnapshot().context.held.size).toBe(0);
    }
  });

  it('[C16] a user id that nobody tells yet means polling, and asking again', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.tell('identity', { type: 'user.unknown', failure: failure('userUnknown') });
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
    c.fold();
    c.awaitAttempt();
    c.goLive();
    expect(c.state).toBe('connected.live');
  });
});

describe('the picture', () => {
  it('[C3] is live only after a snapshot that was asked for after the join', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    const early = c.last('snapshot');
    c.join();
    expect([c.state, early.stopped]).toEqual(['connected.syncing', true]);
    early.answer({ type: 'snapshot.folded', at: 0 });
    expect(c.state).toBe('connected.syncing');
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C3] a rejoin syncs again', () => {
    const c = startConnection();
    c.goLive();
    c.lose('crashed');
    c.clock.increment(250);
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.syncing');
  });

  it('[C19] a failed snapshot is asked for again after a pause that grows', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    c.send('refresh');
    const pauses = [1, 2, 3].map(() => {
      c.failSnapshot();
      expect(c.state).toBe('connected.resting');
      let waited = 0;
      while (c.state === 'connected.resting') {
        c.clock.increment(50);
        waited += 50;
      }
      return waited;
    });
    expect(pauses).toEqual([500, 1000, 2000]);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C19][D10] what could not be taken while live or syncing leads to another snapshot', () => {
    const c = startConnection();
    c.goLive();
    c.tell('channel', { type: 'channel.doubted', failure: failure('unreadable') });
    expect(c.state).toBe('connected.resting');
    c.clock.increment(500);
    c.tell('channel', { type: 'channel.doubted', failure: failure('unreadable') });
    c.fold();
    expect(c.state).toBe('connected.resting');
    c.clock.increment(1_000);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[S11] what events leave out is asked for while live, with the token of the time', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt('token-1');
    c.join();
    expect(c.running('completion')).toBe(0);
    c.fold();
    expect(c.running('completion')).toBe(1);
    const { token } = c.last('completion').input as { token: () => Secret | undefined };
    expect(token()).toBe(c.context.token);
    c.tell('completion', { type: 'channel.doubted', failure: failure('timeout') });
    expect([c.state, c.running('completion'), c.context.failure?.kind]).toEqual([
      'connected.resting',
      0,
      'timeout',
    ]);
  });

  it('[S10] the sessions are told when events begin to arrive and when they end', () => {
    const c = startConnection();
    const joined = () => c.context.sessions.getSnapshot().context.joined;
    c.goLive();
    expect(joined()).toBe(true);
    c.lose();
    expect(joined()).toBe(false);
    c.awaitAttempt();
    c.attempt();
    c.join();
    expect(joined()).toBe(true);
    c.send('disconnect');
    expect(joined()).toBe(false);
  });

  it('[C20][D9] is reconciled every 5 min ± 20 %', () => {
    for (const [random, ms] of [
      [0, 240_000],
      [0.5, 300_000],
    ] as const) {
      const c = startConnection({ random });
      c.goLive();
      c.clock.increment(ms - 1);
      expect(c.state).toBe('connected.live');
      c.clock.increment(1);
      expect(c.state).toBe('connected.syncing');
    }
  });

  it('[C20] is taken anew when a person comes back to one older than 60 s', () => {
    const c = startConnection();
    c.goLive();
    c.attend(false, true, 1_000);
    c.attend(true, true, 60_000);
    expect(c.state).toBe('connected.live');
    c.attend(false, true, 61_000);
    c.attend(true, true, 61_001);
    expect(c.state).toBe('connected.syncing');
  });

  it('[C18] a refresh asks for a snapshot now, in whatever way the state allows', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    expect(c.state).toBe('connected.syncing');
    c.failSnapshot();
    c.send('refresh');
    expect(c.state).toBe('connected.syncing');
    c.lose();
    c.send('refresh');
    expect(c.state).toBe('polling.refreshing');
    const asked = c.started.snapshot.length;
    c.send('refresh');
    expect(c.started.snapshot).toHaveLength(asked);
    c.fold();
    c.send('refresh');
    expect(c.state).toBe('polling.refreshing');
  });
});

describe('fallback', () => {
  it('[C6][F1] polls once the grace is over, not before, and at once then', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.clock.increment(3_999);
    expect(c.state).toBe('reconnecting');
    c.clock.increment(1);
    expect([c.state, c.running('snapshot')]).toEqual(['polling.refreshing', 1]);
  });

  it('[C6] a first join that does not come leads to polling after the grace', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C9][F1] goes back to live by itself as soon as a join succeeds', () => {
    const c = startConnection();
    c.goPolling();
    c.awaitAttempt();
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.syncing');
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C7][J9] a channel that keeps crashing leads to polling without a grace, attempts go on', () => {
    const c = startConnection();
    c.goLive();
    for (let n = 0; n < 5; n += 1) {
      c.lose('crashed');
      expect(c.state).toBe('reconnecting');
      c.send('refresh');
      c.awaitAttempt();
      c.goLive();
    }
    c.lose('crashed');
    expect(c.state).toBe('polling.refreshing');
    c.clock.increment(30_000);
    c.goLive();
    expect(c.state).toBe('connected.live');
  });

  it('[C8] polls every 15 s in the foreground and every 60 s in the background', () => {
    const c = startConnection();
    c.goPolling();
    c.clock.increment(14_999);
    expect(c.state).toBe('polling.fresh');
    c.clock.increment(1);
    expect(c.state).toBe('polling.refreshing');
    c.attend(false, true);
    c.fold();
    c.clock.increment(59_999);
    expect(c.state).toBe('polling.fresh');
    c.clock.increment(1);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C8][F3] pauses while nothing is visible and refreshes when somebody looks', () => {
    const c = startConnection();
    c.goPolling();
    c.attend(true, false);
    expect(c.state).toBe('polling.paused');
    const asked = c.started.snapshot.length;
    c.clock.increment(60 * 60_000);
    expect(c.started.snapshot).toHaveLength(asked);
    c.attend(true, true);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C8][F2] obeys Retry-After', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 40_000 });
    expect(c.state).toBe('polling.offline');
    c.clock.increment(39_999);
    expect(c.state).toBe('polling.offline');
    c.clock.increment(1);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C8] says offline when the list does not arrive either, and recovers', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'unreachable' });
    expect(c.state).toBe('polling.offline');
    c.tell('surroundings', { type: 'network.changed' });
    expect(c.state).toBe('polling.refreshing');
    c.fold();
    expect(c.state).toBe('polling.fresh');
  });

  it('[C9] a list that arrives after an outage ends the wait for the next attempt', () => {
    const c = startConnection();
    c.goPolling();
    for (let n = 0; n < 8; n += 1) {
      c.awaitAttempt();
      c.attempt();
      c.lose('unreachable');
    }
    expect(c.link).toBe('waiting');
    if (c.state !== 'polling.refreshing') c.send('refresh');
    c.fold();
    expect(c.link).toBe('authorizing');
  });
});

describe('refusal', () => {
  const refusal = failure('notCodeMySpec');

  it('[C17][F5] a server that never answered as CodeMySpec is refused, in its own state', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.tell('snapshot', { type: 'server.refused', failure: refusal });
    expect([c.state, c.context.failure, c.running('channel')]).toEqual(['refused', refusal, 0]);
  });

  it('[C17] a web page from a server that answered before is a passing failure', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.tell('snapshot', { type: 'server.refused', failure: refusal });
    expect(c.state).toBe('polling.offline');
  });

  it('[C17] is looked at again now and then, at a changed network and on demand', () => {
    const ways: ((c: ReturnType<typeof startConnection>) => void)[] = [
      (c) => c.clock.increment(5 * 60_000),
      (c) => c.tell('surroundings', { type: 'network.changed' }),
      (c) => c.send('reconnect'),
      (c) => c.send('refresh'),
      (c) => c.send('serverChanged'),
    ];
    for (const way of ways) {
      const c = startConnection();
      c.send('connect');
      c.tell('token', { type: 'server.refused', failure: failure('insecureAddress') });
      expect(c.state).toBe('refused');
      way(c);
      expect(c.state).toBe('authenticating');
    }
  });
});

it('says which actor is missing when started without it', async () => {
  const { createActor } = await import('xstate');
  const { connectionMachine } = await import('../../../machines/connectionMachine');
  const actor = createActor(connectionMachine);
  const error = new Promise((resolve) => actor.subscribe({ error: resolve }));
  actor.start();
  expect(String(await error)).toMatch('without its actor "surroundings"');
});
