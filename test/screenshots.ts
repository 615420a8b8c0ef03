import { startBackend } from './backend/backend';
import { seedSamples } from './backend/samples';
import { findBrowser } from './vscode/browser';
import { packageVsix } from './vscode/package';
import { startVSCode } from './vscode/server';
import { signInWithToken } from './vscode/signIn';
import { openWorkbench } from './vscode/workbench';

/** `npm run screenshots`: the pictures of the README, taken of the real thing. */
async function main(): Promise<void> {
  const log = (line: string) => console.log(line);
  const backend = await startBackend({ seed: seedSamples });
  const [vsix, browser] = await Promise.all([packageVsix({ log }), findBrowser({ log })]);
  const vscode = await startVSCode({ vsix, settings: { 'codeMySpec.serverUrl': backend.url }, log });
  const workbench = await openWorkbench({ url: vscode.url, browser });
  await workbench.page.setViewportSize({ width: 760, height: 460 });
  const screenshot = async (name: string, status: string) => {
    await workbench.statusBar(new RegExp(`CodeMySpec: ${status}`), { what: status, timeoutMs: 20_000 });
    // The tree draws a moment after the status bar.
    await workbench.page.waitForTimeout(name === 'reconnecting' ? 100 : 800);
    await workbench.screenshot(`media/${name}.png`);
    log(`media/${name}.png`);
  };
  await workbench.openView('CodeMySpec');
  await screenshot('signed-out', 'Signed out');
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await workbench.statusBar(/CodeMySpec: Live/, { what: 'live', timeoutMs: 20_000 });
  await workbench.expand('Context Design');
  await workbench.page.mouse.move(600, 200);
  await screenshot('live', 'Live');
  backend.control.refuseUpgrades(true);
  backend.control.dropSockets();
  await screenshot('reconnecting', 'Reconnecting');
  await screenshot('polling', 'Polling');
  await workbench.close();
  await vscode.stop();
  await backend.stop();
}

void main();
