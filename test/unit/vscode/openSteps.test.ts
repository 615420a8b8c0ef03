import { beforeEach, describe, expect, test, vi } from 'vitest';
import { err, ok } from '../../../src/model/failure';
import type { Interaction } from '../../../src/model/session';
import type { SessionUpdate } from '../../../src/model/parseSession';
import type { CommandResult } from '../../../src/model/sessionCommand';
import type { ConnectionStatus } from '../../../src/sessionManager';
import { COMMANDS } from '../../../src/views/commandIds';
import { askForOpenSteps } from '../../../src/vscode/openSteps';
import { registerCommands, type CommandHandlers } from '../../../src/vscode/registerCommands';
import { StepRunner } from '../../../src/vscode/runStep';
import { StepIntents, type StepIntent } from '../../../src/vscode/stepIntents';
import { connectionStatus } from '../views/connectionStatus';
import { Memory } from '../views/memory';
import { FakeFeed } from '../views/sessionFeed';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(resetStandIn);

const SERVER = 'https://mine.example';
const AT = new Date(2020, 1, 3, 12, 5).getTime();
const RESULT = {
  ...{ id: 'r', status: 'ok', data: null, code: 0, error_message: null, stdout: '', stderr: '' },
  ...{ duration_ms: 1, timestamp: null },
};
const KNOWN: CommandResult = { status: 'ok', stdout: 'green\n', stderr: '', code: 0 };

