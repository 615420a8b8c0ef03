import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RestFault } from '../backend/restFaults';
import type { GenerationName } from '../backend/generations/generations';
import { startFaultyCore, type FaultyCore } from './faultyCore';
import type { Result } from '../../src/model/failure';
import type { CommandName, CommandOutcome } from '../../src/model/sessionCommand';

const EVERY: CommandName[] = ['next', 'cancel', 'mode', 'submit', 'start', 'conversation'];

let started: FaultyCore;
afterEach(() => started.stop());

async function start(generation: GenerationName) {
  started = await startFaultyCore({ backend: { generation } });
  const { control, core, reach } = started;
  control.crashOnCreated(false);
  await reach('connected.live');
  const { id } = control.createSession(1);
  await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
  await vi.waitFor(() => expect(core.getFreshness(String(id))).toBeUndefined());
  return {
    ...started,
    id: String(id),
    /** The session as it is shown, once it is the server's. */
    shown: async () => {
      await vi.waitFor(() => expect(started.differences()).toEqual([]), { timeout: 5_000 });
      return core.getSession(String(id))!;
    },
    /** Requests for all that is no list and no look-up, by route. */
    commands: () => {
      const { requests } = control.stats().counts;
      return Object.fromEntries(Object.entries(requests).filter(([route]) => isCommand(route)));
    },
  };
}

const isCommand = (route: string) => /^(POST|PUT) \/api\/|\/next-command$/.test(route);
const route = {
  next: 'GET /api/sessions/:id/next-command',
  cancel: 'POST /api/sessions/:id/cancel',
  submit: 'POST /api/sessions/:id/submit-result/:interaction_id',
  start: 'POST /api/sessions',
};

const outcome = (result: Result<CommandOutcome>) => (result.ok ? result.value.outcome : result.failure.kind);

/** What is told at first, and what of it in the end. */
async function settled(result: Result<CommandOutcome>): Promise<string[]> {
  return result.ok && result.value.outcome === 'unknown'
    ? ['unknown', await result.value.settled]
    : [outcome(result)];
}

describe.each<GenerationName>(['1', '2', '2-late'])('a server of generation %s', (generation) => {
  it('[D3] takes a next command, its result, a start and a cancel, each in one request, and shows them', async () => {
    const { core, id, shown, commands } = await start(generation);
    expect(outcome(await core.nextCommand(id))).toBe('done');
    const [interaction] = (await shown()).interactions;
    expect(interaction?.result).toBeNull();
    const result = { status: 'ok', stdout: 'built', code: 0 };
    expect(outcome(await core.submitResult(id, interaction!.id!, result))).toBe('done');
    expect((await shown()).interactions.find((each) => each.id === interaction!.id)?.result).toMatchObject(
      result,
    );
    const begun = await core.startSession({
      ...{ type: 'ContextSpecSessions', environment: 'cli', component_id: '2' },
      execution_mode: 'manual',
    });
    if (!begun.ok || begun.value.outcome !== 'done') throw new Error('not started');
    const { id: newId } = begun.value.session;
    const component_id = generation === '2-late' ? null : '2';
    expect(core.getSession(newId)).toMatchObject({ environment: 'cli', component_id });
    expect(core.getSession(newId)?.project).not.toBeNull();
    expect(outcome(await core.cancelSession(id))).toBe('done');
    expect((await shown()).status).toBe('cancelled');
    expect(core.whyNot('cancel', id)?.kind).toBe('sessionFinished');
    expect(outcome(await core.cancelSession(id))).toBe('sessionFinished');
    expect(commands()).toEqual({ [route.next]: 1, [route.submit]: 1, [route.start]: 1, [route.cancel]: 1 });
  });

  it('[D3] a command that it lacks is found out once, and disabled with the reason; the session stays', async () => {
    const { core, id, shown, commands } = await start(generation);
    const [has, lacks] =
      generation === '1' ? (['conversation', 'mode'] as const) : (['mode', 'conversation'] as const);
    const send = (name: 'mode' | 'conversation') =>
      name === 'mode' ? core.setExecutionMode(id, 'auto') : core.setConversationId(id, 'a conversation');
    expect([core.whyNot(has, id), core.whyNot(lacks, id)]).toEqual([undefined, undefined]);
    expect([outcome(await send(has)), outcome(await send(lacks))]).toEqual(['done', 'unsupported']);
    expect([outcome(await send(lacks)), core.whyNot(lacks, id)?.kind]).toEqual([
      'unsupported',
      'unsupported',
    ]);
    expect(await shown()).toMatchObject(
      has === 'mode' ? { execution_mode: 'auto' } : { external_conversation_id: 'a conversation' },
    );
    expect(Object.values(commands())).toEqual([1, 1]);
  });

  it('[D3] what it refuses is a failure with its reason', async () => {
    const { core, id } = await start(generation);
    const refused = await core.startSession({ type: 'Nonsense' });
    expect(refused.ok ? undefined : refused.failure).toEqual({
      kind: 'commandRefused',
      detail: 'POST /api/sessions: type is invalid (HTTP 422)',
    });
    const missing = await core.submitResult(id, 'none', { status: 'ok' });
    expect(missing.ok ? undefined : missing.failure.kind).toBe('commandRefused');
    expect(core.whyNot('submit', id)).toBeUndefined();
  });

  it('[D3] goes out once where the connection is cut, and its fate is looked up', async () => {
    const { core, id, control, commands, liveAgain } = await start(generation);
    control.failRest({ status: 'reset', times: 1, path: '/api/sessions/:id/next-command' });
    expect(await settled(await core.nextCommand(id))).toEqual(['unknown', 'didNotHappen']);
    control.failRest({ status: 'reset', times: 1, path: '/api/sessions/:id/cancel' });
    expect(await settled(await core.cancelSession(id))).toEqual(['unknown', 'didNotHappen']);
    expect(core.whyNot('cancel', id)).toBeUndefined();
    control.failRest({ status: 'reset', times: 1, path: '/api/sessions', method: 'POST' });
    expect(await settled(await core.startSession({ type: 'ContextSpecSessions' }))).toEqual([
      'unknown',
      'unknown',
    ]);
    await liveAgain(() => control.dropSockets());
    await core.refreshSessions();
    expect(commands()).toEqual({ [route.next]: 1, [route.cancel]: 1, [route.start]: 1 });
  });
});

