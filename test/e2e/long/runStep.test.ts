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
  id = seedWaiting(backend);
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await editor.status('Live');
}, 300_000);

afterAll(() => editor.stop());

it('[U8] a step runs in a terminal after its yes, and its result is submitted after a look', async () => {
  await workbench.clickRowAction('Ledger', 'Run the Waiting Step Here');
  await workbench.pick('workspace');
  const { detail } = await workbench.dialog();
  await workbench.screenshot('test/artifacts/run-step-dialog.png');
  expect(detail).toContain(COMMAND);
  expect(detail).toContain(`Folder: ${editor.vscode.workspace}`);
  expect(detail).toContain('Machine: 127.0.0.1:');
  expect(resultOf(backend)).toBeNull();
  await workbench.dialogButton('Run');
  await workbench.inputBox({ timeoutMs: 30_000 });
  await workbench.screenshot('test/artifacts/run-step-result.png');
  await workbench.pick('Submit as Error');
  await workbench.waitFor(() => resultOf(backend) !== null, { what: 'the result at the server' });
  const { status, stdout, stderr, code, duration_ms } = resultOf(backend)!;
  expect({ status, stdout, stderr, code }).toEqual({
    ...{ status: 'error', stderr: '', code: 3 },
    stdout: `red in ${editor.vscode.workspace}\n`,
  });
  expect(duration_ms).toBeGreaterThanOrEqual(0);
});

const COMMAND = String.raw`printf '\033[31mred\033[0m in %s\n' "$PWD"; (exit 3)`;

const resultOf = ({ world }: Backend) => world.find(id)!.interactions[0]!.result;

function seedWaiting({ control, world }: Backend): Id {
  world.addComponent(50, { name: 'Ledger', type: 'context' });
  const session = control.createSession(1, { execution_mode: 'manual', component_id: 50 });
  control.addInteraction(session.id, {
    step_name: 'Run Tests',
    command: {
      ...{ module: 'CodeMySpec.Steps.RunTests', command: COMMAND, pipe: null, metadata: {} },
      timestamp: new Date().toISOString(),
    },
  });
  return session.id;
}
