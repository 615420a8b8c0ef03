import { beforeEach, describe, expect, test } from 'vitest';
import { CancellationError, env, Uri } from 'vscode';
import manifest from '../../../package.json';
import { connectionRecord } from '../../../src/connectionRecord';
import { err, ok, type Failure } from '../../../src/model/failure';
import type { ConnectionStatus } from '../../../src/sessionManager';
import { SignInFailed } from '../../../src/auth/vscode/signIn';
import { SESSION_SCHEME, SESSION_VIEW } from '../../../src/sessionView/sessionUri';
import { COMMANDS } from '../../../src/views/commandIds';
import { failureMessage } from '../../../src/views/failureMessage';
import { DEFAULT_ARRANGEMENT } from '../../../src/views/grouping';
import { PRESENTED_STATES } from '../../../src/views/connectionPresentation';
import { commandHandlers, type CommandTargets } from '../../../src/vscode/commandHandlers';
import { registerCommands } from '../../../src/vscode/registerCommands';
import { connectionStatus } from '../views/connectionStatus';
import { Memory } from '../views/memory';
import { resetStandIn, recorded } from '../vscodeStandIn';

beforeEach(resetStandIn);

describe('the commands', () => {
  test('are those of package.json', () => {
    expect(manifest.contributes.commands.map(({ command }) => command).sort()).toEqual([...COMMANDS].sort());
  });

  test('have a category, an icon and a condition', () => {
    for (const { category, icon, enablement, command } of manifest.contributes.commands as Contributed[]) {
      expect([category, /^\$\([a-z-]+\)$/.test(icon)]).toEqual(['CodeMySpec', true]);
      const isForEveryState = [
        ...OF_ROWS,
        'codeMySpec.showLogs',
        'codeMySpec.diagnose',
        'codeMySpec.showConnection',
      ].includes(command);
      expect(enablement !== undefined).toBe(!isForEveryState);
    }
  });

  test('[C18] name in their conditions states that there are, and a refresh all that allow one', () => {
    const conditions = [
      ...(manifest.contributes.commands as Contributed[]).map(({ enablement = '' }) => enablement),
      ...manifest.contributes.menus['view/title'].map(({ when }) => when),
    ];
    const named = conditions.flatMap((text) =>
      [...text.matchAll(/codeMySpec\.state (?:[!=]= '(\w+)'|=~ \/\^\(([\w|]+)\))/g)].flatMap(
        ([, one = '', several = one]) => several.split('|'),
      ),
    );
    const states = new Set(PRESENTED_STATES.map((state) => state.split('.', 1)[0]));
    expect([...new Set(named)].filter((state) => !states.has(state))).toEqual([]);
    expect(conditions.filter((text) => text.includes('=~'))).toHaveLength(2);
    for (const text of conditions.filter((each) => each.includes('=~')))
      expect(text).toContain('/^(connected|reconnecting|polling|invalidServer|restarting|stopped)$/');
  });

  test('[U1] a session is opened where its editor is contributed', () => {
    const [editor] = manifest.contributes.customEditors;
    expect(editor).toMatchObject({
      ...{ viewType: SESSION_VIEW, priority: 'default' },
      selector: [{ filenamePattern: `${SESSION_SCHEME}:/**` }],
    });
    expect(manifest.contributes.menus.commandPalette).toContainEqual({
      command: 'codeMySpec.openSession',
      when: 'false',
    });
  });

  test('[L3] looking at a session is done by its editor, however it was opened, and by nothing else', () => {
    const [begin] = manifest.contributes.walkthroughs;
    expect(begin?.steps.at(-1)).toMatchObject({
      id: 'sessions',
      completionEvents: [`onContext:activeCustomEditorId == '${SESSION_VIEW}'`],
    });
  });

  test('are the only ones in the menus', () => {
    const inMenus = Object.values(manifest.contributes.menus).flatMap((items) =>
      items.map(({ command }) => command),
    );
    expect(inMenus.filter((id) => !(COMMANDS as readonly string[]).includes(id))).toEqual([]);
  });

  test('are all registered, and end together', () => {
    const registered = register(targets());
    expect([...recorded.handlers.keys()]).toEqual(COMMANDS);
    registered.dispose();
    expect(recorded.handlers.size).toBe(0);
  });

  test('an installation that lacks a file says so', async () => {
    registerCommands(new Memory(), () => Promise.resolve(err({ kind: 'incompleteInstall', detail: '' })));
    await recorded.handlers.get('codeMySpec.reconnect')?.();
    expect(recorded.messages).toEqual([failureMessage({ kind: 'incompleteInstall' })]);
  });

  test('send their command and decide nothing', async () => {
    const sent: string[] = [];
    register({
      ...targets(),
      manager: {
        ...targets().manager,
        send: (command) => void sent.push(command),
        refreshSessions: () => Promise.reject(new Error('not asked')),
      },
    });
    for (const id of ['reconnect', 'connect', 'disconnect'])
      await recorded.handlers.get(`codeMySpec.${id}`)?.();
    expect(sent).toEqual(['reconnect', 'connect', 'disconnect']);
  });

  test('[C18] a refresh answers in the status bar, whatever came of it', async () => {
    const failures = { failure: unreachable, listFailure: unreachable };
    const offline = connectionStatus('polling.offline', { loaded: true, ...failures });
    const refreshWith = async (status: ConnectionStatus) => {
      resetStandIn();
      register({
        ...targets(),
        manager: { ...targets().manager, refreshSessions: () => Promise.resolve(status) },
      });
      await recorded.handlers.get('codeMySpec.refreshSessions')?.();
      return recorded.statusBarMessages;
    };
    expect(await refreshWith(offline)).toEqual([
      '$(sync~spin) CodeMySpec: refreshing',
      'CodeMySpec: Offline. The server cannot be reached.',
    ]);
    const live = connectionStatus('connected.live', { loaded: true });
    expect((await refreshWith(live)).at(-1)).toMatch(/just been fetched/);
  });

  test('open the pages of the server, where its address is one', async () => {
    register(targets());
    await recorded.handlers.get('codeMySpec.openServer')?.();
    expect(recorded.opened.map(String)).toEqual(['http://localhost:4000/']);
    register({ ...targets(), serverUrl: () => 'none' });
    await recorded.handlers.get('codeMySpec.openServer')?.();
    expect(recorded.executed).toHaveLength(1);
  });

  test('[E2] open this extension in the editor on the desktop', async () => {
    register(targets());
    await recorded.handlers.get('codeMySpec.openInDesktop')?.();
    const { publisher, name } = manifest;
    expect(recorded.opened.map(String)).toEqual([`${env.uriScheme}://${publisher}.${name}/`]);
  });

  test('[F4] a cancelled sign-in is silent, a failed one says why', async () => {
    const failWith = async (error: Error) => {
      register({
        ...targets(),
        auth: { ...targets().auth, signIn: () => Promise.reject(error) },
      });
      await recorded.handlers.get('codeMySpec.signIn')?.();
      return recorded.messages;
    };
    expect(await failWith(new CancellationError())).toEqual([]);
    expect(await failWith(new SignInFailed('The address is wrong.', 'invalidAddress'))).toEqual([
      'Signing in to localhost:4000 failed. The address is wrong.',
    ]);
    expect((await failWith(new Error('a secret'))).at(-1)).toBe(
      'Signing in to localhost:4000 failed. See the log for details.',
    );
  });

  test.each([
    ['insecureAddress', ['Open Setting']],
    ['notCodeMySpec', ['Open Setting', 'Sign In with a Token…']],
    ['browserRefused', ['Open in Desktop', 'Open Setting']],
    ['tlsRefused', ['Open Settings', 'Try Again']],
    ['declined', ['Try Again', 'Sign In with a Token…']],
  ] as const)('a sign-in that failed for %s offers what may help', async (kind, choices) => {
    for (const choice of choices) {
      resetStandIn();
      const ways: string[] = [];
      const signIn = (way: string) => {
        ways.push(way);
        return Promise.reject(new SignInFailed('It failed.', kind));
      };
      register({ ...targets(), auth: { ...targets().auth, signIn } });
      recorded.choice = choice;
      await recorded.handlers.get('codeMySpec.signIn')?.();
      expect(recorded.choices).toEqual(choices);
      const next = { 'Try Again': ['browser'], 'Sign In with a Token…': ['token'] };
      expect(ways).toEqual(['browser', ...(choice in next ? next[choice as keyof typeof next] : [])]);
      expect([...recorded.executed, ...recorded.opened]).toHaveLength(choice.startsWith('Open') ? 1 : 0);
    }
  });

  test('a token is asked for where the user wants to sign in with one', async () => {
    const ways: string[] = [];
    const signIn = (way: string) => {
      ways.push(way);
      return Promise.reject(new CancellationError());
    };
    register({ ...targets(), auth: { ...targets().auth, signIn } });
    await recorded.handlers.get('codeMySpec.signInWithToken')?.();
    expect(ways).toEqual(['token']);
  });
});

