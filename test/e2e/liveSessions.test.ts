import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { findBrowser } from '../vscode/browser';
import { packageVsix } from '../vscode/package';
import { startVSCode, type VSCodeServer } from '../vscode/server';
import { signInWithToken } from '../vscode/signIn';
import { openWorkbench, type Workbench } from '../vscode/workbench';

/** The main job in a real VS Code, worked as a person would; one test goes on where the last one ended. */

const log = (line: string) => console.log(line);
const WITHIN_A_SECOND = { timeoutMs: 1_000 };

let backend: Backend;
let vscode: VSCodeServer;
let workbench: Workbench;
const stops: (() => Promise<void>)[] = [];
let token: string;

beforeAll(async () => {
  process.env.CODEMYSPEC_TRACES ??= mkdtempSync(join(tmpdir(), 'cms-t-'));
  backend = await startBackend();
  stops.push(() => backend.stop());
  token = backend.issueToken({ userId: 1 });
  for (const display of ['ContextSpecSessions', 'ComponentCodingSessions', 'ComponentTestSessions']) {
    backend.control.createSession(1, { type: display, status: 'active' });
  }
  const [vsix, browser] = await Promise.all([packageVsix({ log }), findBrowser({ log })]);
  vscode = await startVSCode({ vsix, settings: { 'codeMySpec.serverUrl': backend.url }, log });
  stops.push(() => vscode.stop());
  workbench = await openWorkbench({ url: vscode.url, browser });
  stops.push(() => workbench.close());
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const sessionRows = async () => (await workbench.allRows('Sessions')).filter(({ level }) => level === 2);
const status = (text: string, timeoutMs = 15_000) =>
  workbench.statusBar(new RegExp(`CodeMySpec: ${text}`), {
    what: `the status bar to say ${text}`,
    timeoutMs,
  });
const picture = (name: string) => workbench.screenshot(`test/artifacts/${name}.png`);

describe('a person', () => {
  it('is told how to begin', async () => {
    await workbench.openView('CodeMySpec');
    await workbench.waitFor(
      ({ views }) =>
        views.find(({ name }) => name === new URL(backend.url).host)?.welcome.match(/[Ss]ign in/),
      {
        what: 'a welcome that offers to sign in',
        timeoutMs: 30_000,
      },
    );
    await status('Signed out');
    await picture('signed-out');
  });

  it('signs in with a token and sees three sessions live', async () => {
    await signInWithToken(workbench, token);
    await status('Live');
    await workbench.findRow('Component Test');
    expect((await sessionRows()).map(({ text }) => text).sort()).toEqual([
      'Component Coding',
      'Component Test',
      'Context Spec',
    ]);
  });

  it('sees a session appear, change and vanish within a second of the server’s event', async () => {
    const { id } = backend.control.createSession(1, { type: 'IntegrationSessions', status: 'active' });
    await workbench.findRow('Integration', WITHIN_A_SECOND);
    await workbench.findRow('Active');
    backend.control.addInteraction(id);
    await workbench.waitFor(
      ({ views }) =>
        views.some(({ rows }) =>
          rows.some(({ text, expanded }) => text === 'Integration' && expanded === false),
        ),
      { what: 'the session to have a step', ...WITHIN_A_SECOND },
    );
    backend.control.updateSession(id, { status: 'failed' });
    await workbench.findRow('Failed', WITHIN_A_SECOND);
    await workbench.expand('Failed');
    backend.control.deleteSession(id);
    await workbench.waitFor(
      ({ views }) =>
        views.every(({ rows }) => rows.every(({ text }) => text !== 'Integration' && text !== 'Failed')),
      { what: 'the session and its group to vanish', ...WITHIN_A_SECOND },
    );
  });

  it('[F7] keeps what is expanded and selected while rows change', async () => {
    const [first] = backend.control.dump(1).sessions;
    backend.control.addInteraction(Number(first!.id));
    await workbench.waitFor(
      ({ views }) =>
        views.some(({ rows }) =>
          rows.some(({ text, expanded }) => text === 'Context Spec' && expanded === false),
        ),
      { what: 'a session with a step' },
    );
    // A click selects the row and opens it.
    await workbench.clickRow('Context Spec');
    backend.control.completeInteraction(Number(first!.id));
    backend.control.addInteraction(Number(first!.id));
    await workbench.waitFor(
      ({ views }) => views.some(({ rows }) => rows.filter(({ level }) => level === 3).length === 2),
      {
        what: 'two steps',
      },
    );
    expect(await workbench.findRow('Context Spec')).toMatchObject({ expanded: true, selected: true });
    await picture('live');
  });

  it('sees the truth when sockets are refused: reconnecting, then polling', async () => {
    backend.control.refuseUpgrades(true);
    backend.control.dropSockets();
    await status('Reconnecting', 2_000);
    await picture('reconnecting');
    await status('Polling', 10_000);
    await picture('polling');
    expect((await sessionRows()).length).toBe(3);
  });

  it('refreshes by hand there and sees the change', async () => {
    backend.control.createSession(1, { type: 'ContextDesignSessions', status: 'active' });
    expect((await sessionRows()).length).toBe(3);
    await workbench.runCommand('CodeMySpec: Refresh Sessions');
    await workbench.findRow('Context Design', { timeoutMs: 3_000 });
    expect((await sessionRows()).length).toBe(4);
  });

  it('is live again without a touch once the server allows it', async () => {
    backend.control.refuseUpgrades(false);
    await status('Live', 35_000);
    await picture('live-again');
  });

  it('[F4] was never interrupted by a message for what repaired itself', async () => {
    const messages = (await workbench.notifications()).filter(({ text }) =>
      /CodeMySpec|connect|sign/i.test(text),
    );
    expect(messages).toEqual([]);
  });

  it('signs out and sees nothing of the sessions any more', async () => {
    await workbench.runCommand('CodeMySpec: Sign Out');
    await status('Signed out');
    await workbench.waitFor(({ views }) => views.some(({ welcome }) => /[Ss]ign in/.test(welcome)), {
      what: 'the welcome again',
    });
    expect(await workbench.rows('Sessions')).toEqual([]);
  });

  it('finds each transition in the log, and no token in it', () => {
    const text = vscode.logText('CodeMySpec');
    const transitions = [
      ...text.matchAll(/\[Connection\] (\S+ → \S+) on \S+, attempt \d+, after \d+ ms/g),
    ].map(([, transition]) => transition);
    for (const expected of [
      'authenticating → loading',
      'connected.syncing → connected.live',
      'connected.live → reconnecting',
      'reconnecting → polling.refreshing',
      'polling.refreshing → polling.fresh',
      'connected.live → signedOut',
    ]) {
      expect(transitions).toContain(expected);
    }
    // Each line goes on where the last one ended: none is missing.
    for (let n = 1; n < transitions.length; n += 1) {
      expect(transitions[n]!.split(' → ')[0]).toBe(transitions[n - 1]!.split(' → ')[1]);
    }
    expect(text).not.toContain(token);
  });

  it('[X7] finds the address of the socket in VS Code’s own logs, and the token in none', () => {
    const text = vscode.everyLog();
    const urls = [...text.matchAll(/ProxyResolver#resolveProxy \S+ (\S+websocket\S*)/g)].map(
      ([, url]) => url,
    );
    expect(new Set(urls)).toEqual(new Set([`${backend.url}/socket/websocket`]));
    expect(text.includes(token)).toBe(false);
  });
});
