import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { workspace } from 'vscode';
import { err, ok, type Failure, type Result } from '../../../src/model/failure';
import { mergeSession, type Interaction, type Session } from '../../../src/model/session';
import type { CommandOutcome, CommandResult, Fate } from '../../../src/model/sessionCommand';
import { StepRunner } from '../../../src/vscode/runStep';
import { Memory } from '../views/memory';
import { recorded, resetStandIn, Uri, type Terminal } from '../vscodeStandIn';

beforeEach(() => {
  resetStandIn();
  recorded.folders = [{ name: 'billing', uri: Uri.file('/home/me/billing') }];
  recorded.shell = (terminal) => {
    terminals.push(terminal);
    terminal.prompt('bash');
  };
  recorded.play = (execution) => {
    execution.print('\u001b]633;C\u0007\u001b[32mgreen\u001b[0m\r\n');
    execution.end(0);
  };
  terminals = [];
});
afterEach(() => {
  vi.useRealTimers();
  Object.assign(workspace, { isTrusted: true });
});

let terminals: Terminal[];

describe('the question', () => {
  test('[U8] shows folder, machine and the whole command, and runs nothing without its yes', async () => {
    const { run, submitted, memory } = open();
    recorded.answers.push('billing', undefined);
    await run();
    expect(recorded.asked.at(-1)).toEqual({
      text: 'Run the waiting step of Ledger, Session here?',
      detail:
        'Folder: /home/me/billing\nMachine: this computer\n\n' +
        'It runs in a new terminal with your permissions.\n\n' +
        'mix test "$FILES"',
      choices: ['Run', 'Other Folder…'],
    });
    expect([recorded.terminals, submitted, intentsIn(memory)]).toEqual([[], [], []]);
  });

  test('[U8] a yes runs it once in a terminal of the folder, and submits what came of it once', async () => {
    const { run, submitted, memory } = open();
    recorded.answers.push('billing', 'Run', 'Submit as OK');
    await run();
    expect(recorded.terminals).toEqual([
      { name: 'Run Tests, Ledger, Session', cwd: Uri.file('/home/me/billing') },
    ]);
    expect(given()).toEqual(['mix test "$FILES"']);
    expect(submitted).toEqual([
      {
        ...{ status: 'ok', stdout: 'green\n', stderr: '', code: 0 },
        duration_ms: expect.any(Number) as number,
      },
    ]);
    expect(
      recorded.progress.map(({ title, cancellable, open: isOpen }) => [title, cancellable, isOpen]),
    ).toEqual([
      ['Ledger, Session: Run Tests runs in a terminal', true, false],
      [undefined, undefined, false],
    ]);
    expect(intentsIn(memory)).toEqual([]);
  });

  test('[U9] the folder is asked for once for a project, where there is one too, and can be another', async () => {
    const { run } = open();
    recorded.folders!.push({ name: 'shop', uri: Uri.file('/home/me/shop') });
    recorded.answers.push('billing', undefined);
    await run();
    recorded.answers.push('Other Folder…', 'shop', undefined);
    await run();
    await run();
    expect(recorded.asked.map(({ text, detail = '' }) => [text, detail.split('\n', 1)[0]])).toEqual([
      ['Folder for the steps of the project 101', ''],
      ['Run the waiting step of Ledger, Session here?', 'Folder: /home/me/billing'],
      ['Run the waiting step of Ledger, Session here?', 'Folder: /home/me/billing'],
      ['Folder for the steps of the project 101', ''],
      ['Run the waiting step of Ledger, Session here?', 'Folder: /home/me/shop'],
      ['Run the waiting step of Ledger, Session here?', 'Folder: /home/me/shop'],
    ]);
  });

  test('[U9] a folder that was chosen and is closed is asked for again; without one nothing is run', async () => {
    const { run } = open();
    recorded.answers.push('billing', undefined);
    await run();
    recorded.folders = [{ name: 'shop', uri: Uri.file('/home/me/shop') }];
    await run();
    expect(recorded.asked.at(-1)?.choices).toEqual(['shop']);
    recorded.folders = [];
    await run();
    expect(recorded.messages.at(-1)).toBe(
      'Ledger, Session: Open the folder of the project to run its steps.',
    );
  });

  test.each([
    ['ssh-remote', Uri.remote('ssh-remote+build.example', '/srv/app'), 'SSH build.example'],
    ['wsl', Uri.remote('wsl+Ubuntu', '/srv/app'), 'wsl'.toUpperCase() + ' Ubuntu'],
    ['dev-container', Uri.remote('dev-container+7b22686f73745061746822', '/srv/app'), 'a container'],
    ['codespaces', Uri.file('/srv/app'), 'codespaces'],
  ])('[U9] the machine of the folder is named in %s', async (remoteName, uri, machine) => {
    const { run } = open();
    Object.assign(recorded, { remoteName, folders: [{ name: 'app', uri }] });
    recorded.answers.push('app', undefined);
    await run();
    expect(recorded.asked.at(-1)?.detail).toContain(`Folder: /srv/app\nMachine: ${machine}\n`);
  });

  test('[U10] in a workspace that is not trusted nothing is asked', async () => {
    Object.assign(workspace, { isTrusted: false });
    await open().run();
    expect([recorded.asked.map(({ text }) => text), recorded.terminals]).toEqual([
      ['Ledger, Session: A step is run only in a trusted workspace.'],
      [],
    ]);
  });

  test.each<[string, Partial<Session>]>([
    ['ended', { status: 'complete' }],
    ['automatic', { execution_mode: 'auto' }],
    ['another user’s', { owner: { id: '2', name: 'ada' } }],
    ['without steps', { interactions: [] }],
    ['with the result already', { interactions: [{ ...step('ls'), result: RESULT }] }],
  ])('[U10] nothing waits to be run in a session that is %s', async (_, fields) => {
    await open(fields).run();
    expect(recorded.messages).toEqual(['Ledger, Session: no step is waiting to be run here.']);
  });

  test('[U10] where the server takes no result, the reason is told and nothing is run', async () => {
    const opened = open();
    opened.reason = { kind: 'unsupported', detail: '' };
    await opened.run();
    expect(recorded.messages).toEqual(['Ledger, Session: This server does not offer that.']);
  });

  test('[U11] a command that changed while it was shown is not run, nor one of a session that ended', async () => {
    for (const fields of [{ interactions: [step('rm -rf ~')] }, { status: 'complete' }]) {
      const opened = open();
      recorded.answers.push('billing', 'Run');
      opened.whenAsked = () => Object.assign(opened, { session: { ...opened.session, ...fields } });
      await opened.run();
      expect([recorded.messages.at(-1), recorded.terminals]).toEqual([
        'Ledger, Session: the step has changed in the meantime. Nothing was run.',
        [],
      ]);
    }
  });

  test('[U11] nothing is run where its start cannot be kept', async () => {
    const { run, memory } = open();
    recorded.answers.push('billing', 'Run');
    const update = memory.update.bind(memory);
    memory.update = (key, value) =>
      key.startsWith('codeMySpec.step ') ? Promise.reject(new Error('disk full')) : update(key, value);
    await expect(run()).rejects.toThrow('disk full');
    expect(recorded.terminals).toEqual([]);
  });

  test('[U12] a long or unusual command is read in an editor first, which then is named', async () => {
    const text = `echo ${'x'.repeat(1_100)}\u202e\u200b`;
    const { run } = open({ interactions: [step(text)] });
    const opened: string[] = [];
    recorded.answers.push('billing', 'Continue', undefined);
    const running = run();
    await vi.waitFor(() => expect(recorded.executed).toHaveLength(1));
    const [command, uri] = recorded.executed[0] as [string, Uri];
    opened.push(command, uri.path);
    expect(opened).toEqual(['vscode.open', '/Run Tests command.sh']);
    await running;
    expect(recorded.asked.slice(1).map(({ text: said, choices }) => [said, choices])).toEqual([
      [
        'Ledger, Session: read the command in the editor "Run Tests command". It does not run yet.',
        ['Continue'],
      ],
      ['Run the waiting step of Ledger, Session here?', ['Run', 'Other Folder…']],
    ]);
    expect(recorded.asked.at(-1)?.detail).toMatch(/is in the editor "Run Tests command"\.$/);
    expect(recorded.terminals).toEqual([]);
  });

  test('[U12] a pipe is shown, and not passed on', async () => {
    const { run } = open({ interactions: [step('claude -p', { pipe: 'Write\u0007 it' })] });
    recorded.answers.push('billing', 'Continue', undefined);
    const provided = vi.spyOn(recorded.contents, 'set');
    await run();
    const text = await provided.mock.calls[0]?.[1].provideTextDocumentContent(recorded.executed[0]?.[1]);
    expect(text).toBe('claude -p\n\nPipe, which is not passed on:\n\nWrite<U+0007> it');
    expect(recorded.contents.size).toBe(0);
  });
});

