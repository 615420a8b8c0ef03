import { describe, expect, it } from 'vitest';
import { type Secret } from '../../../src/model/secret';
import { failure, startConnection } from './connectionHarness';

describe('attempts', () => {
  it('[C1][A3][A4] every way to a socket fetches a token of its own and uses it', () => {
    const c = startConnection();
    const tokenUsed = () => (c.last('openChannel').input.token as Secret).reveal();
    c.goLive();
    expect(tokenUsed()).toBe('token-1');
    const ways: (() => void)[] = [
      () => {
        c.lose();
        c.awaitAttempt();
      },
      () => c.send('reconnect'),
      () => {
        c.lose();
        c.tell('watchHost', { type: 'clock.jumped', failure: failure('clockJumped') });
      },
      () => {
        c.lose();
        c.tell('watchHost', { type: 'network.changed' });
      },
    ];
    ways.forEach((way, n) => {
      const asked = c.started.fetchToken.length;
      way();
      expect(c.started.fetchToken).toHaveLength(asked + 1);
      c.attempt(`token-${n + 2}`);
      expect(tokenUsed()).toBe(`token-${n + 2}`);
      c.join();
    });
  });

  it('[C1][J2] one socket an attempt, and never two at once', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    expect(c.running('openChannel')).toBe(0);
    c.clock.increment(250);
    c.attempt();
    expect(c.running('openChannel')).toBe(1);
    c.send('reconnect');
    expect(c.running('openChannel')).toBe(0);
    expect(c.started.openChannel.every((socket) => socket.stopped)).toBe(true);
  });

  it('[C1][R10][J5] nothing that an old socket says reaches the next one', () => {
    const c = startConnection();
    c.goLive();
    const old = c.last('openChannel');
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
    c.tell('openChannel', {
      type: 'channel.lost',
      failure: failure('upgradeRefused', { retryAfterMs: 20_000 }),
    });
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
    expect([c.state, c.started.fetchToken.length, c.running('openChannel')]).toEqual(['disconnected', 1, 0]);
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

  it('[C15][R8] after sleep the link is asked before it is dropped, and nothing is claimed meanwhile', () => {
    const c = startConnection();
    c.goLive();
    const [socket, snapshots] = [c.last('openChannel'), c.started.syncSessions.length];
    c.sleep();
    expect([c.state, socket.heard, c.started.syncSessions.length]).toEqual([
      'connected.syncing',
      ['check'],
      snapshots + 1,
    ]);
    c.fold();
    expect(c.state).toBe('connected.retryWait');
    c.tell('openChannel', { type: 'channel.alive' });
    c.clock.increment(500);
    c.fold();
    expect([c.state, socket.stopped, c.started.openChannel.length]).toEqual(['connected.live', false, 1]);
  });

  it('[C15][R8] a link that does not answer after sleep is made anew', () => {
    const c = startConnection();
    c.goLive();
    c.sleep();
    c.clock.increment(1_199);
    expect(c.link).toBe('open.joined');
    c.clock.increment(1);
    expect([c.state, c.link]).toEqual(['reconnecting', 'authorizing']);
    c.goLive();
    expect([c.state, c.started.openChannel.length]).toEqual(['connected.live', 2]);
  });

  it('[C15] a host that was blocked is no sleep: the link is asked, and that is all', () => {
    const c = startConnection();
    c.goLive();
    const snapshots = c.started.syncSessions.length;
    c.tell('watchHost', { type: 'clock.stalled' });
    c.tell('openChannel', { type: 'channel.alive' });
    expect([c.state, c.last('openChannel').heard, c.started.syncSessions.length]).toEqual([
      'connected.live',
      ['check'],
      snapshots,
    ]);
  });

  it('[C15] after sleep a wait ends, but for one that the server asked for', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.sleep();
    expect(c.link).toBe('authorizing');
    c.attempt();
    c.tell('openChannel', {
      type: 'channel.lost',
      failure: failure('joinRefused', { retryAfterMs: 60_000 }),
    });
    c.sleep();
    expect(c.link).toBe('waiting');
  });

  it('[C23] a changed network and a user who comes back end the wait for the next attempt, not a joined link', () => {
    const c = startConnection();
    c.goLive();
    const triggers = [
      () => c.tell('watchHost', { type: 'network.changed' }),
      () => {
        c.attend(false, true);
        c.attend(true, true);
      },
      () => {
        c.attend(true, false);
        c.attend(true, true);
      },
    ];
    for (const trigger of triggers) {
      c.clock.increment(20_000);
      trigger();
      expect(c.state).toBe('connected.live');
      c.clock.increment(20_000);
      c.lose();
      trigger();
      expect(c.link).toBe('authorizing');
      c.goLive();
    }
  });

  it('[C4] no attempt is further than 7 s away while lists arrive and somebody looks', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    c.lose();
    c.clock.increment(5_000);
    for (let n = 0; n < 9; n += 1) {
      c.awaitAttempt();
      c.attempt();
      c.lose('unreachable');
    }
    if (c.fullState !== 'polling.refreshing') c.send('refresh');
    c.fold();
    c.attempt();
    c.lose('unreachable');
    let waited = 0;
    for (; c.link === 'waiting'; waited += 100) c.clock.increment(100);
    expect(waited).toBe(8_400);
    c.attend(true, false);
    c.attempt();
    c.lose('unreachable');
    c.clock.increment(10_000);
    expect(c.link).toBe('waiting');
  });

  it('[C23] nothing but a command ends a wait that the server asked for', () => {
    const c = startConnection();
    c.goLive();
    c.tell('openChannel', {
      type: 'channel.lost',
      failure: failure('upgradeRefused', { retryAfterMs: 60_000 }),
    });
    c.tell('watchHost', { type: 'network.changed' });
    c.attend(false, false);
    c.attend(true, true);
    c.clock.increment(4_000);
    c.fold();
    expect([c.state, c.link]).toEqual(['polling.fresh', 'waiting']);
    c.send('reconnect');
    expect(c.link).toBe('authorizing');
  });

  it('[C23] an interface that flaps drives no more attempts than there are triggers', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    c.lose('unreachable');
    const attempts = c.started.fetchToken.length;
    for (let second = 0; second < 60; second += 1) {
      for (let n = 0; n < 5; n += 1) c.tell('watchHost', { type: 'network.changed' });
      if (c.link === 'authorizing') c.grantToken();
      if (c.link === 'open.joining') c.lose('unreachable');
      if (c.fullState === 'polling.refreshing') c.failSnapshot({ kind: 'unreachable' });
      c.clock.increment(1_000);
    }
    expect(c.started.fetchToken.length - attempts).toBeLessThanOrEqual(25);
    expect(c.started.syncSessions.length).toBeLessThanOrEqual(30);
  });

  it('[C23] a change that came too soon after others is not forgotten', () => {
    const c = startConnection({ random: 0.999 });
    c.goLive();
    for (let n = 0; n < 9; n += 1) {
      c.lose('unreachable');
      c.send('refresh');
      c.clock.increment(30_000);
      if (c.link === 'authorizing') c.grantToken();
    }
    const change = () => {
      c.tell('watchHost', { type: 'network.changed' });
      if (c.link === 'authorizing') c.grantToken();
      if (c.link === 'open.joining') c.lose('unreachable');
    };
    if (c.link === 'open.joining') c.lose('unreachable');
    for (let n = 0; n < 3; n += 1) change();
    const attempts = c.started.fetchToken.length;
    change();
    expect(c.started.fetchToken).toHaveLength(attempts);
    c.clock.increment(5_000);
    expect(c.started.fetchToken).toHaveLength(attempts + 1);
  });

  it('[C16][R11] whatever does not answer, no state outside connected and polling lasts', () => {
    const c = startConnection();
    c.send('connect');
    c.clock.increment(15_000);
    expect([c.state, c.link]).toEqual(['reconnecting', 'authorizing']);
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
    c.clock.increment(11_000);
    expect(c.link).toBe('waiting');
    c.clock.increment(120_000);
    expect(c.state).toBe('polling.offline');
    c.send('reconnect');
    c.grantToken();
    c.needUser();
    c.clock.increment(12_000);
    expect(c.link).toBe('waiting');
    c.send('reconnect');
    c.grantToken();
    c.needUser();
    c.tell('identifyUser', { type: 'user.untold' });
    c.clock.increment(120_000);
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
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
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
    c.tell('openChannel', { type: 'channel.refused', failure: failure('upgradeRefused') });
    expect(c.link).toBe('verifyingToken');
    c.tell('verifyToken', { type: 'verification.passed' });
    expect([c.state, c.link]).toEqual(['reconnecting', 'waiting']);
    expect(c.context.attempt).toBe(2);
  });

  it('[C11][A7] one refusal asks for a new token at once; only the second signs out', () => {
    const c = startConnection();
    const refuse = () => {
      c.tell('openChannel', { type: 'channel.refused', failure: failure('upgradeRefused') });
      c.tell('verifyToken', { type: 'verification.refused', failure: failure('unauthorized') });
    };
    c.goLive();
    c.lose();
    c.awaitAttempt();
    c.attempt();
    refuse();
    expect([c.link, c.last('fetchToken').input]).toEqual(['authorizing', { renew: true }]);
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
    c.tell('syncSessions', refused);
    c.tell('verifyToken', { type: 'verification.refused', failure: refused.failure });
    c.grantToken('token-2');
    c.lose('closed');
    c.send('refresh');
    c.tell('syncSessions', refused);
    c.tell('verifyToken', { type: 'verification.refused', failure: refused.failure });
    expect(c.link).toBe('authorizing');
    c.send('refresh');
    c.tell('syncSessions', refused);
    expect(c.link).toBe('authorizing');
    expect(c.last('fetchToken').input).toEqual({ renew: true });
  });

  it('[C11][C22][A7] a list that arrives in between clears the rejection, and the socket stays all the while', () => {
    const c = startConnection();
    c.goLive();
    for (let n = 0; n < 3; n += 1) {
      c.send('refresh');
      c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
      expect([c.state, c.last('fetchToken').input]).toEqual(['connected.retryWait', { renew: true }]);
      c.grantToken('token-2');
      c.clock.increment(1_000);
      c.fold();
    }
    expect([c.state, c.started.openChannel.length, c.started.verifyToken.length]).toEqual([
      'connected.live',
      1,
      0,
    ]);
  });

  it('[C11] without a token a refusal says nothing of the next one', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    c.lose();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    expect([c.state, c.link, c.running('verifyToken')]).toEqual(['polling.offline', 'waiting', 0]);
  });

  it('[C11][C19] the next list after a refusal is asked for with the next token, however long that takes', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.clock.increment(20_000);
    expect([c.state, c.link, c.running('syncSessions')]).toEqual(['connected.retryWait', 'open.joined', 0]);
    c.grantToken('token-2');
    expect([c.fullState, (c.last('syncSessions').input.token as Secret).reveal()]).toEqual([
      ...['connected.syncing', 'token-2'],
    ]);
  });

  it('[C11] a renewed token that REST refuses too is taken to the probe, whose 401 signs out', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.grantToken('token-2');
    c.clock.increment(1_000);
    c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    expect([c.state, c.link]).toEqual(['reconnecting', 'verifyingToken']);
    c.tell('verifyToken', { type: 'verification.refused', failure: failure('unauthorized') });
    expect([c.state, c.context.failure?.kind]).toEqual(['signedOut', 'unauthorized']);
  });

  it('[C12] says why there is no account any more, where that is known', () => {
    const c = startConnection();
    c.goLive();
    c.lose();
    c.awaitAttempt();
    c.tell('fetchToken', { type: 'token.missing', failure: failure('unauthorized') });
    expect([c.state, c.failures.failure?.kind]).toEqual(['signedOut', 'unauthorized']);
  });

  it('[C26] the token of another account never joins the topic of the first', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { accountId: 'A' });
    c.join();
    c.fold();
    c.context.sessions.send({ type: 'session.upserted', update: { id: '1' }, at: 0 });
    c.lose();
    c.awaitAttempt();
    c.grantToken('token-2', { accountId: 'B' });
    expect([c.state, c.context.userId, c.context.sessions.getSnapshot().context.entries.size]).toEqual([
      'authenticating',
      undefined,
      0,
    ]);
    c.grantToken('token-2', { accountId: 'B' });
    c.needUser();
    expect(c.link).toBe('identifying');
    c.tell('identifyUser', { type: 'user.identified', userId: '2' });
    c.grantToken('token-2', { accountId: 'B' });
    expect(c.last('openChannel').input.userId).toBe('2');
  });

  it('[C26] the user id that the token claims is taken, and nobody is asked', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { userId: '7' });
    expect([c.link, c.last('openChannel').input.userId]).toEqual(['open.joining', '7']);
  });

  it('[C26] a token of which nobody says whose it is joins the topic of the account that there is', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { accountId: 'A', userId: '7' });
    c.lose();
    c.awaitAttempt();
    c.grantToken('token-2');
    expect([c.link, c.context.accountId, c.last('openChannel').input.userId]).toEqual([
      ...['open.joining', 'A', '7'],
    ]);
  });

  it('[C26] a refused join makes a user id of no use, and any other loss does not', () => {
    const idAfter = (kind: 'closed' | 'joinRefused') => {
      const c = startConnection();
      c.send('connect');
      c.grantToken('token-1', { userId: '7' });
      c.lose(kind);
      c.awaitAttempt();
      c.grantToken('token-1');
      return c.last('openChannel').input.userId;
    };
    expect([idAfter('closed'), idAfter('joinRefused')]).toEqual(['7', undefined]);
  });

  it('[C26] where the server does not tell, the user of any session is it', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.needUser();
    c.tell('identifyUser', { type: 'user.untold' });
    expect((c.last('findUser').input.token as Secret).reveal()).toBe('token-1');
    c.tell('findUser', { type: 'user.identified', userId: '3' });
    c.grantToken();
    expect([c.link, c.last('openChannel').input.userId]).toEqual(['open.joining', '3']);
  });

  it('[C26] a refused join makes the next attempt find out the user id anew', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.needUser();
    c.tell('identifyUser', { type: 'user.identified', userId: 'wrong' });
    c.grantToken();
    c.lose('joinRefused');
    c.awaitAttempt();
    c.grantToken();
    c.needUser();
    expect(c.link).toBe('identifying');
    c.tell('identifyUser', { type: 'user.identified', userId: '1' });
    c.grantToken();
    expect(c.last('openChannel').input.userId).toBe('1');
  });

  it('[C22][A5][A11] a token that expires is renewed ahead of it, and nobody sees it', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { renewInMs: 60_000 });
    c.join();
    c.fold();
    const states = c.watchStates();
    for (let n = 2; n < 10; n += 1) {
      const asked = c.started.fetchToken.length;
      c.clock.increment(59_999);
      if (c.fullState.endsWith('reconciling')) c.fold();
      expect(c.started.fetchToken).toHaveLength(asked);
      c.clock.increment(1);
      expect(c.last('fetchToken').input).toEqual({ renew: false });
      c.grantToken(`token-${n}`, { renewInMs: 60_000 });
    }
    expect([states, c.started.openChannel.length, c.started.openChannel[0]?.stopped]).toEqual([[], 1, false]);
    c.send('refresh');
    expect((c.last('syncSessions').input.token as Secret).reveal()).toBe('token-9');
  });

  it('[C22] a renewal that fails is tried again, and the link stays', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { renewInMs: 60_000 });
    c.join();
    c.fold();
    c.clock.increment(60_000);
    c.tell('fetchToken', { type: 'token.unreachable', failure: failure() });
    c.clock.increment(10_000);
    expect([c.state, c.running('fetchToken'), c.running('openChannel')]).toEqual(['connected.live', 1, 1]);
  });

  it('[C22][H2] tokens that live a second drive neither sockets nor more than a renewal every 3 s', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { renewInMs: 1_000 });
    c.join();
    c.fold();
    for (let second = 0; second < 60; second += 1) {
      c.clock.increment(1_000);
      if (c.running('fetchToken') > 0) c.grantToken('token-2', { renewInMs: 1_000 });
    }
    expect([c.started.openChannel.length, c.started.fetchToken.length]).toEqual([1, 21]);
  });

  it('[C12] no account leads to signed out, and signing in leads on', () => {
    const c = startConnection();
    c.send('connect');
    c.tell('fetchToken', { type: 'token.missing' });
    expect(c.state).toBe('signedOut');
    c.clock.increment(60 * 60_000);
    expect(c.started.fetchToken).toHaveLength(1);
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
      expect([c.context.token, c.context.userId, c.context.syncedAt]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(c.context.sessions.getSnapshot().context.entries.size).toBe(0);
    }
  });

  it('[C21] another server forgets them while disconnected too, and makes no connection', () => {
    const c = startConnection();
    c.goLive();
    c.context.sessions.send({ type: 'session.upserted', update: { id: '1' }, at: 0 });
    c.send('disconnect');
    expect(c.context.sessions.getSnapshot().context.entries.size).toBe(1);
    c.send('serverChanged');
    const { token, userId, syncedAt, sessions } = c.context;
    expect([c.state, token, userId, syncedAt, sessions.getSnapshot().context.entries.size]).toEqual([
      ...['disconnected', undefined, undefined, undefined],
      0,
    ]);
  });

  it('[C16] a user id that nobody tells yet means polling, and asking again', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.needUser();
    c.tell('identifyUser', { type: 'user.untold' });
    expect(c.link).toBe('findingUser');
    c.tell('findUser', { type: 'user.unknown', failure: failure('userUnknown') });
    c.clock.increment(4_000);
    expect(c.state).toBe('polling.refreshing');
    c.fold();
    c.awaitAttempt();
    c.goLive();
    expect(c.state).toBe('connected.live');
  });
});

