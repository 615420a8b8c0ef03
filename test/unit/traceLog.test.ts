import { and, createActor, setup, type InspectionEvent } from 'xstate';
import { expect, it } from 'vitest';
import { connectionMachine } from '../../machines/connectionMachine';
import { createLog, type LogLevel } from '../../src/log';
import { tracedGuards, traceLog } from '../../src/traceLog';
import { superviseConnection } from './machines/supervisorHarness';

const FAILURE = { kind: 'restarting', detail: 'nobody’s business' } as const;

function openLog(traced: boolean) {
  const lines: string[] = [];
  const asked: LogLevel[] = [];
  const log = createLog(
    {
      log: (level, line) => lines.push(`${level} ${line}`),
      isEnabled: (level) => {
        asked.push(level);
        return level !== 'trace' || traced;
      },
    },
    'Connection',
  );
  return { log, lines, asked, take: () => lines.splice(0).map((line) => line.replace(PREFIX, '')) };
}

const PREFIX = 'trace [Connection] ';

function start(traced = true) {
  const { log, ...seen } = openLog(traced);
  const guards = tracedGuards(connectionMachine.implementations.guards, log);
  const w = superviseConnection(traceLog(log), guards);
  w.whole.start();
  return { ...w, ...seen };
}

it('[C25] at trace a line tells each actor that starts, by id and source, and each event that is ignored', () => {
  expect(start().lines).toEqual([
    'trace [Connection] supervisor ignored connection.began',
    'trace [Connection] actor supervisor started',
    'trace [Connection] actor connection (connection) started',
    'trace [Connection] actor sessions (sessions) started',
  ]);
});

it('[C25] at trace a line tells each microstep, each outcome of a guard and each actor that stops', () => {
  const { send, goLive, tell, take } = start();
  send('connect');
  goLive();
  take();
  tell('openChannel', { type: 'channel.lost', failure: FAILURE });
  tell('watchHost', { type: 'clock.stalled' });
  send('disconnect');
  expect(take()).toEqual([
    'guard fitsNoServer is false',
    'guard isPlannedRestart is true',
    'guard isListCrash is false',
    'microstep on channel.lost: connection.active.link.open → connection.active.link.waiting',
    'microstep on link.down: connection.active.sync.connected → connection.active.sync.reconnecting',
    'guard isUnstable is false',
    'actor channel (openChannel) stopped',
    'actor 0.connection.active.sync.connected.live (completeSessions) stopped',
    'connection ignored clock.stalled',
    'guard isUnstable is false',
    'microstep on disconnect: supervisor.running stays',
    'microstep on disconnect: connection → connection.disconnected',
    'actor 0.connection.active (watchHost) stopped',
  ]);
});

it('[C25] a timer is named by its delay, and one line tells what both regions make of an event', () => {
  const { send, goLive, tell, clock, take } = start();
  const steps = () => take().filter((line) => line.startsWith('microstep'));
  send('connect');
  take();
  goLive();
  expect(steps()[0]).toBe(
    'microstep on token.granted: connection.active.link.authorizing → connection.active.link.open, ' +
      'connection.active.sync.authenticating → connection.active.sync.loading',
  );
  tell('openChannel', { type: 'channel.lost', failure: { kind: 'closed', detail: 'closed' } });
  take();
  clock.increment(4_000);
  expect(steps()).toEqual([
    'microstep on after.askedWait: connection.active.link.waiting stays',
    'microstep on after.backoff: connection.active.link.waiting → connection.active.link.authorizing',
    'microstep on after.grace: connection.active.sync.reconnecting → connection.active.sync.polling',
    'microstep on after.grace: connection.active.sync.polling.waiting → connection.active.sync.polling.refreshing',
  ]);
});

it('[V1] at trace a line tells each actor that fails', () => {
  const { send, goLive, breakNext, take } = start();
  send('connect');
  goLive();
  breakNext('fetchToken');
  take();
  send('reconnect');
  expect(take().filter((line) => line.endsWith('failed') || line.includes('xstate.error'))).toEqual([
    'actor 0.connection.active.link.authorizing (fetchToken) failed',
    'actor connection (connection) failed',
    'microstep on xstate.error.actor.connection: supervisor.running → supervisor.restarting',
  ]);
});

it('[X3] no line at trace holds what an event carries', () => {
  const { send, goLive, tell, upsert, lines } = start();
  send('connect');
  goLive();
  upsert('1', { said: 'nobody’s business' });
  tell('openChannel', { type: 'channel.lost', failure: FAILURE });
  expect(lines.filter((line) => line.includes('nobody'))).toEqual([]);
});

it('[D8] at another level nothing is composed of what XState tells', () => {
  const { send, goLive, lines } = start(false);
  send('connect');
  goLive();
  expect(lines).toEqual([]);
  const untouched = {
    type: '@xstate.microstep',
    get snapshot(): never {
      throw new Error('looked at');
    },
    get _transitions(): never {
      throw new Error('looked at');
    },
  } as unknown as InspectionEvent;
  const inspect = (traced: boolean) => traceLog(openLog(traced).log)(untouched);
  expect(() => inspect(false)).not.toThrow();
  expect(() => inspect(true)).toThrow('looked at');
});

it('[D8] a change of a session does not even ask for the level', () => {
  const { send, goLive, upsert, shown, asked } = start();
  send('connect');
  goLive();
  asked.length = 0;
  for (let id = 0; id < 100; id++) upsert(String(id));
  expect([shown().length, asked]).toEqual([100, []]);
});

it('[C25] a guard that tells its outcome takes params as before, and one made of others stays as it is', () => {
  const { log, take } = openLog(true);
  const machine = setup({
    guards: {
      isEven: (_, n: number) => n % 2 === 0,
      isSmall: (_, n: number) => n < 10,
      isSmallAndEven: and([
        { type: 'isEven', params: 4 },
        { type: 'isSmall', params: 12 },
      ]),
    },
  }).createMachine({
    initial: 'a',
    states: {
      a: {
        on: {
          go: [
            { guard: 'isSmallAndEven', target: 'b' },
            { guard: { type: 'isEven', params: 6 }, target: 'c' },
          ],
        },
      },
      b: {},
      c: {},
    },
  });
  const { guards } = machine.implementations;
  const actor = createActor(machine.provide({ guards: tracedGuards(guards, log) })).start();
  actor.send({ type: 'go' });
  expect([actor.getSnapshot().value, take()]).toEqual([
    'c',
    ['guard isEven is true', 'guard isSmall is false', 'guard isEven is true'],
  ]);
});
