import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { GenerationName } from '../backend/generations/generations';
import type { Id } from '../backend/world';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

const NOTICED_MS = 20_000;

const running: FaultyCore[] = [];
const start = async (options?: FaultyCoreOptions) => {
  const faulty = await startFaultyCore(options);
  running.push(faulty);
  await faulty.reach('connected.live');
  return faulty;
};

describe.each<GenerationName>(['1', '2', '2-late', '3', 'next'])(
  'a server of generation %s',
  (generation) => {
    afterEach(stopAll);

    it('[R4] whatever code closes the socket, it comes back with a new list', async () => {
      const { liveAgain, control, differences, states } = await start({ backend: { generation } });
      for (const code of [1000, 1001, 1002, 1006, 1008, 1011, 1012, 1013, 4000]) {
        await liveAgain(() => {
          control.dropSockets({ code });
          control.createSession(1);
        });
        expect([code, differences()]).toEqual([code, []]);
      }
      expect(states().slice(0, 7)).toEqual([
        'authenticating',
        'loading',
        'connected.syncing',
        'connected.live',
        'reconnecting',
        'connected.syncing',
        'connected.live',
      ]);
    });

    it('[R4][D10] a connection reset or cut in the middle of a frame is a loss like any other', async () => {
      const { core, liveAgain, control, proxy, differences } = await start({ backend: { generation } });
      const [{ id }] = control.dump().sessions as [{ id: Id }];
      for (const afterBytes of [0, 1, 200]) {
        await liveAgain(() => {
          const end = proxy.inject({ kind: 'cut', on: 'socket', afterBytes });
          control.updateSession(id, { state: { text: 'x'.repeat(2_000) } });
          const unsubscribe = core.onConnectionUpdate(() => {
            end();
            unsubscribe();
          });
        });
        expect(differences()).toEqual([]);
      }
      await liveAgain(() => proxy.inject({ kind: 'reset' })());
      expect(differences()).toEqual([]);
    });

    it('[R3] a server that restarts is found again on its own', async () => {
      const { core, reach, liveAgain, control, proxy, differences } = await start({
        backend: { generation },
      });
      await liveAgain(() => {
        proxy.inject({ kind: 'reset' })();
        const end = proxy.inject({ kind: 'refuse' });
        control.createSession(1);
        void reach('polling.offline').then(end);
      });
      expect([core.status.failure, differences()]).toEqual([undefined, []]);
    });
  },
);

describe('one at a time', () => {
  afterEach(stopAll);

  it('[R7] a pooled REST connection that died unnoticed holds up no new list', async () => {
    const { liveAgain, control, proxy, differences } = await start();
    proxy.inject({ kind: 'halfOpen', on: 'rest', reach: 'existing' });
    await liveAgain(() => {
      control.crashChannel();
      control.createSession(1);
    }, 2_000);
    expect(differences()).toEqual([]);
  });

  it('[R6] a user who reconnects gets out of a half-open link at once', async () => {
    const { liveAgain, core, control, proxy, differences } = await start();
    proxy.inject({ kind: 'halfOpen', reach: 'existing' });
    control.createSession(1);
    await liveAgain(() => core.send('reconnect'), 2_000);
    expect(differences()).toEqual([]);
  });

  it('[R8] after sleep the dead link is replaced within 3 s and the list is new', async () => {
    const { liveAgain, control, proxy, differences, transitions } = await start();
    proxy.inject({ kind: 'halfOpen', reach: 'existing' });
    control.createSession(1);
    const wake = Date.now() + 3_600_000;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => wake);
    await liveAgain(() => {}, 3_000);
    clock.mockRestore();
    expect(differences()).toEqual([]);
    const causes = transitions.map(({ to, event }) => `${to} on ${event}`);
    expect(causes).toContain('connected.syncing on clock.jumped');
    expect(causes).toContain('reconnecting on check.expired');
  });

  it('[R8][C15] after sleep a link that still answers stays, with a new list', async () => {
    const { liveAgain, control, differences, states } = await start();
    control.createSession(1);
    const wake = Date.now() + 3_600_000;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => wake);
    await liveAgain(() => {}, 3_000);
    clock.mockRestore();
    expect([differences(), states().includes('reconnecting'), control.stats().upgrades.length]).toEqual([
      [],
      false,
      1,
    ]);
  });

  it('[C15] a blocked host takes itself for nothing worse, and keeps its link', async () => {
    const { control, differences, states } = await start();
    const before = states().length;
    const pings = control.stats().requests.length;
    const until = performance.now() + 6_500;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([states().slice(before), differences(), control.stats().upgrades.length]).toEqual([[], [], 1]);
    expect(control.stats().requests.length).toBe(pings);
  });

  it('[R5][J3] a disconnect closes the socket for good', async () => {
    const { core, control, backend, reach, proxy } = await start();
    core.send('disconnect');
    await backend.until(() => control.stats().openSockets === 0);
    expect([core.status.state, core.getAllSessions().length]).toEqual(['disconnected', 3]);
    const { upgrades } = control.stats().counts;
    core.send('connect');
    await reach('connected.live');
    expect([control.stats().counts.upgrades, control.stats().openSockets]).toEqual([upgrades + 1, 1]);
    await vi.waitFor(() => expect(proxy.stats().open).toBeLessThanOrEqual(2));
  });
});

describe.concurrent('in real time', () => {
  afterAll(stopAll);

  it('[R7] a link that swallows everything is noticed within 20 s', async () => {
    const own = await start();
    const { control, proxy, reach, differences } = own;
    proxy.inject({ kind: 'halfOpen', reach: 'existing' });
    control.createSession(1);
    await lost(own);
    await reach('connected.live');
    expect(differences()).toEqual([]);
  });

  it('[R7][R9] so is one that still brings events while nothing of ours arrives', async () => {
    const own = await start();
    const { core, control, proxy } = own;
    proxy.inject({ kind: 'halfOpen', reach: 'existing', direction: 'up' });
    let heard = 0;
    core.onSessionsUpdate(() => (heard += 1));
    void control.burst({ perSecond: 20, seconds: NOTICED_MS / 1000 });
    await lost(own);
    expect(heard).toBeGreaterThan(20);
  });
});

const lost = ({ states }: FaultyCore) =>
  vi.waitFor(() => expect(states()).toContain('reconnecting'), NOTICED_MS);

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((faulty) => faulty.stop()));
}
