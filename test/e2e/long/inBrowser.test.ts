import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackend, type Backend, type BackendOptions } from '../../backend/backend';
import { browserOnlyFolder } from '../../vscode/browserOnlyFolder';
import { freePort } from '../../vscode/freePort';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { rowsOf } from '../../vscode/workbenchState';
import { startEditor, type Editor } from '../editor';
import { pageWith } from '../sessionPage';

/** The extension in the web extension host of a real VS Code, where there is no Node. */

const WORDS = 'This server does not accept connections from editors that run only in a browser';

let editor: Editor;
let backend: Backend;
let workbench: Workbench;
let allowed: Pick<BackendOptions, 'allowOrigin'>;

beforeAll(async () => {
  const port = await freePort();
  allowed = { allowOrigin: `http://127.0.0.1:${port}` };
  const folder = await browserOnlyFolder('browser-only', { log: (line) => console.log(line) });
  editor = await startEditor({ generation: '2', ...allowed }, { extensionFolders: [folder], port });
  ({ backend, workbench } = editor);
  backend.control.createSession(1, { status: 'active' });
}, 300_000);

afterAll(async () => {
  await editor.stop();
  await backend.stop();
});

/** At the same address, with the same sessions and tokens. */
async function restart(options: typeof allowed): Promise<void> {
  await backend.stop();
  backend = await startBackend({ generation: '2', port: backend.port, resume: backend, ...options });
}

const status = (text: string, window = workbench) => editor.status(text, { window, timeoutMs: 60_000 });

async function signOut(): Promise<void> {
  await workbench.runCommand('CodeMySpec: Sign Out');
  await status('Signed out');
}

/** One row for each, in whatever order, that says so. */
const shows = (...said: RegExp[]) =>
  workbench.waitFor(
    (state) => {
      const rows = rowsOf(state).filter(({ level }) => level === 2);
      const all = said.every((each) =>
        rows.some(({ description, ariaLabel }) => each.test(`${description}, ${ariaLabel}`)),
      );
      return rows.length === said.length && all;
    },
    { what: `rows that say ${said.join(', ')}`, timeoutMs: 5_000 },
  );

describe('a server that lets the editor in', () => {
  it('[E1] is live after a token was pasted, and shows what happens there', async () => {
    await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
    await status('Live');
    await shows(/next step/);
    const { id } = backend.control.createSession(1, { status: 'active', execution_mode: 'auto' });
    await shows(/next step/, /./);
    backend.control.updateSession(id, { status: 'failed' });
    await shows(/next step/, /Failed/);
    backend.control.deleteSession(id);
    await shows(/next step/);
    await workbench.screenshot('test/artifacts/in-browser-live.png');
    await signOut();
  });

  it('[E1] is signed in to with the code that its page shows', async () => {
    const opened = workbench.context.waitForEvent('page', { timeout: 20_000 });
    await workbench.runCommand('CodeMySpec: Sign In');
    const page = await opened;
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('"code"').waitFor();
    const shown = await page.locator('body').innerText();
    await page.close();
    await workbench.typeInput(shown);
    await status('Live');
    await shows(/next step/);
  });

  it('[E1] has its sessions and its connection shown in pages of their own', async () => {
    const [row] = rowsOf(await workbench.state()).filter(({ level }) => level === 2);
    await workbench.clickRow(row!.text);
    const session = await pageWith(workbench, 'h1', 'the page of the session');
    await session.getByRole('heading', { level: 1, name: row!.text }).waitFor();
    await workbench.screenshot('test/artifacts/in-browser-session.png');
    await workbench.runCommand('CodeMySpec: Show Connection');
    const connection = await pageWith(workbench, '.chart svg', 'the page of the connection');
    await connection.getByRole('heading', { level: 1, name: 'CodeMySpec Connection: Live' }).waitFor();
    await workbench.runCommand('View: Close All Editors');
  });

  it('[E1] is examined by the doctor, who says where it runs', async () => {
    await workbench.runCommand('CodeMySpec: Diagnose Connection');
    const lines = workbench.page.locator('.editor-instance .view-lines').first();
    await vi.waitFor(async () => expect(await lines.innerText()).toMatch(/CodeMySpec/), 30_000);
    const text = (await lines.innerText()).replaceAll('\u00a0', ' ');
    expect(text).toContain('browser worker');
    expect(text).toContain('Nothing: the connection works.');
    await workbench.runCommand('View: Revert and Close Editor');
  });

  it('[E1] is live by itself when it was away and is back', async () => {
    await backend.stop();
    await status('(Reconnecting|Offline)');
    await restart(allowed);
    await status('Live');
    backend.control.createSession(1, { status: 'failed' });
    await shows(/next step/, /Failed/);
  });
});

describe('a server that lets no page of another origin in', () => {
  it('[E2] is said to, in the view and the status bar, with the way to the desktop', async () => {
    await restart({});
    await workbench.reload();
    await workbench.openView('CodeMySpec');
    await status('Desktop only');
    const view = await workbench.waitFor(
      ({ views }) => views.find(({ welcome }) => welcome.includes(WORDS)),
      { what: 'the view to say why' },
    );
    expect(view.welcomeButtons).toEqual(['Open in Desktop', 'Open Setting', 'Reconnect Now']);
    await workbench.clickStatusBar(/CodeMySpec: Desktop only/);
    await workbench.waitFor(({ quickInput }) => quickInput?.items[0] === 'Open in Desktop', {
      what: 'the way to the desktop first in the menu',
    });
    await workbench.screenshot('test/artifacts/in-browser-refused.png');
    await workbench.pressKey('Escape');
  });

  it('[E2] is live after it lets the editor in, and another try', async () => {
    await restart(allowed);
    await workbench.clickWelcomeButton('Reconnect Now');
    await status('Live');
  });

  it.each([
    ['a token', (window: Workbench) => signInWithToken(window, backend.issueToken({ userId: 1 }))],
    ['its own page', (window: Workbench) => window.runCommand('CodeMySpec: Sign In')],
  ])('[E2] takes no sign-in by %s, says why, and leads to the desktop', async (_way, signIn) => {
    await restart({});
    // It knows nothing of that server yet, and VS Code takes it for left in the end.
    const window = await workbench.newWindow();
    await window.openView('CodeMySpec');
    await status('Signed out', window);
    await signIn(window);
    const told = await window.waitFor(
      ({ notifications }) => notifications.find(({ text }) => text.includes(WORDS)),
      { what: 'a message that says why' },
    );
    expect(told.buttons).toEqual(['Open in Desktop', 'Open Setting']);
    await window.screenshot('test/artifacts/in-browser-sign-in.png');
    await window.notificationButton('Open in Desktop');
    const dialog = await window.dialog();
    expect(`${dialog.message} ${dialog.detail}`).toMatch(/We launched .* on your computer/);
    await window.closeWindow();
  });
});
