import { beforeEach, expect, test } from 'vitest';
import type { Memento } from 'vscode';
import manifest from '../../../package.json';
import { ServerUrlSetting } from '../../../src/vscode/serverUrlSetting';
import { resetStandIn, recorded } from '../vscodeStandIn';

const setting = manifest.contributes.configuration.properties['codeMySpec.serverUrl'];

beforeEach(() => {
  resetStandIn();
  recorded.serverUrl = { defaultValue: setting.default };
});

test('[X1] the setting has application scope', () => {
  expect(setting.scope).toBe('application');
});

test('[X1] a workspace cannot choose the server', () => {
  const hostile = { workspaceValue: 'https://evil.example', workspaceFolderValue: 'https://evil.example' };
  recorded.serverUrl = { ...recorded.serverUrl, ...hostile };
  expect(new ServerUrlSetting().value).toBe('https://www.codemyspec.com');
  recorded.serverUrl = { ...recorded.serverUrl, globalValue: ' https://mine.example ' };
  expect(new ServerUrlSetting().value).toBe('https://mine.example');
});

test('[X1] a workspace that changes is not a change of the server', () => {
  const { url, told, change } = follow();
  change({ defaultValue: setting.default, workspaceValue: 'https://evil.example' });
  expect(told).toEqual([]);
  change({ globalValue: 'https://mine.example' });
  change({ globalValue: 'https://mine.example' });
  url.dispose();
  change({ globalValue: 'https://other.example' });
  expect(told).toEqual(['https://mine.example']);
});

test('nothing typed is the default; what is no text is told as a wrong address', () => {
  recorded.serverUrl = { ...recorded.serverUrl, globalValue: '  ' };
  expect(new ServerUrlSetting().value).toBe(setting.default);
  recorded.serverUrl = { ...recorded.serverUrl, globalValue: 4000 };
  expect(new ServerUrlSetting().value).toBe('4000');
});

test('the pattern takes what the extension takes', () => {
  const pattern = new RegExp(setting.pattern);
  for (const good of [...setting.examples, '', 'wss://h/base/', 'HTTPS://h', ' http://[::1]:4000 '])
    expect(good).toMatch(pattern);
  for (const bad of ['localhost:4000', 'ftp://h', 'http://', 'http://user:secret@h'])
    expect(bad).not.toMatch(pattern);
});

test('[H6] who signed in at the former default and chose no other keeps it, once', async () => {
  const seen = new Map<string, unknown>();
  const memory = {
    get: (key: string) => seen.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void seen.set(key, value)),
    keys: () => [...seen.keys()],
  } as Memento;
  const asked: string[] = [];
  const isKept = (base: string) => Promise.resolve(asked.push(base) > 0);
  const setting = new ServerUrlSetting();
  await setting.keepFormerDefault(isKept, memory);
  expect([recorded.serverUrl.globalValue, asked]).toEqual([
    'http://localhost:4000',
    ['http://localhost:4000'],
  ]);
  recorded.serverUrl = {};
  await setting.keepFormerDefault(isKept, memory);
  expect([recorded.serverUrl, asked.length]).toEqual([{}, 1]);
});

test.each([
  ['no account there', {}, false],
  ['a server of their own', { globalValue: 'https://mine.example' }, true],
])('with %s nothing is written', async (_what, value, kept) => {
  recorded.serverUrl = value;
  const memory = { get: () => undefined, update: () => Promise.resolve() } as unknown as Memento;
  await new ServerUrlSetting().keepFormerDefault(() => Promise.resolve(kept), memory);
  expect(recorded.serverUrl).toEqual(value);
});

function follow() {
  const url = new ServerUrlSetting();
  const told: string[] = [];
  url.onDidChange(() => told.push(url.value));
  const change = (value: typeof recorded.serverUrl) => {
    recorded.serverUrl = value;
    recorded.configurationChanged.fire({ affectsConfiguration: () => true });
  };
  return { url, told, change };
}
