import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../backend/call';
import { upgrade } from '../backend/connect';
import { keepTrace, scanTraces } from '../traces';
import { openForUser } from '../vscode/openForUser';
import { startVSCode, type VSCodeServer } from '../vscode/server';

/** Who gets into the VS Code that `npm start` and the tests run; other users of the machine do not. */

const SOCKET = '/?reconnectionToken=made-up&reconnection=false&skipWebSocketFrames=false';
const SECRET_FILE = '/vscode-remote-resource?path=/etc/hosts';
const PROXY = '/proxy/1/';

let vscode: VSCodeServer;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  process.env.CODEMYSPEC_TRACES ??= mkdtempSync(join(tmpdir(), 'cms-t-'));
  vscode = await startVSCode({ settings: {}, args: ['--log', 'debug'], log: (line) => console.log(line) });
  stops.push(() => vscode.stop());
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

describe('VS Code', () => {
  it('lets in who opens its secret address, with one click', async () => {
    const { status, headers } = await call(vscode.url);
    const folder = encodeURIComponent(vscode.workspace);
    expect([status, headers.location]).toEqual([302, `${vscode.origin}/?folder=${folder}`]);
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^code-server-session-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^code-server-session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(await answersTo(cookies(await sessionOfAddress()))).toEqual({
      page: 200,
      file: 200,
      proxy: 500,
      socket: 'open',
    });
  });

  it.each([
    ['no cookie', () => ({})],
    ['a cookie that was made up', () => cookies('0'.repeat(64))],
    ['an empty cookie', () => cookies('')],
  ])('shows who brings %s its log-in, and opens no socket', async (_title, headers) => {
    expect(await answersTo(headers())).toEqual({ page: 302, file: 401, proxy: 302, socket: 401 });
  });

  it('takes no password, the cookie’s own value included', async () => {
    const password = await sessionOfAddress();
    const { headers } = await call(`${vscode.origin}/login`, { method: 'POST', form: { password } });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('says on its log-in what to open instead', async () => {
    const { text } = await call(`${vscode.origin}/login`);
    expect(text).toContain('Open the whole address that npm start printed');
  });

  it('has no other way in at the address’s port', async () => {
    const { origin, pathname } = new URL(vscode.url);
    expect(pathname).toMatch(/^\/[\w-]{43}$/);
    for (const path of ['/', '/favicon.ico', pathname.slice(0, -1), `${pathname}/`, pathname.toLowerCase()]) {
      const { status, headers } = await call(origin + path);
      expect([status, headers['set-cookie']]).toEqual([404, undefined]);
    }
  });

  it('[X3] writes neither the address nor the cookie into a log', async () => {
    keepTrace(vscode.everyLog());
    expect(scanTraces(process.env.CODEMYSPEC_TRACES ?? '').leaks).toEqual([]);
    expect(vscode.everyLog()).not.toContain(await sessionOfAddress());
  });
});

describe('opening the browser', () => {
  it('shows the secret to nobody who reads the arguments of programs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cms-o-'));
    stops.push(() => rmSync(folder, { recursive: true }));
    const seen = join(folder, 'seen');
    const opener = join(folder, process.platform === 'darwin' ? 'open' : 'xdg-open');
    writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > ${seen}.part && mv ${seen}.part ${seen}\n`);
    chmodSync(opener, 0o700);
    openForUser(vscode.url, { DISPLAY: ':0', PATH: `${folder}:/usr/bin:/bin` });
    await expect.poll(() => existsSync(seen), { timeout: 10_000 }).toBe(true);

    const address = readFileSync(seen, 'utf8');
    expect(address).toMatch(/^file:\/\/\/\S+\.html$/);
    expect(address).not.toContain(new URL(vscode.url).pathname.slice(1));
    const page = fileURLToPath(address);
    stops.push(() => rmSync(page));
    expect(statSync(page).mode & 0o777).toBe(0o600);
    expect(readFileSync(page, 'utf8')).toContain(`content="0; url=${vscode.url}"`);
  });
});

async function answersTo(headers: Record<string, string>) {
  const status = async (path: string, accept = '*/*') =>
    (await call(vscode.origin + path, { headers: { ...headers, accept } })).status;
  const socket = await upgrade(vscode.origin.replace('http', 'ws') + SOCKET, headers);
  if ('ws' in socket) socket.ws.terminate();
  return {
    page: await status('/', 'text/html'),
    file: await status(SECRET_FILE),
    proxy: await status(PROXY, 'text/html'),
    socket: 'ws' in socket ? 'open' : socket.status,
  };
}

/** As a browser sends them that was at the address. */
function cookies(session: string): { cookie: string } {
  const names = [`code-server-session-${vscode.port}`, 'code-server-session'];
  return { cookie: names.map((name) => `${name}=${session}`).join('; ') };
}

async function sessionOfAddress(): Promise<string> {
  const { headers } = await call(vscode.url);
  return /=([0-9a-f]{64});/.exec(headers['set-cookie']?.[0] ?? '')![1]!;
}
