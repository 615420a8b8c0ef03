import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import titles from '../../../package.nls.json';
import { signInOnPage } from '../../vscode/signIn';
import { startEditor, type Editor } from '../editor';

/** The walkthrough, as somebody new goes through it. */

let editor: Editor;

beforeAll(async () => {
  editor = await startEditor({ generation: '2' });
  const { world, control } = editor.backend;
  world.addComponent(60, { name: 'Accounts' });
  control.createSession(1, { type: 'ComponentCodingSessions', component_id: 60 });
}, 300_000);

afterAll(() => editor.stop());

async function openWalkthrough(): Promise<void> {
  const { workbench } = editor;
  await workbench.runCommand('Welcome: Open Walkthrough...');
  await workbench.pick(titles['walkthrough.title']);
  await workbench.page.locator('.getting-started-step').first().waitFor();
}

/** `[name, whether it is done]` of each step. */
const steps = () =>
  editor.workbench.page.evaluate<[string, boolean][]>(`[...document.querySelectorAll('.getting-started-step')]
    .map((step) => [
      step.querySelector('.step-title').textContent.trim(),
      step.querySelector('[role=checkbox]').ariaChecked === 'true',
    ])`);
const checked = (expected: boolean[], what: string) =>
  editor.workbench.waitFor(
    async () => JSON.stringify((await steps()).map(([, done]) => done)) === JSON.stringify(expected),
    { what, timeoutMs: 30_000 },
  );

describe('the walkthrough', () => {
  it('[L3] opens with its steps, none of them done', async () => {
    await openWalkthrough();
    expect(await steps()).toEqual([
      [titles['walkthrough.server.title'], false],
      [titles['walkthrough.signIn.title'], false],
      [titles['walkthrough.sessions.title'], false],
    ]);
  });

  it('[L3] its button signs in, and the steps up to that are then done', async () => {
    const { workbench } = editor;
    await workbench.page.locator('.getting-started-step .step-title').nth(1).click();
    const button = workbench.page.locator('.getting-started-step.expanded .monaco-button');
    await signInOnPage(workbench, () => button.getByText('Sign In', { exact: true }).click());
    await editor.status('Live');
    await checked([true, true, false], 'the steps up to the sign-in to be done');
  });

  it('[L3] a click on a session does the last of them', async () => {
    const { workbench } = editor;
    await workbench.clickRow('Accounts');
    await workbench.page.locator('.tab.active[data-resource-name^="Component Coding"]').waitFor();
    await openWalkthrough();
    await checked([true, true, true], 'every step to be done');
    await workbench.screenshot('test/artifacts/walkthrough.png');
  });
});