describe('a run', () => {
  test('[U11] is one at a time, however often it is asked for', async () => {
    const { run, submitted } = open();
    recorded.answers.push('billing', 'Run', 'Submit as OK');
    await Promise.all([run(), run()]);
    expect([given().length, submitted.length]).toEqual([1, 1]);
    expect(recorded.messages).toContain('Ledger, Session: this step is already being run.');
  });

  test('[U13] a code other than 0 is an error, unless the user says otherwise', async () => {
    const { run, submitted } = open();
    recorded.play = (execution) => execution.end(2);
    recorded.answers.push('billing', 'Run', 'Submit as Warning');
    await run();
    expect(recorded.asked.at(-1)?.choices).toEqual([
      ...['Submit as Error', 'Submit as OK', 'Submit as Warning', 'Discard'],
    ]);
    expect(submitted).toMatchObject([{ status: 'warning', code: 2, stdout: '', stderr: '' }]);
  });

  test('[U13] what is discarded is not submitted, and can be run again with another yes', async () => {
    const { run, submitted } = open();
    recorded.answers.push('billing', 'Run', 'Discard', 'Run', 'Submit as OK');
    await run();
    expect(submitted).toEqual([]);
    await run();
    expect([given().length, submitted.length]).toEqual([2, 1]);
  });

  test('[U13] an exit code that the shell does not tell is asked for', async () => {
    const { run, submitted } = open();
    recorded.play = (execution) => execution.end(undefined);
    recorded.answers.push('billing', 'Run', '7', 'Submit as Error');
    await run();
    expect(recorded.asked.at(-2)?.text).toMatch(/^The exit code that you see/);
    expect(submitted).toMatchObject([{ status: 'error', code: 7 }]);
  });

  test('[U13] cancelling interrupts the command, and what is seen can be submitted', async () => {
    const { run, submitted } = open();
    recorded.play = () => recorded.progress[0]?.cancel();
    recorded.answers.push('billing', 'Run', '130', 'Submit as Error');
    await run();
    expect(given()).toEqual(['mix test "$FILES"', '\u0003']);
    expect(submitted).toMatchObject([{ status: 'error', code: 130 }]);
  });

  test('[U13] without an exit code nothing is OK unless the user chooses so', async () => {
    const { run, submitted } = open();
    recorded.play = () => recorded.progress[0]?.cancel();
    recorded.answers.push('billing', 'Run', '', undefined);
    await run();
    expect(recorded.asked.at(-1)?.choices).toEqual([
      ...['Submit as Error', 'Submit as OK', 'Submit as Warning', 'Discard'],
    ]);
    recorded.answers.push('Enter Result', '', 'Submit as Error');
    await run();
    expect(submitted).toMatchObject([{ status: 'error', stdout: '' }]);
  });

  test('[U13] a terminal that is closed before its shell is there has run nothing', async () => {
    const { run, submitted, memory } = open();
    recorded.shell = (terminal) => terminal.close();
    recorded.answers.push('billing', 'Run');
    await run();
    expect([recorded.messages.at(-1), submitted, intentsIn(memory)]).toEqual([
      'Ledger, Session: nothing was run.',
      [],
      [],
    ]);
  });

  test.each([
    ['without shell integration', 'mix test', (terminal: Terminal) => void terminals.push(terminal)],
    ['in another shell', 'mix test', shellOf('cmd')],
    ['with several lines', 'cd apps\nmix test', shellOf('bash')],
  ])('[U14] %s its result is entered by hand', async (_, text, shell) => {
    vi.useFakeTimers();
    const { run, submitted } = open({ interactions: [step(text)] });
    recorded.shell = shell;
    recorded.answers.push('billing', 'Run', 'Enter Result', '0', '12 tests', 'Submit as OK');
    const running = run();
    await vi.advanceTimersByTimeAsync(10_000);
    await running;
    await vi.waitFor(() => expect(submitted).toHaveLength(1));
    expect(given()).toEqual([`${text}\r`]);
    expect(submitted).toEqual([{ status: 'ok', stdout: '12 tests', stderr: '', code: 0 }]);
  });

  test('[U11] a reload between: it is never run again, and what is seen is asked for', async () => {
    const first = open();
    recorded.answers.push('billing', 'Run');
    recorded.shell = shellOf('cmd');
    await first.run();
    expect(given()).toHaveLength(1);
    const second = open({}, first.memory);
    recorded.answers.push(undefined, 'Enter Result', '', '', 'Submit as OK');
    await second.run();
    expect(recorded.asked.at(-1)).toEqual({
      text: 'Ledger, Session: this step was started here, and its result has not arrived.',
      detail: expect.stringMatching(
        /^Started at .*It is not run again: submit what you see, or discard it/,
      ) as string,
      choices: ['Enter Result', 'Discard'],
    });
    await second.run();
    expect([given().length, second.submitted]).toEqual([1, [{ status: 'ok', stdout: '', stderr: '' }]]);
    expect(intentsIn(first.memory)).toEqual([]);
  });

  test('[U11] a reload after its end: the result that is kept is looked at again, and submitted once', async () => {
    const first = open();
    recorded.answers.push('billing', 'Run', undefined);
    await first.run();
    const second = open({}, first.memory);
    recorded.answers.push('Submit as OK');
    await second.run();
    expect([given().length, second.submitted]).toMatchObject([1, [{ stdout: 'green\n', code: 0 }]]);
  });

  test.each<[Fate, number]>([
    ['happened', 0],
    ['didNotHappen', 1],
    ['unknown', 1],
  ])('[U11] an answer that was lost is not sent again by itself: it %s', async (fate, kept) => {
    const lost: Failure = { kind: 'closed', detail: '' };
    const opened = open();
    opened.answer = ok({ outcome: 'unknown', failure: lost, settled: Promise.resolve(fate) });
    recorded.answers.push('billing', 'Run', 'Submit as OK');
    await opened.run();
    expect([given().length, opened.submitted.length, intentsIn(opened.memory).length]).toEqual([1, 1, kept]);
  });

  test('[U11] a result that the server refuses is kept; one that arrived otherwise is not submitted', async () => {
    const opened = open();
    opened.answer = err({ kind: 'commandRefused', detail: '' });
    recorded.answers.push('billing', 'Run', 'Submit as OK');
    await opened.run();
    expect([recorded.messages.at(-1), intentsIn(opened.memory).length]).toEqual([
      'Ledger, Session: The server refused that.',
      1,
    ]);
    opened.answer = ok({ outcome: 'done', session: { id: '7' } });
    recorded.answers.push('Submit as OK');
    const before = opened.session;
    const running = opened.run();
    opened.session = { ...before, interactions: [{ ...before.interactions[0]!, result: RESULT }] };
    await running;
    expect([recorded.messages.at(-1), opened.submitted.length, intentsIn(opened.memory)]).toEqual([
      'Ledger, Session: its result has arrived already. Nothing was submitted.',
      1,
      [],
    ]);
  });
});

