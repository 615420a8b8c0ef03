import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBackend } from './backend/backend';
import { createPlug } from './backend/plug';
import { seedSamples } from './backend/samples';
import { pageWith, sessionPage } from './e2e/sessionPage';
import { findBrowser } from './vscode/browser';
import { packageVsix } from './vscode/package';
import { startVSCode } from './vscode/server';
import { signInOnPage, trusting } from './vscode/signIn';
import { openWorkbench, type Workbench } from './vscode/workbench';

const WINDOW = { width: 1040, height: 720 };
const SIDE_BAR_PX = 320;
/** VS Code draws a moment after it has what it draws. */
const DRAWN_MS = 800;
const PROJECT = 'my_app';
/** Stands in a picture where the folder of this run is. */
const FOLDER_SHOWN = `/home/ada/${PROJECT}`;

const log = (line: string) => console.log(line);

/** `npm run screenshots`: the pictures of the README, taken of the real thing. */
async function main(): Promise<void> {
  const backend = await startBackend({ generation: '2', me: true, seed: seedSamples });
  const [vsix, browser] = await Promise.all([packageVsix({ log }), findBrowser({ log })]);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'screenshots-'));
  const workspace = path.join(folder, PROJECT);
  fs.mkdirSync(workspace);
  const vscode = await startVSCode({
    ...{ vsix, workspace, log },
    settings: { 'codeMySpec.serverUrl': backend.url, 'window.title': '${rootName}' },
    args: trusting(backend.url),
  });
  const workbench = await openWorkbench({ url: vscode.url, browser });
  try {
    await workbench.page.setViewportSize(WINDOW);
    await workbench.openView('CodeMySpec');
    await workbench.resizeSideBar(SIDE_BAR_PX);
    await takePictures(workbench, createPlug(backend.control), workspace);
  } finally {
    await workbench.close();
    await vscode.stop();
    await backend.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

async function takePictures(workbench: Workbench, turnPlug: () => string, workspace: string): Promise<void> {
  const status = (text: string) =>
    workbench.statusBar(new RegExp(`CodeMySpec: ${text}`), { what: text, timeoutMs: 30_000 });
  const take = async (name: string, drawnMs = DRAWN_MS) => {
    await workbench.page.mouse.move(WINDOW.width - 40, WINDOW.height - 60);
    await workbench.page.waitForTimeout(drawnMs);
    await workbench.screenshot(`media/${name}.png`);
    log(`media/${name}.png`);
  };

  await status('Signed out');
  await workbench.waitFor(async () => (await workbench.welcomeText()).includes('Sign In') || undefined, {
    what: 'the button to sign in',
    timeoutMs: 30_000,
  });
  await take('signed-out');

  await signInOnPage(workbench, () => workbench.clickWelcomeButton('Sign In'));
  await status('Live');
  await take('live');

  await workbench.clickRow(/Accounts, Component Coding/);
  await (await sessionPage(workbench)).getByRole('option', { name: /^Run Tests, Error/ }).waitFor();
  await take('session');

  await workbench.clickRow('Subscription');
  await (await sessionPage(workbench)).getByRole('option', { name: /^Run Tests, Waits for you/ }).waitFor();
  await workbench.clickRowAction('Subscription', 'Run Waiting Step Here…');
  await workbench.pick(PROJECT);
  await workbench.dialog();
  await workbench.page.evaluate(`{
    const texts = document.createTreeWalker(document.querySelector('.monaco-dialog-box'), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      texts.currentNode.data = texts.currentNode.data.replace(
        ${JSON.stringify(workspace)}, ${JSON.stringify(FOLDER_SHOWN)});
    }
  }`);
  await take('run-step');
  await workbench.dialogButton('Cancel');

  await workbench.clickStatusBar(/CodeMySpec: Live/);
  await workbench.inputBox();
  await take('status-menu');
  await workbench.pick('Show Connection');
  await pageWith(workbench, 'main svg', 'the chart of the connection');
  await take('connection');

  await workbench.runCommand('View: Close All Editors');
  turnPlug();
  await status('Reconnecting');
  await take('reconnecting', 100);
  await status('Polling');
  await take('polling');
}

void main();
