import { afterAll, beforeAll, expect, it } from 'vitest';
import { signInWithToken } from '../../vscode/signIn';
import { WRITE_AFTER_MS } from '../../../src/vscode/pictureKeeper';
import { startEditor, type Editor } from '../editor';

let editor: Editor;

beforeAll(async () => {
  editor = await startEditor({ me: true });
  editor.backend.control.bulk(3);
}, 300_000);

afterAll(() => editor.stop());

const sessions = async () =>
  (await editor.workbench.rows('Sessions'))
    .filter(({ level }) => level === 2)
    .map(({ text, description }) => `${text}: ${description}`);

it('[T5] an editor that starts while the server is away shows the sessions of the last time, as of then', async () => {
  const { backend, workbench, status } = editor;
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await status('Live');
  await expect.poll(sessions, { timeout: 5_000 }).toHaveLength(3);
  await new Promise((resolve) => setTimeout(resolve, WRITE_AFTER_MS + 1_000));
  await backend.stop();
  await workbench.reload();
  await workbench.openView('CodeMySpec');
  await workbench.findRow(/Needs You|Running|Finished/);
  const kept = await sessions();
  expect(kept).toHaveLength(3);
  for (const row of kept) expect(row).toMatch(/as of \d/);
  await workbench.waitFor(({ views }) => views.some(({ message }) => /, as of \d/.test(message)), {
    what: 'the view to say as of when it is',
  });
  await status('(Offline|Reconnecting|Connecting)');
  await workbench.screenshot('test/artifacts/last-picture.png');
  await workbench.runCommand('CodeMySpec: Sign Out');
  await status('Signed out');
  expect(await sessions()).toEqual([]);
});
