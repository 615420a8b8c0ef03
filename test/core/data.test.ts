import { afterEach, expect, it, vi } from 'vitest';
import type { Id } from '../backend/world';
import { fallbackState, listsOverRest, ownJoins } from './generation';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

let faulty: FaultyCore | undefined;
afterEach(async () => {
  await faulty?.stop();
  faulty = undefined;
});
const start = async (options?: FaultyCoreOptions) => (faulty = await startFaultyCore(options));

/** Changes, ends and begins a session each, while answers that know nothing of it are on their way. */
function changeEverything({ control }: FaultyCore): void {
  const [first, second] = control.dump().sessions.map(({ id }) => id as Id);
  control.updateSession(first!, { status: 'complete' });
  control.deleteSession(second!);
  control.createSession(1);
}

it('[D1] what happens between the first list and the join is not lost', async () => {
  const own = await start();
  const { backend, control, reach, differences } = own;
  control.slowRest(150);
  await backend.until(() => control.stats().requests.length === 1);
  changeEverything(own);
  await reach('connected.live');
  expect(differences()).toEqual([]);
});

it('[D1] a list that was made before an event and arrives after it does not undo the event', async () => {
  const own = await start();
  const { backend, control, reach, differences } = own;
  control.slowRest(150);
  await backend.until(() => control.stats().joins.length === 1);
  const asked = control.stats().requests.length;
  await backend.until(() => control.stats().requests.length > asked);
  changeEverything(own);
  await reach('connected.live');
  expect(differences()).toEqual([]);
});

it.runIf(listsOverRest)(
  '[S17][D1] over a slow line what has come of the first list is shown, and what happens meanwhile is not lost',
  async () => {
    const own = await start({ sessions: 200 });
    const { core, proxy, reach, differences } = own;
    const end = proxy.inject({ kind: 'bandwidth', bytesPerSecond: 100_000 });
    const shown = () => core.getAllSessions().length;
    await vi.waitFor(() => expect(shown()).toBeGreaterThan(0), { timeout: 5_000, interval: 5 });
    expect(core.status).toMatchObject({ loaded: false });
    expect(shown()).toBeLessThan(200);
    changeEverything(own);
    end();
    await reach('connected.live');
    expect(differences()).toEqual([]);
  },
);

it('[D2] the same holds on a rejoin, and on a refresh', async () => {
  const own = await start();
  const { core, backend, control, reach, liveAgain, differences } = own;
  await reach('connected.live');
  control.slowRest(150);
  for (const act of [() => control.dropSockets(), () => core.send('refresh')]) {
    const asked = control.stats().requests.length;
    void backend.until(() => control.stats().requests.length > asked).then(() => changeEverything(own));
    await liveAgain(act);
    expect(differences()).toEqual([]);
  }
});

it('[D4] 50 reconnects leave nothing behind', async () => {
  const { core, reach, liveAgain, control, proxy } = await start();
  await reach('connected.live');
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const endings = [
    () => control.dropSockets(),
    () => control.crashChannel(),
    () => proxy.inject({ kind: 'reset', on: 'socket' })(),
    () => core.send('reconnect'),
    () => control.dropSockets({ code: 1012 }),
  ];
  const listeners = core.listenerCount;
  const [openSockets, openTimers] = [sockets(), timers()];
  for (let n = 0; n < 50; n += 1) await liveAgain(endings[n % endings.length]!);
  expect([core.listenerCount, control.stats().openSockets]).toEqual([listeners, 1]);
  // What one of the endings leaves behind is left ten times; the runner has timers of its own that come and go.
  const fewMore = 50 / endings.length / 2;
  await vi.waitFor(() => expect(sockets()).toBeLessThan(openSockets + fewMore), 5_000);
  await vi.waitFor(() => expect(timers()).toBeLessThan(openTimers + fewMore), 5_000);
});

it('[D7] a message that is too large, again after each join, leads to polling and not to a loop', async () => {
  const { core, reach, control, backend, differences } = await start({ random: () => 0.2 });
  await reach('connected.live');
  const joined = () => ownJoins(control.stats().joins).length;
  const length = joined();
  let closed = length - 1;
  await backend.until(() => {
    const joins = joined();
    if (joins > closed) {
      closed = joins;
      control.createSession(1);
      control.dropSockets({ code: 1009 });
    }
    return core.status.state === fallbackState;
  });
  expect(joined() - length).toBeLessThanOrEqual(6);
  if (!listsOverRest) await reach('connected.live');
  expect(differences()).toEqual([]);
});

it('[D11] a burst of updates through losses and crashes ends equal to the server', async () => {
  const { core, reach, liveAgain, control, differences } = await start({ sessions: 50 });
  await reach('connected.live');
  const burst = control.burst({ perSecond: 1_000, seconds: 2 });
  await liveAgain(() => control.dropSockets());
  const [first] = control.dump().sessions;
  control.deleteSession(first!.id as Id);
  await liveAgain(() => control.crashChannel());
  control.slowRest(100);
  await liveAgain(() => core.send('refresh'));
  control.slowRest(0);
  await liveAgain(() => control.dropSockets({ code: 1012 }));
  expect(await burst).toEqual({ sent: 2_000 });
  await vi.waitFor(() => expect(differences()).toEqual([]), { timeout: 2_000, interval: 5 });
});

