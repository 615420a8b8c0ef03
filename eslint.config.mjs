import tseslint from 'typescript-eslint';

/** Dependencies point one way: what each room of the house may not import. */
const room = (files, reason, ...forbidden) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: forbidden.map((regex) => ({ regex, message: reason })) }],
  },
});

const VSCODE = '^vscode$';
const PACKAGES_OF_THE_REAL_WORLD = '^(phoenix|ws|node:.*|vscode)$';

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
    '^\\.\\./src/(?!model/)',
  ),
  room(
    ['src/http/**', 'src/actors/**', 'src/*.ts', 'src/auth/**'],
    'The core runs without VS Code, and knows no views.',
    VSCODE,
    '/views/',
    '/extension$',
  ),
  room(
    ['src/http/**', 'src/actors/**', 'src/phoenixChannel.ts', 'src/webSocket.ts'],
    'The edges of the world know neither the composition nor the views.',
    VSCODE,
    '/(core|sessionManager|sessionState|extension)$',
    '/views/',
  ),
  room(['src/auth/vscode/**'], 'Sign-in knows no views and no composition.', '/(core|extension)$', '/views/'),
  room(
    ['src/views/**'],
    'Views see sessions and the connection through SessionManager alone.',
    '/machines/',
    '/http/',
    '/actors/',
    '/(core|phoenixChannel|webSocket|extension)$',
  ),
  { files: ['src/extension.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/headless.ts', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
