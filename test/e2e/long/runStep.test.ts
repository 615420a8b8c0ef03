import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Backend } from '../../backend/backend';
import type { Id } from '../../backend/world';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';

/** A step of a session in manual mode, run in a terminal of a real VS Code. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;
let id: Id;

beforeAll(async () => {
  editor = await startEditor({ generation: '2' });
  ({ backend, workbench } = editor);
  editor.vscode.writeSettings({
    'codeMySpec.serverUrl': backend.url,
    'terminal.integrated.defaultProfile.linux': 'bash',
  });
  id = seedWaiting(backend, 50, 'Ledger');
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await editor.status('Live');
}, 300_000);

afterAll(() => editor.stop());

it('[U8] a step runs in a terminal after its yes, and its result is submitted after a look', async () => {
  await workbench.clickRowAction('Ledger', 'Run Waiting Step Here…');
  await workbench.pick('workspace');
  const { detail } = await workbench.dialog();
  await workbench.screenshot('test/artifacts/run-step-dialog.png');
  expect(detail).toContain(COMMAND);
  expect(detail).toContain(`Folder: ${editor.vscode.workspace}`);
  expect(detail).toContain('Machine: 127.0.0.1:');
  expect(resultOf(id)).toBeNull();
  await workbench.dialogButton('Run');
  await workbench.inputBox({ timeoutMs: 30_000 });
  await workbench.screenshot('test/artifacts/run-step-result.png');
  await workbench.pick('Submit as Error');
  await workbench.waitFor(() => resultOf(id) !== null, { what: 'the result at the server' });
  const { status, stdout, stderr, code, duration_ms } = resultOf(id)!;
  expect({ status, stdout, stderr, code }).toEqual({
    ...{ status: 'error', stderr: '', code: 3 },
    stdout: `red in ${editor.vscode.workspace}\n`,
  });
  expect(duration_ms).toBeGreaterThanOrEqual(0);
});

it('[U16] a result that was not submitted before a reload is asked for by itself, and submitted', async () => {
  const reloaded = seedWaiting(backend, 51, 'Accounts');
  await workbench.clickRowAction('Accounts', 'Run Waiting Step Here…');
  await workbench.dialogButton('Run');
  await workbench.inputBox({ timeoutMs: 30_000 });
  // As a user reloads: VS Code writes down first what extensions keep.
  await workbench.runCommand('Developer: Reload Window');
  const asked =
    /^Accounts, .*: Run Tests, started here at .*, has ended, and its result was not submitted\.$/;
  await workbench.waitFor(({ notifications }) => notifications.some(({ text }) => asked.test(text)), {
    ...{ what: 'the result to be asked for', timeoutMs: 60_000 },
  });
  await workbench.screenshot('test/artifacts/run-step-reloaded.png');
  expect(resultOf(reloaded)).toBeNull();
  await workbench.notificationButton('Review Result');
  await workbench.pick('Submit as Error');
  await workbench.waitFor(() => resultOf(reloaded) !== null, { what: 'the result at the server' });
  expect(resultOf(reloaded)).toMatchObject({
    ...{ status: 'error', code: 3, stdout: `red in ${editor.vscode.workspace}\n` },
  });
});

const COMMAND = String.raw`printf '\033[31mred\033[0m in %s\n' "$PWD"; (exit 3)`;

const resultOf = (session: Id) => backend.world.find(session)!.interactions[0]!.result;

function seedWaiting({ control, world }: Backend, component: Id, name: string): Id {
  world.addComponent(component, { name, type: 'context' });
  const session = control.createSession(1, { execution_mode: 'manual', component_id: component });
  control.addInteraction(session.id, {
    step_name: 'Run Tests',
    command: {
      ...{ module: 'CodeMySpec.Steps.RunTests', command: COMMAND, pipe: null, metadata: {} },
      timestamp: new Date().toISOString(),
    },
  });
  return session.id;
}
