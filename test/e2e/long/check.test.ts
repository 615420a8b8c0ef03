import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBackend, type Backend } from '../../backend/backend';
import { projectRoot } from '../../vscode/projectRoot';
import { runProcess } from '../../vscode/runProcess';

/** `npm start -- --check` as a whole, against a server of its own. */

const TIMEOUT_MS = 110_000;

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend({ me: true });
});

afterAll(() => backend.stop());

it('passes on an account without sessions', async () => {
  const output = await runProcess(
    process.execPath,
    ['--import', 'tsx', join(projectRoot, 'test/start.ts'), '--check', '--server', backend.url],
    {
      cwd: projectRoot,
      env: { ...process.env, CODEMYSPEC_TOKEN: backend.issueToken() },
      timeoutMs: TIMEOUT_MS,
    },
  );
  expect(output).toContain("check passed: live, 0 sessions shown equal the server's");
});
