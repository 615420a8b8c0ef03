import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { startBackend, type Backend } from '../backend/backend';
import { startCore, truth } from './startedCore';

let backend: Backend;
let started: ReturnType<typeof startCore> | undefined;

beforeEach(async () => {
  backend = await startBackend();
});
afterEach(async () => {
  started?.core.dispose();
  started = undefined;
  await backend.stop();
});

it('[V1] an inspector that fails changes nothing, is written down once and told no more', async () => {
  let asked = 0;
  const inspect = () => {
    asked++;
    throw new Error('on purpose');
  };
  const { core, states, reach, lines, shown } = (started = startCore(backend, { inspect }));
  await reach('connected.live');
  const { id } = backend.control.createSession(1);
  await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
  expect([states(), shown()]).toEqual([
    ['authenticating', 'loading', 'connected.syncing', 'connected.live'],
    truth(backend),
  ]);
  expect(lines.filter((line) => line.includes('watcher'))).toEqual([
    'error [Connection] a watcher failed: on purpose',
  ]);
  expect(asked).toBe(1);
});

it('an inspector, be it an observer or a function, sees actors, events, steps and snapshots', async () => {
  const seen = new Set<string>();
  const next = ({ type }: InspectionEvent) => seen.add(type);
  for (const inspect of [{ next }, next]) {
    seen.clear();
    const { core, reach } = (started = startCore(backend, { inspect }));
    await reach('connected.live');
    core.dispose();
    expect([...seen].sort()).toEqual([
      '@xstate.action',
      '@xstate.actor',
      '@xstate.event',
      '@xstate.microstep',
      '@xstate.snapshot',
    ]);
  }
});
