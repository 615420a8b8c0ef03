import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { expect, it } from 'vitest';

/** The lint rules of the house, asked about files that are not there. */

const root = join(import.meta.dirname, '../..');
const config = (await import(join(root, 'eslint.config.mjs'))) as { default: readonly Linter.Config[] };
const OWN_RULES = [
  'no-restricted-imports',
  'no-restricted-syntax',
  '@typescript-eslint/no-use-before-define',
];
const rooms = config.default.filter(
  ({ rules = {} }) =>
    Object.keys(rules).length > 0 && Object.keys(rules).every((rule) => OWN_RULES.includes(rule)),
);
const linter = new Linter({ cwd: root });

function refused(filename: string, code: string): string[] {
  const plugins = { '@typescript-eslint': tseslint.plugin } as unknown as NonNullable<
    Linter.Config['plugins']
  >;
  const parsing: Linter.Config = {
    files: ['**/*.ts'],
    plugins,
    languageOptions: { parser: tseslint.parser },
  };
  const messages = linter.verify(code, [parsing, ...rooms], { filename: join(root, filename) });
  return messages.map(({ ruleId, message }) => ruleId ?? message);
}

const FORBIDDEN: [file: string, imported: string][] = [
  ['machines/connectionMachine.ts', '../src/http/sessions'],
  ['machines/connectionMachine.ts', 'phoenix'],
  ['src/model/session.ts', '../../machines/sessions'],
  ['src/model/session.ts', 'xstate'],
  ['src/log.ts', './phoenixChannel'],
  ['src/waits.ts', './core'],
  ['src/http/sessions.ts', '../actors/restAccess'],
  ['src/http/sessions.ts', '../../machines/sessions'],
  ['src/http/sessions.ts', 'vscode'],
  ['src/phoenixChannel.ts', './sessionManager'],
  ['src/channel/presence.ts', '../sessionState'],
  ['src/sessionState.ts', './channel/presence'],
  ['src/channel/webSocket.ts', '../auth/account'],
  ['src/channel/webSocket.ts', 'vscode'],
  ['src/auth/account.ts', '../core'],
  ['src/auth/account.ts', 'vscode'],
  ['src/auth/account.ts', './vscode/signIn'],
  ['src/auth/lockFolder.ts', 'vscode'],
  ['src/auth/vscode/authProvider.ts', '../../views/statusBar'],
  ['src/auth/vscode/authProvider.ts', '../../vscode/logChannel'],
  ['src/actors/openChannel.ts', '../auth/tokenSource'],
  ['src/actors/openChannel.ts', '../core'],
  ['src/sessionManager.ts', './actors/watchHost'],
  ['src/sessionState.ts', './http/sessions'],
  ['src/core.ts', './views/statusBar'],
  ['src/core.ts', './auth/account'],
  ['src/views/statusBar.ts', '../../machines/selectors'],
  ['src/views/statusBar.ts', '../sessionState'],
  ['src/views/statusBar.ts', '../vscode/commandHandlers'],
  ['src/views/statusBar.ts', '../auth/vscode/authProvider'],
  ['src/vscode/commands.ts', '../core'],
  ['src/vscode/commands.ts', '../http/sessions'],
  ['src/extension.ts', '../machines/connectionMachine'],
  ['src/extension.ts', './sessionState'],
  ['src/headless.ts', './sessionState'],
  ['src/core.ts', './inspector/inspectorServer'],
  ['src/core.ts', '@statelyai/inspect'],
  ['src/extension.ts', './inspector/inspectorServer'],
  ['src/extension.ts', '@statelyai/inspect'],
  ['src/inspector/inspectorServer.ts', '../core'],
  ['src/inspector/withoutContents.ts', '@statelyai/inspect'],
  ['src/doctor/diagnose.ts', 'vscode'],
  ['src/doctor/diagnose.ts', '../core'],
  ['src/doctor/diagnose.ts', '../../machines/delays'],
  ['src/doctor/diagnose.ts', '../auth/accountStore'],
  ['src/doctor/diagnose.ts', '../views/failureMessage'],
  ['src/doctorCli.ts', './core'],
  ['src/sessionView/sessionEditor.ts', '../core'],
  ['src/sessionView/sessionEditor.ts', '../sessionState'],
  ['src/sessionView/sessionEditor.ts', './page/page'],
  ['src/sessionView/page/page.ts', 'vscode'],
  ['src/sessionView/page/page.ts', '../sessionEditor'],
  ['src/sessionView/page/page.ts', '../../views/statusBar'],
  ['src/connectionView/connectionPanel.ts', '../core'],
  ['src/connectionView/connectionPanel.ts', '../transitionLog'],
  ['src/connectionView/connectionPanel.ts', './page/page'],
  ['src/connectionView/page/page.ts', 'vscode'],
  ['src/connectionView/page/page.ts', '../connectionPanel'],
  ['src/vscode/commandHandlers.ts', '../connectionView/connectionModel'],
  ['src/core.ts', './connectionView/rules'],
  ['src/extension.ts', './connectionView/connectionPanel'],
  ['src/extension.ts', './sessionView/sessionEditor'],
  ['src/vscode/commands.ts', '../sessionView/sessionEditor'],
  ['src/views/statusBar.ts', '../sessionView/sessionUri'],
  ['src/core.ts', './sessionView/sessionUri'],
  ['src/core.ts', './doctor/doctor'],
  ['src/http/sessions.ts', '../doctor/finding'],
  ...[
    'src/log.ts',
    'src/core.ts',
    'src/doctor/diagnose.ts',
    'src/extension.ts',
    'src/model/session.ts',
    'machines/sessions.ts',
  ].flatMap((file): [string, string][] => [
    [file, 'node:fs'],
    [file, 'ws'],
  ]),
  ['src/actors/watchHost.ts', 'node:os'],
  ['src/actors/watchHost.ts', 'os'],
  ['src/http/restClient.ts', 'fs/promises'],
  ['src/phoenixChannel.ts', 'ws'],
  ['src/views/statusBar.ts', 'node:path'],
  ['src/vscode/commands.ts', 'node:path'],
];

