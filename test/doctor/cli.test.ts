import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import manifest from '../../package.json';
import { startBackend, type Backend } from '../backend/backend';

let backend: Backend;
beforeEach(async () => {
  backend = await startBackend({ generation: '3' });
});
afterEach(() => backend.stop());

it('[Q1] prints the report in a terminal, and ends by itself', async () => {
  const token = backend.issueToken();
  const { code, output, progress } = await run('--server', backend.url, '--token', token);
  expect(code).toBe(0);
  expect(output.replace(/\b\d+ ms\b/g, '0 ms').split('\n')).toEqual([
    '# CodeMySpec connection report',
    '',
    `- Versions: CodeMySpec ${manifest.version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    `- Server: \`${backend.url}\``,
    '- First failure: none',
    '',
    '| step | verdict | time | what was found |',
    '| --- | --- | --- | --- |',
    '| address | ok | 0 ms | plain http to this computer |',
    '| DNS | skipped | – | the address is a number |',
    '| TLS | skipped | – | plain http |',
    '| proxy | ok | 0 ms | HTTPS_PROXY is set (http, port 8080), not used here |',
    '| discovery | ok | 0 ms | OAuth metadata |',
    '| token | ok | 0 ms | there, and names its user |',
    '| REST | ok | 0 ms | GET /api/me takes the token |',
    '| upgrade | ok | 0 ms | the WebSocket is open |',
    '| join | ok | 0 ms | vscode:user |',
    '| heartbeat | ok | 0 ms | there and back |',
    '| list | ok | 0 ms | no GET /api/sessions; list_sessions lists 0 |',
    '| generation | ok | 0 ms | sessions and live updates on vscode:user (third generation) |',
    '',
    '## What to do',
    '',
    'Nothing: the connection works.',
    '',
    'This report contains no token, no user and nothing from your sessions. You can paste it into an issue.',
    '',
  ]);
  expect(progress.trim().split('\n').at(-1)).toBe('generation …');
});

it('[Q1] ends with 1 where a step failed', async () => {
  backend.control.expireTokens();
  const { code, output } = await run('--server', backend.url, '--token', 'a-token-of-somebody');
  expect(code).toBe(1);
  expect(output).toContain('- First failure: REST\n');
});

it('says how it is used when it is used wrongly', async () => {
  const { code, progress } = await run();
  expect(code).toBe(2);
  expect(progress).toMatch('--server URL');
});

async function run(...args: string[]) {
  const proxies = Object.keys(process.env).filter((name) => /^https?_proxy$/i.test(name));
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/doctorCli.ts', ...args], {
    env: {
      ...process.env,
      ...Object.fromEntries(proxies.map((name) => [name, ''])),
      ...{ CODEMYSPEC_TOKEN: '', HTTPS_PROXY: 'http://proxy.corp.example:8080' },
    },
  });
  let [output, progress] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (progress += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, progress };
}
