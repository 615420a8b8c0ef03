import { afterEach, expect, it, vi } from 'vitest';
import type { WindowActivity } from '../../src/model/windowActivity';
import { fallbackState, listsOverRest } from './generation';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

let faulty: FaultyCore | undefined;
afterEach(async () => {
  await faulty?.stop();
  faulty = undefined;
});
const start = async (options?: FaultyCoreOptions) => {
  faulty = await startFaultyCore(options);
  await faulty.reach('connected.live');
  return faulty;
};

it.runIf(listsOverRest)(
  '[F1] sockets that open and stay silent lead to polling, and back to live',
  async () => {
    const { core, reach, liveAgain, control, proxy, differences } = await start();
    const end = proxy.inject({ kind: 'halfOpen', on: 'socket' });
    core.send('reconnect');
    await reach('polling.fresh');
    control.createSession(1);
    await core.refreshSessions();
    expect([core.status.state, differences()]).toEqual(['polling.fresh', []]);
    await liveAgain(() => {
      end();
      core.send('reconnect');
    });
  },
);

it.runIf(listsOverRest)('[F2] a rate limit is a reason to wait, told in plain words', async () => {
  const { core, reach, control } = await start();
  control.refuseUpgrades(true);
  control.dropSockets();
  await reach('polling.fresh');
  control.refuseUpgrades(503);
  control.failRest({ status: 429, retryAfterS: 30 });
  await core.refreshSessions();
  expect(core.status.state).toBe('polling.offline');
  expect(core.getAllSessions()).toHaveLength(3);
});

it.runIf(listsOverRest)(
  '[F3] nobody looks: the list gets older; somebody looks: a new one at once',
  async () => {
    let seen: WindowActivity = { focused: true, visible: true };
    const listeners = new Set<() => void>();
    const look = (next: WindowActivity) => {
      seen = next;
      for (const listener of listeners) listener();
    };
    const { reach, control, differences } = await start({
      windowActivity: {
        current: () => seen,
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    });
    look({ focused: false, visible: false });
    control.refuseUpgrades(true);
    control.dropSockets();
    await reach('polling.fresh');
    control.createSession(1);
    expect(differences()).toHaveLength(1);
    look({ focused: true, visible: true });
    await vi.waitFor(() => expect(differences()).toEqual([]));
  },
);

it('[C23] a user who comes back ends the wait for the next attempt', async () => {
  let seen: WindowActivity = { focused: false, visible: true };
  const listeners = new Set<() => void>();
  const { reach, liveAgain, links, control } = await start({
    random: () => 0.999,
    windowActivity: {
      current: () => seen,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  control.refuseUpgrades(503);
  control.dropSockets();
  await reach(fallbackState);
  // An attempt that is under way is refused all the same.
  await vi.waitFor(() => expect(links.at(-1)?.to).toBe('waiting'));
  control.refuseUpgrades(false);
  await liveAgain(() => {
    seen = { focused: true, visible: true };
    for (const listener of listeners) listener();
  }, 1_000);
});
