import { afterEach, expect, it, vi } from 'vitest';
import type { Id } from '../backend/world';
import type { ContractStore } from '../../src/model/serverContract';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

/** Answers that are right by themselves and say the wrong thing: of a gateway for a moment, or of a time that is over. */

let faulty: FaultyCore | undefined;
afterEach(async () => {
  await faulty?.stop();
  faulty = undefined;
});
const start = async (options?: FaultyCoreOptions) => (faulty = await startFaultyCore(options));

it.each(['1', '2'] as const)(
  '[C19][C31] one 404 for the list while the channel is joined costs neither lists nor commands (generation %s)',
  async (generation) => {
    const { core, control, reach, liveAgain, differences } = await start({ backend: { generation } });
    await reach('connected.live');
    const { id } = control.createSession(1, { project_id: 102 });
    await vi.waitFor(() => expect(core.getSession(String(id))?.project?.name).toBe('Project 102'));
    control.failRest({ status: 404, path: '/api/sessions', times: 1 });
    await liveAgain(() => core.send('refresh'));
    expect(core.whyNot('next', String(id))).toBeUndefined();
    expect(core.getSession(String(id))).toBeDefined();
    expect(differences()).toEqual([]);
  },
);

it.each(['1', '2'] as const)(
  '[C17][C30] a known server whose router has no routes yet when the window opens is waited for (generation %s)',
  async (generation) => {
    const known = { topic: generation === '1' ? 'withId' : 'bare', lists: 'rest' } as const;
    const contracts: ContractStore = { get: () => known, set: () => {} };
    const own = await start({ backend: { generation }, contracts, random: () => 0.2 });
    const { core, control, reach, states, differences } = own;
    for (const path of ['/api/sessions', '/api/me', '/api/sessions/:id'])
      control.failRest({ status: 404, path });
    control.refuseUpgrades(404);
    core.send('reconnect');
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    control.healRest();
    control.refuseUpgrades(false);
    await reach('connected.live', 15_000);
    expect(states()).not.toContain('invalidServer');
    expect(differences()).toEqual([]);
  },
);

it.each(['1', '2'] as const)(
  '[S3] the answer to a command that comes after a list that was asked for later does not undo it (generation %s)',
  async (generation) => {
    const { core, control, backend, reach, liveAgain, differences } = await start({
      backend: { generation },
    });
    await reach('connected.live');
    const id = control.dump().sessions[0]!.id as Id;
    control.refuseUpgrades(503);
    control.dropSockets();
    await reach('reconnecting');
    control.slowRest(1_500);
    const answer = core.nextCommand(String(id));
    await backend.until(() => control.stats().requests.some(({ route }) => route.includes('next-command')));
    control.slowRest(0);
    control.completeInteraction(id);
    control.updateSession(id, { status: 'complete' });
    await liveAgain(() => control.refuseUpgrades(false));
    expect(differences()).toEqual([]);
    expect(await answer).toMatchObject({ ok: true, value: { outcome: 'done' } });
    expect([core.status.state, differences()]).toEqual(['connected.live', []]);
  },
);
