import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { keepTrace, scanTraces } from '../traces';
import { findBrowser } from '../vscode/browser';
import { packageVsix } from '../vscode/package';
import { startVSCode, type VSCodeServer } from '../vscode/server';
import { trusting } from '../vscode/signIn';
import { openWorkbench, type Workbench } from '../vscode/workbench';

/** Signing in through the browser in a real VS Code, worked as a user would. */

const log = (line: string) => console.log(line);
const TOKEN_LIFETIME_S = 5;
/** `npm run test:all` looks on for longer. */
const LIVE_FOR_S = process.env.CODEMYSPEC_EVERY_GENERATION ? 60 : 30;

let backend: Backend;
let elsewhere: Backend;
let vscode: VSCodeServer;
let workbench: Workbench;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  process.env.CODEMYSPEC_TRACES ??= mkdtempSync(join(tmpdir(), 'cms-t-'));
  backend = await startBackend({
    me: true,
    oauth: { accessTokenLifetimeS: TOKEN_LIFETIME_S, refreshTokens: 'rotated' },
  });
  stops.push(() => backend.stop());
  elsewhere = await startBackend();
  stops.push(() => elsewhere.stop());
  backend.control.bulk(3);

  // A workspace that would like the token.
  const workspace = mkdtempSync(join(tmpdir(), 'cms-w-'));
  stops.push(() => rmSync(workspace, { recursive: true }));
  mkdirSync(join(workspace, '.vscode'));
  const lure = JSON.stringify({ 'codeMySpec.serverUrl': elsewhere.url });
  writeFileSync(join(workspace, '.vscode', 'settings.json'), lure);

  const [vsix, browser] = await Promise.all([packageVsix({ log }), findBrowser({ log })]);
  vscode = await startVSCode({
    vsix,
    workspace,
    settings: { 'codeMySpec.serverUrl': backend.url },
    args: trusting(backend.url),
    log,
  });
  stops.push(() => vscode.stop());
  workbench = await openWorkbench({ url: vscode.url, browser });
  stops.push(() => workbench.close());
  await workbench.openView('CodeMySpec');
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const status = (text: string, timeoutMs = 20_000, window = workbench) =>
  window.statusBar(new RegExp(`CodeMySpec: ${text}`), { what: `the status bar to say ${text}`, timeoutMs });

/** The page that the server shows in the browser, once a sign-in was begun. */
async function consentPage(begin: () => Promise<void>): Promise<Page> {
  const opened = workbench.context.waitForEvent('page', { timeout: 20_000 });
  await begin();
  const page = await opened;
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  return page;
}

const beginSignIn = () => workbench.runCommand('CodeMySpec: Sign In');

describe('a user', () => {
  it('who declines in the browser reads so, and stays signed out', async () => {
    const page = await consentPage(beginSignIn);
    await page.getByRole('button', { name: 'Deny' }).click();
    await workbench.waitFor(
      ({ notifications }) => notifications.find(({ text }) => text.includes('declined')),
      {
        what: 'a message that the sign-in was declined',
      },
    );
    await status('Signed out');
    await page.close();
    await workbench.pressKey('Escape');
  });

  it('who cancels is left alone, and a late answer of the browser is refused', async () => {
    const page = await consentPage(beginSignIn);
    await workbench.notificationButton('Cancel');
    await workbench.waitFor(
      ({ notifications }) => notifications.every(({ text }) => !text.includes('Signing in')),
      {
        what: 'the progress to go',
      },
    );
    await page.getByRole('button', { name: 'Allow' }).click();
    await status('Signed out');
    expect(backend.control.oauthStats().tokenRequests).toEqual([]);
    await page.close();
  });

  it('signs in on the server’s page and is live', async () => {
    const page = await consentPage(beginSignIn);
    await workbench.screenshot('test/artifacts/signing-in.png');
    await page.screenshot({ path: 'test/artifacts/consent.png' });
    await page.getByRole('button', { name: 'Allow' }).click();
    await status('Live');
    await page.close();
    expect((await workbench.allRows('Sessions')).filter(({ level }) => level === 2)).toHaveLength(3);
  });

  it(`[A5] stays live for ${LIVE_FOR_S} s on tokens that live 5 s, and misses no row`, async () => {
    const until = Date.now() + LIVE_FOR_S * 1_000;
    let created = 0;
    while (Date.now() < until) {
      backend.world.addComponent(1_000 + created, { name: `Row${created}`, type: 'context' });
      const { id } = backend.control.createSession(1, { component_id: 1_000 + created, status: 'active' });
      await workbench.findRow(`Row${created}`, { timeoutMs: 3_000 });
      created += 1;
      backend.control.deleteSession(id);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    expect(created).toBeGreaterThan(LIVE_FOR_S / 3);
    await status('Live');
    expect(vscode.logText('CodeMySpec')).not.toMatch(/→ signedOut[^\n]*$/);
    expect(backend.control.oauthStats().refreshes).toBeGreaterThanOrEqual(LIVE_FOR_S / 10);
  });

  it('[X1] in a workspace that names another server sends nothing there', () => {
    const { requests, upgrades } = elsewhere.control.stats();
    expect([requests, upgrades]).toEqual([[], []]);
  });

  it('[X3] finds no secret in any log', async () => {
    await workbench.runCommand('CodeMySpec: Sign Out');
    await status('Signed out');
    keepTrace(vscode.everyLog() + workbench.pageLog.join('\n'));
    const { secrets, bytes, leaks } = scanTraces(process.env.CODEMYSPEC_TRACES ?? '');
    expect(secrets).toBeGreaterThan(10);
    expect(bytes).toBeGreaterThan(1_000);
    expect(leaks).toEqual([]);
  });
});
