import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { BackendOptions } from '../backend/backend';
import { selfSigned } from '../backend/tls/selfSigned';
import { startFaultProxy } from '../faults/faultProxy';
import { AFTER_REST, BEAT, examined, LOCAL, needing, OPEN, SIGNED_IN } from './examined';
import { startServer } from './startedServer';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const start = (...options: [BackendOptions?, number?]) => startServer(stops, ...options);

describe('[Q1] what is wrong', () => {
  it('is that the address is none', async () => {
    for (const [url, detail] of [
      ['codemyspec', 'the address is not a http or https URL'],
      ['https://user:pass@codemyspec.example', 'the address must not contain a user name or password'],
      ['http://codemyspec.example', 'plain http to codemyspec.example would send the token unencrypted'],
    ] as const) {
      const { rows, report, advice } = await examined(url, { token: 'a-token-of-somebody' });
      expect(rows[0]).toBe(`address | failed | 1 ms | ${detail}`);
      expect(rows.slice(1).every((row) => row.includes('| skipped | – | needs the step '))).toBe(true);
      expect(report).toContain('- Server: no usable address\n');
      expect(advice).toMatch(/^Correct the address of the server/);
    }
  });

  it('is that the name is unknown', async () => {
    const { rows, advice } = await examined('https://codemyspec.invalid', { token: 'a-token-of-somebody' });
    expect(rows).toEqual([
      'address | ok | 1 ms | https',
      expect.stringMatching(/^DNS \| failed \| 1 ms \| no connection \((ENOTFOUND|EAI_AGAIN)\)$/),
      ...needing({ TLS: 'DNS' }),
      'proxy | ok | 1 ms | none is set',
      ...needing({ discovery: 'DNS' }),
      'token | ok | 1 ms | there',
      ...needing({ REST: 'discovery', ...AFTER_REST }),
    ]);
    expect(advice).toMatch(/^Nothing answers at this address\./);
  });

  it('is the certificate', async () => {
    const { url, token, control } = await start({ tls: selfSigned() });
    const { rows, advice } = await examined(url.replace('127.0.0.1', 'localhost'), { token });
    expect(rows).toEqual([
      'address | ok | 1 ms | https',
      expect.stringMatching(/^DNS \| ok \| 1 ms \| IPv4 addresses: 1, IPv6 addresses: \d$/),
      'TLS | failed | 1 ms | the certificate is refused (DEPTH_ZERO_SELF_SIGNED_CERT)',
      'proxy | ok | 1 ms | none is set',
      ...needing({ discovery: 'TLS' }),
      'token | ok | 1 ms | there, and names its user',
      ...needing({ REST: 'discovery', ...AFTER_REST }),
    ]);
    expect(advice).toMatch(/^The certificate of the server is not trusted\./);
    expect(control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });

  it('is that the server is down', async () => {
    const { backend, url, token } = await start();
    await backend.stop();
    const { rows, first, failed, advice } = await examined(url, { token });
    expect(rows).toEqual([
      ...LOCAL,
      'discovery | failed | 1 ms | no connection (ECONNREFUSED)',
      'token | ok | 1 ms | there, and names its user',
      ...needing({ REST: 'discovery', ...AFTER_REST }),
    ]);
    expect([first, failed]).toEqual(['discovery', true]);
    expect(advice).toMatch(/^Nothing answers at this address\./);
  });

  it('[X8] is that something else answers, which gets no token', async () => {
    const heard: string[] = [];
    const url = await startProgram(({ url = '', headers }, response) => {
      heard.push(url + JSON.stringify(headers));
      response.setHeader('content-type', 'text/html').end('<p>welcome</p>');
    });
    const { rows, advice } = await examined(url, { token: 'never-to-be-sent' });
    expect(rows).toEqual([
      ...LOCAL,
      'discovery | failed | 1 ms | discovery: the server answers with a web page (HTTP 200)',
      'token | ok | 1 ms | there',
      ...needing({ REST: 'discovery', ...AFTER_REST }),
    ]);
    expect(advice).toMatch(/^Something other than a CodeMySpec server answers at this address\./);
    expect(heard.join()).not.toContain('never-to-be-sent');
    expect(heard).toHaveLength(1);
  });

  it('[X8] is that a program without a word of CodeMySpec listens, which gets no token either', async () => {
    const heard: string[] = [];
    const url = await startProgram(({ url = '', headers }, response) => {
      heard.push(url + JSON.stringify(headers));
      response.writeHead(404).end();
    });
    const { rows, first } = await examined(url, { token: 'never-to-be-sent' });
    expect(rows.slice(4, 7)).toEqual([
      'discovery | failed | 1 ms | discovery: the server does not know this (HTTP 404)',
      'token | ok | 1 ms | there',
      'REST | failed | 1 ms | what listens there does not answer as CodeMySpec',
    ]);
    expect(first).toBe('discovery');
    expect(heard.join()).not.toContain('never-to-be-sent');
  });

  it('is that the server refuses the token', async () => {
    const { url, token, control } = await start();
    control.expireTokens();
    const { rows, first, advice } = await examined(url, { token });
    expect(rows).toEqual([
      ...SIGNED_IN,
      'REST | failed | 1 ms | GET /api/sessions: the server refused the token (HTTP 401)',
      ...needing(AFTER_REST),
    ]);
    expect(first).toBe('REST');
    expect(advice).toBe('The server refuses the token. Sign out and in again, or use a new token.');
  });

  it('is a proxy that blocks upgrades, with a status or by cutting them', async () => {
    const { url, token, control } = await start();
    control.refuseUpgrades(403);
    const refused = await examined(url, { token });
    control.refuseUpgrades(false);
    const proxy = await startFaultProxy({ target: url });
    stops.push(() => proxy.stop());
    proxy.inject({ kind: 'reset', on: 'socket' });
    const cut = await examined(proxy.url, { token });
    for (const [{ rows, first, advice }, detail] of [
      [refused, 'the WebSocket was refused (HTTP 403)'],
      [cut, 'no connection (ECONNRESET)'],
    ] as const) {
      expect(rows).toEqual([
        ...SIGNED_IN,
        'REST | ok | 1 ms | no GET /api/me; GET /api/sessions takes the token',
        `upgrade | failed | 1 ms | ${detail}`,
        ...needing({ join: 'upgrade', heartbeat: 'upgrade' }),
        'list | ok | 1 ms | GET /api/sessions lists 2',
        ...needing({ generation: 'join' }),
      ]);
      expect(first).toBe('upgrade');
      expect(advice).toMatch(
        /^The server answers, but the WebSocket does not open: a proxy, firewall or gateway/,
      );
    }
  });

  it('is that the open socket stays silent', async () => {
    const { backend, url, token, control } = await start();
    control.muteSockets('all');
    const limitOf = (name: string) => (['join', 'heartbeat'].includes(name) ? 50 : 30_000);
    const { rows, advice } = await examined(url, { token, tools: { limitOf } });
    expect(rows.slice(7)).toEqual([
      OPEN,
      'join | failed | 1 ms | no answer in 0.05 s',
      'heartbeat | failed | 1 ms | no answer in 0.05 s',
      'list | ok | 1 ms | GET /api/sessions lists 2',
      ...needing({ generation: 'join' }),
    ]);
    expect(advice).toMatch(/^The WebSocket opens, but no message comes back/);
    control.muteSockets(false);
    await backend.until(() => control.stats().openSockets === 0);
  });

  it('is that no project is active, which REST or the channel says', async () => {
    for (const [generation, detail] of [
      ['2', 'GET /api/sessions: the server failed (HTTP 500)'],
      ['3', 'the channel crashed at list_sessions'],
    ] as const) {
      const { url, token, control } = await start({ generation });
      control.setActiveProject(1, null);
      const { rows, advice } = await examined(url, { token });
      expect(rows[10]).toBe(`list | failed | 1 ms | ${detail}`);
      expect(rows[11]).toMatch(/^generation \| ok/);
      expect(advice).toMatch(/Is a project active\?/);
    }
  });

  it('is that the server is newer', async () => {
    const { url, token } = await start({ generation: '2' });
    const { rows, advice } = await examined(url, {
      token,
      tools: { openProbe: () => refusing('invalid topic') },
    });
    expect(rows.slice(8)).toEqual([
      'join | failed | 1 ms | vscode:user is refused (invalid topic), vscode:user:{id} is refused (invalid topic)',
      BEAT,
      'list | ok | 1 ms | GET /api/sessions lists 2',
      'generation | failed | 1 ms | a newer server than this version knows',
    ]);
    expect(advice).toBe('The server is newer than this version of the extension. Update the extension.');
  });

  it('is that the channels are those of another program', async () => {
    const { url, token } = await start({ generation: '2' });
    const { rows, advice } = await examined(url, {
      token,
      tools: { openProbe: () => refusing('unmatched topic') },
    });
    expect(rows[11]).toBe('generation | failed | 1 ms | a Phoenix server without the channels of CodeMySpec');
    expect(advice).toMatch(/^Something other than a CodeMySpec server/);
  });
});

async function startProgram(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function refusing(refusal: string) {
  const yes = () => Promise.resolve({ ok: true, value: true } as const);
  return {
    ok: true,
    value: {
      upgrade: yes,
      heartbeat: yes,
      join: () => Promise.resolve({ ok: true, value: { refusal } } as const),
      list: () => Promise.reject(new Error('not asked')),
      close: () => {},
    },
  } as const;
}
