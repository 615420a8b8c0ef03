import { beforeEach, expect, test } from 'vitest';
import { ok } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { diagnose } from '../../../src/vscode/diagnose';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(resetStandIn);

const NOT_SIGNED_IN = { get: () => Promise.resolve(ok(undefined)) };

test('[Q1] the report is opened as a markdown document', async () => {
  const running = diagnose({ serverUrl: () => 'no address', tokens: NOT_SIGNED_IN, version: '0.1.0' });
  const title = () => recorded.progress.at(-1)?.title;
  await expect.poll(title, { timeout: 4_000 }).toBe('CodeMySpec: diagnosing the connection');
  await running;
  expect(recorded.progress).toMatchObject([{ cancellable: true, message: 'address', open: false }]);
  expect(recorded.documents.map(({ language }) => language)).toEqual(['markdown']);
  expect(recorded.documents[0]?.content.split('\n').slice(0, 9)).toEqual([
    '# CodeMySpec connection report',
    '',
    `- Versions: CodeMySpec 0.1.0, VS Code 1.105.0, ${process.platform} ${process.arch}, local`,
    '- Server: no usable address',
    '- First failure: address',
    '',
    '| step | verdict | time | what was found |',
    '| --- | --- | --- | --- |',
    expect.stringMatching(/^\| address \| failed \| \d+ ms \| the address is not a http or https URL \|$/),
  ]);
  expect(recorded.documents[0]?.content).toContain('## What to do\n\nCorrect the address of the server:');
});

test('[X3] the host of an editor in a browser is not named', async () => {
  recorded.remoteName = '192.0.2.7:41089';
  await diagnose({ serverUrl: () => 'no address', tokens: NOT_SIGNED_IN, version: '0.1.0' });
  expect(recorded.documents[0]?.content).toMatch(/^- Versions: .*, remote$/m);
});

test('[X3] the proxy is named by where it is set alone', async () => {
  recorded.settings.set('http.proxy', 'http://me:pa55word@proxy.corp.example:8080');
  const tokens = { get: () => Promise.resolve(ok({ token: new Secret('a-token-of-somebody') })) };
  await diagnose({ serverUrl: () => 'http://127.0.0.1:1', tokens, version: '0.1.0' });
  const [content] = recorded.documents.map((document) => document.content);
  expect(content).toMatch(/^\| proxy \| ok \| \d+ ms \| http\.proxy is set \(http, port 8080\)/m);
  expect(content).not.toMatch(/pa55word|corp|a-token-of-somebody/);
});

test('a proxy is not used where the support for it is off', async () => {
  recorded.settings.set('http.proxy', 'http://proxy.corp.example:8080');
  recorded.settings.set('http.proxySupport', 'off');
  await diagnose({ serverUrl: () => 'http://127.0.0.1:1', tokens: NOT_SIGNED_IN, version: '0.1.0' });
  expect(recorded.documents[0]?.content).toMatch(/http\.proxy is set \(http, port 8080\), not used here/);
});

test('[Q1] nothing is opened where the user cancels', async () => {
  const tokens = {
    get: () => {
      recorded.progress.at(-1)?.cancel();
      return new Promise<never>(() => {});
    },
  };
  await diagnose({ serverUrl: () => 'http://127.0.0.1:1', tokens, version: '0.1.0' });
  expect(recorded.progress).toMatchObject([{ message: 'token', open: false }]);
  expect(recorded.documents).toEqual([]);
});
