import type { ExtensionContext } from 'vscode';
import { beforeEach, expect, test, vi } from 'vitest';
import { activate } from '../../src/extension';
import { ok } from '../../src/model/failure';
import { COMMANDS, VIEW_ID } from '../../src/views/commandIds';
import { TOOLS } from '../../src/vscode/registerTools';
import { SecretsInMemory } from './auth/secretsInMemory';
import { recorded, resetStandIn, Uri } from './vscodeStandIn';

const MAIN = '../../src/main';
type TreeOf = (rows: { getChildren: () => string[] }) => unknown;
const start = vi.fn<(context: object, log: object, treeOf: TreeOf) => object>();

beforeEach(async () => {
  resetStandIn();
  start.mockReset();
  start.mockImplementation(mainPart);
  vi.doMock(MAIN, () => ({ start }));
  // Of two that wait for an import, either may win.
  await import(MAIN);
});

const asked: string[] = [];
function mainPart() {
  asked.length = 0;
  const told = <T>(what: string, answer: T) => {
    asked.push(what);
    return Promise.resolve(answer);
  };
  const commands = Object.fromEntries(COMMANDS.map((id) => [id, () => told(id, undefined)]));
  return {
    api: { getAllSessions: () => [{ id: '7' }] },
    authentication: {
      onDidChangeSessions: () => ({ dispose: () => {} }),
      getSessions: () => told('get', []),
    },
    handleUri: () => told('link', undefined),
    sessionEditors: () => told('editors', ok({ show: () => asked.push('show') })),
    commands: () =>
      told('commands', ok({ ...commands, askForOpenSteps: () => void asked.push('openSteps') })),
    tools: () => told('tools', ok(Object.fromEntries(TOOLS.map((name) => [name, () => 'a text'])))),
  };
}

function open({ accounts = [] as string[], steps = [] as string[] } = {}) {
  const secrets = new SecretsInMemory();
  for (const base of accounts) secrets.stored.set(`account:${base}`, '{}');
  const subscriptions: { dispose(): unknown }[] = [];
  const context = { secrets, subscriptions, workspaceState: { keys: () => steps } };
  const api = activate(context as unknown as ExtensionContext);
  const end = () => subscriptions.forEach((each) => void each.dispose());
  return { api, secrets, end, context };
}

const settled = () => new Promise((resolve) => void setImmediate(resolve));
const rows = () => recorded.rows.get(VIEW_ID)!.getChildren();

test('[B1] all that VS Code may ask for is registered, and nothing is loaded while nobody is signed in', async () => {
  open();
  expect(await recorded.accounts.get('codemyspec')?.getSessions(undefined, {})).toEqual([]);
  await settled();
  expect(start).not.toHaveBeenCalled();
  expect([...recorded.handlers.keys()]).toEqual(COMMANDS);
  expect([...recorded.tools.keys()]).toEqual([...TOOLS]);
  expect([recorded.rows.size, recorded.accounts.size, recorded.uriHandlers.size]).toEqual([1, 1, 1]);
  expect([recorded.editors.size, recorded.contents.size]).toEqual([1, 1]);
});

test('[B1] a look at the view loads it, and sees the rows of what was loaded', async () => {
  const { context } = open();
  start.mockImplementation((_, __, treeOf) => {
    treeOf({ getChildren: () => ['a row'] });
    return mainPart();
  });
  expect(await rows()).toEqual(['a row']);
  expect(start).toHaveBeenCalledWith(context, expect.any(Object), expect.any(Function), undefined);
  expect([await rows(), start.mock.calls.length]).toEqual([['a row'], 1]);
});

const NEEDS: [string, () => unknown, asked: string[]][] = [
  ['a command', () => recorded.handlers.get(COMMANDS[0])?.(), ['commands', COMMANDS[0]]],
  ['a tool', () => recorded.tools.get(TOOLS[0])?.invoke({ input: {} }), ['tools']],
  ['a link', () => [...recorded.uriHandlers][0]?.handleUri(Uri.parse('vscode://a.b/callback')), ['link']],
  [
    'an editor of a session',
    () => [...recorded.editors.values()][0]?.resolveCustomEditor({ uri: Uri.file('/7') }, {}),
    ['editors', 'show'],
  ],
];
test.each(NEEDS)('[B1] %s loads it, and is answered', async (_, ask, answered) => {
  open();
  await ask();
  expect([start.mock.calls.length, asked]).toEqual([1, answered]);
});

test('[B1] a sign-in that is kept loads it', async () => {
  open({ accounts: ['https://a.example'] });
  await vi.waitFor(() => expect(start).toHaveBeenCalledTimes(1));
});

test('[B1][U16] a step that was started before the window was loaded loads it, to be asked for', async () => {
  open({ steps: ['codeMySpec.step ["s","7","i"]'] });
  await vi.waitFor(() => expect(asked).toEqual(['commands', 'openSteps']));
  expect(start).toHaveBeenCalledTimes(1);
});

test('[B1] whatever comes at once, it is started once', async () => {
  const { api } = open({ accounts: ['https://a.example'], steps: ['codeMySpec.step ["s","7","i"]'] });
  expect(api.getAllSessions()).toEqual([]);
  await Promise.all([rows(), rows(), ...NEEDS.map(([, ask]) => ask())]);
  expect(start).toHaveBeenCalledTimes(1);
  expect(api.getAllSessions()).toEqual([{ id: '7' }]);
});

test('[B1] what ended before it was loaded is never started, and says nothing', async () => {
  const { end } = open();
  const asking = rows();
  end();
  expect(await asking).toEqual([]);
  expect(start).not.toHaveBeenCalled();
  expect(recorded.messages).toEqual([]);
  expect([recorded.handlers.size, recorded.tools.size]).toEqual([0, 0]);
});

test('[B2] an incomplete installation is said in the view, which asks again when it is looked at again', async () => {
  vi.doMock(MAIN, () => {
    throw new Error('no such file');
  });
  open();
  expect(await rows()).toEqual([]);
  const view = recorded.views.get(VIEW_ID)!;
  expect(view.message).toMatch(/^A file of this extension is missing/);
  vi.doMock(MAIN, () => ({ start }));
  start.mockImplementation((_, __, treeOf) => {
    treeOf({ getChildren: () => ['a row'] });
    return mainPart();
  });
  expect([await rows(), view.message]).toEqual([['a row'], '']);
  expect([start.mock.calls.length, recorded.messages]).toEqual([1, []]);
});

test('[B2] a start that fails leaves nothing behind, is said and logged, and is tried again', async () => {
  const { context } = open();
  const ended: string[] = [];
  const before = context.subscriptions.length;
  start.mockImplementationOnce(() => {
    context.subscriptions.push({ dispose: () => ended.push('begun') });
    throw new Error('a bug');
  });
  expect(await rows()).toEqual([]);
  expect(recorded.views.get(VIEW_ID)!.message).toMatch(/^The extension itself failed/);
  expect([ended, recorded.logged]).toEqual([['begun'], ['Error: a bug']]);
  expect(context.subscriptions.length).toBe(before + 1);
  start.mockImplementationOnce(() => {
    context.subscriptions.push({ dispose: () => ended.push('ended') });
    return mainPart();
  });
  await rows();
  expect([start.mock.calls.length, recorded.outputChannels]).toEqual([2, ['CodeMySpec']]);
  expect(context.subscriptions.at(-1)).toBe(start.mock.calls[1]![1]);
});
