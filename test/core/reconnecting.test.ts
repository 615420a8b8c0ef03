import { afterEach, expect, it } from 'vitest';
import type { Id } from '../backend/world';
import { startFaultyCore, type FaultyCore } from './faultyCore';

let faulty: FaultyCore | undefined;
afterEach(() => faulty?.stop());
const start = async () => {
  faulty = await startFaultyCore();
  await faulty.reach('connected.live');
  return faulty;
};

it('[R4] whatever code closes the socket, it comes back with a new list', async () => {
  const { liveAgain, control, differences, states } = await start();
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
  const { core, liveAgain, control, proxy, differences } = await start();
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
  const { core, reach, liveAgain, control, proxy, differences } = await start();
  await liveAgain(() => {
    proxy.inject({ kind: 'reset' })();
    const end = proxy.inject({ kind: 'refuse' });
    control.createSession(1);
    void reach('polling.offline').then(end);
  });
  expect([core.status.failure, differences()]).toEqual([undefined, []]);
});
