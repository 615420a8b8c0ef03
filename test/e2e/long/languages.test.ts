import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import germanWords from '../../../l10n/bundle.l10n.de.json';
import englishWords from '../../../l10n/bundle.l10n.json';
import germanTitles from '../../../package.nls.de.json';
import englishTitles from '../../../package.nls.json';
import { nowInMicroseconds, type Id } from '../../backend/world';
import { plainLatin, pseudo, pseudoBundle } from '../../pseudo';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';
import { sessionPage } from '../sessionPage';

/** Windows in German, and in a language that nobody speaks: all in brackets and accents, and 40 % longer. */

const PSEUDO = 'qps-ploc';
/** Data in letters of their own, so that a word in plain Latin ones is of this extension. */
const NAME = 'Κώδικας';
const ENDED = 'Τέλος';

let editor: Editor;
let id: Id;

beforeAll(async () => {
  const words = { manifest: pseudoBundle(englishTitles), source: pseudoBundle(englishWords) };
  editor = await startEditor({ generation: '2' }, { languages: [{ id: 'de' }, { id: PSEUDO, words }] });
  const { control, world } = editor.backend;
  world.addComponent(50, { name: NAME });
  const session = { type: 'Εργασία', component_id: 50, execution_mode: 'manual' };
  id = control.createSession(1, session).id;
  const [project] = world.user(1).projects;
  project!.name = 'Έργο';
  const command = {
    module: 'Βήμα',
    command: 'δες',
    pipe: null,
    metadata: {},
    timestamp: nowInMicroseconds(),
  };
  control.addInteraction(id, { step_name: 'Βήμα', command });
  control.completeInteraction(id, { status: 'error', code: 2, stdout: '1\n2\n', stderr: '3\n' });
  world.addComponent(51, { name: ENDED });
  const ended = control.createSession(1, { ...session, component_id: 51 });
  control.updateSession(ended.id, { status: 'complete' });
}, 300_000);

afterAll(() => editor.stop());

describe('a window in German', () => {
  let window: Workbench;
  beforeAll(async () => {
    window = await editor.workbench.newWindow({ language: 'de' });
    await window.openView('CodeMySpec');
  });

  it('[L2] greets in German', async () => {
    const [greeting, button] = germanTitles['welcome.signedOut'].split('\n');
    await welcome(window, [greeting!, /\[(.*)\]/.exec(button!)![1]!]);
    await editor.status('Abgemeldet', { window });
  });

  it('[L2] has commands by their German names', async () => {
    const shown = await window.commandsMatching('CodeMySpec:');
    expect(shown).toContain('CodeMySpec: Anmelden');
    const english = Object.entries(englishTitles).filter(([key]) => key.startsWith('command.'));
    expect(english.filter(([, title]) => shown.includes(`CodeMySpec: ${title}`))).toEqual([]);
  });

  it('[L2] has the tree and a session in German', async () => {
    await signIn(window, germanTitles);
    await window.findRow('Handlungsbedarf');
    expect((await window.findRow(NAME)).description).toContain(germanWords['waits for its next step']);
    expect(await window.sideBarTitle()).toBe('CodeMySpec: Sitzungen');
    await window.clickRow(NAME);
    const page = await sessionPage(window);
    await page.getByRole('button', { name: 'Als JSON öffnen' }).waitFor();
    await window.screenshot('test/artifacts/german.png');
  });

  it('[L2] notifies in German', async () => {
    await window.openView('Explorer');
    editor.backend.control.notify(id, 'permission_prompt', { message: 'Darf ich?' });
    const { text, buttons } = await window.waitFor(
      ({ notifications }) => notifications.find((each) => each.text.includes(NAME)),
      { what: 'the notification' },
    );
    expect([text, buttons]).toEqual([
      `${NAME} fragt: Darf ich?`,
      [germanWords['Open Session'], germanWords["Don't Show Again"]],
    ]);
    await window.screenshot('test/artifacts/german-notification.png');
  });

  afterAll(() => window.closeWindow());
});

