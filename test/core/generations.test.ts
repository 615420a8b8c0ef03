import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GenerationName } from '../backend/generations/generations';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';
import { untruths } from './listDifferences';
import { startCore } from './startedCore';

let started: FaultyCore;
let stop = async () => {};

afterEach(() => stop());

async function start(generation: GenerationName, options: FaultyCoreOptions = {}): Promise<FaultyCore> {
  started = await startFaultyCore({ ...options, backend: { generation, ...options.backend } });
  stop = () => started.stop();
  return started;
}

const equal = (timeout = 10_000) =>
  vi.waitFor(
    () => expect([started.core.status.state, started.differences()]).toEqual(['connected.live', []]),
    { timeout, interval: 10 },
  );

describe.each<GenerationName>(['1', '2', '2-late', '3', 'next'])(
  'a server of generation %s',
  (generation) => {
    it('[H6] is found by asking, followed, and equal after every change', async () => {
      const { control, core, reach, backend } = await start(generation);
      await reach('connected.live');
      expect(started.differences()).toEqual([]);
      const { id } = control.createSession(1);
      await equal();
      control.addInteraction(id);
      control.completeInteraction(id);
      control.updateSession(id, { status: 'complete' });
      await equal();
      control.setMode(id, 'auto');
      // The event has no `updated_at`: where the second is another one, the list after 30 quiet seconds has it.
      await equal(40_000);
      control.deleteSession(id);
      await equal();
      expect(core.getAllSessions()).toHaveLength(3);
      const asked = new Set(backend.control.stats().calls.map(({ event }) => event));
      expect([...asked]).toEqual(['3', 'next'].includes(generation) ? ['list_sessions'] : []);
    }, 80_000);

    it('[J9][R4] heals after crashes and drops, a socket for each', async () => {
      const { control, liveAgain, reach } = await start(generation);
      await reach('connected.live');
      await liveAgain(() => control.crashChannel());
      await equal();
      await liveAgain(() => control.dropSockets());
      await equal();
    });

    it('[C10][A1] a bad token is one there too, and signs out', async () => {
      const { control, reach } = await start(generation);
      await reach('connected.live');
      control.expireTokens();
      control.dropSockets();
      await reach('signedOut');
    });
  },
);

describe('a server that changes under us', () => {
  it('[H6] upgraded twice and rolled back, each time is live and equal by itself, without ghosts', async () => {
    const { control, liveAgain, reach, lines } = await start('1');
    await reach('connected.live');
    for (const next of ['2', '2-late', '3', '2', '1', '3', '1'] as const) {
      await liveAgain(() => control.setGeneration(next), 20_000);
      await equal();
    }
    expect(lines.filter((line) => line.includes('topic for'))).not.toEqual([]);
  }, 60_000);

  it('[H6] what was found is kept for the next start, and believed only while it is true', async () => {
    const kept = new Map<string, unknown>();
    const contracts = {
      get: (base: string) => kept.get(base),
      set: (base: string, contract: unknown) => void kept.set(base, contract),
    };
    const { reach, proxy, backend, core } = await start('3', { contracts });
    await reach('connected.live');
    expect([...kept.values()]).toEqual([{ topic: 'bare', lists: 'channel' }]);
    core.dispose();
    const again = startCore(backend, { serverUrl: () => proxy.url, random: () => 0, contracts });
    await again.reach('connected.live');
    const joins = backend.control.stats().joins.map(({ topic, answer }) => [topic, answer]);
    expect(joins).toEqual([...joins.slice(0, -1), ['vscode:user', 'ok']]);
    expect(joins.filter(([, answer]) => answer !== 'ok').length).toBeLessThan(2);
    again.core.dispose();
  });
});

describe('a server that lists sessions over its channel alone', () => {
  it('[S10] tells nothing of sessions outside the list: they carry their time, and nobody asks', async () => {
    const { control, core, reach, liveAgain, backend } = await start('3');
    await reach('connected.live');
    control.crashOnCreated(false);
    const { id } = control.createSession(1, { project_id: 102 });
    await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
    await liveAgain(() => control.dropSockets());
    expect(core.getFreshness(String(id))).toMatchObject({ kind: 'stale' });
    expect(untruths(core, backend)).toEqual([]);
    control.updateSession(id, { status: 'complete' });
    await equal();
    expect(control.stats().requests.filter(({ url }) => /sessions\/./.test(url))).toEqual([]);
  });

  it('[D12] shows another project after a refresh, with the status unmoved', async () => {
    const { control, core, reach, transitions } = await start('3');
    await reach('connected.live');
    control.crashOnCreated(false);
    control.createSession(1, { project_id: 102 });
    control.setActiveProject(1, 102);
    const before = transitions.filter(({ to }) => to === 'reconnecting').length;
    const status = await core.refreshSessions();
    expect(status.state).toBe('connected.live');
    expect(started.differences().filter((each) => each.includes('not shown'))).toEqual([]);
    expect(transitions.filter(({ to }) => to === 'reconnecting')).toHaveLength(before);
  });

  it('[F1] out of reach says that there is no fallback, keeps the list, and is live again by itself', async () => {
    const { control, core, reach } = await start('3');
    await reach('connected.live');
    control.refuseUpgrades(503);
    control.dropSockets();
    await reach('polling.offline', 15_000);
    expect([core.status.listFailure?.kind, core.getAllSessions().length]).toEqual(['noFallback', 3]);
    control.refuseUpgrades(false);
    await core.refreshSessions();
    await reach('connected.live');
    await equal();
  }, 30_000);

  it('[J9] whose list crashes the channel stays joined, says so, and asks only now and then', async () => {
    const { control, core, reach } = await start('3', { random: () => 0.5 });
    await reach('connected.live');
    control.setActiveProject(1, null);
    control.dropSockets();
    await vi.waitFor(
      () =>
        expect([core.status.state, core.status.listFailure?.kind]).toEqual([
          'connected.retryWait',
          'listCrashed',
        ]),
      { timeout: 15_000 },
    );
    control.setActiveProject(1, 101);
    await reach('connected.live', 20_000);
    await equal();
  }, 45_000);
});

it('[F5] what answers 404 to all of it is not a CodeMySpec server', async () => {
  const server = createServer((_, response) =>
    response.writeHead(404, { 'content-type': 'application/json' }).end('{}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const core = startCore({ url, issueToken: () => 'token' });
  stop = () => {
    core.core.dispose();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  await core.reach('invalidServer');
  expect(core.core.status.failure?.kind).toBe('notCodeMySpec');
});