it.each(FORBIDDEN)('%s may not import %s, be it a type or while it runs', (file, imported) => {
  const ways = [
    `import { it } from '${imported}';`,
    `import type { It } from '${imported}';`,
    `export * from '${imported}';`,
    `void import('${imported}');`,
    `export let it: import('${imported}').It;`,
  ];
  expect(ways.filter((code) => refused(file, code).length === 0)).toEqual([]);
});

const ALLOWED: [file: string, imported: string][] = [
  ['src/channel/webSocket.ts', 'ws'],
  ['src/channel/webSocket.ts', 'node:http'],
  ['src/networkAddresses.ts', 'node:os'],
  ['src/auth/lockFolder.ts', 'node:fs/promises'],
  ['src/auth/loopbackListener.ts', 'node:http'],
  ['src/headless.ts', 'node:readline'],
  ['src/headless.ts', './core'],
  ['src/headless.ts', './inspector/inspectorServer'],
  ['src/inspector/inspectorServer.ts', '@statelyai/inspect'],
  ['src/doctor/network.ts', 'node:tls'],
  ['src/doctor/serverSteps.ts', '../auth/discovery'],
  ['src/doctorCli.ts', './doctor/doctor'],
  ['src/core.ts', './channelPart'],
  ['src/sessionManager.ts', '../machines/supervisor'],
  ['src/views/statusBar.ts', '../sessionManager'],
  ['src/vscode/commands.ts', '../views/connectionPresentation'],
  ['src/sessionView/sessionEditor.ts', '../sessionManager'],
  ['src/sessionView/page/page.ts', '../timeline'],
  ['src/connectionView/connectionPanel.ts', '../connectionRecord'],
  ['src/connectionView/page/page.ts', '../rules'],
  ['src/vscode/commandHandlers.ts', '../connectionView/connectionPanel'],
  ['src/main.ts', './connectionRecord'],
  ['src/extension.ts', './sessionView/registerSessionView'],
  ['src/extension.ts', './vscode/registerCommands'],
  ['src/extension.ts', 'vscode'],
];

it.each(ALLOWED)('%s may import %s', (file, imported) => {
  expect(refused(file, `import { it } from '${imported}'; void import('${imported}');`)).toEqual([]);
});

it('every file of the house is in a room', () => {
  const files = ['src', 'machines'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .map((file) => join(folder, file)),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(
    files.filter(
      (file) => refused(file, "import { it } from '../../machines/../src/extension';").length === 0,
    ),
  ).toEqual([]);
});

it('extension.ts reads nothing before its declaration, in closures neither', () => {
  const code = 'export const early = () => late; const late = 1;';
  expect(refused('src/extension.ts', code)).toEqual(['@typescript-eslint/no-use-before-define']);
  expect(refused('src/extension.ts', readFileSync(join(root, 'src/extension.ts'), 'utf8'))).toEqual([]);
});