describe('a step that was started before the window was loaded', () => {
  test('[U16] is asked for by itself once a list is there, and its result is entered and submitted once', async () => {
    const { arrive, submitted, intents } = await open([intentOf('1')]);
    expect(recorded.asked).toEqual([]);
    recorded.answers.push('Enter Result', '0', '12 tests', 'Submit as OK');
    arrive(waiting('1'));
    await vi.waitFor(() => expect(intents.all()).toEqual([]));
    expect(recorded.asked[0]).toEqual({
      text: 'Part1, Session: Run Tests was started here at Feb 3, 2020, 12:05 PM, and has no result. It is not run again.',
      choices: ['Enter Result', 'Discard'],
    });
    expect([submitted, recorded.terminals]).toEqual([
      [['1', 'i1', { status: 'ok', stdout: '12 tests', stderr: '', code: 0 }]],
      [],
    ]);
    arrive(waiting('1'));
    expect(recorded.asked).toHaveLength(4);
  });

  test('[U16] has the result that is kept looked at', async () => {
    const { arrive, submitted, intents } = await open([{ ...intentOf('1'), result: KNOWN }]);
    recorded.answers.push('Review Result', 'Submit as OK');
    arrive(waiting('1'));
    await vi.waitFor(() => expect(intents.all()).toEqual([]));
    expect([recorded.asked[0], submitted]).toEqual([
      {
        text: 'Part1, Session: Run Tests, started here at Feb 3, 2020, 12:05 PM, has ended, and its result was not submitted.',
        choices: ['Review Result', 'Discard'],
      },
      [['1', 'i1', KNOWN]],
    ]);
  });

  test.each([
    ['dismissed is left as it was', undefined, 1],
    ['discarded can be run again', 'Discard', 0],
  ])('[U16] that is %s', async (_, answer, kept) => {
    const { arrive, submitted, intents } = await open([intentOf('1')]);
    recorded.answers.push(answer);
    arrive(waiting('1'));
    await settled();
    expect([intents.all().length, submitted]).toEqual([kept, []]);
  });

  test.each<[string, Partial<SessionUpdate>]>([
    ['result is in the list', { interactions: [{ ...step('1'), result: RESULT }] }],
    ['session has ended', { status: 'complete' }],
  ])('[U16] is forgotten without a word where its %s', async (_, fields) => {
    const { arrive, intents } = await open([intentOf('1')]);
    arrive({ ...waiting('1'), ...fields });
    await settled();
    expect([recorded.asked, intents.all()]).toEqual([[], []]);
  });

  test.each<[string, StepIntent, SessionUpdate]>([
    ['of another server', { ...intentOf('1'), server: 'https://other.example' }, waiting('1')],
    ['whose session the list does not hold', intentOf('1'), waiting('2')],
    ['that the list leaves out', intentOf('1'), { ...waiting('1'), interactions: [] }],
  ])('[U16] %s is kept without a word', async (_, intent, session) => {
    const { arrive, intents } = await open([intent]);
    arrive(session);
    await settled();
    expect([recorded.asked, intents.all()]).toEqual([[], [intent]]);
  });

  test('[U16] is asked for once its session is whole', async () => {
    const { arrive, feed } = await open([intentOf('1')]);
    feed.mark('1', { kind: 'incomplete' });
    arrive(waiting('1'));
    expect(recorded.asked).toEqual([]);
    feed.mark('1', undefined);
    expect(recorded.asked).toHaveLength(1);
  });

  test('[U16] is not asked for while its command is at it', async () => {
    const { arrive, feed, runner, intents } = await open([intentOf('1')]);
    feed.put(waiting('1'));
    const running = runner.run(feed.getSession('1')!);
    arrive(waiting('1'));
    await running;
    expect(recorded.asked.map(({ text }) => text)).toEqual([
      'Part1, Session: this step was started here, and its result has not arrived.',
    ]);
    expect(intents.all()).toHaveLength(1);
  });

  test('[U16] whose result arrives while it is asked for is not submitted', async () => {
    const { arrive, feed, submitted, intents } = await open([intentOf('1')]);
    recorded.answers.push('Enter Result');
    arrive(waiting('1'));
    feed.put({ ...waiting('1'), interactions: [{ ...step('1'), result: RESULT }] });
    await vi.waitFor(() => expect(intents.all()).toEqual([]));
    expect([recorded.messages.at(-1), submitted]).toEqual([
      'Part1, Session: its result has arrived already. Nothing was submitted.',
      [],
    ]);
  });

  test('[U16] is one of many that are told as one, and chosen from one after another', async () => {
    const ids = ['1', '2', '3', '4', '5'];
    const { arrive, submitted, intents } = await open(
      ids.map((id) => ({ ...intentOf(id), ...(id === '2' && { result: KNOWN }) })),
    );
    recorded.answers.push('Choose a Step', 'Run Tests 2', 'Submit as OK', 'Choose a Step', 'Run Tests 4');
    recorded.answers.push('Discard');
    arrive(...ids.map(waiting));
    await vi.waitFor(() => expect(intents.all()).toHaveLength(3));
    await settled();
    expect(recorded.asked.map(({ text, choices }) => [text.replace(/ at .*/, ''), choices])).toEqual([
      ['5 steps were started here and have no result. None is run again.', ['Choose a Step']],
      ['Steps without a Result', ids.map((id) => (id === '1' ? 'Run Tests' : `Run Tests ${id}`))],
      ['Result of Part2, Session', SUBMIT_AS],
      ['4 steps were started here and have no result. None is run again.', ['Choose a Step']],
      ['Steps without a Result', ['Run Tests', 'Run Tests 3', 'Run Tests 4', 'Run Tests 5']],
      [
        'Part4, Session: this step was started here, and its result has not arrived.',
        ['Enter Result', 'Discard'],
      ],
      ...['1', '3', '5'].map((id) => [
        `Part${id}, Session: Run Tests${id === '1' ? '' : ` ${id}`} was started here`,
        ['Enter Result', 'Discard'],
      ]),
    ]);
    expect(submitted).toEqual([['2', 'i2', KNOWN]]);
  });
});

test('[U16] no listener stays once each was looked at', async () => {
  const { arrive, listening } = await open([intentOf('1')]);
  expect(listening()).toBe(1);
  arrive(waiting('1'));
  expect(listening()).toBe(0);
});

