import { afterEach, expect, it, vi } from 'vitest';
import { startBackendProcess } from '../backend/startBackendProcess';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';
import { startStallMeter } from './stallMeter';
import { startCore } from './startedCore';

const STALL_LIMIT_MS = 50;

let faulty: FaultyCore | undefined;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await faulty?.stop();
  faulty = undefined;
});
const start = async (options?: FaultyCoreOptions) => (faulty = await startFaultyCore(options));

/** Changes, ends and begins a session each, while answers that know nothing of it are on their way. */
function changeEverything({ control }: FaultyCore): void {
  const [first, second] = control.dump().sessions.map(({ id }) => id as number);
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
  await vi.waitFor(() => expect(sockets()).toBeLessThanOrEqual(openSockets));
  await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(openTimers));
});

it('[D7] a message that is too large, again after each join, leads to polling and not to a loop', async () => {
  const { core, reach, control, backend, differences } = await start({ random: () => 0.2 });
  await reach('connected.live');
  const { length } = control.stats().joins;
  let closed = length - 1;
  await backend.until(() => {
    const joins = control.stats().joins.length;
    if (joins > closed) {
      closed = joins;
      control.createSession(1);
      control.dropSockets({ code: 1009 });
    }
    return core.status.state === 'polling.fresh';
  });
  expect(control.stats().joins.length - length).toBeLessThanOrEqual(6);
  expect(differences()).toEqual([]);
});

it('[D11] a burst of updates through losses and crashes ends equal to the server', async () => {
  const { core, reach, liveAgain, control, differences } = await start({ sessions: 50 });
  await reach('connected.live');
  const burst = control.burst({ perSecond: 1_000, seconds: 2 });
  await liveAgain(() => control.dropSockets());
  const [first] = control.dump().sessions;
  control.deleteSession(first!.id as number);
  await liveAgain(() => control.crashChannel());
  control.slowRest(100);
  await liveAgain(() => core.send('refresh'));
  control.slowRest(0);
  await liveAgain(() => control.dropSockets({ code: 1012 }));
  expect(await burst).toEqual({ sent: 2_000 });
  await vi.waitFor(() => expect(differences()).toEqual([]), { timeout: 2_000, interval: 5 });
});

it('[D12] events of all projects, lists of one: no session is lost, none shown twice', async () => {
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
});

it('[D12] a session that cannot be asked for is not shown as live', async () => {
  const { core, reach, liveAgain, control, differences } = await start();
  await reach('connected.live');
  const { id } = control.createSession(1, { project_id: 102 });
  await vi.waitFor(() => expect(core.getAllSessions()).toHaveLength(4));
  control.failRest({ status: 500, path: '/api/sessions/:id', times: 1 });
  await liveAgain(() => {
    control.dropSockets();
    control.deleteSession(id);
  });
  expect(differences()).toEqual([]);
});

it('[D8] 5 MB of output are shown, and the event loop turns meanwhile', async () => {
  const { core, server } = await startApart();
  const stdout = 'x'.repeat(5_000_000);
  let shortest = Infinity;
  for (let attempt = 0; attempt < 3 && shortest > STALL_LIMIT_MS; attempt += 1) {
    const { id } = await server.control('createSession');
    await server.control('addInteraction', id);
    const body = Buffer.from(JSON.stringify([id, { stdout }]));
    const stop = startStallMeter();
    const answer = fetch(server.controlUrl('completeInteraction'), { method: 'POST', body });
    await vi.waitFor(
      () => expect(core.getSession(String(id))?.interactions[0]?.result?.stdout?.length).toBe(stdout.length),
      { timeout: 10_000, interval: 5 },
    );
    shortest = Math.min(shortest, stop());
    await (await answer).body?.cancel();
  }
  expect(shortest).toBeLessThanOrEqual(STALL_LIMIT_MS);
});

it('10,000 sessions are loaded without a stall of the event loop above 50 ms', async () => {
  const { core, reach, server } = await startApart();
  await server.control('bulk', 10_000);
  core.send('disconnect');
  let shortest = Infinity;
  for (let attempt = 0; attempt < 3 && shortest > STALL_LIMIT_MS; attempt += 1) {
    core.send('signOut');
    expect(core.getAllSessions()).toHaveLength(0);
    const stop = startStallMeter();
    core.send('connect');
    await reach('connected.live');
    shortest = Math.min(shortest, stop());
    expect(core.getAllSessions().length).toBeGreaterThanOrEqual(10_000);
  }
  expect(shortest).toBeLessThanOrEqual(STALL_LIMIT_MS);
});

/** The server in its own process, so that only the core's own work is measured. */
async function startApart() {
  const server = await startBackendProcess();
  closing.push(() => server.stop());
  const started = startCore({ url: server.url, issueToken: () => server.token });
  closing.push(() => started.core.dispose());
  await started.reach('connected.live');
  return { ...started, server };
}