it.runIf(listsOverRest)(
  '[D12] events of all projects, lists of one: no session is lost, none shown twice',
  async () => {
    const { core, reach, liveAgain, backend, control, proxy, differences } = await start();
    await reach('connected.live');
    const [kept, ended, gone] = [1, 2, 3].map(() => control.createSession(1, { project_id: 102 }).id);
    await vi.waitFor(() => expect(core.getAllSessions()).toHaveLength(6));
    await liveAgain(() => {
      proxy.inject({ kind: 'reset' })();
      control.updateSession(ended!, { status: 'complete' });
      control.deleteSession(gone!);
    });
    expect([differences(), core.getAllSessions().length]).toEqual([[], 5]);
    control.setActiveProject(1, 102);
    await core.refreshSessions();
    expect([differences(), core.getAllSessions().length]).toEqual([[], 5]);
    expect(core.getSession(String(kept))?.project?.name).toBe('Project 102');
    control.setActiveProject(1, null);
    await liveAgain(() => {
      const failed = () => control.stats().requests.some(({ status }) => status === 500);
      void backend.until(failed).then(() => control.setActiveProject(1, 101));
      core.send('refresh');
    });
    expect([differences(), core.getAllSessions().length]).toEqual([[], 5]);
  },
);

it.runIf(listsOverRest).each([500, 429])(
  '[D12][S10] a session that is answered %i is shown as of its time, until it is told',
  async (status) => {
    const { core, reach, liveAgain, control, differences } = await start();
    await reach('connected.live');
    const before = Date.now();
    const { id } = control.createSession(1, { project_id: 102 });
    await vi.waitFor(() => expect(core.getSession(String(id))?.project?.name).toBe('Project 102'));
    control.failRest({ status, path: '/api/sessions/:id', times: 1 });
    await liveAgain(() => {
      control.dropSockets();
      control.deleteSession(id);
    });
    const freshness = core.getFreshness(String(id));
    expect([freshness?.kind, differences()]).toEqual(['stale', [`${id} is shown, but gone`]]);
    expect(freshness?.kind === 'stale' && freshness.confirmedAt).toBeGreaterThanOrEqual(before);
    await core.refreshSessions();
    expect(differences()).toEqual([]);
  },
);

it.runIf(listsOverRest)(
  '[S11][D12] 1,204 sessions that come at once have their project and component within seconds, for a few lists',
  async () => {
    const { core, reach, control, differences } = await start();
    await reach('connected.live');
    const asked = control.stats().requests.length;
    for (let n = 0; n < 1_204; n += 1) control.createSession(1, { component_id: (n % 4) + 1 });
    await vi.waitFor(() => expect(core.getAllSessions()).toHaveLength(1_207), {
      timeout: 5_000,
      interval: 5,
    });
    await vi.waitFor(() => expect(differences()).toEqual([]), { timeout: 5_000, interval: 20 });
    const requests = control.stats().requests.slice(asked);
    expect(requests.length).toBeLessThanOrEqual(15);
    expect(core.status.state).toBe('connected.live');
  },
);

it('[S11] a session that moves to another component is shown with it', async () => {
  const { core, reach, control, differences } = await start();
  await reach('connected.live');
  const { id } = control.createSession(1, { component_id: 1 });
  await vi.waitFor(() => expect(core.getSession(String(id))?.component?.name).toBe('Component1'));
  control.updateSession(id, { component_id: 2 });
  await vi.waitFor(() => expect(core.getSession(String(id))?.component?.name).toBe('Component2'));
  control.updateSession(id, { component_id: null });
  await vi.waitFor(() => expect(differences()).toEqual([]));
});

it.runIf(listsOverRest)('[S11] what cannot be completed ends the word live until it can', async () => {
  const { core, reach, control, backend, differences, states } = await start();
  await reach('connected.live');
  control.failRest({ status: 503 });
  control.createSession(1);
  await reach('connected.retryWait');
  const asked = control.stats().requests.length;
  await backend.until(() => control.stats().requests.length > asked);
  control.healRest();
  await reach('connected.live');
  expect([differences(), states().filter((state) => state === 'reconnecting')]).toEqual([[], []]);
  expect(core.getAllSessions()).toHaveLength(4);
});

it.runIf(listsOverRest)(
  '[H4][S10] 120 sessions outside the list cost at most 50 look-ups a list, and none twice',
  async () => {
    const { core, reach, liveAgain, control, differences } = await start();
    await reach('connected.live');
    for (let n = 0; n < 120; n += 1) control.createSession(1, { project_id: 102 });
    await vi.waitFor(() => expect(core.getAllSessions()).toHaveLength(123));
    control.setActiveProject(1, 102);
    await core.refreshSessions();
    control.setActiveProject(1, 101);
    await vi.waitFor(() => expect(differences()).toEqual([]));
    const lookups = (from: number) =>
      control
        .stats()
        .requests.slice(from)
        .filter(({ route }) => route === 'GET /api/sessions/:id')
        .map(({ url }) => url);
    const stale = () => core.getAllSessions().filter(({ id }) => core.getFreshness(id)).length;
    const from = control.stats().requests.length;
    await liveAgain(() => control.dropSockets());
    expect([lookups(from).length, stale()]).toEqual([50, 70]);
    await core.refreshSessions();
    const asked = lookups(from).length;
    expect([asked <= 100, stale()]).toEqual([true, 120 - asked]);
    await core.refreshSessions();
    const all = lookups(from);
    expect(new Set(all).size).toBe(all.length);
  },
);

it.runIf(listsOverRest)('[S12] ids that the server answers with 400 are gone', async () => {
  const { core, reach, liveAgain, control, differences } = await start();
  await reach('connected.live');
  const ids = [1, 2, 3].map(() => control.createSession(1, { project_id: 102 }).id);
  await vi.waitFor(() => expect(core.getAllSessions()).toHaveLength(6));
  control.failRest({ status: 400, path: '/api/sessions/:id' });
  await liveAgain(() => {
    control.dropSockets();
    ids.forEach((id) => control.deleteSession(id));
  });
  expect([differences(), core.getAllSessions().length]).toEqual([[], 3]);
});