describe('the part that is loaded with the commands', () => {
  test('[U16] is loaded at the start where a step was started before, and only then', async () => {
    const memory = new Memory();
    await memory.update('codeMySpec.stepFolder x', 'file:///home');
    let loads = 0;
    const asked = vi.fn();
    const load = () => Promise.resolve((loads++, ok(handlers(asked))));
    registerCommands(memory, load).dispose();
    expect(loads).toBe(0);
    await new StepIntents(memory).keep(intentOf('1'));
    registerCommands(memory, load);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
    await recorded.handlers.get('codeMySpec.reconnect')?.();
    expect([loads, asked.mock.calls.length]).toEqual([1, 1]);
  });

  test('[U11] is one for all commands, so that one knows what another is at; a load that failed is tried again', async () => {
    const loads = [err({ kind: 'incompleteInstall' as const, detail: '' }), ok(handlers(() => {}))];
    let taken = 0;
    registerCommands(new Memory(), () => Promise.resolve(loads[taken++]!));
    for (let turn = 0; turn < 4; turn++) await recorded.handlers.get('codeMySpec.runStep')?.();
    expect(taken).toBe(2);
  });
});

test('[U11] of more than fifty steps that were started the one that was started first is forgotten', async () => {
  const intents = new StepIntents(new Memory());
  const later = Array.from({ length: 49 }, (_, turn) => turn + 2);
  for (const turn of [1, 0, ...later])
    await intents.keep({ ...intentOf(String(turn)), startedAt: AT + turn });
  expect(intents.all().map(({ session }) => Number(session))).toEqual([1, ...later]);
});

const SUBMIT_AS = ['Submit as OK', 'Submit as Warning', 'Submit as Error', 'Discard'];

function intentOf(session: string): StepIntent {
  return { server: SERVER, session, interaction: `i${session}`, startedAt: AT };
}

function step(id: string): Interaction {
  const command = { id: 'c', module: null, command: 'mix test', pipe: null, metadata: {}, timestamp: null };
  return {
    ...{ id: `i${id}`, step_name: id === '1' ? 'Run Tests' : `Run Tests ${id}`, command },
    ...{ result: null, completed_at: null },
  };
}

function waiting(id: string): SessionUpdate {
  return {
    ...{ id, status: 'active', execution_mode: 'manual', type: null, interactions: [step(id)] },
    component: { id, name: `Part${id}`, type: null, module_name: null },
  };
}

const handlers = (ask: () => void): CommandHandlers => ({
  ...(Object.fromEntries(COMMANDS.map((id) => [id, () => {}])) as Omit<CommandHandlers, 'askForOpenSteps'>),
  askForOpenSteps: ask,
});

/** All that was under way without a timer. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function open(kept: readonly StepIntent[]) {
  const memory = new Memory();
  const intents = new StepIntents(memory);
  for (const intent of kept) await intents.keep(intent);
  const feed = new FakeFeed();
  const listeners = new Set<(status: ConnectionStatus) => void>();
  const submitted: unknown[][] = [];
  const manager = Object.assign(feed, {
    status: connectionStatus('connected.syncing', { loaded: false }),
    onConnectionUpdate: (listener: (status: ConnectionStatus) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whyNot: () => undefined,
    submitResult: (...given: unknown[]) => {
      submitted.push(given);
      return Promise.resolve(ok({ outcome: 'done' as const, session: { id: '1' } }));
    },
  });
  const targets = { manager, workspaceState: memory, serverUrl: () => `${SERVER}/` };
  const runner = new StepRunner(targets);
  askForOpenSteps(targets, runner);
  return {
    ...{ feed, runner, intents, submitted },
    listening: () => listeners.size,
    /** As a list does: the sessions first. */
    arrive: (...sessions: SessionUpdate[]) => {
      feed.put(...sessions);
      manager.status = connectionStatus('connected.live', { loaded: true });
      for (const listener of [...listeners]) listener(manager.status);
    },
  };
}