describe('the list', () => {
  it('[C3] is live only after a snapshot that was asked for after the join', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    const early = c.last('syncSessions');
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
      expect(c.state).toBe('connected.retryWait');
      let waited = 0;
      while (c.fullState === 'connected.retryWait') {
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
    c.tell('openChannel', { type: 'channel.outOfSync', failure: failure('unreadable') });
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(500);
    c.tell('openChannel', { type: 'channel.outOfSync', failure: failure('unreadable') });
    c.fold();
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(1_000);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[S11] what events leave out is asked for while live, with the token of the time', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt('token-1');
    c.join();
    expect(c.running('completeSessions')).toBe(0);
    c.fold();
    expect(c.running('completeSessions')).toBe(1);
    const { token } = c.last('completeSessions').input as { token: () => Secret | undefined };
    expect(token()).toBe(c.context.token);
    c.tell('completeSessions', { type: 'channel.outOfSync', failure: failure('timeout') });
    expect([c.state, c.running('completeSessions'), c.failures.listFailure?.kind]).toEqual([
      'connected.retryWait',
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

  it('[C20][D9] is reconciled 30 s after the last event, then after 60, 120 and 300 s, and nobody sees it', () => {
    const c = startConnection();
    c.goLive();
    const states = c.watchStates();
    const reconciled = () => {
      const lists = c.started.syncSessions.length;
      let waited = 0;
      while (c.started.syncSessions.length === lists) {
        c.clock.increment(1_000);
        waited += 1;
      }
      c.fold();
      return waited;
    };
    expect([1, 2, 3, 4, 5].map(reconciled)).toEqual([30, 60, 120, 300, 300]);
    c.clock.increment(10_000);
    c.tell('openChannel', { type: 'channel.active' });
    expect([1, 2].map(reconciled)).toEqual([30, 60]);
    expect([states, c.state]).toEqual([[], 'connected.live']);
  });

  it('[C20] is reconciled every 5 min at the latest, however much goes on', () => {
    const c = startConnection();
    c.goLive();
    const lists = c.started.syncSessions.length;
    for (let second = 0; second < 300; second += 5) {
      c.tell('openChannel', { type: 'channel.active' });
      expect(c.started.syncSessions).toHaveLength(lists);
      c.clock.increment(5_000);
    }
    expect(c.started.syncSessions).toHaveLength(lists + 1);
  });

  it('[C20] a wait that the server asked for does not end the lists of a busy list', () => {
    const c = startConnection();
    c.goLive();
    c.clock.increment(30_000);
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 3_600_000 });
    const lists = c.started.syncSessions.length;
    for (let waited = 0; waited < 3_600_000; waited += 60_000) {
      expect(c.started.syncSessions).toHaveLength(lists);
      c.tell('openChannel', { type: 'channel.active' });
      c.clock.increment(60_000);
    }
    expect(c.started.syncSessions).toHaveLength(lists + 1);
  });

  it('[C20] a reconcile that fails is tried again unshown, and the second failure is said', () => {
    const c = startConnection();
    c.goLive();
    c.clock.increment(30_000);
    c.failSnapshot();
    expect([c.state, c.failures.failure]).toEqual(['connected.live', undefined]);
    c.clock.increment(5_000);
    c.failSnapshot();
    expect([c.state, c.failures.failure?.kind]).toEqual(['connected.retryWait', 'serverError']);
  });

  it('[C20] a token that is refused is a failure like any other: the second is said', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken('token-1', { renewInMs: 30_000 });
    c.join();
    c.fold();
    const refuse = () => c.tell('syncSessions', { type: 'token.refused', failure: failure('unauthorized') });
    c.clock.increment(30_000);
    refuse();
    expect([c.state, c.link]).toEqual(['connected.live', 'open.joined']);
    c.clock.increment(5_000);
    refuse();
    expect([c.state, c.failures.failure?.kind]).toEqual(['connected.retryWait', 'unauthorized']);
  });

  it('[C20] a reconcile that leaves a resync due is said', () => {
    const c = startConnection();
    c.goLive();
    c.clock.increment(30_000);
    c.tell('openChannel', { type: 'channel.outOfSync', failure: failure('unreadable') });
    expect(c.state).toBe('connected.retryWait');
  });

  it('[C20] is taken anew, unseen, when a user comes back to one older than 60 s', () => {
    const c = startConnection();
    c.goLive();
    const lists = c.started.syncSessions.length;
    c.attend(false, true, 1_000);
    c.attend(true, true, 60_000);
    expect(c.started.syncSessions).toHaveLength(lists);
    c.attend(false, true, 61_000);
    c.attend(true, true, 61_001);
    expect([c.state, c.started.syncSessions.length]).toEqual(['connected.live', lists + 1]);
  });

  it('[C18] a refresh asks for a snapshot now, in whatever way the state allows', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    expect(c.state).toBe('connected.syncing');
    c.failSnapshot();
    c.send('refresh');
    expect(c.fullState).toBe('connected.syncing');
    c.lose();
    c.send('refresh');
    expect(c.fullState).toBe('polling.refreshing');
    const asked = c.started.syncSessions.length;
    c.send('refresh');
    expect(c.started.syncSessions).toHaveLength(asked);
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
    expect([c.state, c.running('syncSessions')]).toEqual(['polling.refreshing', 1]);
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

  it('[C8][F3] polls less often while nobody sees it, and not at all after 10 min in which nobody was there', () => {
    const c = startConnection();
    c.goPolling();
    c.attend(true, false);
    c.clock.increment(15_000);
    c.fold();
    c.clock.increment(59_999);
    expect(c.state).toBe('polling.fresh');
    c.clock.increment(1);
    c.fold();
    c.attend(false, false);
    for (let minute = 0; minute < 10; minute += 1) {
      c.clock.increment(60_000);
      if (c.fullState === 'polling.refreshing') c.fold();
    }
    expect(c.state).toBe('polling.paused');
    const asked = c.started.syncSessions.length;
    c.clock.increment(60 * 60_000);
    expect(c.started.syncSessions).toHaveLength(asked);
    c.attend(true, false);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C8][F3] pauses where a window was left before the work in it began anew', () => {
    const c = startConnection();
    c.goLive();
    c.attend(false, false);
    c.send('signIn');
    c.attend(false, false);
    c.goLive();
    c.lose('unreachable');
    c.clock.increment(4_000);
    c.fold();
    for (let minute = 0; minute < 10; minute += 1) {
      c.clock.increment(60_000);
      if (c.state === 'polling.refreshing') c.fold();
    }
    expect(c.state).toBe('polling.paused');
  });

  it('[C8] a server that is away is offline, seen or not, and nobody pauses that', () => {
    const c = startConnection();
    c.goPolling();
    c.attend(false, false);
    c.send('refresh');
    c.failSnapshot({ kind: 'unreachable' });
    c.clock.increment(59_999);
    expect(c.state).toBe('polling.offline');
    for (let minute = 0; minute < 20; minute += 1) {
      c.clock.increment(60_000);
      if (c.fullState === 'polling.refreshing') c.failSnapshot({ kind: 'unreachable' });
      expect(c.state).toBe('polling.offline');
    }
  });

  it('[C8] asks again 7 s after a list that did not arrive, and at once when somebody comes back', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'unreachable' });
    c.clock.increment(6_999);
    expect(c.state).toBe('polling.offline');
    c.clock.increment(1);
    expect(c.fullState).toBe('polling.refreshing');
    c.failSnapshot({ kind: 'unreachable' });
    c.attend(false, true);
    c.attend(true, true);
    expect(c.fullState).toBe('polling.refreshing');
  });

  it('[C8][C23] a wait for lists that the server asked for is kept over a join, a trigger and a sleep', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 60_000 });
    c.tell('watchHost', { type: 'network.changed' });
    c.sleep();
    expect(c.state).toBe('polling.offline');
    if (c.link !== 'authorizing') c.awaitAttempt();
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(50_000);
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(10_000);
    expect(c.fullState).toBe('connected.syncing');
  });

  it('[C8][C25] the failure of the very first list is said, and the wait that it asks for is kept over the join', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 60_000 });
    expect([c.state, c.failures.failure?.kind]).toEqual(['loading', 'rateLimited']);
    c.join();
    c.clock.increment(59_999);
    expect([c.state, c.started.syncSessions.length]).toEqual(['connected.retryWait', 1]);
    c.clock.increment(1);
    expect([c.fullState, c.started.syncSessions.length]).toEqual(['connected.syncing', 2]);
  });

  it('[C8] a list that arrives all the same ends the wait for lists that the server asked for', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 3_600_000 });
    c.send('refresh');
    c.fold();
    if (c.link !== 'authorizing') c.awaitAttempt();
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.syncing');
  });

  it('[C8] a list that lacked a token is asked for as soon as there is one', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'tokenPending' });
    expect([c.fullState, c.link]).toEqual(['polling.offline', 'authorizing']);
    c.grantToken();
    expect(c.fullState).toBe('polling.refreshing');
  });

  it('[C4][C9] a wait that the server asked for is kept though lists arrive and somebody looks', () => {
    const c = startConnection();
    c.goLive();
    c.tell('openChannel', { type: 'channel.lost', failure: failure('closed', { retryAfterMs: 20_000 }) });
    c.send('refresh');
    c.fold();
    expect([c.state, c.link]).toEqual(['polling.fresh', 'waiting']);
    c.clock.increment(19_999);
    expect(c.link).toBe('waiting');
    c.clock.increment(1);
    expect(c.link).toBe('authorizing');
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
    expect(c.fullState).toBe('polling.refreshing');
  });

  it('[C8][C19] a try under way does not take back that the last list failed', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    const states = c.watchStates();
    c.failSnapshot({ kind: 'unreachable' });
    c.send('refresh');
    c.failSnapshot({ kind: 'unreachable' });
    c.send('refresh');
    c.attempt();
    c.join();
    c.failSnapshot();
    c.send('refresh');
    expect(c.fullState).toBe('connected.syncing');
    c.fold();
    expect(states).toEqual(['polling.offline', 'connected.syncing', 'connected.retryWait', 'connected.live']);
  });

  it('[C8] says offline when the list does not arrive either, and recovers', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.failSnapshot({ kind: 'unreachable' });
    expect(c.state).toBe('polling.offline');
    c.tell('watchHost', { type: 'network.changed' });
    expect(c.fullState).toBe('polling.refreshing');
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
    if (c.fullState !== 'polling.refreshing') c.send('refresh');
    c.fold();
    expect(c.link).toBe('authorizing');
  });
});

