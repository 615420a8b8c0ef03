import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backend';
import { seedSamples } from '../backend/samples';
import type { Id } from '../backend/world';
import { machinePace } from '../machinePace';
import { signInWithToken } from '../vscode/signIn';
import type { Workbench } from '../vscode/workbench';
import { startEditor, type Editor } from './editor';
import { sessionPage } from './sessionPage';
import { violationsOn } from './violationsOn';

/** The view of one session, in a real VS Code. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;
let id: Id;

beforeAll(async () => {
  editor = await startEditor({ seed: seedSamples, generation: '2' });
  ({ backend, workbench } = editor);
  id = seedRun(backend);
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await editor.status('Live');
}, 300_000);

afterAll(() => editor.stop());

describe('the view of a session', () => {
  it('[U1] opens in preview by a click on its row, with its steps and the newest error', async () => {
    await workbench.clickRow('AccountRepository');
    const page = await shownPage();
    await page.getByRole('heading', { level: 1, name: 'AccountRepository' }).waitFor();
    expect(await stepsOf(page)).toEqual([
      'Initialize, OK, 1 second',
      'Generate Code, OK, 1 minute 58 seconds',
      'Compile, Warning, 6 seconds',
      'Run Tests, Error, exit 2, 14 seconds',
      'Fix Test Failures, OK, 1 minute 2 seconds',
      'Compile, OK, 5 seconds',
      'Run Tests, Error, exit 2, 12 seconds',
      'Fix Test Failures, Waits for you',
    ]);
    expect(await selectedOf(page)).toMatch(/^Run Tests, Error, exit 2, 12 seconds/);
    expect(await workbench.page.locator('.tab.active .label-name').first().innerText()).toBe(
      `Design Review ${id}`,
    );
    expect(await workbench.page.locator('.tab.active .monaco-icon-label.italic').count()).toBe(1);
    await workbench.screenshot('test/artifacts/session-view-dark.png');
  });

  it('[U2] shows output in the colours of the terminal, and nothing of its escapes', async () => {
    const page = await shownPage();
    const output = page.getByRole('region', { name: 'Output', exact: true });
    expect(await output.innerText()).toContain('41 tests, 1 failure');
    expect(await output.innerText()).not.toMatch(/\u001b|\[3/);
    const [plain, red] = await page.evaluate<string[]>(
      `['pre', 'pre .fg-1'].map((each) => getComputedStyle(document.querySelector(each)).color)`,
    );
    expect(plain).toMatch(/^rgb/);
    expect(red).not.toBe(plain);
  });

  it('[S15] shows what the agent prints while its step runs', async () => {
    const page = await shownPage();
    await page.getByRole('option', { name: 'Fix Test Failures, Waits for you' }).click();
    for (const stdout of ['Compiling 3 files (.ex)', 'Generated acme_billing app'])
      backend.control.sessionEvent(id, { data: { stdout } });
    const output = page.getByRole('region', { name: 'Output so far' });
    await output.getByText('Generated acme_billing app').waitFor();
    expect(await output.innerText()).toMatch(/^Compiling 3 files \(\.ex\)\nGenerated acme_billing app/);
    await workbench.screenshot('test/artifacts/session-view-live-output.png');
  });

  it('[U3] is updated in place within a second, with the choice, the focus and the place kept', async () => {
    const page = await shownPage();
    const list = page.getByRole('listbox');
    await list.focus();
    await workbench.pressKey('Home');
    await page.getByRole('heading', { level: 2, name: 'Initialize' }).waitFor();
    const begun = Date.now();
    backend.control.completeInteraction(id, { status: 'ok', duration_ms: 41_000 });
    await page.getByRole('option', { name: 'Fix Test Failures, OK, 41 seconds' }).waitFor();
    expect(Date.now() - begun).toBeLessThan(1000 * machinePace());
    expect(await selectedOf(page)).toBe('Initialize, OK, 1 second');
    expect(await page.evaluate('document.activeElement.role')).toBe('listbox');
    await workbench.pressKey('End');
    await workbench.pressKey('ArrowUp');
    await workbench.pressKey('Enter');
    await page.getByRole('heading', { level: 2, name: 'Run Tests' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('step-name');
  });

  it('[U3] a reload of the window restores it, with the step that was chosen', async () => {
    await (await shownPage()).getByRole('option').nth(2).click();
    await (await shownPage()).getByRole('heading', { level: 2, name: 'Compile' }).waitFor();
    await reload();
    const page = await shownPage();
    expect(await selectedOf(page)).toBe('Compile, Warning, 6 seconds');
    await page.getByRole('heading', { level: 2, name: 'Compile' }).waitFor();
  });

  it('[U5] can be used with a screen reader: axe finds nothing, in dark, light and high contrast', async () => {
    await (await shownPage()).getByRole('option').nth(6).click();
    await (await shownPage()).getByRole('heading', { level: 2, name: 'Run Tests' }).waitFor();
    for (const [name, title, theme] of THEMES) {
      await workbench.runCommand('Preferences: Color Theme');
      await workbench.page.locator('.quick-input-widget input.input').fill(title);
      await workbench.pick(title);
      const page = await shownPage();
      await page.locator(`body[data-vscode-theme-id$="${theme}"]`).waitFor();
      await page.getByRole('heading', { level: 2, name: 'Run Tests' }).waitFor();
      expect([name, await violationsOn(page)]).toEqual([name, []]);
      await workbench.screenshot(`test/artifacts/session-view-${name}.png`);
      await workbench.page.setViewportSize({ width: 1100, height: 900 });
      await expect.poll(() => page.evaluate('document.querySelector("h1").offsetHeight')).toBe(24);
      await workbench.page.setViewportSize({ width: 900, height: 900 });
      await page.locator('header .actions').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await workbench.screenshot(`test/artifacts/session-view-narrow-${name}.png`);
      await workbench.page.setViewportSize({ width: 1280, height: 800 });
    }
  }, 300_000);

  it('[U5] an action that cannot be done now can be reached, tells why, and does nothing', async () => {
    await workbench.runCommand('CodeMySpec: Disconnect');
    const page = await shownPage();
    const blocked = page.locator('.actions [aria-disabled=true]').filter({ hasText: 'Change Mode' });
    await blocked.focus();
    await workbench.pressKey('Shift+Tab');
    await workbench.pressKey('Tab');
    const why = await blocked.getAttribute('aria-describedby');
    const reason = page.locator(`#${why}`);
    await reason.waitFor({ state: 'visible' });
    const shown = [await reason.innerText(), await blocked.getAttribute('title')];
    expect(shown).toEqual(Array(2).fill('There is no connection to the server.'));
    expect(await violationsOn(page)).toEqual([]);
    await workbench.screenshot('test/artifacts/session-view-blocked.png');
    await workbench.pressKey('Enter');
    await blocked.dispatchEvent('click');
    await page.getByRole('button', { name: 'Open as JSON' }).click();
    await openTab(`Session ${id}.json`);
    expect(await workbench.page.locator('.quick-input-widget:visible').count()).toBe(0);
    await workbench.runCommand('CodeMySpec: Connect');
    await editor.status('Live');
    await workbench.clickRow('AccountRepository');
    await (await shownPage()).locator('.actions [aria-disabled=false]').first().waitFor();
  });

  it('[U4] opens output and raw JSON as read-only documents', async () => {
    const page = await shownPage();
    await page.getByRole('button', { name: 'Open in Editor: Output', exact: true }).click();
    await openTab('Run Tests output.log');
    await workbench.waitFor(async () => (await editorText()).includes('Running ExUnit with seed: 0'), {
      what: 'the output in an editor',
    });
    expect(await editorText()).not.toMatch(/\u001b|\[3/);
    await workbench.clickRow('AccountRepository');
    await (await shownPage()).getByRole('button', { name: 'Open as JSON' }).click();
    await openTab(`Session ${id}.json`);
    await workbench.waitFor(async () => (await editorText()).includes(`"id": "${id}"`), {
      what: 'the session as JSON',
    });
  });

  it('[U6] a session that is gone stays as it was last, and says so', async () => {
    await workbench.clickRow('AccountRepository');
    const page = await shownPage();
    await page.getByRole('option').nth(0).waitFor();
    backend.control.deleteSession(id);
    await page
      .locator('header')
      .getByText('This session is no longer available to you. This is its last known state.')
      .waitFor();
    expect(await page.getByRole('option').count()).toBe(8);
    await workbench.screenshot('test/artifacts/session-view-gone.png');
  });
});

const THEMES = [
  ['dark', 'Dark Modern', 'Dark Modern'],
  ['light', 'Light Modern', 'Light Modern'],
  ['high-contrast', 'Dark High Contrast', 'Default High Contrast'],
] as const;

const shownPage = () => sessionPage(workbench);

/** Their accessible names. */
async function stepsOf(page: Frame): Promise<(string | undefined)[]> {
  return Promise.all((await page.getByRole('option').all()).map(nameOf));
}

