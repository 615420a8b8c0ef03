import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '../../src/log';
import { guarded, transitionLog, unfailing, type Transition } from '../../src/transitionLog';
import { superviseConnection } from './machines/supervisorHarness';

afterEach(() => {
  vi.restoreAllMocks();
});

function start(isHeard = true) {
  const lines: string[] = [];
  const log = createLog({ log: (level, line) => lines.push(`${level} ${line}`) }, 'Connection');
  const transitions: Transition[] = [];
  const links: Transition[] = [];
  const listeners = {
    onTransition: (transition: Transition) => transitions.push(transition),
    onLinkTransition: (transition: Transition) => links.push(transition),
  };
  let now = () => 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => now());
  const w = superviseConnection(isHeard ? transitionLog(log, listeners) : transitionLog(log));
  now = () => 1_000 + w.clock.now();
  w.whole.start();
  return { ...w, lines, transitions, links };
}

it('[C25] every change of what users see is told with the event that caused it', () => {
  const { send, goLive, tell, clock, fail, transitions } = start();
  send('connect');
  goLive();
  const failure = { kind: 'closed', detail: 'the server closed' } as const;
  tell('openChannel', { type: 'channel.lost', failure });
  clock.increment(4_000);
  fail();
  clock.increment(500);
  expect(transitions).toEqual([
    { from: 'disconnected', to: 'authenticating', event: 'connect' },
    { from: 'authenticating', to: 'loading', event: 'token.granted' },
    { from: 'loading', to: 'connected.syncing', event: 'channel.joined' },
    { from: 'connected.syncing', to: 'connected.live', event: 'snapshot.folded' },
    { from: 'connected.live', to: 'reconnecting', event: 'channel.lost' },
    { from: 'reconnecting', to: 'polling.refreshing', event: 'after.grace' },
    { from: 'polling.refreshing', to: 'restarting', event: 'connection.failed' },
    { from: 'restarting', to: 'disconnected', event: 'xstate.init' },
    { from: 'disconnected', to: 'authenticating', event: 'connect' },
  ]);
});

it('[V1][C25] a command that a bug ends is told as the failure that it is', () => {
  const { breakNext, send, transitions } = start();
  breakNext('fetchToken');
  send('connect');
  expect(transitions).toEqual([
    { from: 'disconnected', to: 'authenticating', event: 'connect' },
    { from: 'authenticating', to: 'restarting', event: 'xstate.error.actor.connection' },
  ]);
});

it('[C1] every change of the link is told apart from those', () => {
  const { send, goLive, links } = start();
  send('connect');
  goLive();
  send('disconnect');
  expect(links).toEqual([
    { from: 'none', to: 'authorizing', event: 'connect' },
    { from: 'authorizing', to: 'open.joining', event: 'token.granted' },
    { from: 'open.joining', to: 'open.joined', event: 'channel.joined' },
    { from: 'open.joined', to: 'none', event: 'disconnect' },
  ]);
});

it('[C25] each is one line, with the attempt, how long it lasted, and the failure the first time; the link’s own are at debug', () => {
  const { send, goLive, tell, clock, lines } = start();
  send('connect');
  goLive();
  lines.length = 0;
  clock.increment(2_000);
  tell('openChannel', { type: 'channel.lost', failure: { kind: 'closed', detail: 'the server closed' } });
  clock.increment(4_000);
  expect(lines).toEqual([
    'debug [Connection] link open.joined → waiting on channel.lost, attempt 1',
    'info [Connection] connected.live → reconnecting on channel.lost, attempt 1, after 2000 ms (the server closed)',
    'debug [Connection] link waiting → authorizing on after.backoff, attempt 1',
    'info [Connection] reconnecting → polling.refreshing on after.grace, attempt 1, after 4000 ms',
  ]);
});

it('[C25] nobody needs to listen', () => {
  const { send, lines } = start(false);
  send('connect');
  expect(lines).toEqual([
    'debug [Connection] link none → authorizing on connect, attempt 0',
    'info [Connection] disconnected → authenticating on connect, attempt 0, after 0 ms',
  ]);
});

it('[D10] a log that fails harms only itself', () => {
  const taken: string[] = [];
  const sink = unfailing({
    log: (level, line) => {
      if (line !== 'a line') throw new Error('a full disk');
      taken.push(`${level} ${line}`);
    },
    isEnabled: (level) => level === 'warn',
  });
  for (const line of ['a line too many', 'a line']) sink.log('warn', line);
  expect(taken).toEqual(['warn a line']);
  expect([sink.isEnabled?.('warn'), sink.isEnabled?.('info')]).toEqual([true, false]);
});

it('[V1] a watcher that fails harms only itself, and is written down', () => {
  const lines: string[] = [];
  const log = createLog({ log: (level, line) => lines.push(`${level} ${line}`) }, 'Connection');
  const seen: number[] = [];
  const watch = guarded<number>(log, (each) => {
    seen.push(each);
    if (each === 2) throw new Error('on purpose');
  });
  [1, 2, 3].forEach(watch);
  expect([seen, lines[0]]).toEqual([[1, 2, 3], 'error [Connection] a watcher failed: on purpose']);
});
