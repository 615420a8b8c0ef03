import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Result } from '../../src/model/failure';
import type { CommandName, CommandOutcome } from '../../src/model/sessionCommand';
import type { GenerationName } from '../backend/generations/generations';
import { startFaultyCore, type FaultyCore } from './faultyCore';
import { startCore } from './startedCore';

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

describe('two people of one project', () => {
  /** User 1 as above, and user 2 with a session in the same project. */
  async function together() {
    const first = await start();
    const { backend, control } = first;
    control.setActiveProject(2, 101);
    const theirs = control.createSession(2);
    const other = startCore(backend, { token: backend.issueToken({ userId: 2 }), random: () => 0 });
    onTestFinished(() => other.core.dispose());
    await other.reach('connected.live');
    const seenBy = (of: FaultyCore['core']) => () =>
      of
        .getAllSessions()
        .map(({ id: each, status, owner }) => `${each} ${status}${owner ? ` of ${owner.name}` : ''}`)
        .sort();
    const own = (userId: number) =>
      control.dump(userId).sessions.map(({ id, status }) => `${String(id)} ${String(status)}`);
    const others = (userId: number) => own(userId).map((each) => `${each} of user${userId}@example.test`);
    return {
      ...{ ...first, other, own, others },
      theirs: String(theirs.id),
      /** Each sees the own ones and those of the other as the server has them. */
      equal: () =>
        vi.waitFor(
          () => {
            expect(seenBy(first.core)()).toEqual([...own(1), ...others(2)].sort());
            expect(seenBy(other.core)()).toEqual([...own(2), ...others(1)].sort());
          },
          { timeout: 5_000, interval: 10 },
        ),
      present: (...keys: string[]) =>
        vi.waitFor(() => expect(first.core.presence.map(({ key }) => key).sort()).toEqual(keys)),
    };
  }

  it('[W2][S16] see each other’s sessions come, change and go, and who is there', async () => {
    const { control, core, theirs, equal, present, other, differences, requests } = await together();
    await equal();
    await present('user:1', 'user:2');
    control.updateSession(theirs, { status: 'complete' });
    await equal();
    const { id } = control.createSession(2);
    await equal();
    control.deleteSession(id);
    await equal();
    await core.refreshSessions();
    await equal();
    expect([differences().filter((each) => !each.includes(theirs)), requests()]).toEqual([[], []]);
    expect([core.status.state, core.getFreshness(theirs)]).toEqual(['connected.live', undefined]);
    other.core.send('disconnect');
    await present('user:1');
    expect(core.getSession(theirs)?.owner).toEqual({ id: '2', name: 'user2@example.test' });
  });

  it('[W2][D3] cannot command each other’s, with the reason, and nothing goes out', async () => {
    const { core, theirs, equal, pushed } = await together();
    await equal();
    const ofSessions = EVERY.filter((name) => name !== 'start');
    expect(ofSessions.map((name) => core.whyNot(name, theirs)?.kind)).toEqual(
      ofSessions.map(() => 'readOnly'),
    );
    expect(outcome(await core.cancelSession(theirs))).toBe('readOnly');
    expect([core.whyNot('start'), pushed()]).toEqual([undefined, []]);
  });

  it('[W2][R4] a lost link takes none away; what happened meanwhile is seen after it', async () => {
    const { control, core, theirs, equal, liveAgain, present } = await together();
    await equal();
    const seen: unknown[] = [];
    core.onSessionUpdate(theirs, (session) => seen.push(session?.status));
    await liveAgain(() => {
      control.dropSockets({ userId: 1 });
      control.updateSession(theirs, { status: 'failed' });
    });
    await equal();
    await present('user:1', 'user:2');
    expect(seen).toEqual(['failed']);
  });

  it('[W2][J9] a crash of the topic of the project leaves the link alone', async () => {
    const { control, core, theirs, equal, transitions } = await together();
    await equal();
    const before = transitions.length;
    const topic = control.joinedTopics().find((each) => each.startsWith('vscode:project:'))!;
    control.crashTopic(topic);
    await vi.waitFor(() => expect(core.getFreshness(theirs)).toMatchObject({ kind: 'stale' }));
    expect([core.status.state, transitions.length, core.presence]).toEqual(['connected.live', before, []]);
    control.updateSession(theirs, { status: 'failed' });
    await vi.waitFor(() => expect(core.getFreshness(theirs)).toBeUndefined(), { timeout: 8_000 });
    await equal();
  }, 15_000);

  it('[W2] who leaves the project sees the others no more, and own sessions stay', async () => {
    const { control, core, theirs, equal, present } = await together();
    await equal();
    control.leaveProject(1, 101);
    await vi.waitFor(() => expect(core.getSession(theirs)).toBeUndefined());
    await present();
    expect([core.status.state, core.getAllSessions().length]).toEqual(['connected.live', 3]);
  });

  it('[W2][D12] another project shows its people after a refresh, instead of those of the first', async () => {
    const { control, core, theirs, equal } = await together();
    await equal();
    control.setActiveProject(3, 102);
    const elsewhere = String(control.createSession(3).id);
    control.setActiveProject(1, 102);
    // A younger socket lists the project of before.
    await vi.waitFor(
      async () => {
        await core.refreshSessions();
        expect(core.getSession(elsewhere)?.owner?.id).toBe('3');
      },
      { timeout: 10_000, interval: 500 },
    );
    expect([core.getSession(theirs), core.status.state]).toEqual([undefined, 'connected.live']);
  }, 15_000);

  it('[W2][C21] signed out, nothing of them stays', async () => {
    const { core, equal, reach } = await together();
    await equal();
    core.send('signOut');
    await reach('signedOut');
    expect(core.getAllSessions()).toEqual([]);
    core.send('disconnect');
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
