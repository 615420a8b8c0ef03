import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Uri } from 'vscode';
import { connectionRecord } from '../../../src/connectionRecord';
import { showConnection } from '../../../src/connectionView/connectionPanel';
import type { ConnectionModel } from '../../../src/connectionView/pageModel';
import { connectionStatus } from '../views/connectionStatus';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(() => {
  resetStandIn();
  vi.useFakeTimers();
});
afterEach(() => {
  recorded.panels.forEach((panel) => panel.dispose());
  vi.useRealTimers();
});

function open() {
  const record = connectionRecord();
  const source = {
    ...{ record, version: '0.1.0' },
    manager: { status: connectionStatus('connected.live') },
  };
  const show = () => showConnection(source, Uri.parse('file:///extension/dist'));
  show();
  const panel = recorded.panels.at(-1)!;
  const change = () => {
    record.onTransition?.(
      { from: 'connected.live', to: 'reconnecting', event: 'link.down' },
      { attempt: 1, lasted: 1, reason: undefined },
    );
    record.onChange?.();
  };
  const last = () => (panel.posted.at(-1) as { model: ConnectionModel } | undefined)?.model;
  return { source, record, show, panel, change, last };
}

it('[N2] lets in nothing but its own files, and nothing inline', () => {
  const { html } = open().panel.webview;
  const nonce = /nonce="([0-9a-f-]{36})"/.exec(html)?.[1];
  expect(recorded.panels[0]).toMatchObject({
    ...{ viewType: 'codeMySpec.connection', title: 'CodeMySpec Connection' },
    options: { enableScripts: true, localResourceRoots: [{ path: '/extension/dist' }] },
  });
  expect(/content="([^"]+)">/.exec(html)?.[1]).toBe(
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src https://webview.example; font-src https://webview.example`,
  );
  expect(html).toContain(
    `<script nonce="${nonce}" src="https://webview.example/extension/dist/connectionView.js"></script>`,
  );
  expect(html).not.toMatch(/<style| style=| on\w+=/);
});

it('[N1] is opened once, and shown again where it is open', () => {
  const { show, panel } = open();
  show();
  expect([recorded.panels.length, panel.revealed]).toEqual([1, 1]);
  panel.dispose();
  show();
  expect(recorded.panels.length).toBe(2);
});

it('[N1] tells the page once it is there, at most four times a second, and not while it is hidden', () => {
  const { panel, change, record, last } = open();
  change();
  vi.advanceTimersByTime(1_000);
  expect(panel.posted).toEqual([]);
  panel.say({ type: 'ready' });
  expect(last()?.transitions).toHaveLength(1);
  panel.posted.length = 0;
  for (let n = 0; n < 100; n += 1) {
    change();
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(250);
  expect(panel.posted.length).toBeGreaterThanOrEqual(4);
  expect(panel.posted.length).toBeLessThanOrEqual(5);
  expect(last()?.transitions).toHaveLength(101);
  panel.posted.length = 0;
  change();
  panel.show(false);
  expect(record.onChange).toBeUndefined();
  vi.advanceTimersByTime(5_000);
  expect(panel.posted).toEqual([]);
  panel.show(true);
  panel.say({ type: 'ready' });
  expect(last()?.transitions).toHaveLength(102);
});

it('[N1] a rate of events falls by itself, and a quiet connection has no timer', () => {
  const { panel, record, last } = open();
  const rate = () => last()?.facts.find(({ label }) => label === 'Events per minute')?.value;
  panel.say({ type: 'ready' });
  expect([rate(), vi.getTimerCount()]).toEqual(['0', 0]);
  record.inspect({ type: '@xstate.event', event: { type: 'session.upserted' } } as never);
  vi.advanceTimersByTime(250);
  expect(rate()).toBe('1');
  vi.advanceTimersByTime(61_000);
  expect([rate(), vi.getTimerCount()]).toEqual(['0', 0]);
});

it('[N2] copies a report and runs the doctor, and does nothing else that a page asks for', async () => {
  const { panel } = open();
  for (const message of [null, 'copyReport', 7, { type: 'signOut' }, { type: ['copyReport'] }, {}])
    panel.say(message);
  await vi.advanceTimersByTimeAsync(0);
  expect([recorded.clipboard, recorded.executed, panel.posted]).toEqual(['', [], []]);
  panel.say({ type: 'copyReport' });
  await vi.advanceTimersByTimeAsync(0);
  expect(recorded.clipboard).toMatch(
    /^CodeMySpec connection, .*\nCodeMySpec 0\.1\.0, VS Code 1\.105\.0\n\nstate: connected\.live/,
  );
  expect(recorded.statusBarMessages).toEqual(['CodeMySpec: the report was copied to the clipboard.']);
  panel.say({ type: 'runDoctor' });
  expect(recorded.executed).toEqual([['codeMySpec.diagnose']]);
});

it('[N1] ends with its tab', () => {
  const { panel, record, change } = open();
  panel.say({ type: 'ready' });
  change();
  panel.dispose();
  expect([record.onChange, vi.getTimerCount()]).toEqual([undefined, 0]);
});
