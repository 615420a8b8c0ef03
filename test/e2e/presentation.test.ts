import { machinePace } from '../machinePace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backend';
import { signInWithToken } from '../vscode/signIn';
import type { Workbench } from '../vscode/workbench';
import { startEditor, type Editor } from './editor';

/** What somebody reads in a real VS Code when something is wrong: each word true, and never later than its rows. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;

beforeAll(async () => {
  editor = await startEditor({ me: true });
  ({ backend, workbench } = editor);
  backend.control.bulk(30);
}, 300_000);

afterAll(() => editor.stop());

const status = (text: string, timeoutMs = 20_000) => editor.status(text, { timeoutMs });

interface Sample {
  readonly live: boolean;
  readonly rows: number;
  readonly saysNone: boolean;
}

/** Looks at the page at every frame until the returned function is called, which tells what was seen. */
async function watchPage(): Promise<() => Promise<Sample[]>> {
  await workbench.page.evaluate(`(() => {
    const seen = (window.seenByTest = []);
    const textOf = (selector) => document.querySelector(selector)?.textContent ?? '';
    const look = () => {
      seen.push({
        live: /CodeMySpec: Live/.test(textOf('.part.statusbar')),
        rows: document.querySelectorAll('.part.sidebar .monaco-list-row').length,
        saysNone: /There are no sessions/.test(textOf('.part.sidebar')),
      });
      window.testTimer = setTimeout(look, 10);
    };
    look();
  })()`);
  return () => workbench.page.evaluate('clearTimeout(window.testTimer), window.seenByTest');
}

describe('the word “Live”', () => {
  it('[S11] is never earlier than the rows, at a sign-in', async () => {
    const seen = await watchPage();
    await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
    await status('Live');
    const samples = await seen();
    // On a slower machine VS Code may draw later than it is waited for: by so many looks of 10 ms.
    const early = samples.filter(({ live, rows }) => live && rows === 0);
    expect(early.length).toBeLessThanOrEqual(Math.round(5 * (machinePace() - 1)));
    expect(samples.filter(({ saysNone }) => saysNone)).toEqual([]);
    expect(samples.some(({ live }) => live)).toBe(true);
  });

  it('[S11] goes with the project and component of a session that has just begun', async () => {
    backend.control.createSession(1, { type: 'IntegrationSessions', status: 'active' });
    const row = await workbench.findRow(/Integration|Project 101/, { timeoutMs: 3_000 });
    expect(row.description).not.toMatch(/#\d/);
    await status('Live');
  });
});

describe('a server that cannot list the sessions', () => {
  it('is said with what may help, and is live again once it can', async () => {
    const { active_project_id: project } = backend.world.user(1);
    backend.control.setActiveProject(1, null);
    await workbench.runCommand('CodeMySpec: Refresh Sessions');
    await status('Not synced');
    expect(await workbench.hoverStatusBar(/CodeMySpec/)).toMatch(/Is a project active\?/);
    await workbench.screenshot('test/artifacts/not-synced.png');
    backend.control.setActiveProject(1, project);
    await status('Live', 40_000);
  });
});

describe('a server that is away', () => {
  it('[F3] is “Offline” with the view hidden too', async () => {
    backend.control.refuseUpgrades(503);
    backend.control.failRest({ status: 503, times: 1_000_000 });
    backend.control.dropSockets();
    await workbench.openView('Explorer');
    await status('Offline', 30_000);
  });

  it('[C18] a click on Refresh is answered there', async () => {
    await workbench.openView('CodeMySpec');
    await workbench.runCommand('CodeMySpec: Refresh Sessions');
    await workbench.waitFor(
      ({ statusBar }) =>
        statusBar.find(({ text }) => /CodeMySpec: Offline\. .*(not available|cannot be reached)/.test(text)),
      { what: 'an answer in the status bar', timeoutMs: 10_000 },
    );
    await workbench.screenshot('test/artifacts/refreshed-offline.png');
  });

  it('[T1] its click offers what can be done there, best first', async () => {
    await workbench.clickStatusBar(/CodeMySpec: Offline since/);
    const { items } = await workbench.inputBox();
    expect([items[0], items.includes('Reconnect Now'), items.includes('Sign In')]).toEqual([
      'Refresh Sessions',
      true,
      false,
    ]);
    await workbench.screenshot('test/artifacts/status-menu.png');
    await workbench.pick('Diagnose Connection');
    await workbench.page.locator('.tab.active').getByText('Untitled').waitFor({ timeout: 30_000 });
  });

  it('[C9] is live by itself when it is back', async () => {
    backend.control.refuseUpgrades(false);
    backend.control.healRest();
    await status('Live', 40_000);
  });
});