const selectedOf = (page: Frame) => nameOf(page.getByRole('option', { selected: true }));

const nameOf = async (option: Locator) => /option "(.*)"/.exec(await option.ariaSnapshot())?.[1];

async function reload(): Promise<void> {
  const loaded = workbench.page.waitForEvent('load', { timeout: 60_000 });
  await workbench.runCommand('Developer: Reload Window');
  await loaded;
  await editor.status('Live', { timeoutMs: 90_000 });
  await workbench.openView('CodeMySpec');
}

const openTab = (title: string) =>
  workbench.page.locator(`.tab.active[data-resource-name="${title}"]`).waitFor();

const editorText = async () =>
  (await workbench.page.locator('.editor-instance .view-lines').first().innerText()).replaceAll(
    '\u00a0',
    ' ',
  );

/** A session as the pictures have it. */
function seedRun({ control, world }: Backend): Id {
  world.addComponent(50, { name: 'AccountRepository', type: 'repository' });
  const begun = Date.now() - 252_000;
  const session = control.createSession(1, {
    type: 'DesignReviewSessions',
    component_id: 50,
    inserted_at: new Date(begun).toISOString(),
  });
  let at = begun;
  for (const [name, command, seconds, result] of RUN) {
    const timestamp = new Date(at).toISOString();
    at += seconds * 1000;
    control.addInteraction(session.id, {
      step_name: name,
      command: {
        module: `CodeMySpec.Steps.${name.replaceAll(' ', '')}`,
        command,
        pipe: null,
        metadata: { attempt: 1, timeout_ms: 120_000 },
        timestamp,
      },
      ...(result && {
        result: {
          id: `result-${at}`,
          ...{ status: 'ok', data: {}, code: 0, error_message: null, stdout: null, stderr: null },
          ...{ duration_ms: seconds * 1000, timestamp: new Date(at).toISOString() },
          ...result,
        },
        completed_at: new Date(at).toISOString(),
      }),
    });
  }
  return session.id;
}

