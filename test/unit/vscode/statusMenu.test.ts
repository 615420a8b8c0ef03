import { beforeEach, expect, test } from 'vitest';
import manifest from '../../../package.json';
import { mergeSession, type Session } from '../../../src/model/session';
import type { ConnectionStatus } from '../../../src/sessionManager';
import type { Need } from '../../../src/views/attention';
import { PRESENTED_STATES, presentationOf } from '../../../src/views/connectionPresentation';
import { DEFAULT_ARRANGEMENT } from '../../../src/views/grouping';
import { SessionRows } from '../../../src/views/sessionRows';
import { MENU, showStatusMenu } from '../../../src/vscode/statusMenu';
import { connectionStatus } from '../views/connectionStatus';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(resetStandIn);

interface World {
  readonly hasAccount?: boolean;
  readonly sessions?: Session[];
  readonly needs?: Record<string, Need | undefined>;
  readonly choice?: string;
}

async function choicesIn(
  status: ConnectionStatus,
  { hasAccount = true, sessions = [], needs = {}, choice = '' }: World = {},
): Promise<readonly string[]> {
  recorded.choice = choice;
  await showStatusMenu({
    manager: { status, getAllSessions: () => sessions },
    attention: { needOf: ({ id }) => needs[id] },
    auth: { hasAccount },
    serverUrl: () => 'https://mine.example',
  });
  return recorded.choices;
}

test('[T1] leads with what the state asks for, and has nothing twice', async () => {
  for (const state of PRESENTED_STATES) {
    const status = connectionStatus(state);
    const choices = await choicesIn(status);
    expect(choices[0]).toMatch(new RegExp(`^\\$\\([a-z-]+\\) ${presentationOf(status).click.title}$`));
    expect(new Set(choices).size).toBe(choices.length);
  }
});

test('[T1] offers while the connection is being made again what helps, and no way to sign in', async () => {
  expect(await choicesIn(connectionStatus('reconnecting'))).toEqual([
    '$(debug-restart) Reconnect Now',
    'Connection',
    '$(list-tree) Show Sessions',
    '$(refresh) Refresh Sessions',
    '$(globe) Open Server in Browser',
    '$(pulse) Diagnose Connection',
    '$(type-hierarchy) Show Connection',
    '$(output) Show Log',
    '$(settings-gear) Open Setting',
    '$(debug-disconnect) Disconnect',
    '$(sign-out) Sign Out',
  ]);
});

test('[T1] what is chosen is done', async () => {
  await choicesIn(connectionStatus('connected.live'), { choice: '$(debug-restart) Reconnect Now' });
  expect(recorded.executed.at(-1)).toEqual(['codeMySpec.reconnect']);
  await choicesIn(connectionStatus('invalidServer'), { choice: '$(settings-gear) Open Setting' });
  expect(recorded.executed.at(-1)).toEqual(['workbench.action.openSettings', '@id:codeMySpec.serverUrl']);
});

test('[T1][X4] names what waits for the user, and draws no icon of theirs', async () => {
  const sessions = [waiting('0', '$(error) Evil', 0), waiting('1', 'Part', 1)];
  const choices = await choicesIn(connectionStatus('connected.live'), { sessions, needs: ALL_WAIT });
  expect(waitingIn(choices)).toEqual(['$\u200b(error) Evil', 'Part']);
  await choicesIn(connectionStatus('connected.live'), { sessions, needs: ALL_WAIT, choice: choices[2]! });
  expect(recorded.executed.at(-1)?.[0]).toBe('vscode.open');
});

test('[T1] names in the order of the tree the five that wait for longest, and how many more there are', async () => {
  const seconds = [3, 8, 1, 5, 9, 2, 7, 4, 3];
  const sessions = seconds.map((second, n) => waiting(`${n}`, `Part${second}`, second));
  const needs = { ...ALL_WAIT, '6': undefined };
  const choices = await choicesIn(connectionStatus('connected.live'), { sessions, needs });
  expect(waitingIn(choices)).toEqual(['Part1', 'Part2', 'Part3', 'Part3', 'Part4', '3 more…']);
  expect(inTree(sessions, needs).slice(0, 5)).toEqual(waitingIn(choices).slice(0, 5));
  await choicesIn(connectionStatus('connected.live'), { sessions, needs, choice: '$(ellipsis) 3 more…' });
  expect(recorded.executed.at(-1)).toEqual(['codeMySpec.sessions.focus']);
  const few = await choicesIn(connectionStatus('connected.live'), { sessions: sessions.slice(0, 5), needs });
  expect(waitingIn(few)).toHaveLength(5);
});

test('[T1] what it offers is what package.json allows, in every state, with an account and without', () => {
  const contributed = manifest.contributes.commands as { command: string; enablement?: string }[];
  for (const { command, isPossible } of MENU) {
    const { enablement } = contributed.find((each) => each.command === command) ?? {};
    for (const state of PRESENTED_STATES)
      for (const hasAccount of [true, false])
        expect([command, state, hasAccount, isPossible?.(state, hasAccount) ?? true]).toEqual([
          ...[command, state, hasAccount],
          holds(enablement ?? 'true', { state: state.split('.', 1)[0]!, hasAccount }),
        ]);
  }
});

const ALL_WAIT = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`${n}`, 'next' as const]));

const waiting = (id: string, name: string, second: number): Session =>
  mergeSession(undefined, {
    ...{ id, status: 'active', type: 'ContextSpecSessions', updated_at: `2026-01-01T00:00:0${second}Z` },
    component: { id: '1', name, type: null, module_name: null },
  });

const waitingIn = (choices: readonly string[]) =>
  choices
    .slice(choices.indexOf('Needs You') + 1, choices.indexOf('Connection'))
    .map((label) => label.replace(/^\$\([a-z-]+\) /, ''));

function inTree(sessions: readonly Session[], needs: World['needs'] = {}): (string | undefined)[] {
  const rows = new SessionRows(DEFAULT_ARRANGEMENT, {
    session: (id) => sessions.find((session) => session.id === id),
    need: ({ id }) => needs[id],
    ...{ freshness: () => undefined, asked: () => undefined, isUnseen: () => false, isStill: () => false },
  });
  rows.apply(sessions.map(({ id }) => id));
  const [needing] = rows.ordered();
  return needing?.rows.map(({ session }) => session.component?.name ?? undefined) ?? [];
}

/** A condition of VS Code, as far as package.json makes use of them. */
function holds(condition: string, { state, hasAccount }: { state: string; hasAccount: boolean }): boolean {
  const holdsTerm = (term: string): boolean => {
    if (term === 'true') return true;
    if (term === 'codeMySpec.state') return state !== '';
    if (term.endsWith('codeMySpec.hasAccount')) return hasAccount !== term.startsWith('!');
    const [, operator, value = ''] = /^codeMySpec\.state (==|!=|=~) (.*)$/.exec(term) ?? [];
    if (operator === '=~') return new RegExp(value.slice(1, -1)).test(state);
    if (operator === undefined) throw new Error(`what does ${term} mean?`);
    return (value === `'${state}'`) === (operator === '==');
  };
  return condition.split(' || ').some((all) => all.split(' && ').every(holdsTerm));
}
