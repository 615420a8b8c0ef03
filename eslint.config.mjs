import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/**
 * Where Node and ws are imported; all else reaches them through an interface: a transport, locks, a listener, a text
 * of addresses. In a browser the file of the same name in `.browser.ts` takes its place. `headless.ts`, with its
 * inspector, and `doctorCli.ts` are programs of their own.
 */
const NODE_FILES = [
  'src/auth/lockFolder.ts',
  'src/auth/loopbackListener.ts',
  'src/claimFolder.ts',
  'src/doctor/network.ts',
  'src/doctorCli.ts',
  'src/headless.ts',
  'src/inspector/inspectorServer.ts',
  'src/networkAddresses.ts',
  'src/channel/webSocket.ts',
];
const NODE = {
  regex: `^(ws|@statelyai/.*|node:.*|(${builtinModules.filter((name) => !name.startsWith('_')).join('|')})(/.*)?)$`,
  message:
    'Node, ws and the inspector are imported in the files of NODE_FILES alone, each behind an interface.',
};

/** Imports of values and of types, and those that are made while it runs. */
const restricted = (where, patterns) => ({
  ...where,
  rules: {
    'no-restricted-imports': ['error', { patterns }],
    'no-restricted-syntax': [
      'error',
      ...patterns.flatMap(({ regex, message }) => {
        const value = `/${regex.replaceAll('/', String.raw`\u002F`)}/`;
        return [
          { selector: `ImportExpression[source.value=${value}]`, message },
          { selector: `TSImportType[source.value=${value}]`, message },
        ];
      }),
    ],
  },
});

/** Dependencies point one way: what each room of the house may not import. A file has the last room that names it. */
const room = (files, reason, ...forbidden) => {
  const patterns = forbidden.map((regex) => ({ regex, message: reason }));
  return [
    restricted({ files, ignores: NODE_FILES }, [...patterns, NODE]),
    restricted({ files: files.flatMap((each) => NODE_FILES.map((file) => [each, file])) }, patterns),
  ];
};

