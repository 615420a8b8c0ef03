import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventEmitter, Uri } from 'vscode';
import type { SessionUpdate } from '../../../src/model/parseSession';
import type { FromPage, PageModel } from '../../../src/sessionView/pageModel';
import { ok } from '../../../src/model/failure';
import { sessionEditors } from '../../../src/sessionView/sessionEditor';
import { registerSessionView, sessionOpener } from '../../../src/sessionView/registerSessionView';
import { OUTPUT_SCHEME, SESSION_VIEW } from '../../../src/sessionView/sessionUri';
import { focusWindow, recorded, resetStandIn, Uri as StandInUri } from '../vscodeStandIn';
import { FakeSource, SERVER, sessionWith, step } from './sessionSource';

beforeEach(() => {
  resetStandIn();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const FAILED = { status: 'error', code: 2, stdout: '\u001b[31mred\u001b[0m\n', stderr: 'bad' };
const SESSION = sessionWith(step('One', 0, 60), step('Two', 60, 5, FAILED));

async function open(...sessions: SessionUpdate[]) {
  const source = new FakeSource(...sessions);
  const registered = registerSessionView(() =>
    Promise.resolve(ok(sessionEditors(source, Uri.parse('file:///extension/dist')))),
  );
  const held = source.manager.getSession('42') ?? new FakeSource(SESSION).manager.getSession('42')!;
  const [uri] = sessionOpener(source.serverUrl)(held).arguments as [Uri];
  const panel = new FakePanel();
  await recorded.editors.get(SESSION_VIEW)?.resolveCustomEditor({ uri }, panel);
  return { source, registered, panel, uri };
}

class FakePanel {
  visible = true;
  readonly posted: PageModel[] = [];
  private readonly received = new EventEmitter<FromPage>();
  private readonly disposed = new EventEmitter<undefined>();
  readonly onDidDispose = this.disposed.event;
  readonly webview = {
    ...{ options: {}, html: '', cspSource: 'https://webview.example' },
    asWebviewUri: (uri: Uri) => Uri.parse(`https://webview.example${uri.path}`),
    onDidReceiveMessage: this.received.event,
    postMessage: ({ model }: { model: PageModel }) => {
      this.posted.push(model);
      return Promise.resolve(true);
    },
  };
  get last(): PageModel | undefined {
    return this.posted.at(-1);
  }
  say(message: FromPage): void {
    this.received.fire(message);
  }
  close(): void {
    this.disposed.fire(undefined);
  }
}

describe('the editor of a session', () => {
  it('[S15][U3] shows what the agent reports of the step that runs, until its result is there', async () => {
    const { panel, source } = await open(sessionWith(step('One', 0, 60), step('Two', 60)));
    panel.say({ type: 'ready', selected: null });
    const live = () =>
      panel.last?.detail?.outputs.filter(({ part }) => part === 'live').map(({ text }) => text);
    expect(live()).toEqual([]);
    source.print({ stdout: 'compiling\n' }, { tool_name: 'Bash' }, 'a line', { odd: 1 }, null);
    vi.advanceTimersByTime(1_000);
    expect(live()).toEqual(['compiling\nBash\na line\n{"odd":1}\npost_tool_use']);
    source.print('x'.repeat(1_000_000));
    vi.advanceTimersByTime(1_000);
    expect(live()?.[0]?.length).toBeLessThanOrEqual(65_536);
    source.put(sessionWith(step('One', 0, 60), step('Two', 60, 5, { stdout: 'all of it' })));
    vi.advanceTimersByTime(1_000);
    expect([live(), panel.last?.detail?.outputs.map(({ text }) => text)]).toEqual([[], ['all of it']]);
    source.put(sessionWith(step('One', 0, 60), step('Two', 60, 5), step('Three', 70)));
    vi.advanceTimersByTime(1_000);
    expect(live()).toEqual([]);
  });

  it('[U1] offers what can be done to it, says why it cannot, and does nothing else that a page asks for', async () => {
    const { panel, source } = await open({ ...SESSION, status: 'active', execution_mode: 'manual' });
    panel.say({ type: 'ready', selected: null });
    const actions = () => panel.last?.actions.map(({ name, reason }) => [name, reason]);
    expect(actions()).toEqual([
      ['nextCommand', ''],
      ['setExecutionMode', ''],
      ['cancelSession', ''],
    ]);
    panel.say({ type: 'act', action: 'nextCommand' });
    panel.say({ type: 'act', action: 'signOut' as never });
    expect(recorded.executed).toEqual([['codeMySpec.nextCommand', '42']]);
    source.reason = { kind: 'notConnected', detail: '' };
    source.put({ ...SESSION, status: 'active', execution_mode: 'auto' });
    vi.advanceTimersByTime(1_000);
    const why = 'There is no connection to the server.';
    expect(actions()).toEqual([
      ['setExecutionMode', why],
      ['cancelSession', why],
    ]);
    source.put({ ...SESSION, status: 'complete' });
    vi.advanceTimersByTime(1_000);
    expect(actions()).toEqual([]);
  });

  it('[U10] offers to run the step that waits, and says why that cannot be done here', async () => {
    const waiting = { id: 'i1', step_name: null, result: null, completed_at: null };
    const command = { id: null, module: null, command: 'ls', pipe: null, metadata: {}, timestamp: null };
    const { panel, source } = await open({
      ...{ ...SESSION, status: 'active', execution_mode: 'manual' },
      interactions: [{ ...waiting, command }],
    });
    const runStep = () => panel.last?.actions.find(({ name }) => name === 'runStep')?.reason;
    panel.say({ type: 'ready', selected: null });
    expect(runStep()).toBe('Open the folder of the project to run its steps.');
    recorded.folders = [{ name: 'app', uri: StandInUri.file('/app') }];
    panel.say({ type: 'ready', selected: null });
    expect(runStep()).toBe('');
    source.reason = { kind: 'unsupported', detail: '' };
    panel.say({ type: 'ready', selected: null });
    expect(runStep()).toBe('This server does not offer that.');
    panel.say({ type: 'act', action: 'runStep' });
    expect(recorded.executed).toEqual([['codeMySpec.runStep', '42']]);
  });

  it('[U1] says what the agent asks as soon as it does', async () => {
    const { panel, source } = await open(SESSION);
    panel.say({ type: 'ready', selected: null });
    source.call('7', 'asks');
    source.call('42', 'asks');
    vi.advanceTimersByTime(1_000);
    expect(panel.last?.look).toEqual({ icon: 'question', tone: 'wait', label: 'Asks' });
    expect(panel.last?.facts[1]).toEqual({ kind: 'text', text: 'asks: May I?' });
  });

  it('[U1] has seen its end once it is on screen in front of somebody', async () => {
    const { panel, source } = await open(SESSION);
    source.put({ ...SESSION, status: 'complete' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(source.seen).toEqual([]);
    panel.say({ type: 'ready', selected: null });
    expect(source.seen.splice(0)).toEqual(['42']);
    focusWindow(false);
    source.put({ ...SESSION, status: 'failed' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect([panel.last?.look.label, source.seen]).toEqual(['Failed', []]);
    focusWindow(true);
    expect(source.seen.splice(0)).toEqual(['42']);
    panel.visible = false;
    source.put({ ...SESSION, status: 'complete' });
    await vi.advanceTimersByTimeAsync(1_000);
    focusWindow(true);
    panel.close();
    panel.visible = true;
    focusWindow(true);
    expect(source.seen).toEqual([]);
  });

  it('[S15] follows the session closely while it is open', async () => {
    const { panel, source } = await open(SESSION);
    expect([...source.followed]).toEqual(['42']);
    panel.close();
    expect([...source.followed]).toEqual([]);
  });

  it('[U7] lets in nothing but its own files, and nothing inline', async () => {
    const { panel } = await open(SESSION);
    const { html, options } = panel.webview;
    const nonce = /nonce="([0-9a-f-]{36})"/.exec(html)?.[1];
    expect(options).toMatchObject({ enableScripts: true, localResourceRoots: [{ path: '/extension/dist' }] });
    expect(/content="([^"]+)">/.exec(html)?.[1]).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src https://webview.example; font-src https://webview.example`,
    );
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain(
      `<script nonce="${nonce}" src="https://webview.example/extension/dist/sessionView.js"></script>`,
    );
    expect(html).not.toMatch(/<style| style=| on\w+=/);
  });

  it('[U3] tells the page once it is there, at most four times a second, and not while it is hidden', async () => {
    const { source, panel } = await open(SESSION);
    source.put({ ...SESSION, execution_mode: 'auto' });
    expect(panel.posted).toEqual([]);
    panel.say({ type: 'ready', selected: null });
    expect(panel.last?.steps.map(({ name }) => name)).toEqual(['One', 'Two']);
    await vi.advanceTimersByTimeAsync(1000);
    panel.posted.length = 0;
    for (let n = 0; n < 100; n += 1) {
      source.put({ ...SESSION, execution_mode: `mode ${n}` });
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(250);
    expect(panel.posted.length).toBeLessThanOrEqual(5);
    expect(JSON.stringify(panel.last?.facts)).toContain('mode 99');
    panel.visible = false;
    panel.posted.length = 0;
    source.put({ ...SESSION, status: 'complete' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(panel.posted).toEqual([]);
  });

  it('[U3] keeps the choice of the user', async () => {
    const { source, panel } = await open(SESSION);
    panel.say({ type: 'ready', selected: null });
    panel.say({ type: 'select', selected: 'id-of-One' });
    source.put(sessionWith(step('One', 0, 60), step('Two', 60, 5, FAILED), step('Three', 66, 5, FAILED)));
    await vi.advanceTimersByTimeAsync(1000);
    expect(panel.last).toMatchObject({ selected: 'id-of-One', detail: { name: 'One' } });
    expect(panel.last?.steps).toHaveLength(3);
  });

  it('[U6] waits for the first list, and keeps what is gone', async () => {
    const { source, panel } = await open();
    source.become('loading');
    panel.say({ type: 'ready', selected: null });
    expect(panel.last?.note).toMatch(/^Waiting for the first list/);
    source.become('connected.live', { loaded: true });
    source.put(SESSION);
    await vi.advanceTimersByTimeAsync(1000);
    expect(panel.last).toMatchObject({ note: '', isLive: true });
    source.take('42');
    await vi.advanceTimersByTimeAsync(1000);
    expect(panel.last).toMatchObject({
      isLive: false,
      note: expect.stringMatching(/no longer available/) as string,
    });
    expect(panel.last?.steps).toHaveLength(2);
  });

  it.each<[string, (source: FakeSource) => void, RegExp]>([
    [
      'who signed out',
      (source) => {
        source.take('42');
        source.become('signedOut');
      },
      /^Sign in/,
    ],
    [
      'of another server',
      (source) => {
        source.server = 'https://b.example';
        source.become('loading');
      },
      /another server/,
    ],
  ])('[U6] shows nothing of the session of somebody %s', async (_, change, note) => {
    const { source, panel } = await open(SESSION);
    panel.say({ type: 'ready', selected: null });
    change(source);
    await vi.advanceTimersByTimeAsync(1000);
    expect(panel.last).toMatchObject({ title: 'Session', steps: [], detail: null });
    expect(panel.last?.note).toMatch(note);
  });

  it('[U6] shows nothing of another account, though the id is the same', async () => {
    const { source, panel } = await open();
    source.put({ ...SESSION, account_id: '12' });
    panel.say({ type: 'ready', selected: null });
    expect(panel.last).toMatchObject({ title: 'Session', steps: [] });
    expect(panel.last?.note).toMatch(/is not available to you/);
  });

  it('[U4] copies the command as it is, opens its page of the server and the parent', async () => {
    const { source, panel } = await open({ ...SESSION, session_id: '7' });
    source.put({ id: '7', type: 'ContextSpecSessions' });
    panel.say({ type: 'copyCommand', step: 'id-of-One' });
    expect(recorded.clipboard).toBe('run One');
    panel.say({ type: 'openInBrowser' });
    panel.say({ type: 'parent' });
    expect(
      recorded.executed.map(([command, target]) => [command, (target as Partial<Uri>).path ?? target]),
    ).toEqual([
      ['codeMySpec.openInBrowser', SESSION.id],
      ['vscode.open', '/Context Spec 7'],
    ]);
  });

  it('[D4] ends with its tab', async () => {
    const { source, panel, registered } = await open(SESSION);
    expect(source.listenerCount).toBe(4);
    panel.close();
    expect(source.listenerCount).toBe(0);
    registered.dispose();
    expect(recorded.editors.size + recorded.contents.size).toBe(0);
  });
});

describe('[U4] output as a document', () => {
  function openPart(panel: FakePanel, message: FromPage) {
    panel.say(message);
    const uri = recorded.executed.at(-1)?.[1] as Uri;
    const provider = recorded.contents.get(OUTPUT_SCHEME)!;
    return { uri, read: () => provider.provideTextDocumentContent(uri), provider };
  }

  it.each<[FromPage, string, string | RegExp]>([
    [{ type: 'open', part: 'stdout', step: 'id-of-Two' }, '/Two output.log', 'red\n'],
    [{ type: 'open', part: 'stderr', step: 'id-of-Two' }, '/Two error output.log', 'bad'],
    [{ type: 'open', part: 'command', step: 'id-of-Two' }, '/Two command.sh', 'run Two'],
    [{ type: 'rawJson' }, '/Session 42.json', /^\{\n {2}"id": "42",/],
  ])('%j', async (message, path, text) => {
    const { panel } = await open(SESSION);
    const { uri, read } = openPart(panel, message);
    expect(uri.path).toBe(path);
    if (typeof text === 'string') expect(await read()).toBe(text);
    else expect(await read()).toMatch(text);
  });

  it('follows the session while it is open, and tells of nothing else', async () => {
    const { source, panel } = await open(SESSION);
    const { uri, read, provider } = openPart(panel, {
      type: 'open',
      part: 'stdout',
      step: 'id-of-Two',
    });
    const changed: Uri[] = [];
    provider.onDidChange((each) => changed.push(each as never));
    await read();
    source.put({ ...SESSION, execution_mode: 'auto' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(changed).toEqual([]);
    source.put(sessionWith(step('Two', 60, 5, { ...FAILED, stdout: 'more' })));
    await vi.advanceTimersByTimeAsync(1000);
    expect(changed).toEqual([uri]);
    expect(await read()).toBe('more');
    recorded.documentClosed.fire({ uri } as never);
    expect(source.listenerCount).toBe(4);
    expect(SERVER).toBe(source.server);
  });
});