/** Shown or hidden by the row. */
const OF_ROWS = ['markAsSeen', 'copySessionId', 'copyCommand', 'openInBrowser', 'resumeConversation']
  .concat('filterSessions', 'groupSessions', 'showMore', 'showStatusMenu')
  .map((name) => `codeMySpec.${name}`);

const unreachable: Failure = { kind: 'unreachable', detail: 'refused' };

interface Contributed {
  readonly command: string;
  readonly category: string;
  readonly icon: string;
  readonly enablement?: string;
}

const register = (given: CommandTargets) =>
  registerCommands(given.workspaceState, () => Promise.resolve(ok(commandHandlers(given))));

function targets(): CommandTargets {
  const never = () => Promise.reject(new Error('not asked'));
  const none = () => undefined;
  return {
    manager: {
      ...{ send: () => {}, refreshSessions: never, getSession: none, getAllSessions: () => [] },
      ...{ whyNot: none, nextCommand: never, cancelSession: never, setExecutionMode: never },
      submitResult: never,
      ...{ getFreshness: none, onConnectionUpdate: () => none, onSessionsUpdate: () => none },
      status: connectionStatus('connected.live'),
    },
    auth: { signIn: never, signOut: never, hasAccount: true },
    attention: { markSeen: none, needOf: none },
    view: { selected: undefined, arrangement: DEFAULT_ARRANGEMENT, arrange: none, showMore: none },
    log: { show: () => {} },
    tokens: { get: () => Promise.resolve(ok(undefined)) },
    workspaceState: new Memory(),
    ...{ record: connectionRecord(), extensionUri: Uri.parse('file:///extension') },
    ...{ version: '0.1.0', serverUrl: () => 'http://localhost:4000' },
  };
}
