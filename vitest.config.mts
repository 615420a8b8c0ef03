import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const vscode = fileURLToPath(new URL('test/unit/vscodeStandIn.ts', import.meta.url));

const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, ...more },
});

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/chart/**/*.test.ts'], { alias: { vscode } }),
      project('backend', ['test/backend/**/*.test.ts', 'test/faults/**/*.test.ts']),
      project(
        'core',
        [
          'test/core/**/*.test.ts',
          'test/model/**/*.test.ts',
          'test/chaos/**/*.test.ts',
          'test/simulation/**/*.test.ts',
          'test/doctor/**/*.test.ts',
        ],
        { testTimeout: 30_000 },
      ),
      project('hostile', ['test/hostile/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], {
        testTimeout: 120_000,
        hookTimeout: 300_000,
        fileParallelism: false,
      }),
    ],
  },
});