test('[U15] Claude gets its prompt as one argument, without a shell, and the user enters the result', async () => {
  const prompt = 'Fix $(rm -rf ~) "this" \'now\' `id`\n--dangerously-skip-permissions\n\ttoo';
  const metadata = { prompt, options: { model: 'opus', resume: '0b9f6a50-aa11' } };
  const { run, submitted } = open({ interactions: [step('claude', { metadata })] });
  recorded.answers.push('billing', 'Continue', 'Run', 'Enter Result', '', 'done', 'Submit as OK');
  await run();
  await vi.waitFor(() => expect(submitted).toHaveLength(1));
  expect(recorded.terminals).toEqual([
    {
      ...{ name: 'Run Tests, Ledger, Session', cwd: Uri.file('/home/me/billing') },
      ...{ shellPath: 'claude', shellArgs: ['--model=opus', '--resume=0b9f6a50-aa11', '--', prompt] },
    },
  ]);
  expect([given(), submitted]).toEqual([[], [{ status: 'ok', stdout: 'done', stderr: '' }]]);
});

const RESULT = {
  ...{ id: 'r', status: 'ok', data: null, code: 0, error_message: null, stdout: '', stderr: '' },
  ...{ duration_ms: 1, timestamp: null },
};

function step(text: string, fields: object = {}): Interaction {
  const command = { id: 'c', module: null, command: text, pipe: null, metadata: {}, timestamp: null };
  return {
    id: 'i1',
    step_name: 'Run Tests',
    command: { ...command, ...fields },
    result: null,
    completed_at: null,
  };
}

