import { afterEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/model/failure';
import type { BackendOptions } from '../backend/backend';
import { BEAT, examined, OPEN } from './examined';
import { startServer } from './startedServer';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const start = (...options: [BackendOptions?, number?]) => startServer(stops, ...options);

describe('[Q1] what else can come', () => {
  it('[D10] frames that are no messages change nothing', async () => {
    const { url, token, control } = await start({ generation: '3' });
    const onStep = (name: string) => {
      if (name !== 'heartbeat') return;
      for (const frame of ['', '{', '[]', '[null,null,1,2,3]', '[null,"9","vscode:user","phx_reply",{}]']) {
        control.sendRawFrame(frame);
      }
    };
    const { rows, failed } = await examined(url, { token, onStep });
    expect(failed).toBe(false);
    expect(rows.slice(9, 11)).toEqual([
      BEAT,
      'list | ok | 1 ms | no GET /api/sessions; list_sessions lists 2',
    ]);
  });

  it('a channel that crashes before the list is no bug of the doctor', async () => {
    const { url, token, control } = await start({ generation: '3' });
    const onStep = (name: string) => {
      if (name === 'heartbeat') control.crashChannel();
    };
    const { rows } = await examined(url, { token, onStep });
    expect(rows.slice(9)).toEqual([
      BEAT,
      'list | failed | 1 ms | the channel crashed after the join',
      'generation | ok | 1 ms | sessions and live updates on vscode:user (third generation)',
    ]);
  });

  it('a server that is restarted meanwhile closes the connection', async () => {
    const { url, token, control } = await start();
    const onStep = (name: string) => {
      if (name === 'heartbeat') control.dropSockets({ code: 1012 });
    };
    const { rows, advice } = await examined(url, { token, onStep });
    expect(rows[9]).toBe('heartbeat | failed | 1 ms | the server closed the connection (1012)');
    expect(advice).toMatch(/^The server can be reached but has a problem of its own\./);
  });

  it('[H5] a bug of the doctor ends its step and asks for an issue', async () => {
    const { url, token } = await start();
    const openProbe = () => {
      throw new Error('a secret of the bug');
    };
    const { rows, advice, report } = await examined(url, { token, tools: { openProbe } });
    expect(rows[7]).toBe('upgrade | failed | 1 ms | internal');
    expect(advice).toBe('Please open an issue with this report.');
    expect(report).not.toContain('a secret of the bug');
  });

  it('a certificate that is trusted is told by its end', async () => {
    const network = {
      resolve: () => Promise.resolve(ok({ v4: 2, v6: 1 })),
      handshake: () => Promise.resolve(ok({ protocol: 'TLSv1.3', validTo: '2027-01-31' })),
    };
    const fetchNothing = () => Promise.reject(new TypeError('fetch failed'));
    const { rows } = await examined('https://codemyspec.example', {
      tools: { network, fetch: fetchNothing },
    });
    expect(rows.slice(1, 5)).toEqual([
      'DNS | ok | 1 ms | IPv4 addresses: 2, IPv6 addresses: 1',
      'TLS | ok | 1 ms | TLSv1.3, certificate valid until 2027-01-31',
      'proxy | ok | 1 ms | none is set',
      'discovery | failed | 1 ms | no connection',
    ]);
  });
});

describe('[Q1] a proxy that is set', () => {
  it('is named by where it is set, and excuses what does not work without it', async () => {
    const { rows, report } = await examined('https://codemyspec.invalid', {
      proxies: [
        { name: 'http.proxy', url: 'http://me:pa55word@proxy.corp.example:8080', isUsed: true },
        { name: 'HTTPS_PROXY', url: 'proxy.corp.example', isUsed: false },
      ],
    });
    expect(rows.slice(1, 4)).toEqual([
      expect.stringMatching(/^DNS \| skipped \| – \| not without the proxy: no connection/),
      expect.stringMatching(/^TLS \| skipped \| – \| not without the proxy: no connection/),
      'proxy | ok | 1 ms | http.proxy is set (http, port 8080); HTTPS_PROXY is set (no URL), not used here',
    ]);
    expect(report).not.toMatch(/pa55word|corp/);
  });
});

describe('[Q1] a run that is cancelled', () => {
  it('ends at once, skips the rest and leaves no socket', async () => {
    const { backend, url, token, control } = await start();
    control.muteSockets('all');
    const ending = new AbortController();
    const onStep = (name: string) => {
      if (name === 'join') setTimeout(() => ending.abort(), 0);
    };
    const { rows } = await examined(url, { token, signal: ending.signal, onStep });
    expect(rows.slice(7)).toEqual([
      OPEN,
      ...['join', 'heartbeat', 'list', 'generation'].map((name) => `${name} | skipped | – | cancelled`),
    ]);
    control.muteSockets(false);
    await backend.until(() => control.stats().openSockets === 0);
  });
});
