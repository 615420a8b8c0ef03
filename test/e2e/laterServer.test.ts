import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HELD_BACK_MS } from '../../src/views/shownConnection';
import type { Backend } from '../backend/backend';
import type { Id } from '../backend/world';
import { signInWithToken } from '../vscode/signIn';
import type { Workbench } from '../vscode/workbench';
import { startEditor, type Editor } from './editor';

/** Today's server in a real VS Code: sessions over the channel alone, which crashes all day. */

const CRASHES = 30;
const CRASH_EVERY_MS = 500;
/** A timer of the extension host may end a millisecond early. */
const LONG_REPAIR_MS = HELD_BACK_MS - 1;

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

/** For each way from live back to live in the log: how long it took, and the states on it. */
function repairs(): { ms: number; states: number }[] {
  const lines = editor.vscode.logText('CodeMySpec').matchAll(/ (\S+) → (\S+) on .*?, after (\d+) ms/g);
  const all: { ms: number; states: number }[] = [];
  let ms = NaN;
  let states = 0;
  for (const [, from, to, after] of lines) {
    [ms, states] = from === 'connected.live' ? [0, 1] : [ms + Number(after), states + 1];
    if (to === 'connected.live' && ms >= 0) all.push({ ms, states });
  }
  return all;
}

/** Waits until each crash is mended, and says how often the words may have changed for those that took long. */
async function changesAllowed(crashes: number, before: number): Promise<number> {
  await vi.waitFor(() => expect(repairs().length).toBeGreaterThanOrEqual(before + crashes), 10_000);
  return repairs()
    .slice(before)
    .reduce((sum, { ms, states }) => sum + (ms >= LONG_REPAIR_MS ? states : 0), 0);
}

describe("today's server", () => {
  it('[H6] is live, and what begins or ends is there although each new session crashes the channel', async () => {
    await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
    await status('Live');
    expect(await rows()).toEqual(['Component Coding', 'Component Test', 'Context Spec']);
    const before = repairs().length;
    const texts = await watchTexts();
    const { id } = backend.control.createSession(1, { type: 'IntegrationSessions', status: 'active' });
    await workbench.findRow(/Integration$/, { timeoutMs: 3_000 });
    backend.control.deleteSession(id);
    await workbench.waitFor(
      ({ views }) => !views.some(({ rows }) => rows.some(({ text }) => text.endsWith('Integration'))),
      {
        what: 'the deleted session to go',
        timeoutMs: 5_000,
      },
    );
    const allowed = await changesAllowed(1, before);
    const said = await texts();
    expect(said[0]).toBe('CodeMySpec: Live');
    expect(said.length - 1).toBeLessThanOrEqual(allowed);
  });

  it('[J9] shows the truth after thirty crashes in fifteen seconds; no word changes for a repair under half a second', async () => {
    const before = repairs().length;
    const texts = await watchTexts();
    for (let crash = 0; crash < CRASHES; crash += 1) {
      backend.control.crashChannel();
      await new Promise((resolve) => setTimeout(resolve, CRASH_EVERY_MS));
    }
    const missed = backend.control.createSession(1, { type: 'ContextDesignSessions', status: 'active' });
    await status('Live', 30_000);
    await workbench.findRow(/Context Design$/, { timeoutMs: 10_000 });
    expect(await rows()).toEqual(['Component Coding', 'Component Test', 'Context Design', 'Context Spec']);
    const allowed = await changesAllowed(1, before);
    expect((await texts()).length - 1).toBeLessThanOrEqual(allowed);
    backend.control.deleteSession(missed.id);
  });

  it('is examined by the doctor, whose report opens beside it', async () => {
    await workbench.runCommand('CodeMySpec: Diagnose Connection');
    const lines = workbench.page.locator('.editor-instance .view-lines').first();
    await vi.waitFor(async () => expect(await lines.innerText()).toMatch(/CodeMySpec/), 30_000);
    await workbench.screenshot('test/artifacts/doctor.png');
    const text = (await lines.innerText()).replaceAll('\u00a0', ' ');
    expect(text).toContain('list_sessions');
    expect(text).toContain('vscode:user');
    expect(text).toContain(`${process.platform} ${process.arch}`);
    await workbench.runCommand('View: Revert and Close Editor');
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

  it('[T3] an agent that asks is told where the view is out of sight, with the way to its session', async () => {
    await workbench.openView('Explorer');
    const asking = backend.control.dump(1).sessions.find(({ status: each }) => each === 'active');
    backend.control.notify(asking!.id as Id, 'permission_prompt', { message: 'May I run mix test?' });
    await workbench.waitFor(
      ({ notifications }) => notifications.some(({ text }) => /asks: May I run mix test\?/.test(text)),
      { what: 'the question of the agent' },
    );
    await workbench.screenshot('test/artifacts/agent-asks.png');
    await workbench.notificationButton('Open Session');
    await workbench.page.locator('.tab.active').getByText(String(asking!.id).slice(0, 8)).waitFor();
  });
});
