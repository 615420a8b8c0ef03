import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../backend/backend';
import type { Id, Session } from '../../backend/world';
import { signInWithToken } from '../../vscode/signIn';
import type { Workbench } from '../../vscode/workbench';
import { startEditor, type Editor } from '../editor';

/** Each action of a row, done on that row and seen at the server, in the tree or on the clipboard. */

let editor: Editor;
let backend: Backend;
let workbench: Workbench;
const ids = new Map<string, Id>();

beforeAll(async () => {
  editor = await startEditor({ generation: '2' });
  ({ backend, workbench } = editor);
  await workbench.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const names = ['Accounts', 'Billing', 'Catalogue', 'Delivery', 'Estimates'];
  for (const [index, name] of names.entries()) {
    backend.world.addComponent(60 + index, { name });
    const session = { type: 'ComponentCodingSessions', component_id: 60 + index, execution_mode: 'manual' };
    ids.set(name, backend.control.createSession(1, session).id);
  }
  await signInWithToken(workbench, backend.issueToken({ userId: 1 }));
  await editor.status('Live');
  await workbench.findRow('Estimates');
}, 300_000);

afterAll(() => editor.stop());

const idOf = (name: string): Id => ids.get(name)!;
const session = (name: string): Session => backend.world.find(idOf(name))!;
const eventually = (predicate: () => boolean, what: string) => workbench.waitFor(predicate, { what });
const clipboard = () => workbench.page.evaluate<string>('navigator.clipboard.readText()');
/** The names of the sessions in each group, in order. */
const groups = async () => {
  const found: Record<string, string[]> = {};
  let group = '';
  for (const { level, text } of await workbench.rows('Sessions'))
    if (level === 1) found[(group = text)] = [];
    else if (level === 2) found[group]!.push(text);
  return found;
};

describe('[L5] of a session that waits for its next command', () => {
  it('a click opens it', async () => {
    await workbench.clickRow('Accounts');
    await workbench.page
      .locator('.tab.active')
      .getByText(`Component Coding ${idOf('Accounts')}`)
      .waitFor();
  });

  it('“Advance Session” asks the server for the next one, of this session alone', async () => {
    await workbench.clickRowAction('Billing', 'Advance Session');
    await eventually(() => session('Billing').interactions.length === 1, 'a command of Billing');
    expect(session('Accounts').interactions).toEqual([]);
    await workbench.waitFor(async () => (await groups())['Needs You']?.at(-1) === 'Billing', {
      what: 'Billing, which was active last, to be below those that wait for longer',
    });
  });

  it('“Change Mode” sets the mode that is chosen', async () => {
    await workbench.chooseFromRowMenu('Catalogue', 'Change Mode…');
    expect((await workbench.inputBox()).title).toBe('Mode of Catalogue, Component Coding');
    await workbench.pick('Automatic');
    await eventually(() => session('Catalogue').execution_mode === 'auto', 'the mode of Catalogue');
    await workbench.waitFor(async () => (await groups())['Running']?.includes('Catalogue'), {
      what: 'Catalogue to run',
    });
  });

  it('“Copy Session ID” copies its id', async () => {
    await workbench.chooseFromRowMenu('Delivery', 'Copy Session ID');
    await workbench.waitFor(async () => (await clipboard()) === String(idOf('Delivery')), {
      what: 'the id on the clipboard',
    });
  });
});

describe('[L5] of a session whose command waits for its result', () => {
  it('“Copy Command” copies the command', async () => {
    const [interaction] = session('Billing').interactions;
    await workbench.waitFor(
      async () =>
        (await workbench.findRow('Billing')).description.includes('waits for its result') || undefined,
      { what: 'Billing to wait for a result' },
    );
    await workbench.chooseFromRowMenu('Billing', 'Copy Command');
    await workbench.waitFor(async () => (await clipboard()) === interaction!.command!.command, {
      what: 'the command on the clipboard',
    });
  });
});

describe('[L5] of a session that is to end', () => {
  it('“Cancel Session” names it and asks, and does nothing where that is declined', async () => {
    await workbench.chooseFromRowMenu('Delivery', 'Cancel Session…');
    const { message, detail } = await workbench.dialog();
    expect([message, detail]).toEqual([
      'Cancel the session Delivery, Component Coding?',
      `This cannot be undone. Session ${idOf('Delivery')}`,
    ]);
    await workbench.dialogButton('Keep Running');
    expect(session('Delivery').status).toBe('active');
  });

  it('it acts by the row that was clicked, though others have taken its place meanwhile', async () => {
    await workbench.chooseFromRowMenu('Delivery', 'Cancel Session…');
    await workbench.dialog();
    const place = (await workbench.findRow('Delivery')).index;
    backend.control.updateSession(idOf('Delivery'), { execution_mode: 'auto' });
    await workbench.waitFor(async () => (await workbench.findRow('Delivery')).index !== place || undefined, {
      what: 'Delivery to be elsewhere',
    });
    await workbench.dialogButton('Cancel Session');
    await eventually(() => session('Delivery').status === 'cancelled', 'Delivery to be cancelled');
    const others = ['Accounts', 'Billing', 'Catalogue', 'Estimates'].map((name) => session(name).status);
    expect(others).toEqual(['active', 'active', 'active', 'active']);
  });
});

describe('[L5] of a session that has failed', () => {
  it('“Mark as Seen” takes its mark and its need away', async () => {
    backend.control.updateSession(idOf('Estimates'), { status: 'failed', updated_at: soon() });
    const settled = {
      'Needs You': ['Accounts', 'Billing', 'Estimates'],
      ...{ Running: ['Catalogue'], Finished: ['Delivery'] },
    };
    await workbench.waitFor(async () => JSON.stringify(await groups()) === JSON.stringify(settled), {
      what: 'each row to be in its place',
    });
    await workbench.waitFor(
      async () => /new, Failed/.test((await workbench.findRow('Estimates')).ariaLabel),
      {
        what: 'Estimates to have failed',
      },
    );
    await workbench.clickRowAction('Estimates', 'Mark as Seen');
    await workbench.waitFor(async () => (await groups())['Finished']?.includes('Estimates'), {
      what: 'Estimates to be among the finished',
    });
  });
});

describe('[L5] of the tree', () => {
  it('“Filter” shows what passes, and “Clear Filter” all again', async () => {
    const all = await groups();
    await workbench.clickViewAction('Sessions', 'Filter Sessions');
    await workbench.typeInput('catal');
    await workbench.waitFor(async () => JSON.stringify(await groups()) === '{"Running":["Catalogue"]}', {
      what: 'Catalogue alone',
    });
    await workbench.clickViewAction('Sessions', 'Clear Filter');
    await workbench.waitFor(async () => JSON.stringify(await groups()) === JSON.stringify(all), {
      what: 'all sessions again',
    });
  });

  it('“Group Sessions” puts them together by what is chosen', async () => {
    await workbench.runCommand('CodeMySpec: Group Sessions…');
    await workbench.pick('By Project');
    await workbench.waitFor(
      async () =>
        Object.entries(await groups())
          .map(([, names]) => names.length)
          .join() === '5',
      { what: 'one group of one project' },
    );
    expect(Object.keys(await groups())).toEqual(['Project 101']);
  });
});

/** Later than the second in which the view was opened: what ended until then counts as seen. */
const soon = () => new Date(Date.now() + 5_000).toISOString();