describe('refusal', () => {
  const refusal = failure('notCodeMySpec');

  it('[C17][F5] a server that never answered as CodeMySpec is refused, in its own state', () => {
    for (const kind of ['invalidAddress', 'insecureAddress', 'incompatible'] as const) {
      const c = startConnection();
      c.send('connect');
      c.grantToken();
      c.tell('syncSessions', { type: 'server.refused', failure: failure(kind) });
      expect([c.state, c.failures.failure?.kind, c.running('openChannel')]).toEqual([
        'invalidServer',
        kind,
        0,
      ]);
    }
  });

  it('[C17] what answers in place of a server that there is an account for stands between: offline', () => {
    const c = startConnection();
    c.send('connect');
    c.grantToken();
    c.tell('syncSessions', { type: 'server.refused', failure: refusal });
    expect(c.state).toBe('loading');
    c.clock.increment(4_000);
    c.tell('syncSessions', { type: 'server.refused', failure: refusal });
    expect([c.state, c.failures.failure?.kind]).toEqual(['polling.offline', 'notCodeMySpec']);
  });

  it('[C17][C30] what does not answer as CodeMySpec where there is no account is refused at once', () => {
    const c = startConnection();
    c.send('connect');
    c.tell('fetchToken', { type: 'server.refused', failure: refusal });
    expect([c.state, c.failures.failure?.kind]).toEqual(['invalidServer', 'notCodeMySpec']);
  });

  it('[C17] a server that answered before and is of no known version now is not refused', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.tell('syncSessions', { type: 'server.refused', failure: failure('incompatible') });
    expect([c.state, c.failures.failure?.kind]).toEqual(['connected.retryWait', 'incompatible']);
  });

  it('[C17] a web page from a server that answered before is a passing failure', () => {
    const c = startConnection();
    c.goPolling();
    c.send('refresh');
    c.tell('syncSessions', { type: 'server.refused', failure: refusal });
    expect(c.state).toBe('polling.offline');
  });

  it('[C17] is looked at again now and then, at a changed network and on demand', () => {
    const ways: ((c: ReturnType<typeof startConnection>) => void)[] = [
      (c) => c.clock.increment(5 * 60_000),
      (c) => c.tell('watchHost', { type: 'network.changed' }),
      (c) => c.send('reconnect'),
      (c) => c.send('refresh'),
      (c) => c.send('serverChanged'),
    ];
    for (const way of ways) {
      const c = startConnection();
      c.send('connect');
      c.tell('fetchToken', { type: 'server.refused', failure: failure('insecureAddress') });
      expect(c.state).toBe('invalidServer');
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
  actor.send({ type: 'connect' });
  expect(String(await error)).toMatch('without its actor "watchHost"');
});

describe('a planned restart', () => {
  const restart = (c: ReturnType<typeof startConnection>) => c.lose('restarting');

  it('[C24][H7] is followed by a first attempt in a slot of 5 s, where a single drop is mended at once', () => {
    const c = startConnection({ slot: 0.8 });
    c.goLive();
    restart(c);
    c.clock.increment(3_999);
    expect(c.link).toBe('waiting');
    c.clock.increment(1);
    expect(c.link).toBe('authorizing');
    c.attempt();
    c.join();
    c.clock.increment(10_000);
    c.fold();
    c.lose('unreachable');
    c.clock.increment(250);
    expect(c.link).toBe('authorizing');
  });

  it('[C24][H7] the list after the join waits for a slot of 10 s, and nothing is claimed meanwhile', () => {
    const c = startConnection({ slot: 0.8 });
    c.goLive();
    const lists = c.started.syncSessions.length;
    restart(c);
    c.clock.increment(4_000);
    c.attempt();
    c.join();
    c.clock.increment(3_999);
    expect([c.state, c.started.syncSessions.length]).toEqual(['connected.retryWait', lists]);
    c.clock.increment(1);
    expect([c.state, c.started.syncSessions.length]).toEqual(['connected.syncing', lists + 1]);
    c.fold();
    expect(c.state).toBe('connected.live');
  });

  it('[C24] the grace begins with the slot, and the first poll takes that of the list', () => {
    const c = startConnection({ slot: 0.99 });
    c.goLive();
    restart(c);
    c.clock.increment(8_900);
    expect(c.state).toBe('reconnecting');
    c.clock.increment(100);
    expect(c.state).toBe('polling.waiting');
    c.clock.increment(900);
    expect(c.state).toBe('polling.refreshing');
  });

  it('[C24] attempts that come before the server is back are followed by waits of up to 12 s, then longer', () => {
    const c = startConnection({ slot: 0.1, random: 0.999 });
    c.goLive();
    restart(c);
    const waits = Array.from({ length: 8 }, () => {
      let waited = 0;
      while (c.link === 'waiting') {
        c.clock.increment(100);
        waited += 100;
      }
      c.attempt();
      c.lose('unreachable');
      return waited;
    });
    expect(waits).toEqual([500, 12_000, 12_000, 12_000, 12_000, 12_000, 16_000, 30_000]);
  });

  it('[C24] a list after a join that took several attempts has a slot of its own', () => {
    const c = startConnection({ slot: 0.5 });
    c.goLive();
    restart(c);
    c.clock.increment(2_500);
    c.attempt();
    c.lose('unreachable');
    for (let n = 0; n < 60; n += 1) c.clock.increment(100);
    if (c.fullState === 'polling.refreshing') c.failSnapshot({ kind: 'unreachable' });
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(6_999);
    expect(c.state).toBe('connected.retryWait');
    c.clock.increment(1);
    expect(c.state).toBe('connected.syncing');
  });

  it('[C24] Retry-After wins, and so does a command', () => {
    const c = startConnection({ slot: 0.1 });
    c.goLive();
    c.tell('openChannel', { type: 'channel.lost', failure: failure('restarting', { retryAfterMs: 20_000 }) });
    c.clock.increment(19_999);
    expect(c.link).toBe('waiting');
    c.send('reconnect');
    c.attempt();
    c.join();
    expect(c.state).toBe('connected.syncing');
    c.fold();
    restart(c);
    c.send('refresh');
    expect(c.state).toBe('polling.refreshing');
  });
});

describe('what is said', () => {
  it('[C25] of both, the failure of the link explains why there is no link', () => {
    const c = startConnection();
    c.goLive();
    c.send('refresh');
    c.failSnapshot();
    c.lose();
    expect([c.state, c.failures]).toEqual([
      'reconnecting',
      { failure: failure('closed'), linkFailure: failure('closed'), listFailure: failure('serverError') },
    ]);
  });

  it('[C8][C25] why the lists have to wait is still said once joined', () => {
    const c = startConnection();
    c.send('connect');
    c.attempt();
    c.failSnapshot({ kind: 'rateLimited', retryAfterMs: 60_000 });
    c.join();
    const listFailure = failure('serverError', { kind: 'rateLimited', retryAfterMs: 60_000 });
    expect([c.state, c.failures]).toEqual([
      'connected.retryWait',
      { failure: listFailure, linkFailure: undefined, listFailure },
    ]);
  });

  it('[C25] a failure of the lists does not hide one of the link, nor the other way round', () => {
    const c = startConnection();
    c.goPolling();
    c.awaitAttempt();
    c.attempt();
    c.tell('openChannel', { type: 'channel.lost', failure: failure('joinRefused') });
    if (c.fullState !== 'polling.refreshing') c.send('refresh');
    c.failSnapshot();
    expect([c.failures.linkFailure?.kind, c.failures.listFailure?.kind]).toEqual([
      'joinRefused',
      'serverError',
    ]);
    expect(c.failures.failure?.kind).toBe('serverError');
    c.send('refresh');
    c.fold();
    expect([c.failures.failure?.kind, c.failures.listFailure]).toEqual(['joinRefused', undefined]);
  });

  it('[C25] what is live has no failure', () => {
    const c = startConnection();
    c.goPolling();
    c.send('reconnect');
    c.goLive();
    expect(c.failures).toEqual({ failure: undefined, linkFailure: undefined, listFailure: undefined });
  });
});

it('[C27] nothing runs while nobody is signed in', () => {
  const c = startConnection();
  expect(c.running('watchHost')).toBe(0);
  c.goLive();
  expect(c.running('watchHost')).toBe(1);
  c.send('signOut');
  expect(c.running('watchHost')).toBe(0);
  c.send('connect');
  c.send('disconnect');
  expect(c.running('watchHost')).toBe(0);
});
