import { beforeEach, expect, test } from 'vitest';
import { workspace } from 'vscode';
import { err, ok, type Failure, type Result } from '../../../src/model/failure';
import { mergeSession } from '../../../src/model/session';
import type { CommandOutcome, Fate } from '../../../src/model/sessionCommand';
import { DEFAULT_ARRANGEMENT, type Arrangement } from '../../../src/views/grouping';
import { StepRunner } from '../../../src/vscode/runStep';
import { sessionActions, type SessionActionTargets } from '../../../src/vscode/sessionActions';
import { Memory } from '../views/memory';
import { recorded, resetStandIn, Uri } from '../vscodeStandIn';

beforeEach(resetStandIn);

const FOLDER_ASKED = 'Folder for the steps of the project 101';
const REFUSED: Failure = { kind: 'commandRefused', detail: '422' };

function open(
  given: {
    reason?: Failure;
    answer?: Result<CommandOutcome>;
    conversation?: string;
    project?: string;
    name?: string;
    address?: string;
  } = {},
) {
  const session = mergeSession(undefined, {
    ...{
      id: '7',
      status: 'active',
      execution_mode: 'manual',
      type: 'ContextSpecSessions',
      project_id: given.project ?? '101',
    },
    component: { id: '1', name: given.name ?? 'Accounts', type: null, module_name: null },
    external_conversation_id: given.conversation ?? null,
  });
  const sent: unknown[][] = [];
  const answer = given.answer ?? ok<CommandOutcome>({ outcome: 'done', session: { id: '7' } });
  const send =
    (name: string) =>
    (...values: unknown[]) => {
      sent.push([name, ...values]);
      return Promise.resolve(answer);
    };
  let arrangement: Arrangement = DEFAULT_ARRANGEMENT;
  const arranged: Arrangement[] = [];
  const targets: SessionActionTargets = {
    manager: {
      getSession: (id) => (id === '7' ? session : undefined),
      whyNot: () => given.reason,
      nextCommand: send('next'),
      cancelSession: send('cancel'),
      setExecutionMode: send('mode'),
      submitResult: send('submit'),
    },
    attention: { markSeen: (id) => void sent.push(['seen', id]) },
    view: {
      selected: undefined,
      get arrangement() {
        return arrangement;
      },
      arrange: (next) => {
        arranged.push((arrangement = next));
      },
      showMore: () => {},
    },
    workspaceState: new Memory(),
    serverUrl: () => given.address ?? 'https://mine.example',
  };
  const actions = sessionActions(targets, new StepRunner(targets));
  return { actions, sent, arranged, session };
}

test('a command goes to the session it is given, once, and nothing is said of what one sees', async () => {
  const { actions, sent } = open();
  await actions['codeMySpec.nextCommand']('7');
  expect([sent, recorded.messages]).toEqual([[['next', '7']], []]);
});

test('[U1] a session is opened in its editor, by its row or its id', async () => {
  const { actions, session } = open();
  const row = { kind: 'session', id: 'session/7', session };
  for (const target of ['7', row]) await actions['codeMySpec.openSession'](target);
  expect(recorded.executed.map(([command, uri]) => [command, (uri as Uri).path])).toEqual([
    ['vscode.open', '/Context Spec 7'],
    ['vscode.open', '/Context Spec 7'],
  ]);
});

test('[T5] the row of a session that only the last picture knows is acted on all the same', async () => {
  const { actions, session } = open();
  const kept = { ...session, id: 'kept' };
  await actions['codeMySpec.copySessionId']({ kind: 'session', id: 'session/kept', session: kept });
  expect([recorded.clipboard, recorded.messages]).toEqual(['kept', []]);
});

test('without a session to act on somebody is told so', async () => {
  const { actions, sent } = open();
  for (const target of [undefined, 'gone', { kind: 'group', id: 'g' }])
    await actions['codeMySpec.nextCommand'](target);
  expect([sent, new Set(recorded.messages)]).toEqual([[], new Set(['Select a session first.'])]);
});

test('what cannot be done is not sent, and what is refused is said, both with the session’s name', async () => {
  const impossible = open({ reason: { kind: 'unsupported', detail: 'no REST' } });
  await impossible.actions['codeMySpec.nextCommand']('7');
  await open({ answer: err(REFUSED) }).actions['codeMySpec.nextCommand']('7');
  expect([impossible.sent, recorded.messages]).toEqual([
    [],
    [
      'Accounts, Context Spec: This server does not offer that.',
      'Accounts, Context Spec: The server refused that.',
    ],
  ]);
});

test.each<[Fate, RegExp]>([
  ['happened', /it was done after all/],
  ['didNotHappen', /it was not done/],
  ['unknown', /Check before you try again/],
])('[D3] an answer that was lost is said, and then that it is %s', async (fate, words) => {
  const settled = Promise.resolve(fate);
  const answer = ok<CommandOutcome>({ outcome: 'unknown', failure: REFUSED, settled });
  const { actions, sent } = open({ answer });
  await actions['codeMySpec.nextCommand']('7');
  expect(sent).toHaveLength(1);
  expect(recorded.messages).toEqual([
    expect.stringMatching(/answer of the server was lost/),
    expect.stringMatching(words),
  ]);
});