const FAILED = {
  status: 'error',
  code: 2,
  stderr: '\u001b[33mwarning:\u001b[0m unused variable "opts" (account_repository.ex:64)\n',
  stdout: [
    ...Array.from({ length: 32 }, (_, n) => `Running ExUnit with seed: ${n}`),
    `\u001b[32m${'.'.repeat(26)}\u001b[0m\u001b[31mF\u001b[0m\u001b[32m${'.'.repeat(14)}\u001b[0m`,
    '',
    '  1) \u001b[31mtest upsert/2 keeps the billing address\u001b[0m \u001b[2m(AccountRepositoryTest)\u001b[0m',
    '     \u001b[2mtest/acme_billing/accounts/account_repository_test.exs:118\u001b[0m',
    '     Assertion with == failed',
    '     code:  \u001b[36massert saved.billing_address == address\u001b[0m',
    '     left:  \u001b[31mnil\u001b[0m',
    '     right: \u001b[32m%Address{city: "Tallinn", country: "EE"}\u001b[0m',
    '',
    '41 tests, \u001b[31m1 failure\u001b[0m',
  ].join('\n'),
};
const OUT = { stdout: 'Done.\n' };
const RUN: [string, string, number, object | undefined][] = [
  ['Initialize', 'git switch -C session', 1, OUT],
  ['Generate Code', 'claude -p "Implement the component"', 118, OUT],
  ['Compile', 'mix compile', 6, { status: 'warning', stdout: 'warning: unused\n' }],
  ['Run Tests', 'mix test', 14, FAILED],
  ['Fix Test Failures', 'claude -p "Fix the failures"', 62, OUT],
  ['Compile', 'mix compile', 5, OUT],
  [
    'Run Tests',
    'mix test --formatter ExUnitJsonFormatter test/acme_billing/accounts/account_repository_test.exs',
    12.4,
    FAILED,
  ],
  ['Fix Test Failures', 'claude -p "Fix the failures"', 29, undefined],
];