describe('a window in a pseudo language', () => {
  let window: Workbench;
  beforeAll(async () => {
    window = await editor.workbench.newWindow({ language: PSEUDO });
    await window.openView('CodeMySpec');
  });

  it('[L1] greets with nothing missed and nothing cut', async () => {
    const [greeting] = englishTitles['welcome.signedOut'].split('\n');
    await welcome(window, [pseudo(greeting!), pseudo('Sign In')]);
    await window.screenshot('test/artifacts/pseudo-welcome.png');
    // The view is named for the server until it has sessions, and that name may be long.
    const { missed, cut } = await lookedAt(window);
    expect([missed, cut.filter((text) => !text.endsWith(new URL(editor.backend.url).host))]).toEqual([
      [],
      [],
    ]);
  });

  it('[L1] has the tree and a session with nothing missed and nothing cut', async () => {
    await signIn(window, pseudoBundle(englishTitles));
    await window.clickRow(NAME);
    const page = await sessionPage(window);
    await page.getByRole('button', { name: pseudo('Open as JSON') }).waitFor();
    const title = await page.evaluate('document.querySelector("h1").getBoundingClientRect().height');
    expect(title, 'the title is one line').toBeLessThan(30);
    await window.screenshot('test/artifacts/pseudo-session.png');
    expect(await lookedAt(window)).toEqual({ missed: [], cut: [] });
    const shown = await page.evaluate<string>('document.querySelector("main").innerText');
    expect(plainLatin(shown)).toEqual([]);
    expect(
      await page.evaluate<string[]>(
        CUT('header :not(.unseen), .axis :not(.unseen), .outcome, .detail button'),
      ),
    ).toEqual([]);
  });
});

const welcome = (window: Workbench, [text, button]: [text: string, button: string]) =>
  window.waitFor(
    ({ views }) =>
      views.some(({ welcome, welcomeButtons }) => welcome.startsWith(text) && welcomeButtons[0] === button),
    { what: `the welcome "${text}" with the button "${button}"`, timeoutMs: 30_000 },
  );

/** `titles` are those of package.json in the language of the window. */
async function signIn(window: Workbench, titles: Readonly<Record<string, string>>): Promise<void> {
  await window.runCommand(`CodeMySpec: ${titles['command.signInWithToken']}`);
  await window.waitFor(({ quickInput }) => quickInput?.password, { what: 'a hidden input for the token' });
  await window.typeInput(editor.backend.issueToken({ userId: 1 }));
  await window.statusBar(/codicon-pulse|: (⟦Ŀīṽḗ|Live)/, { what: 'live', timeoutMs: 20_000 });
  await window.findRow(NAME);
}

/** What of the view and of the status bar is in plain Latin letters, or is cut. */
async function lookedAt(window: Workbench): Promise<{ missed: string[]; cut: string[] }> {
  const { views, statusBar } = await window.state();
  const texts = [
    await window.sideBarTitle(),
    ...views.flatMap(({ name, message, welcome, rows }) => [
      ...[name, message, welcome],
      ...rows.flatMap(({ text, description, ariaLabel }) => [text, description, ariaLabel]),
    ]),
    ...statusBar.filter(({ text }) => text.includes('CodeMySpec')).map(({ text }) => text),
  ];
  return {
    missed: texts.flatMap(plainLatin),
    cut: await window.page.evaluate<string[]>(
      CUT(
        [
          ...['.part.sidebar .title-label *', '.part.sidebar .pane-header .title'],
          ...['.welcome-view-content .monaco-button *', '[id="codeMySpec.connection"] a'],
          ...['.part.sidebar .message *', '.part.sidebar .label-name'],
        ].join(),
      ),
    ),
  };
}

/** The texts of these elements that do not fit in. */
const CUT = (selector: string) => `[...document.querySelectorAll(${JSON.stringify(selector)})]
  .filter((each) => each.getClientRects().length > 0 && getComputedStyle(each).overflow !== 'visible')
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.className + ': ' + each.textContent)`;
