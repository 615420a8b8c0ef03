import { assign } from 'xstate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { connectionMachine } from '../../machines/connectionMachine';
import { sessionsLogic } from '../../machines/sessions';
import { RestClient } from '../../src/http/restClient';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import { Waits } from '../../src/waits';
import { crashesOnCreated, listsOverRest } from './generation';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

const CLAIM_WITHDRAWN_MS = 1_000;
const PLANTED = 'planted on purpose';

let faulty: FaultyCore | undefined;
let planted = false;
const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => uncaught.push(error);
process.on('uncaughtException', onUncaught);

afterEach(async () => {
  planted = false;
  vi.restoreAllMocks();
  await faulty?.stop();
  faulty = undefined;
  expect(uncaught.splice(0)).toEqual([]);
});

/** Throws once, as soon as it is planted. */
function bug(): void {
  if (!planted) return;
  planted = false;
  throw new Error(PLANTED);
}
const plant = () => (planted = true);

/** Puts the bug before what an object does under that name. */
function plantIn<T extends object>(object: T, name: keyof T): void {
  const original = object[name] as (...args: unknown[]) => unknown;
  vi.spyOn(object, name as never).mockImplementation(function (this: unknown, ...args: unknown[]) {
    bug();
    return original.apply(this, args);
  } as never);
}

interface Place {
  readonly options?: () => FaultyCoreOptions;
  /** Before the core is made. */
  readonly prepare?: () => void;
  /** Leads to the planted bug. */
  readonly lead: (own: FaultyCore) => void;
}

const { guards, actions } = connectionMachine.implementations as unknown as Record<
  'guards' | 'actions',
  Record<string, object>
>;

const PLACES: Record<string, Place> = {
  'the fold of an event': {
    prepare: () => plantIn(sessionsLogic, 'transition'),
    lead: ({ control }) => control.createSession(1),
  },
  'a guard': {
    prepare: () => plantIn(guards, 'needsResync'),
    lead: ({ core }) => core.send('refresh'),
  },
  'an action': {
    prepare: () => {
      const beginning = assign(() => {
        bug();
        return { needsResync: false };
      });
      vi.spyOn(actions, 'clearNeedsResync', 'get').mockReturnValue(beginning);
    },
    lead: ({ core }) => core.send('refresh'),
  },
  'a delay': {
    options: () => ({
      random: () => {
        bug();
        return 0;
      },
    }),
    lead: ({ control }) => control.dropSockets(),
  },
  'the start of an actor': {
    prepare: () => plantIn(PhoenixChannelClient.prototype, 'open'),
    lead: ({ core }) => core.send('reconnect'),
  },
  'the end of an actor': {
    prepare: () => plantIn(PhoenixChannelClient.prototype, 'close'),
    lead: ({ core }) => core.send('reconnect'),
  },
  'the promise of an actor': {
    prepare: () => plantIn(RestClient.prototype, 'get'),
    lead: ({ core }) => core.send('refresh'),
  },
};
if (!listsOverRest) delete PLACES['the promise of an actor'];

describe.each(Object.entries(PLACES))('[V1][V3][H5] a bug in %s', (_name, { options, prepare, lead }) => {
  it('is written down with its stack, withdraws the claim to be live, and is over by itself', async () => {
    prepare?.();
    const own = (faulty = await startFaultyCore({ random: () => 0, ...options?.() }));
    await own.reach('connected.live');
    plant();
    lead(own);
    await vi.waitFor(() => expect(own.states()).toContain('restarting'), {
      timeout: CLAIM_WITHDRAWN_MS,
      interval: 5,
    });
    expect(own.core.getAllSessions().length).toBeGreaterThanOrEqual(3);
    const at = own.lines.findIndex((line) => line.startsWith('error') && line.includes(PLANTED));
    expect(own.lines[at + 1]).toMatch(/^error \[Connection\] +at /);
    await own.reach('connected.live');
    expect([own.differences(), own.states().includes('signedOut'), own.control.stats().openSockets]).toEqual([
      [],
      false,
      1,
    ]);
  });
});

