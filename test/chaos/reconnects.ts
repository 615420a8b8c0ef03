import { setFlagsFromString } from 'node:v8';
import { createCore } from '../../src/core';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { startBackendProcess } from '../backend/startBackendProcess';
import { startFaultProxy } from '../faults/faultProxy';
import { until } from './until';

export interface ReconnectRow {
  readonly reconnects: number;
  /** After a garbage collection. */
  readonly heapKb: number;
  readonly listeners: number;
  readonly sockets: number;
  readonly timers: number;
  readonly medianMs: number;
}

const ROWS = 10;
const LIVE_WITHIN_MS = 20_000;

/** Reconnects over and over, each time by another end of the link; the server runs in a process of its own. */
export async function runReconnects(count: number): Promise<readonly ReconnectRow[]> {
  // Compiled code fills the heap for thousands of reconnects and would look like a leak.
  for (const flag of ['--no-opt', '--no-sparkplug']) setFlagsFromString(flag);
  const server = await startBackendProcess();
  const proxy = await startFaultProxy({ target: server.url });
  const { gc } = globalThis;
  if (!gc) throw new Error('run it with node --expose-gc');
  let lives = 0;
  const core = createCore({
    serverUrl: () => proxy.url,
    tokens: { get: () => Promise.resolve(ok({ token: new Secret(server.token) })) },
    sink: { log: () => {} },
    random: () => 0,
    onTransition: ({ to }) => {
      if (to === 'connected.live') lives += 1;
    },
  });
  const reach = async (wanted: number) => {
    if (await until(() => lives >= wanted && core.status.state === 'connected.live', LIVE_WITHIN_MS)) return;
    throw new Error(`${core.status.state} after ${wanted} reconnects`);
  };
  const endings: (() => unknown)[] = [
    () => server.control('dropSockets'),
    () => server.control('crashChannel'),
    () => proxy.inject({ kind: 'reset' })(),
    () => core.send('reconnect'),
    () => server.control('dropSockets', { code: 1012 }),
  ];

  core.onSessionsUpdate(() => {});
  core.onConnectionUpdate(() => {});
  core.onSessionUpdate('1', () => {});
  core.initialize();
  await reach(1);
  const rows: ReconnectRow[] = [];
  let times: number[] = [];
  const look = async (reconnects: number) => {
    await until(() => proxy.stats().open <= 2, LIVE_WITHIN_MS);
    gc();
    const resources = process.getActiveResourcesInfo();
    rows.push({
      reconnects,
      heapKb: Math.round(process.memoryUsage().heapUsed / 1024),
      listeners: core.listenerCount,
      sockets: resources.filter((name) => name.startsWith('TCP')).length,
      timers: resources.filter((name) => name === 'Timeout').length,
      medianMs: Math.round(times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0),
    });
    times = [];
  };
  await look(0);
  for (let done = 0; done < count; done += 1) {
    const wanted = lives + 1;
    const startedAt = performance.now();
    await endings[done % endings.length]?.();
    await reach(wanted);
    times.push(performance.now() - startedAt);
    if ((done + 1) % Math.ceil(count / ROWS) === 0) await look(done + 1);
  }
  core.dispose();
  await proxy.stop();
  await server.stop();
  return rows;
}

const SLACK = { heapKb: 1_024, listeners: 0, sockets: 2, timers: 4 };

/** Flat: the end holds no more than the first half did, but for noise. */
export function growth(rows: readonly ReconnectRow[]): string[] {
  const last = rows.at(-1);
  const before = rows.slice(1, Math.ceil(rows.length / 2));
  if (!last || before.length === 0) return ['too little was measured'];
  return (Object.keys(SLACK) as (keyof typeof SLACK)[]).flatMap((what) => {
    const most = Math.max(...before.map((row) => row[what]));
    return last[what] > most + SLACK[what] ? [`${what}: ${most}, then ${last[what]}`] : [];
  });
}
