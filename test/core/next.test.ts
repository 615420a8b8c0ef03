import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Result } from '../../src/model/failure';
import type { CommandName, CommandOutcome } from '../../src/model/sessionCommand';
import type { GenerationName } from '../backend/generations/generations';
import { startFaultyCore, type FaultyCore } from './faultyCore';

const EVERY: CommandName[] = ['next', 'cancel', 'mode', 'submit', 'start', 'conversation'];

let started: FaultyCore;
afterEach(() => started.stop());

async function start(generation: GenerationName = 'next') {
  started = await startFaultyCore({ backend: { generation } });
  const { control, core, reach } = started;
  await reach('connected.live');
  const { id } = core.getAllSessions()[0]!;
  return {
    ...started,
    id,
    /** The session as it is shown, once it is the server's. */
    shown: async () => {
      await vi.waitFor(() => expect(started.differences()).toEqual([]), { timeout: 5_000 });
      return core.getSession(id)!;
    },
    /** What was pushed, by id of the command and name, each as often as it was. */
    pushed: () =>
      control
        .stats()
        .calls.filter(({ event }) => event === 'command')
        .map(({ payload }) => payload as { id: string; name: string }),
    /** Every request but those that any client makes of such a server. */
    requests: () =>
      Object.keys(control.stats().counts.requests).filter((route) => /sessions\/|POST|PUT/.test(route)),
  };
}

const outcome = (result: Result<CommandOutcome>) => (result.ok ? result.value.outcome : result.failure.kind);

describe('commands where the server announces them', () => {
  it('[W1][D3] go by push, each in one, and no request is made', async () => {
    const { core, id, shown, pushed, requests } = await start();
    expect(EVERY.map((name) => core.whyNot(name, id))).toEqual(EVERY.map(() => undefined));
    expect(outcome(await core.nextCommand(id))).toBe('done');
    const [interaction] = (await shown()).interactions;
    const result = { status: 'ok', stdout: 'built', code: 0 };
    expect(outcome(await core.submitResult(id, interaction!.id!, result))).toBe('done');
    expect(outcome(await core.setExecutionMode(id, 'auto'))).toBe('done');
    expect(outcome(await core.setConversationId(id, 'c'))).toBe('done');
    expect((await shown()).interactions.find((each) => each.id === interaction!.id)?.result).toMatchObject(
      result,
    );
    const begun = await core.startSession({ type: 'ContextSpecSessions', environment: 'cli' });
    if (!begun.ok || begun.value.outcome !== 'done') throw new Error('not started');
    const { id: newId } = begun.value.session;
    await vi.waitFor(() => expect(core.getSession(newId)).toMatchObject({ environment: 'cli' }));
    expect(outcome(await core.cancelSession(id))).toBe('done');
    expect(await shown()).toMatchObject({
      ...{ status: 'cancelled', execution_mode: 'auto', external_conversation_id: 'c' },
    });
    expect(core.whyNot('cancel', id)?.kind).toBe('sessionFinished');
    expect([pushed().map(({ name }) => name), new Set(pushed().map((each) => each.id)).size]).toEqual([
      ['next', 'submit', 'mode', 'conversation', 'start', 'cancel'],
      6,
    ]);
    expect(requests()).toEqual([]);
  });

  it('[W1] what is refused says why, and nothing is asked again', async () => {
    const { core, id, pushed, control } = await start();
    const refused = await core.startSession({ type: 'Nonsense' });
    expect(refused).toMatchObject({ failure: { detail: 'start: invalid: type is invalid' } });
    expect(outcome(await core.submitResult(id, 'none', { status: 'ok' }))).toBe('commandRefused');
    control.slowBroadcasts(1_000);
    const { sessions } = control.dump();
    control.deleteSession(sessions.find((each) => String(each.id) === id)!.id as string);
    expect(outcome(await core.cancelSession(id))).toBe('sessionNotFound');
    expect(pushed()).toHaveLength(3);
  });

  it.each([
    ['the push reached the server, and its answer was lost', 'down', 2],
    ['the push was lost', 'up', 1],
  ] as const)('[W1][R4] is done once where the link breaks and %s', async (_, direction, pushes) => {
    const { core, pushed, control, proxy, backend, liveAgain, shown } = await start();
    const before = core.getAllSessions().length;
    proxy.inject({ kind: 'halfOpen', on: 'socket', reach: 'existing', direction });
    const begun = core.startSession({ type: 'ContextSpecSessions' });
    if (direction === 'down') await backend.until(() => pushed().length === 1);
    await liveAgain(() => {
      proxy.heal();
      proxy.inject({ kind: 'reset', on: 'socket' })();
    });
    expect(outcome(await begun)).toBe('done');
    expect([pushed().length, new Set(pushed().map(({ id }) => id)).size]).toEqual([pushes, 1]);
    await shown();
    expect([control.dump().sessions.length, core.getAllSessions().length]).toEqual([before + 1, before + 1]);
  });

  it('[W1][J9] is done once where the channel crashes before its answer', async () => {
    const { core, id, pushed, control, shown } = await start();
    control.failCalls({ answer: 'crash', event: 'command', times: 1 });
    expect(outcome(await core.nextCommand(id))).toBe('done');
    const steps = (await shown()).interactions.length;
    expect([pushed().length, new Set(pushed().map((each) => each.id)).size, steps]).toEqual([2, 1, 1]);
  });

  it('[W1][D3] lost twice is not asked a third time; the next list tells what became of it', async () => {
    const { core, id, pushed, control } = await start();
    control.failCalls({ answer: 'crash', event: 'command', times: 2 });
    const result = await core.cancelSession(id);
    if (!result.ok || result.value.outcome !== 'unknown') throw new Error(outcome(result));
    expect([await result.value.settled, pushed().length]).toEqual(['happened', 2]);
  });

  it('[W1] without a channel they are disabled with that reason, and nothing goes out', async () => {
    const { core, id, control, pushed, requests, reach } = await start();
    control.refuseUpgrades(503);
    control.dropSockets();
    await reach('reconnecting');
    expect(EVERY.map((name) => core.whyNot(name, id)?.kind)).toEqual(EVERY.map(() => 'notConnected'));
    expect(outcome(await core.cancelSession(id))).toBe('notConnected');
    expect([pushed(), requests()]).toEqual([[], []]);
  });
});