it('[D3] a server that lists by its channel alone takes none, and nothing goes out', async () => {
  const { core, id, commands } = await start('3');
  expect(EVERY.map((name) => core.whyNot(name, id)?.kind)).toEqual(EVERY.map(() => 'unsupported'));
  expect(outcome(await core.cancelSession(id))).toBe('unsupported');
  expect(commands()).toEqual({});
});

it('[D3] one that was given before an upgrade is not tried on the server after it', async () => {
  const { core, id, control, commands, liveAgain } = await start('1');
  expect(outcome(await core.setExecutionMode(id, 'auto'))).toBe('unsupported');
  await liveAgain(() => control.setGeneration('2'), 20_000);
  expect(core.whyNot('mode', id)).toBeUndefined();
  expect(outcome(await core.setExecutionMode(id, 'auto'))).toBe('done');
  await liveAgain(() => control.setGeneration('3'), 20_000);
  const [{ id: newId } = { id: '' }] = core.getAllSessions();
  expect(core.whyNot('cancel', newId)?.kind).toBe('unsupported');
  expect(Object.values(commands())).toEqual([1, 1]);
}, 45_000);

it('[D3] a server that did what it did not answer is found out by the next list', async () => {
  const { core, id, control, commands, proxy } = await start('2');
  const lostAnswer: RestFault = { status: 503, path: '/api/sessions/:id' };
  control.failRest(lostAnswer);
  control.slowRest(60);
  const sent = core.cancelSession(id);
  await started.backend.until(() => control.stats().counts.requests[route.cancel] === 1);
  proxy.inject({ kind: 'reset', on: 'rest' })();
  const lost = await sent;
  expect([outcome(lost), core.whyNot('cancel', id)?.kind]).toEqual(['unknown', 'commandUnderway']);
  control.healRest();
  await started.reach('connected.live');
  await core.refreshSessions();
  expect(await settled(lost)).toEqual(['unknown', 'happened']);
  expect(core.whyNot('cancel', id)?.kind).toBe('sessionFinished');
  expect(commands()).toEqual({ [route.cancel]: 1 });
});

it('[D3] a server that is away was surely told nothing', async () => {
  const { core, id, proxy, commands } = await start('2');
  await proxy.stop();
  const result = await core.cancelSession(id);
  expect(result.ok ? result : [result.failure.kind, result.failure.unsent]).toEqual(['unreachable', true]);
  expect(commands()).toEqual({});
});

it('[D3] signed out, all are disabled with that reason', async () => {
  const { core, id, reach } = await start('2');
  core.send('signOut');
  await reach('signedOut');
  expect(EVERY.map((name) => core.whyNot(name, id)?.kind)).toEqual(EVERY.map(() => 'signedOut'));
  core.send('disconnect');
});
