import { source as axe } from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedSamples } from '../../backend/samples';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';

/** The tree in each kind of theme, narrow and wide. */

const THEMES = [
  ['dark', 'Dark Modern', 'vs-dark'],
  ['light', 'Light Modern', 'vs'],
  ['high-contrast', 'Dark High Contrast', 'hc-black'],
  ['high-contrast-light', 'Light High Contrast', 'hc-light'],
] as const;
const WIDTHS = [250, 500];

let editor: Editor;
let workbench: Workbench;

beforeAll(async () => {
  editor = await startEditor({ seed: seedSamples, generation: '2' });
  ({ workbench } = editor);
  await signInWithToken(workbench, editor.backend.issueToken({ userId: 1 }));
  await editor.status('Live');
  await workbench.findRow('Needs You');
}, 300_000);

afterAll(() => editor.stop());

describe.each(THEMES)('the tree in %s', (name, title, kind) => {
  beforeAll(async () => {
    await workbench.runCommand('Preferences: Color Theme');
    await workbench.page.locator('.quick-input-widget input.input').fill(title);
    await workbench.pick(title);
    await workbench.page.locator(`.monaco-workbench.${kind}`).first().waitFor();
  });

  it.each(WIDTHS)('[L4] at %i px has each name whole, its badge, and nothing beside it', async (width) => {
    await workbench.resizeSideBar(width);
    await workbench.screenshot(`test/artifacts/tree-${name}-${width}.png`);
    const { cut, scrollsSideways, names } = await workbench.page.evaluate<Look>(LOOK);
    expect(names.length).toBeGreaterThan(5);
    expect([cut, scrollsSideways]).toEqual([[], false]);
    expect(await workbench.badge('CodeMySpec')).toMatch(/^\d+$/);
  });

  // Its rows are spoken in words, and not as they are abbreviated.
  it('[L4] can be used with a screen reader: axe finds nothing in it', async () => {
    await workbench.page.evaluate(axe);
    const violations = await workbench.page.evaluate<string[]>(
      `axe.run('.part.sidebar .pane-body .monaco-list', { rules: { 'label-content-name-mismatch': { enabled: false } } }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html + failureSummary)))`,
    );
    expect(violations).toEqual([]);
  });
});

interface Look {
  readonly names: string[];
  readonly cut: string[];
  readonly scrollsSideways: boolean;
}

/** What a session is of must end within its row; the kind that tells it from its namesakes comes after, and may be cut. */
const LOOK = `(() => {
  const list = document.querySelector('.part.sidebar .pane-body .monaco-list');
  const labels = [...list.querySelectorAll('.monaco-icon-label')];
  const nameOf = (label) => label.querySelector('.label-name');
  const isCut = (label) => {
    const room = label.querySelector('.monaco-icon-label-container').getBoundingClientRect().right;
    const range = document.createRange();
    const text = document.createTreeWalker(nameOf(label), NodeFilter.SHOW_TEXT).nextNode();
    range.setStart(text, 0);
    range.setEnd(text, text.textContent.split(',')[0].length);
    return range.getBoundingClientRect().right > room + 1;
  };
  const rows = list.querySelector('.monaco-scrollable-element');
  return {
    names: labels.map((label) => nameOf(label).textContent),
    cut: labels.filter(isCut).map((label) => nameOf(label).textContent),
    scrollsSideways: rows.scrollWidth > rows.clientWidth + 1 || list.scrollWidth > list.clientWidth + 1,
  };
})()`;
