import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '../../src/log';
import type { Failure } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import { webSocketTransport } from '../../src/channel/webSocket';
import { startBackend } from '../backend/backend';
import type { Id } from '../backend/world';
import { fallbackState, ownJoins, ownTopic } from './generation';
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

it('[J2][J4] joins once for each socket, whatever ended the last one', async () => {
  const { core, liveAgain, control, proxy } = await start();
  await liveAgain(() => control.dropSockets());
  await liveAgain(() => control.crashChannel());
  await liveAgain(() => core.send('reconnect'));
  await liveAgain(() => proxy.inject({ kind: 'reset' })());
  const { upgrades, joins, openSockets } = control.stats();
  expect(upgrades.map(({ status }) => status)).toEqual([101, 101, 101, 101, 101]);
  expect(ownJoins(joins).map(({ answer }) => answer)).toEqual(upgrades.map(() => 'ok'));
  expect(openSockets).toBe(1);
});

it('[J6] tells the end of a socket once, however many things end it', async () => {
  const backend = await startBackend();
  const address = parseServerAddress(backend.url);
  if (!address.ok) throw new Error('no address');
  const ends: [string, Failure['kind']][] = [];
  let joined = () => {};
  const client = new PhoenixChannelClient({
    address: address.value,
    token: new Secret(backend.issueToken()),
    topics: [ownTopic],
    log: createLog({ log: () => {} }, 'PhoenixChannel'),
    transport: webSocketTransport,
    onJoined: () => joined(),
    onEnded: (end, { kind }) => ends.push([end, kind]),
    onDelta: () => {},
    onMalformed: () => {},
    onBug: (error) => expect.fail(String(error)),
  });
  await new Promise<void>((resolve) => {
    joined = resolve;
    client.open();
  });
  backend.control.crashChannel();
  backend.control.crashChannel();
  backend.control.dropSockets({ code: 1011 });
  await backend.until(() => backend.control.stats().openSockets === 0);
  client.close();
  await backend.stop();
  expect(ends).toEqual([['lost', 'crashed']]);
});

it('[J9] a channel that crashes over and over: no wrong row, few requests, polling, and live in the end', async () => {
  const { core, reach, control, differences } = await start({ random: () => 0.5 });
  const ids = control.dump().sessions.map(({ id }) => id as Id);
  const wrong: string[] = [];
  const seen = new Map<string, number>();
  let turn = 0;
  core.onSessionsUpdate((_, changed) => {
    for (const id of changed) {
      const { n } = (core.getSession(id)?.state ?? { n: -1 }) as { n: number };
      if (n > turn || n < (seen.get(id) ?? 0)) wrong.push(`${id}: ${n} after ${seen.get(id)}`);
      seen.set(id, n);
    }
  });
  const startedAt = performance.now();
  const before = control.stats();
  const crashing = setInterval(() => {
    turn += 1;
    control.crashChannel();
    for (const id of ids) control.updateSession(id, { state: { n: turn } });
  }, 300);
  await reach(fallbackState, 20_000);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = control.stats();
  expect(after.upgrades.length - before.upgrades.length).toBeLessThanOrEqual(6);
  expect((after.requests.length - before.requests.length) / seconds).toBeLessThanOrEqual(5);
  clearInterval(crashing);
  await reach('connected.live', 20_000);
  expect([wrong, differences()]).toEqual([[], []]);
});

it('[J9] steps that crash the channel before the update they announce lose nothing', async () => {
  const { liveAgain, control, differences } = await start();
  control.stepBroadcasts(true);
  const { id } = control.createSession(1);
  for (let step = 0; step < 3; step += 1) {
    await liveAgain(() => control.addInteraction(id));
    expect(differences()).toEqual([]);
    await liveAgain(() => control.completeInteraction(id));
    expect(differences()).toEqual([]);
  }
});

it('[J7] a crash in each join is followed by polling, not by a storm', async () => {
  const { reach, control, backend, differences } = await start({ random: () => 0.2 });
  const joined = () => ownJoins(control.stats().joins).length;
  const before = joined();
  let crashed = before - 1;
  const crashing = backend.until(() => {
    const length = joined();
    if (length > crashed) {
      crashed = length;
      control.crashChannel();
    }
    return faulty?.core.status.state.startsWith('polling') === true;
  });
  await crashing;
  expect(joined() - before).toBeLessThanOrEqual(6);
  await reach('connected.live', 20_000);
  await vi.waitFor(() => expect(differences()).toEqual([]));
});
