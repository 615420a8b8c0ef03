import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startFaultProxy, type FaultProxy, type FaultProxyOptions } from './faultProxy';
import { randomScript } from './faultScript';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('on a plain TCP echo', () => {
  let proxy: FaultProxy;
  let echo: Echo;
  beforeEach(async () => {
    echo = await startEcho();
    proxy = await start({ target: echo.url });
  });

  it('passes everything unchanged and in order, and both ends', async () => {
    const client = await open(proxy);
    const sent = Buffer.alloc(3_000_000, 'abcdefghij');
    client.socket.end(sent);
    await client.ended;
    expect(Buffer.concat(client.chunks).equals(sent)).toBe(true);
    await vi.waitFor(() => expect(proxy.stats()).toEqual({ accepted: 1, open: 0, injected: {} }));
  });

  it('latency: each chunk comes later, none before another that was sent first', async () => {
    const client = await open(proxy);
    const end = proxy.inject({ kind: 'latency', ms: 60 });
    const startedAt = performance.now();
    client.socket.write('one ');
    await client.until('one ');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(119);
    client.socket.write('two ');
    end();
    client.socket.write('three');
    await client.until('one two three');
  });

  it('jitter: the order within a connection is kept', async () => {
    const client = await open(proxy);
    proxy.inject({ kind: 'jitter', ms: 30 });
    const words = Array.from({ length: 50 }, (_, n) => `${n} `);
    for (const word of words) {
      client.socket.write(word);
      await new Promise(setImmediate);
    }
    await client.until(words.join(''));
  });

  it('bandwidth: so many bytes a second, and at full speed once it is over', async () => {
    const client = await open(proxy);
    const end = proxy.inject({ kind: 'bandwidth', bytesPerSecond: 20_000 });
    const startedAt = performance.now();
    client.socket.write('x'.repeat(4_000));
    await client.until('x'.repeat(4_000));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(180);
    client.socket.write('y'.repeat(400_000));
    end();
    await client.until('x'.repeat(4_000) + 'y'.repeat(400_000));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('reset: an RST to what is open and to what opens meanwhile, and none after', async () => {
    const before = await open(proxy);
    const end = proxy.inject({ kind: 'reset' });
    expect(await before.failed).toBe('ECONNRESET');
    const during = await open(proxy);
    during.socket.write('hello');
    expect(await during.failed).toBe('ECONNRESET');
    end();
    const after = await open(proxy);
    after.socket.write('hello');
    await after.until('hello');
  });

  it('half-open: accepts and swallows, tells no end, and a connection once dead stays dead', async () => {
    const before = await open(proxy);
    before.socket.write('before');
    await before.until('before');
    const end = proxy.inject({ kind: 'halfOpen' });
    const during = await open(proxy);
    before.socket.write(' lost');
    during.socket.write('lost');
    await vi.waitFor(() => expect(during.socket.bytesWritten).toBe(4));
    echo.hangUp();
    end();
    const after = await open(proxy);
    after.socket.write('after');
    await after.until('after');
    expect([before.text(), before.over(), during.text(), during.over()]).toEqual([
      'before',
      false,
      '',
      false,
    ]);
    before.socket.end();
    await before.ended;
  });

  it('half-open: only for connections of before, or only for later ones', async () => {
    const before = await open(proxy);
    const end = proxy.inject({ kind: 'halfOpen', reach: 'new' });
    const during = await open(proxy);
    during.socket.write('lost');
    before.socket.write('alive');
    await before.until('alive');
    end();
    proxy.inject({ kind: 'halfOpen', reach: 'existing' });
    const after = await open(proxy);
    before.socket.write(' lost');
    after.socket.write('alive');
    await after.until('alive');
    expect([before.text(), during.text()]).toEqual(['alive', '']);
  });

  it('half-open: in one direction alone', async () => {
    const client = await open(proxy);
    client.socket.write('first ');
    await client.until('first ');
    proxy.inject({ kind: 'halfOpen', direction: 'up' });
    client.socket.write('lost');
    echo.say('heard');
    await client.until('first heard');
  });

  it('cut: ends the connection inside a chunk', async () => {
    const client = await open(proxy);
    proxy.inject({ kind: 'cut', afterBytes: 10 });
    client.socket.write('12345');
    await client.until('12345');
    client.socket.write('678901234567890');
    await client.ended;
    expect(client.text()).toBe('1234567890');
  });

  it('refuse: nobody listens, and then somebody does again; what is open stays', async () => {
    const before = await open(proxy);
    before.socket.write('alive ');
    await before.until('alive ');
    const end = proxy.inject({ kind: 'refuse' });
    await proxy.settled();
    await expect(open(proxy)).rejects.toThrow('ECONNREFUSED');
    before.socket.write('still');
    await before.until('alive still');
    end();
    await proxy.settled();
    await open(proxy);
  });

  it('reorder: a chunk waits until another connection has passed one', async () => {
    const order: string[] = [];
    // Of this seed's first two connections only the first is held back.
    const seeded = await start({ target: echo.url, seed: 8 });
    const held = await open(seeded);
    const passing = await open(seeded);
    held.socket.on('data', () => order.push('held'));
    passing.socket.on('data', () => order.push('passing'));
    seeded.inject({ kind: 'reorder', holdMs: 60_000 });
    held.socket.write('1');
    await vi.waitFor(() => expect(held.socket.bytesWritten).toBe(1));
    passing.socket.write('2');
    await passing.until('2');
    passing.socket.write('3');
    await Promise.all([held.until('1'), passing.until('23')]);
    expect(order[0]).toBe('passing');
  });

  it('reorder: waits no longer than it may, and not at all once it is over', async () => {
    const end = proxy.inject({ kind: 'reorder', holdMs: 30, share: 1 });
    const client = await open(proxy);
    const startedAt = performance.now();
    client.socket.write('late ');
    await client.until('late ');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
    end();
    proxy.inject({ kind: 'reorder', holdMs: 60_000, share: 1 });
    client.socket.write('freed');
    await vi.waitFor(() => expect(client.socket.bytesWritten).toBe(10));
    proxy.heal();
    await client.until('late freed');
  });

  it('plays a script: each fault from its time on, for as long as it says', async () => {
    const client = await open(proxy);
    const startedAt = performance.now();
    const played = proxy.play([
      { at: 0, fault: { kind: 'latency', ms: 40 }, forMs: 250 },
      { at: 300, fault: { kind: 'reset' }, forMs: 0 },
    ]);
    client.socket.write('late');
    await client.until('late');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(78);
    expect(await client.failed).toBe('ECONNRESET');
    await played;
    expect(proxy.stats().injected).toEqual({ latency: 1, reset: 1 });
  });

  it('stops in the middle of everything and leaves no handle', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
    // The echo's server and the proxy's are all that earlier tests leave open.
    await vi.waitFor(() => expect(handles()).toBe(2));
    const other = await startFaultProxy({
      target: echo.url,
      script: [{ at: 0, fault: { kind: 'halfOpen' }, forMs: 60_000 }],
    });
    const client = await open(other);
    client.socket.write('lost');
    void other.play([{ at: 60_000, fault: { kind: 'latency', ms: 1 }, forMs: 1 }]);
    await other.stop();
    await client.over$;
    await vi.waitFor(() => expect(handles()).toBe(2));
  });
});

describe('on an HTTP server', () => {
  let proxy: FaultProxy;
  beforeEach(async () => {
    const server = createHttpServer((request, response) => response.end(`hello ${request.url}`));
    new WebSocketServer({ server }).on('connection', (ws) => ws.on('message', (raw) => ws.send(raw)));
    proxy = await start({ target: await listening(server) });
  });

  it('limits a fault to REST or to sockets by the request line', async () => {
    const fetched = async () => (await fetch(`${proxy.url}/api/me`, NO_KEEP_ALIVE)).text();
    const connected = () =>
      new Promise<string>((resolve, reject) => {
        const ws = new WebSocket(`${proxy.url.replace('http', 'ws')}/socket/websocket?token=x`);
        ws.on('error', reject);
        ws.on('open', () => ws.send('ping'));
        ws.on('message', (raw: Buffer) => {
          resolve(raw.toString());
          ws.terminate();
        });
      });
    const noRest = proxy.inject({ kind: 'reset', on: 'rest' });
    await expect(fetched()).rejects.toThrow('fetch failed');
    expect(await connected()).toBe('ping');
    noRest();
    proxy.inject({ kind: 'refuse', on: 'socket' });
    await expect(connected()).rejects.toThrow('ECONNRESET');
    expect(await fetched()).toBe('hello /api/me');
  });

  it('cut: a body ends in its middle', async () => {
    proxy.inject({ kind: 'cut', afterBytes: 0 });
    await expect(fetch(proxy.url, NO_KEEP_ALIVE)).rejects.toThrow('fetch failed');
  });
});

it('makes the same script for the same seed, and another for another', () => {
  const script = randomScript({ seed: 7, totalMs: 60_000 });
  expect(randomScript({ seed: 7, totalMs: 60_000 })).toEqual(script);
  expect(randomScript({ seed: 8, totalMs: 60_000 })).not.toEqual(script);
  expect(Math.max(...script.map(({ at, forMs }) => at + forMs))).toBeLessThanOrEqual(60_000);
});

const NO_KEEP_ALIVE = { headers: { connection: 'close' } };

async function start(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = await startFaultProxy(options);
  closing.push(() => proxy.stop());
  return proxy;
}

type Echo = Awaited<ReturnType<typeof startEcho>>;

async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.pipe(socket);
  });
  return {
    url: await listening(server),
    say: (text: string) => sockets.forEach((socket) => socket.write(text)),
    hangUp: () => sockets.forEach((socket) => socket.destroy()),
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function open(proxy: FaultProxy) {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString();
  let over = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const failed = new Promise<string | undefined>((resolve) =>
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
  );
  const ended = new Promise<void>((resolve) => socket.on('end', resolve));
  const over$ = new Promise<void>((resolve) =>
    socket.on('close', () => {
      over = true;
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  closing.push(() => Promise.resolve(socket.destroy()));
  return {
    socket,
    chunks,
    text,
    failed,
    ended,
    over$,
    over: () => over,
    until: (wanted: string) => vi.waitFor(() => expect(text()).toBe(wanted), { timeout: 5_000, interval: 2 }),
  };
}