test('a session is cancelled after a yes to its name alone', async () => {
  const { actions, sent } = open();
  await actions['codeMySpec.cancelSession']('7');
  expect([sent, recorded.messages]).toEqual([[], ['Cancel the session Accounts, Context Spec?']]);
  expect(recorded.choices).toEqual(['Cancel Session', 'Keep Running']);
  recorded.choice = 'Keep Running';
  await actions['codeMySpec.cancelSession']('7');
  expect(sent).toEqual([]);
  recorded.choice = 'Cancel Session';
  await actions['codeMySpec.cancelSession']('7');
  expect(sent).toEqual([['cancel', '7']]);
});

test('another mode is chosen from a list; the same one is not sent', async () => {
  const { actions, sent } = open();
  for (const choice of [undefined, 'Manual', 'Automatic']) {
    recorded.choice = choice;
    await actions['codeMySpec.setExecutionMode']('7');
  }
  expect(sent).toEqual([['mode', '7', 'auto']]);
});

test('[X4] the page of the project is opened, or that of the server where its id is none', async () => {
  await open().actions['codeMySpec.openInBrowser']('7');
  await open({ project: '../oauth?a=1' }).actions['codeMySpec.openInBrowser']('7');
  // As an older editor in a browser forwards it, which loses the path.
  recorded.externalUri = () => 'https://editor.example/proxy/4000/';
  await open().actions['codeMySpec.openInBrowser']('7');
  expect(recorded.opened).toEqual([
    'https://mine.example/projects/101',
    'https://mine.example/',
    'https://editor.example/proxy/4000/projects/101',
  ]);
});

test('where the address of the server is none, its setting is opened in place of a page', async () => {
  await open({ address: 'mine.example' }).actions['codeMySpec.openInBrowser']('7');
  expect([recorded.opened, recorded.executed]).toEqual([
    [],
    [['workbench.action.openSettings', '@id:codeMySpec.serverUrl']],
  ]);
});

test.each(['--help', '$(id)', 'a b', "'; rm", '', 'x'.repeat(65)])(
  '[X4] no terminal is opened for a conversation %j',
  async (conversation) => {
    await open({ conversation }).actions['codeMySpec.resumeConversation']('7');
    expect([recorded.terminals, recorded.messages.length]).toEqual([[], 1]);
  },
);

test('[X4] a conversation is resumed without a shell, in a trusted workspace alone', async () => {
  const { actions } = open({ conversation: '0b9f6a50-aa11-4c11-9c11-0d5d5d5d5d5d' });
  Object.assign(workspace, { isTrusted: false });
  await actions['codeMySpec.resumeConversation']('7');
  expect(recorded.terminals).toEqual([]);
  Object.assign(workspace, { isTrusted: true });
  await actions['codeMySpec.resumeConversation']('7');
  expect(recorded.terminals).toEqual([
    {
      name: 'Claude: Accounts, Context Spec',
      shellPath: 'claude',
      shellArgs: ['--resume', '0b9f6a50-aa11-4c11-9c11-0d5d5d5d5d5d'],
    },
  ]);
});

test.each([
  ['in the one that is open', ['billing'], [], 'billing', []],
  ['in the one that is chosen of several', ['billing', 'shop'], ['shop'], 'shop', [FOLDER_ASKED]],
  ['nowhere on Escape', ['billing', 'shop'], [], undefined, [FOLDER_ASKED]],
])(
  '[U9] a conversation is resumed in the folder of its project: %s',
  async (_, names, answers, at, asked) => {
    recorded.folders = names.map((name) => ({ name, uri: Uri.file(`/home/me/${name}`) }));
    recorded.answers.push(...answers);
    const { actions } = open({ conversation: '0b9f6a50-aa11' });
    await actions['codeMySpec.resumeConversation']('7');
    const cwds = recorded.terminals.map((options) => (options as { cwd?: Uri }).cwd);
    expect(cwds).toEqual(at ? [Uri.file(`/home/me/${at}`)] : []);
    expect(recorded.asked.map(({ text }) => text)).toEqual(asked);
    if (at) await actions['codeMySpec.resumeConversation']('7');
    expect(recorded.asked).toHaveLength(asked.length);
  },
);

test('a filter is followed while it is typed, and taken back on Escape', async () => {
  const { actions, arranged } = open();
  const filtering = actions['codeMySpec.filterSessions']();
  recorded.inputs[0]?.type(' spec ');
  recorded.inputs[0]?.escape();
  await filtering;
  const again = actions['codeMySpec.filterSessions']();
  recorded.inputs[1]?.enter('@failed');
  await again;
  recorded.choice = 'By Component';
  await actions['codeMySpec.groupSessions']();
  expect(arranged).toEqual([
    { grouping: 'attention', filter: 'spec' },
    { grouping: 'attention', filter: '' },
    { grouping: 'attention', filter: '@failed' },
    { grouping: 'component', filter: '@failed' },
  ]);
});

test('[X4] makes no link of what a session is called', async () => {
  const { actions } = open({ name: '[Save](command:workbench.action.quit)', reason: REFUSED });
  await actions['codeMySpec.nextCommand']('7');
  await actions['codeMySpec.cancelSession']('7');
  expect(recorded.messages).toHaveLength(2);
  for (const message of recorded.messages) expect(message).not.toContain('](');
});