const VSCODE = '^vscode$';
const PACKAGES_OF_THE_REAL_WORLD = '^(phoenix|ws|node:.*|vscode)$';
const ENTRY = '/(extension|headless|doctorCli)$|/inspector/';
const CORE = '/core$';
const EDITOR = '/(views|vscode|doctor|sessionView|connectionView)/';
const MANAGER = '/session(Manager|State)$';
const ACTORS = '/actors/';
const CHANNEL = '/(channel/.*|phoenixChannel)$';
const AUTH = '/auth/';
const HTTP = '/http/';
const MACHINES = '/machines/';

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'test/artifacts/',
      'test/model/xstate-graph/',
      '**/*.{js,mjs,cjs,mts}',
    ],
  },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
    },
  },
  room(
    ['src/model/**'],
    'The model is pure and imports nothing but itself.',
    PACKAGES_OF_THE_REAL_WORLD,
    '^\\.\\./',
    '^xstate',
  ),
  room(
    ['machines/**'],
    'Machines hold rules: no I/O, and of src only the model.',
    PACKAGES_OF_THE_REAL_WORLD,
    '^\\.\\./(?!src/model/)',
  ),
  room(
    ['src/*.ts'],
    'What has no room of its own serves all of the core and knows none of its rooms.',
    ...[VSCODE, ENTRY, CORE, EDITOR, MANAGER, ACTORS, CHANNEL, AUTH, HTTP],
  ),
  room(
    ['src/http/**'],
    'REST knows requests and the model.',
    ...[VSCODE, ENTRY, CORE, EDITOR, MANAGER, ACTORS, CHANNEL, AUTH, MACHINES],
  ),
  room(
    ['src/phoenixChannel.ts', 'src/channel/**'],
    'The channel knows neither who uses it nor how tokens are got.',
    ...[VSCODE, ENTRY, CORE, EDITOR, MANAGER, ACTORS, AUTH],
  ),
  room(
    ['src/auth/**'],
    'Sign-in knows requests and the model.',
    ...[VSCODE, ENTRY, CORE, EDITOR, MANAGER, ACTORS, CHANNEL, MACHINES],
  ),
  room(
    ['src/auth/vscode/**'],
    'Sign-in knows no views and no composition.',
    ...[ENTRY, CORE, EDITOR, MANAGER, ACTORS, CHANNEL, MACHINES],
  ),
  room(
    ['src/actors/**'],
    'Actors are given their tokens, and know neither the composition nor who reads.',
    ...[VSCODE, ENTRY, CORE, EDITOR, MANAGER, AUTH],
  ),
  room(
    ['src/sessionManager.ts', 'src/sessionState.ts'],
    'SessionManager reads the machines, which know the rest.',
    ...[VSCODE, ENTRY, CORE, EDITOR, ACTORS, CHANNEL, AUTH, HTTP],
  ),
  room(
    ['src/core.ts'],
    'The core runs without VS Code, and is given its tokens.',
    ...[VSCODE, ENTRY, EDITOR, AUTH],
  ),
  room(
    ['src/headless.ts'],
    'The program runs the core and nothing else.',
    VSCODE,
    '^\\.\\./',
    '^\\./(?!core$|inspector/|model/)',
  ),
  room(
    ['src/inspector/**'],
    'The inspector is told by XState, and knows the model and the log.',
    VSCODE,
    '^\\.\\./(?!log$|model/)',
  ),
  room(
    ['src/doctor/**'],
    'The doctor asks the server by itself: it runs without VS Code and without the core, and is given its tokens.',
    ...[VSCODE, ENTRY, CORE, '/(views|vscode|sessionView|connectionView)/', MANAGER, ACTORS, MACHINES],
    '/auth/(?!discovery$)',
    '/phoenixChannel$',
  ),
  room(
    ['src/doctorCli.ts'],
    'The program runs the doctor and nothing else.',
    VSCODE,
    '^\\.\\./(?!package\\.json$)',
    '^\\./(?!doctor/doctor$|model/)',
  ),
  room(
    ['src/views/**'],
    'Views see sessions and the connection through SessionManager alone.',
    '^\\.\\./(?!model/|sessionManager$)',
  ),
  room(
    ['src/vscode/**'],
    'What ties VS Code to the rest knows no machine and no I/O.',
    '^\\.\\./(?!auth/vscode/|claimFolder$|connectionView/connectionPanel$|doctor/doctor$|loadedPart$|log$|model/|sessionManager$|sessionView/(ansi|sessionUri)$|views/)',
  ),
  room(
    ['src/sessionView/*.ts'],
    'The session view sees sessions and the connection through SessionManager, in the words of the views.',
    '^\\.\\./(?!loadedPart$|model/|sessionManager$|views/)',
    '^\\./page/',
  ),
  room(
    ['src/sessionView/page/**'],
    'The page runs in a browser: it knows what it is told, and what is pure.',
    VSCODE,
    '^\\.\\./(?!(ansi|pageModel|timeline)$)',
  ),
  room(
    ['src/connectionView/*.ts'],
    'The connection view sees the connection through SessionManager and what is recorded, in the words of the views.',
    '^\\.\\./(?!connectionRecord$|log$|model/|sessionManager$|sessionView/timeline$|views/)',
    '^\\./page/',
  ),
  room(
    ['src/connectionView/page/**'],
    'The page runs in a browser: it knows what it is told, and what is pure.',
    VSCODE,
    '^\\.\\./(?!(pageModel|rules)$)',
  ),
  room(
    ['src/extension.ts'],
    'What loads at activation registers, and loads the rest with the first need.',
    '^\\.\\./',
    '^\\./(?!auth/vscode/hostEnvironment$|loadedPart$|main$|model/failure$|sessionView/registerSessionView$|views/(commandIds|failureMessage|sessionRows)$|vscode/)',
  ),
  room(
    ['src/main.ts'],
    'The extension puts parts together and knows no more of them than that.',
    '^\\.\\./',
    '^\\./(?!auth/vscode/|connectionRecord$|core$|loadedPart$|log$|model/failure$|sessionView/|views/|vscode/)',
  ),
  {
    files: ['src/extension.ts', 'src/main.ts'],
    rules: { '@typescript-eslint/no-use-before-define': ['error', { functions: false }] },
  },
  {
    files: ['src/headless.ts', 'src/doctorCli.ts', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
