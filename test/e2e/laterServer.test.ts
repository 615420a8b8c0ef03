import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backend/backend';
import { signInWithToken } from '../vscode/signIn';
import type { Workbench } from '../vscode/workbench';
import { startEditor, type Editor } from './editor';

/** Today's server in a real VS Code: sessions over the channel alone, which crashes all day. */

const CRASHES = 30;
const CRASH_EVERY_MS = 500;

let editor: Editor;
let backend: Backend;
let workbench: Workbench;

beforeAll(async () => {
  editor = await startEditor({ generation: '3' });
  ({ backend, workbench } = editor);
  for (const type of ['ContextSpecSessions', 'ComponentCodingSessions', 'ComponentTestSessions'])
    backend.control.createSession(1, { type, status: 'active' });
}, 300_000);

afterAll(() => editor.stop());

const status = (text: string, timeoutMs = 20_000) => editor.status(text, { timeoutMs });
const rows = async () =>
  (await workbench.allRows('Sessions'))
    .filter(({ level }) => level === 2)
    .map(({ text }) => text)
    .sort();

/** Every text of the status bar until the returned function is called. */
async function watchTexts(): Promise<() => Promise<string[]>> {
  await workbench.page.evaluate(`(() => {
    const texts = (window.textsOfTest = []);
    const look = () => {
      const text = /CodeMySpec: [A-Z][a-z ]+/.exec(document.querySelector('.part.statusbar')?.textContent ?? '')?.[0].trim();
      if (text && texts.at(-1) !== text) texts.push(text);
      window.timerOfTest = setTimeout(look, 10);
    };
    look();
  })()`);
  return () => workbench.page.evaluate('clearTimeout(window.timerOfTest), window.textsOfTest');
}

describe("today's server", () => {
  it('[H6] is live, and what begins or ends is there although each new session crashes the channel', async () => {
    await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
    await status('Live');
    expect(await rows()).toEqual(['Component Coding', 'Component Test', 'Context Spec']);
    const texts = await watchTexts();
    const { id } = backend.control.createSession(1, { type: 'IntegrationSessions', status: 'active' });
    await workbench.findRow('Integration', { timeoutMs: 3_000 });
    backend.control.deleteSession(id);
    await workbench.waitFor(
      ({ views }) => !views.some(({ rows }) => rows.some(({ text }) => text === 'Integration')),
      {
        what: 'the deleted session to go',
        timeoutMs: 5_000,
      },
    );
    expect(new Set(await texts())).toEqual(new Set(['CodeMySpec: Live']));
  });

  it('[J9] shows the truth after thirty crashes in fifteen seconds, without flicker', async () => {
    const texts = await watchTexts();
    for (let crash = 0; crash < CRASHES; crash += 1) {
      backend.control.crashChannel();
      await new Promise((resolve) => setTimeout(resolve, CRASH_EVERY_MS));
    }
    const missed = backend.control.createSession(1, { type: 'ContextDesignSessions', status: 'active' });
    await status('Live', 30_000);
    await workbench.findRow('Context Design', { timeoutMs: 10_000 });
    expect(await rows()).toEqual(['Component Coding', 'Component Test', 'Context Design', 'Context Spec']);
    // Two changes a crash would be sixty; from the sixth on a repair takes longer than what is held back.
    expect((await texts()).length).toBeLessThanOrEqual(30);
    backend.control.deleteSession(missed.id);
  });

  it('[F1] that is away leaves the rows and says that it has no fallback, and is live by itself when it is back', async () => {
    await status('Live', 30_000);
    backend.control.refuseUpgrades(503);
    backend.control.dropSockets();
    await status('Offline', 30_000);
    expect(await workbench.hoverStatusBar(/CodeMySpec/)).toMatch(/offers no fallback/);
    expect((await rows()).length).toBe(3);
    await workbench.screenshot('test/artifacts/no-fallback.png');
    backend.control.refuseUpgrades(false);
    await status('Live', 40_000);
    expect(await rows()).toEqual(['Component Coding', 'Component Test', 'Context Spec']);
  });
});
