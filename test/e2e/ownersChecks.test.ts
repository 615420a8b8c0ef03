import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { startFaultProxy, type FaultProxy } from '../faults/faultProxy';
import { findBrowser } from '../vscode/browser';
import { packageVsix } from '../vscode/package';
import { startVSCode, type VSCodeServer } from '../vscode/server';
import { signInWithToken } from '../vscode/signIn';
import { openWorkbench, type Workbench } from '../vscode/workbench';

/**
 * The five checks by which the extension is judged, and what else its main job is, in a real VS Code, worked as a
 * user would; one test goes on where the last one ended.
 */

const log = (line: string) => console.log(line);
const WITHIN_A_SECOND = { timeoutMs: 1_000 };

let backend: Backend;
/** What VS Code knows as the server: the network between the two. */
let network: FaultProxy;
let vscode: VSCodeServer;
let workbench: Workbench;
const stops: (() => Promise<void>)[] = [];
let token: string;

beforeAll(async () => {
  process.env.CODEMYSPEC_TRACES ??= mkdtempSync(join(tmpdir(), 'cms-t-'));
  backend = await startBackend();
  stops.push(() => backend.stop());
  network = await startFaultProxy({ target: backend.url });
  stops.push(() => network.stop());
  token = backend.issueToken({ userId: 1 });
  for (const display of ['ContextSpecSessions', 'ComponentCodingSessions', 'ComponentTestSessions']) {
    backend.control.createSession(1, { type: display, status: 'active' });
  }
  const [vsix, browser] = await Promise.all([packageVsix({ log }), findBrowser({ log })]);
  vscode = await startVSCode({ vsix, settings: { 'codeMySpec.serverUrl': network.url }, log });
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
const screenshot = (name: string) => workbench.screenshot(`test/artifacts/${name}.png`);

describe('first', () => {
  it('somebody is told how to begin', async () => {
    await workbench.openView('CodeMySpec');
    await workbench.waitFor(
      ({ views }) =>
        views.find(({ name }) => name === new URL(network.url).host)?.welcome.match(/[Ss]ign in/),
      {
        what: 'a welcome that offers to sign in',
        timeoutMs: 30_000,
      },
    );
    await status('Signed out');
    await screenshot('signed-out');
  });

  it('somebody signs in with a token and sees three sessions live', async () => {
    await signInWithToken(workbench, token);
    await status('Live');
    await workbench.findRow(/Component Test$/);
    expect((await sessionRows()).map(({ text }) => text).sort()).toEqual([
      'Component Coding',
      'Component Test',
      'Context Spec',
    ]);
  });
});

describe('the five checks', () => {
  let started: string;
  const logged = (pattern: RegExp) =>
    vi.waitFor(() => expect(vscode.logText('CodeMySpec')).toMatch(pattern), { timeout: 5_000 });

  it('start a session: it is there within a second', async () => {
    started = String(backend.control.createSession(1, { type: 'IntegrationSessions', status: 'active' }).id);
    await workbench.findRow(/Integration$/, WITHIN_A_SECOND);
    await workbench.findRow('Needs You');
  });

  it('update a session: its new step is there within a second, and the rest stays as it is', async () => {
    const others = (await sessionRows()).filter(({ text }) => !text.endsWith('Integration'));
    backend.control.addInteraction(Number(started));
    await workbench.waitFor(
      ({ views }) =>
        views.some(({ rows }) =>
          rows.some(({ text, expanded }) => text.endsWith('Integration') && expanded === false),
        ),
      { what: 'the session to have a step', ...WITHIN_A_SECOND },
    );
    expect((await sessionRows()).filter(({ text }) => !text.endsWith('Integration'))).toEqual(others);
  });

  it('complete a session: it is among the finished ones within a second', async () => {
    backend.control.completeInteraction(Number(started));
    backend.control.updateSession(Number(started), { status: 'complete' });
    await workbench.findRow('Finished', WITHIN_A_SECOND);
    await workbench.expand('Finished');
    const row = await workbench.findRow(/Integration$/);
    const { rows } = (await workbench.state()).views.find(({ name }) => name === 'Sessions')!;
    const group = rows.filter(({ level, index }) => level === 1 && index < row.index).at(-1);
    expect(group?.text).toBe('Finished');
    await status('Live');
  });

  it('cut the network: it is said, the rows stay, and what happened meanwhile is there by itself', async () => {
    network.inject({ kind: 'refuse' });
    network.inject({ kind: 'reset' });
    await status('Reconnecting', 2_000);
    await screenshot('reconnecting');
    await status('Offline', 20_000);
    expect((await sessionRows()).length).toBe(4);
    const missed = backend.control.createSession(1, { type: 'ContextDesignSessions', status: 'active' });
    backend.control.deleteSession(Number(started));
    network.heal();
    await status('Live', 35_000);
    await workbench.findRow(/Context Design$/, WITHIN_A_SECOND);
    expect((await sessionRows()).map(({ text }) => text).sort()).toEqual([
      'Component Coding',
      'Component Test',
      'Context Design',
      'Context Spec',
    ]);
    backend.control.deleteSession(missed.id);
  });

  it('read the logs: what was sent, what became of each session, and what became of the connection', async () => {
    const byPush = (event: string) =>
      new RegExp(`\\[PhoenixChannel\\] received ${event} on vscode:user:1, id ${started}, \\d+ bytes`);
    await logged(byPush('session_created'));
    await logged(byPush('session_updated'));
    await logged(new RegExp(`\\[SessionState\\] session ${started} came`));
    await logged(new RegExp(`\\[SessionState\\] session ${started} changed: interactions`));
    await logged(new RegExp(`\\[SessionState\\] session ${started} changed: .*status`));
    await logged(new RegExp(`\\[SessionState\\] session ${started} went`));
    await logged(/\[SessionState\] a subscription to all sessions began, \d+ now/);
    for (const what of [
      'opening ws:',
      'open',
      'join vscode:user:1',
      'joined vscode:user:1',
      'closed',
      'lost:',
    ]) {
      await logged(new RegExp(`\\[PhoenixChannel\\] ${what}`));
    }
    await logged(/\[PhoenixChannel\] reconnect \d+/);
    await logged(/\[Connection\] connected\.live → reconnecting on /);
    await logged(/\[Connection\] connected\.syncing → connected\.live on /);
    expect(vscode.logText('CodeMySpec').includes(token)).toBe(false);
  });
});

describe('then somebody', () => {
  it('[F7] keeps what is expanded and selected while rows change', async () => {
    const [first] = backend.control.dump(1).sessions;
    backend.control.addInteraction(Number(first!.id));
    await workbench.waitFor(
      ({ views }) =>
        views.some(({ rows }) =>
          rows.some(({ text, expanded }) => text.endsWith('Context Spec') && expanded === false),
        ),
      { what: 'a session with a step' },
    );
    await workbench.clickRow(/Context Spec$/);
    await workbench.expand(/Context Spec$/);
    backend.control.completeInteraction(Number(first!.id));
    backend.control.addInteraction(Number(first!.id));
    await workbench.waitFor(
      ({ views }) => views.some(({ rows }) => rows.filter(({ level }) => level === 3).length === 2),
      {
        what: 'two steps',
      },
    );
    expect(await workbench.findRow(/Context Spec$/)).toMatchObject({ expanded: true, selected: true });
    await screenshot('live');
  });

  it('sees the truth when sockets are refused: polling', async () => {
    backend.control.refuseUpgrades(true);
    backend.control.dropSockets();
    await status('Polling', 10_000);
    await screenshot('polling');
    expect((await sessionRows()).length).toBe(3);
  });

  it('refreshes by hand there and sees the change', async () => {
    backend.control.createSession(1, { type: 'ContextDesignSessions', status: 'active' });
    expect((await sessionRows()).length).toBe(3);
    await workbench.runCommand('CodeMySpec: Refresh Sessions');
    await workbench.findRow(/Context Design$/, { timeoutMs: 3_000 });
    expect((await sessionRows()).length).toBe(4);
  });

  it('is live again without a touch once the server allows it', async () => {
    backend.control.refuseUpgrades(false);
    await status('Live', 35_000);
    await screenshot('live-again');
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
    expect(new Set(urls)).toEqual(new Set([`${network.url}/socket/websocket`]));
    expect(text.includes(token)).toBe(false);
  });
});