const given = () => terminals.flatMap((terminal) => terminal.given);

function shellOf(name: string) {
  return (terminal: Terminal) => {
    terminals.push(terminal);
    terminal.prompt(name);
  };
}

const intentsIn = (memory: Memory) =>
  memory.keys().filter((key) => key.startsWith('codeMySpec.step ') && memory.get(key) !== undefined);

function open(fields: Partial<Session> = {}, memory = new Memory()) {
  const submitted: CommandResult[] = [];
  const opened = {
    ...{ submitted, memory, reason: undefined as Failure | undefined, whenAsked: () => {} },
    answer: ok({ outcome: 'done', session: { id: '7' } }) as Result<CommandOutcome>,
    session: mergeSession(undefined, {
      ...{ id: '7', status: 'active', execution_mode: 'manual', project_id: '101', type: null },
      component: { id: '1', name: 'Ledger', type: null, module_name: null },
      ...{ interactions: [step('mix test "$FILES"')], ...fields },
    }),
    run: () => runner.run(opened.session),
  };
  const runner = new StepRunner({
    manager: {
      getSession: () => {
        opened.whenAsked();
        return opened.session;
      },
      whyNot: () => opened.reason,
      submitResult: (_id, _interaction, result) => {
        submitted.push(result);
        return Promise.resolve(opened.answer);
      },
    },
    workspaceState: memory,
    serverUrl: () => 'https://mine.example',
  });
  return opened;
}