it('[V1][D10][H5] a subscriber, a watcher and a log that fail harm nobody but themselves', async () => {
  let told = 0;
  const states: string[] = [];
  const own = (faulty = await startFaultyCore({
    random: () => 0,
    onTransition: ({ to }) => {
      states.push(to);
      bug();
    },
  }));
  await own.reach('connected.live');
  const fail = () => {
    throw new Error(PLANTED);
  };
  own.core.onConnectionUpdate(fail);
  own.core.onSessionsUpdate(fail);
  own.core.onSessionsUpdate(() => (told += 1));
  plant();
  own.control.dropSockets();
  own.control.createSession(1);
  await vi.waitFor(() => expect([told > 0, own.differences()]).toEqual([true, []]));
  await own.reach('connected.live');
  expect(states).toContain('connected.live');
  expect(states).not.toContain('restarting');
  const failures = own.lines.filter((line) => line.startsWith('error') && line.includes(PLANTED));
  expect(new Set(failures.map((line) => line.replace(/: .*/, '')))).toEqual(
    new Set([
      'error [SessionState] a subscriber to all sessions failed',
      'error [SessionState] a subscriber to the connection failed',
      'error [Connection] a watcher failed',
    ]),
  );
});

it.skipIf(crashesOnCreated)(
  '[V1][D10][H5] a bug in taking a frame is written down with its stack, needsResync, and the socket hears on',
  async () => {
    plantIn(PhoenixChannelClient.prototype as unknown as { onPush: unknown }, 'onPush');
    const own = (faulty = await startFaultyCore({ random: () => 0 }));
    await own.reach('connected.live');
    plant();
    await own.liveAgain(() => own.control.createSession(1));
    expect(own.transitions.some(({ event }) => event === 'channel.outOfSync')).toBe(true);
    const at = own.lines.findIndex((line) => line.startsWith('error') && line.includes(PLANTED));
    expect(own.lines[at + 1]).toMatch(/^error \[PhoenixChannel\] +at /);
    const { id } = own.control.createSession(1);
    await vi.waitFor(() => expect(own.core.getSession(String(id))).toBeDefined());
    await vi.waitFor(() => expect(own.differences()).toEqual([]), { timeout: 5_000 });
    expect([own.differences(), own.control.stats().upgrades.length]).toEqual([[], 1]);
  },
);

it('[V1][H5] a status that cannot be read is not claimed to be live', async () => {
  const own = (faulty = await startFaultyCore({ random: () => 0 }));
  plantIn(Waits.prototype, 'endIn');
  await own.reach('connected.live');
  plant();
  own.control.dropSockets();
  await vi.waitFor(() => expect(own.core.status.state).toBe('restarting'), { interval: 1 });
  await own.reach('connected.live');
  expect(own.differences()).toEqual([]);
});

it('[V2][V4][H5] the same bug again and again: stopped in plain words, every command works, signing out clears', async () => {
  let broken = false;
  const own = (faulty = await startFaultyCore({
    random: () => {
      if (broken) throw new Error(PLANTED);
      return 0;
    },
  }));
  await own.reach('connected.live');
  broken = true;
  own.control.dropSockets();
  await own.reach('stopped');
  expect([own.core.status.failure?.kind, own.core.getAllSessions().length]).toEqual(['internal', 3]);
  expect(own.control.stats().openSockets).toBe(0);
  own.core.send('reconnect');
  await own.reach('stopped');
  broken = false;
  own.core.send('refresh');
  await own.reach('connected.live');
  expect(own.differences()).toEqual([]);
  broken = true;
  own.control.dropSockets();
  await own.reach('stopped');
  own.core.send('signOut');
  expect([own.core.status.state, own.core.getAllSessions()]).toEqual(['signedOut', []]);
});
