import { expect, vi } from 'vitest';
import type { CoreOptions } from '../../src/core';
import { startBackend, type BackendOptions } from '../backend/backend';
import { startFaultProxy } from '../faults/faultProxy';
import { listDifferences } from './listDifferences';
import { startCore } from './startedCore';

export type FaultyCore = Awaited<ReturnType<typeof startFaultyCore>>;

export interface FaultyCoreOptions extends Partial<CoreOptions> {
  readonly token?: string;
  readonly sessions?: number;
  readonly backend?: BackendOptions;
}

/** The real core, a fault proxy and an embedded server behind it. Retries come at once unless `random` is given. */
export async function startFaultyCore(options: FaultyCoreOptions = {}) {
  const { sessions = 3, backend: backendOptions, ...coreOptions } = options;
  const backend = await startBackend(backendOptions);
  backend.control.bulk(sessions);
  const proxy = await startFaultProxy({ target: backend.url });
  const started = startCore(backend, { serverUrl: () => proxy.url, random: () => 0, ...coreOptions });
  const lives = () => started.states().filter((state) => state === 'connected.live').length;
  return {
    ...started,
    backend,
    control: backend.control,
    proxy,
    /** Acts, and waits until the core has become live anew. */
    liveAgain: async (act: () => void, timeout = 10_000): Promise<void> => {
      const before = lives();
      act();
      await vi.waitFor(() => expect(lives()).toBeGreaterThan(before), { timeout, interval: 5 });
      await started.reach('connected.live', timeout);
    },
    differences: () => listDifferences(started.core, backend),
    async stop(): Promise<void> {
      started.core.dispose();
      await proxy.stop();
      await backend.stop();
    },
  };
}
