import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backend';
import { keepSecret } from '../traces';
import type { Workbench } from '../vscode/workbench';
import { startEditor, type Editor } from './editor';

/** Every way to sign in that an editor in a browser has, how each fails, and how a sign-in ends. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;

beforeAll(async () => {
  editor = await startEditor({ me: true });
  ({ backend, workbench } = editor);
  backend.control.bulk(3);
}, 300_000);

afterAll(() => editor.stop());

const status = (text: string, window = workbench, timeoutMs = 20_000) =>
  editor.status(text, { window, timeoutMs });
/** A window that loads beside another takes long on a busy machine. */
const LOADED_WITHIN_MS = 60_000;

const welcome = (text: string, window = workbench) =>
  window.waitFor(({ views }) => views.find((view) => view.welcome.includes(text)), {
    what: `the welcome to say “${text}”`,
  });

const message = (text: string) =>
  workbench.waitFor(({ notifications }) => notifications.find((each) => each.text.includes(text)), {
    what: `a message that says “${text}”`,
    timeoutMs: 15_000,
  });

const beginSignIn = () => workbench.runCommand('CodeMySpec: Sign In');

/** The page that the server shows in the browser, once a sign-in was begun. */
async function consentPage(begin: () => Promise<void> = beginSignIn): Promise<Page> {
  const opened = workbench.context.waitForEvent('page', { timeout: 20_000 });
  await begin();
  const page = await opened;
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  return page;
}

async function allow(begin?: () => Promise<void>): Promise<void> {
  const page = await consentPage(begin);
  await page.getByRole('button', { name: 'Allow' }).click();
  await status('Live');
  await page.close();
}

async function signOut(): Promise<void> {
  await workbench.runCommand('CodeMySpec: Sign Out');
  await status('Signed out');
}

describe('[A9] somebody signs in', () => {
  it('through the page of the server, which sends the browser back', async () => {
    const page = await consentPage();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'The answer has arrived' }).waitFor();
    await page.screenshot({ path: 'test/artifacts/sign-in-finished.png' });
    await status('Live');
    await page.close();
    await signOut();
    await allow();
    await signOut();
    expect(backend.control.oauthStats().registrations).toHaveLength(1);
  });

  it('with a code that the page shows', async () => {
    const page = await consentPage(() => workbench.runCommand('CodeMySpec: Sign In with a Code…'));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('"code"').waitFor();
    const shown = await page.locator('body').innerText();
    keepSecret((JSON.parse(shown) as { code: string }).code);
    await page.close();
    await workbench.screenshot('test/artifacts/paste-code.png');
    await workbench.typeInput(shown);
    await status('Live');
    await signOut();
  });

  it('by another way, offered when nothing comes back', async () => {
    const page = await consentPage();
    await page.close();
    await message('paste a code');
    await workbench.screenshot('test/artifacts/other-ways.png');
    await workbench.page.locator('.notification-toast:visible a', { hasText: 'use a token' }).click();
    await workbench.waitFor(({ quickInput }) => quickInput?.password, { what: 'the box for a token' });
    await workbench.waitFor(({ notifications }) => notifications.length === 0, {
      what: 'the waiting to end',
    });
    await workbench.typeInput(backend.issueToken({ userId: 1 }));
    await status('Live');
    await signOut();
  });
});

describe('[A9] who cannot sign in reads within seconds', () => {
  it.each([
    [
      'that the server registers no editor',
      '/',
      404,
      'does not let this editor sign in',
      'Sign In with a Code…',
    ],
    ['that the server fails', 'token', 500, 'reported an error', 'Try Again'],
    ['that the server cannot be reached any more', 'token', 'reset', 'cannot be reached', 'Try Again'],
  ] as const)('%s, and what to do', async (_what, endpoint, status_, words, remedy) => {
    backend.control.clearClients();
    if (endpoint === 'token') {
      const page = await consentPage();
      backend.control.failOAuth({ status: status_, endpoint });
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'The answer has arrived' }).waitFor();
      await page.close();
      await workbench.page.bringToFront();
      // A message that came while another page was in front may be in the list alone.
      await workbench.runCommand('Notifications: Show Notifications');
    } else {
      backend.control.failOAuth({ status: status_, endpoint: 'register' });
      await beginSignIn();
    }
    const { buttons } = await message(words);
    expect(buttons).toContain(remedy);
    await workbench.screenshot(`test/artifacts/sign-in-${status_}.png`);
    backend.control.healOAuth();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await status('Signed out');
  });
});

describe('whose sign-in the server ends', () => {
  it('[A10] reads so, with the warning colour and the way back', async () => {
    await allow();
    backend.control.revokeAll();
    await workbench.runCommand('CodeMySpec: Refresh Sessions');
    expect((await status('Signed out')).kind).toBe('warning');
    await welcome('The server refused the sign-in of this window. Another window may have changed it.');
    await workbench.screenshot('test/artifacts/sign-in-ended.png');
    await allow(() => workbench.clickWelcomeButton('Sign In'));
  });

  it('[A8] in one of two windows, by another’s new sign-in, is back after a reload', async () => {
    const second = await workbench.newTab();
    await second.openView('CodeMySpec');
    await status('Live', second, LOADED_WITHIN_MS);
    await signOut();
    await allow();
    // The first window gave the old tokens back, and the second knows no others.
    await second.runCommand('CodeMySpec: Refresh Sessions');
    await status('Signed out', second);
    await welcome('Another window may have changed it.', second);
    await second.clickWelcomeButton('Reload Window');
    await second.openView('CodeMySpec');
    await status('Live', second, LOADED_WITHIN_MS);
    await second.closeWindow();
    await status('Live');
  });
});