it.each<GenerationName>(['1', '2', '2-late', '3'])(
  '[W3] a server of generation %s announces nothing: nothing is pushed, and no topic is joined',
  async (generation) => {
    const { core, id, control, pushed } = await start(generation);
    await core.cancelSession(id);
    await core.refreshSessions();
    const topics = control.stats().joins.filter(({ answer }) => answer === 'ok');
    expect([...new Set(topics.map(({ topic }) => topic))]).toEqual([
      generation === '1' ? 'vscode:user:1' : 'vscode:user',
    ]);
    expect(pushed()).toEqual([]);
    expect(control.stats().joins.filter(({ topic }) => topic.includes('project'))).toEqual([]);
  },
);

it('[W3][H6] what a server announces is used from its next join on, and no longer', async () => {
  const { core, liveAgain, control, pushed } = await start('2-late');
  const cancelled = () => {
    const { id } = core.getAllSessions().find(({ status }) => status === 'active')!;
    return core.cancelSession(id);
  };
  expect(outcome(await cancelled())).toBe('done');
  await liveAgain(() => control.setGeneration('next'), 20_000);
  expect(outcome(await cancelled())).toBe('done');
  expect([pushed().length, control.stats().counts.requests['POST /api/sessions/:id/cancel']]).toEqual([1, 1]);
  await liveAgain(() => control.setGeneration('3'), 20_000);
  expect(outcome(await cancelled())).toBe('unsupported');
  expect(pushed()).toHaveLength(1);
}, 45_000);
