import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../backend/backend';
import { buildExtensionFolder } from '../../vscode/extensionFolder';
import { projectRoot } from '../../vscode/projectRoot';
import type { VSCodeServer } from '../../vscode/server';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';

/**
 * Signing in where only the bare URI of the extension leads back, in a real VS Code whose extension is told that it
 * runs on a desktop without a listener. The test plays the operating system: it catches the redirect of the browser
 * and hands the link to a window.
 */

let editor: Editor;
let backend: Backend;
let vscode: VSCodeServer;
let workbench: Workbench;

beforeAll(async () => {
  const folder = await buildExtensionFolder('test/e2e/desktopHost.ts', 'desktop-host');
  editor = await startEditor(
    { me: true },
    { extensionFolders: [folder, path.join(projectRoot, 'test/e2e/courier')] },
  );
  ({ backend, vscode, workbench } = editor);
  backend.control.bulk(2);
}, 300_000);

afterAll(() => editor.stop());

const status = (window: Workbench, text: string) => editor.status(text, { window });

/** Signs in on the page that the window opens, and returns the link that the operating system would get. */
async function linkAfter(window: Workbench, button: 'Allow' | 'Deny'): Promise<string> {
  const opened = window.context.waitForEvent('page', { timeout: 20_000 });
  await window.runCommand('CodeMySpec: Sign In');
  const page = await opened;
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: button }).click();
  const location = (await answer).headers()['location'];
  await page.close();
  if (location === undefined) throw new Error('the page led nowhere');
  return location;
}

async function handOver(window: Workbench, link: string): Promise<void> {
  await window.runCommand('Courier: Hand Over a Link');
  await window.typeInput(link);
}

describe('[A9] the bare URI of the extension', () => {
  beforeEach(async () => {
    await status(workbench, 'Signed out');
  });

  it('brings the answer to the window that began', async () => {
    const link = await linkAfter(workbench, 'Allow');
    expect(link).toMatch(/^code-oss:\/\/codemyspec\.codemyspec\/callback\?code=[^&]+&state=[^&]+$/);
    await handOver(workbench, link);
    await status(workbench, 'Live');
    await workbench.runCommand('CodeMySpec: Sign Out');
  });

  it('may bring it to another window, which finishes what the first began', async () => {
    const link = await linkAfter(workbench, 'Allow');
    const second = await workbench.newTab();
    await second.openView('CodeMySpec');
    await handOver(second, link);
    await status(second, 'Live');
    const { registrations, tokenRequests } = backend.control.oauthStats();
    expect([registrations.length, tokenRequests.map(({ outcome }) => outcome)]).toEqual([1, ['ok', 'ok']]);
    await second.runCommand('CodeMySpec: Sign Out');
    await status(second, 'Signed out');
    await second.closeWindow();
    await workbench.reload();
    await workbench.openView('CodeMySpec');
  });

  it('[X5] lets nobody in twice by one link', async () => {
    const link = await linkAfter(workbench, 'Allow');
    await handOver(workbench, link);
    await status(workbench, 'Live');
    await workbench.runCommand('CodeMySpec: Sign Out');
    await status(workbench, 'Signed out');
    const before = backend.control.oauthStats().tokenRequests.length;
    await handOver(workbench, link);
    await expect
      .poll(() => vscode.logText('CodeMySpec'), { timeout: 10_000 })
      .toMatch(/nobody asked for was refused/);
    expect(backend.control.oauthStats().tokenRequests).toHaveLength(before);
  });
});

it('[T2] another extension is told the sessions', async () => {
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await status(workbench, 'Live');
  await workbench.runCommand('Courier: Count the Sessions');
  await workbench.waitFor(
    ({ notifications }) =>
      notifications.some(({ text }) => text.includes('Version 1, connected.live, 2 sessions')),
    { what: 'what another extension counted' },
  );
});

it('[T4] a chat agent is told the sessions, marked as data', async () => {
  await workbench.runCommand('Courier: Ask for the Sessions');
  await workbench.waitFor(
    ({ notifications }) =>
      notifications.some(({ text }) => /^CodeMySpec sessions, live\. .* is one to you\. 2 in all/.test(text)),
    { what: 'what a chat agent was told' },
  );
});
