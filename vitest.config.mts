import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const vscode = fileURLToPath(new URL('test/unit/vscodeStandIn.ts', import.meta.url));

const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, ...more },
});

const CORE = ['core', 'model', 'chaos', 'simulation', 'doctor'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

const IN_THE_LONG_RUN = ['bounds', 'bugs', 'security', 'tokens'];
const ON_EACH_GENERATION = [
  ...['core', 'data', 'joining', 'fallback', 'reconnecting'],
  ...(process.env.CODEMYSPEC_EVERY_GENERATION ? IN_THE_LONG_RUN : []),
].map((file) => `test/core/${file}.test.ts`);

/** A real VS Code that is timed, or first packaged; the others wait for most of their time. */
const ON_SCREEN = ['ownersChecks', 'presentation', 'package'].map((file) => `test/e2e/${file}.test.ts`);
const LONG_ON_SCREEN = ['test/e2e/long/*.test.ts'];
/** They measure time, and so run alone. */
const TIMED = ['unit/linearTime', 'unit/http/sessionListReader'].map((file) => `test/${file}.test.ts`);
const BENCH = ['test/bench/bench.test.ts'];
const OLDEST = { CODEMYSPEC_VSCODE: 'oldest' };
const PATIENT = { testTimeout: 120_000, hookTimeout: 300_000 };

/** They begin first, so that no worker ends alone with one of them. */
const LONGEST = [
  'e2e/signIn',
  'chaos/chaos',
  'simulation/simulation',
  'waysToSignIn',
  'core/deadLinks',
  'e2e/sessionView',
  'long/bareUri',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((file) => moduleId.endsWith(`${file}.test.ts`));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    reporters: ['default'],
    sequence: { sequencer: LongestFirst },
    projects: [
      project('unit', ['test/{unit,chart,bench}/**/*.test.ts'], {
        alias: { vscode },
        exclude: [...TIMED, ...BENCH],
      }),
      project('backend', ['test/backend/**/*.test.ts', 'test/faults/**/*.test.ts']),
      project('core', CORE, { testTimeout: 30_000 }),
      ...['2', '2-late', '3', 'next'].map((generation) =>
        project(`core-${generation}`, ON_EACH_GENERATION, {
          testTimeout: 30_000,
          env: { CODEMYSPEC_GENERATION: generation },
        }),
      ),
      project('stalls', ['test/stalls/**/*.test.ts', ...TIMED], { testTimeout: 30_000, alias: { vscode } }),
      project('hostile', ['test/hostile/**/*.test.ts']),
      project('e2e', ON_SCREEN, PATIENT),
      project('e2e-side-by-side', ['test/e2e/**/*.test.ts'], {
        ...PATIENT,
        exclude: [...ON_SCREEN, ...LONG_ON_SCREEN],
      }),
      project('e2e-long', LONG_ON_SCREEN, PATIENT),
      project('e2e-oldest', ON_SCREEN, { ...PATIENT, env: OLDEST }),
      project('e2e-oldest-side-by-side', ['test/e2e/**/*.test.ts'], {
        ...PATIENT,
        exclude: ON_SCREEN,
        env: OLDEST,
      }),
      project('bench', BENCH, PATIENT),
    ],
  },
});
