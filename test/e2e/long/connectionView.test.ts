import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../backend/backend';
import { seedSamples } from '../../backend/samples';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';
import { pageWith } from '../sessionPage';
import { violationsOn } from '../violationsOn';

/** The view of the connection, in a real VS Code. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;

beforeAll(async () => {
  editor = await startEditor({ seed: seedSamples, generation: '2' });
  ({ backend, workbench } = editor);
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await editor.status('Live');
}, 300_000);

afterAll(() => editor.stop());

const LIVE = ['link.open.joined.serving', 'sync.connected.live'];
const SHOWN = ['link.open', 'link.waiting', 'sync.connected.live', 'sync.reconnecting'];

describe('the view of the connection', () => {
  it('[N1] lights the states that are active, and tells how it came there', async () => {
    await workbench.runCommand('CodeMySpec: Show Connection');
    const page = await connectionPage();
    await page.getByRole('heading', { level: 1, name: 'CodeMySpec Connection: Live' }).waitFor();
    await active(page, LIVE[0]!);
    await active(page, LIVE[1]!);
    expect(await isActive(page, 'sync.reconnecting')).toBe(false);
    expect(await page.getByRole('option').first().innerText()).toMatch(
      /connected\.syncing → connected\.live/,
    );
  });

  it('[N1] tells a loss with its reason as it happens, and the way back', async () => {
    const page = await connectionPage();
    backend.control.refuseUpgrades(true);
    backend.control.dropSockets();
    await active(page, 'sync.reconnecting');
    expect(await isActive(page, 'sync.connected.live')).toBe(false);
    const lost = page.getByRole('option', { name: /from connected\.live to reconnecting on channel\.lost/ });
    await lost.waitFor();
    expect(await lost.ariaSnapshot()).toMatch(/Reason: \w+/);
    // Further attempts move it: a mouse may come too late.
    await lost.dispatchEvent('click');
    const told = page.getByRole('region', { name: 'What the rules say' });
    await expect.poll(() => told.innerText()).toContain('link.down: → reconnecting');
    await workbench.screenshot('test/artifacts/connection-view-reconnecting.png');
    backend.control.refuseUpgrades(false);
    for (const name of LIVE) await active(page, name);
    await expect.poll(() => factOf(page, 'Reconnects')).toBe('1');
  });

  it('[N1] can be used with the keyboard, and tells the rule of the state in focus', async () => {
    const page = await connectionPage();
    await page.getByRole('treeitem', { name: 'sync.reconnecting' }).click();
    const told = page.getByRole('region', { name: 'What the rules say' });
    await told.getByRole('heading', { name: 'sync.reconnecting', exact: true }).waitFor();
    expect(await told.innerText()).toContain('The link is lost and being made again');
    await workbench.pressKey('ArrowDown');
    await told.getByRole('heading', { name: 'sync.polling', exact: true }).waitFor();
    await page.getByRole('listbox').focus();
    await workbench.pressKey('Home');
    await page.getByRole('option', { selected: true, name: /to connected\.live/ }).waitFor();
  });

  it('[N1] can be used with a screen reader: axe finds nothing, in dark, light and high contrast', async () => {
    for (const [name, title, theme] of THEMES) {
      await workbench.runCommand('Preferences: Color Theme');
      await workbench.page.locator('.quick-input-widget input.input').fill(title);
      await workbench.pick(title);
      const page = await connectionPage();
      await page.locator(`body[data-vscode-theme-id$="${theme}"]`).waitFor();
      for (const state of SHOWN) await page.locator(`[id="connection.active.${state}"]`).waitFor();
      await workbench.screenshot(`test/artifacts/connection-view-${name}.png`);
      expect([name, await violationsOn(page)]).toEqual([name, []]);
    }
  });

  it('[N2] copies a report, and runs the doctor', async () => {
    const page = await connectionPage();
    await page.getByRole('button', { name: 'Copy Report' }).click();
    await workbench.statusBar(/the report was copied to the clipboard/);
    await page.getByRole('button', { name: 'Diagnose Connection' }).click();
    await workbench.page.locator('.tab.active[data-resource-name^="Untitled"]').waitFor({ timeout: 30_000 });
  });
});

const THEMES = [
  ['dark', 'Dark Modern', 'Dark Modern'],
  ['light', 'Light Modern', 'Light Modern'],
  ['high-contrast', 'Dark High Contrast', 'Default High Contrast'],
] as const;

const connectionPage = () => pageWith(workbench, '.chart svg', 'the page of the connection');

const stateOf = (page: Frame, name: string) => page.locator(`[id="connection.active.${name}"]`);

const active = (page: Frame, name: string) =>
  page.locator(`[id="connection.active.${name}"].active`).waitFor();

const isActive = async (page: Frame, name: string) =>
  (await stateOf(page, name).getAttribute('aria-current')) === 'true';

const factOf = (page: Frame, label: string) =>
  page.locator('dt', { hasText: label }).locator('xpath=following-sibling::dd').innerText();
