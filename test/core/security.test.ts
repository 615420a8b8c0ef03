import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { selfSigned } from '../backend/tls/selfSigned';
import { listsOverRest } from './generation';
import { startCore } from './startedCore';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function backendWith(options: Parameters<typeof startBackend>[0] = {}): Promise<Backend> {
  const backend = await startBackend(options);
  stops.push(() => backend.stop());
  backend.control.bulk(2);
  return backend;
}

function start(...args: Parameters<typeof startCore>) {
  const started = startCore(...args);
  stops.push(() => started.core.dispose());
  return started;
}

describe('a server that leads elsewhere', () => {
  it('[X1] gets no request to another origin, and is refused', async () => {
    const elsewhere = await backendWith();
    const backend = await backendWith({ redirectTo: elsewhere.url });
    backend.control.refuseUpgrades(true);
    const { core, reach } = start(backend);
    await reach('invalidServer');
    expect(core.status.failure?.kind).toBe('notCodeMySpec');
    expect(elsewhere.control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });

  it.skipIf(!listsOverRest)(
    '[X1] later on is a passing failure, and still gets nothing elsewhere',
    async () => {
      const elsewhere = await backendWith();
      const backend = await backendWith();
      const { reach, core } = start(backend);
      await reach('connected.live');
      backend.control.redirectRest(elsewhere.url);
      core.send('refresh');
      await reach('connected.retryWait');
      backend.control.healRest();
      await reach('connected.live');
      expect(elsewhere.control.stats()).toMatchObject({ requests: [], upgrades: [] });
    },
  );
});

describe('[X8] at a loopback address where another program listens', () => {
  it('no token is sent, and the user reads that it is no CodeMySpec server', async () => {
    const other = await otherProgram();
    const { core, reach } = start({ url: other.url, issueToken: () => 'never-to-be-sent' });
    await reach('invalidServer');
    expect(core.status.failure?.kind).toBe('notCodeMySpec');
    expect(other.heard.join()).not.toContain('never-to-be-sent');
    expect(other.heard.length).toBeGreaterThan(0);
  });

  it('after the server has gone no token is sent either, and the server is found again', async () => {
    const backend = await startBackend();
    const { port } = new URL(backend.url);
    const { core, reach } = start(backend, { token: backend.issueToken({ userId: 1 }) });
    await reach('connected.live');
    await backend.stop();
    await reach('reconnecting');
    const other = await otherProgram(Number(port));
    core.send('refresh');
    await expect.poll(() => other.heard.length, { timeout: 10_000 }).toBeGreaterThan(3);
    expect(other.heard.filter((line) => /"authorization":|token=/i.test(line))).toEqual([]);
    await other.stop();
    const again = await startBackend({ port: Number(port), resume: backend });
    stops.push(() => again.stop());
    const isLive = () => {
      if (core.status.state === 'connected.live') return true;
      core.send('reconnect');
      return false;
    };
    await expect.poll(isLive, { timeout: 15_000, interval: 1_000 }).toBe(true);
  });
});

/** Answers everything with 200 and `{}`, and writes down what it heard. */
async function otherProgram(port = 0) {
  const heard: string[] = [];
  const note = (request: IncomingMessage) =>
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
  const server = createServer((request, response) => {
    note(request);
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{}');
  });
  server.on('upgrade', (request, socket) => {
    note(request);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  stops.push(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, stop };
}

describe('[F6] a certificate that nobody trusts', () => {
  it('stops REST and WebSocket alike, with a reason of its own', async () => {
    const backend = await backendWith({ tls: selfSigned() });
    const { reach, core } = start(backend);
    await reach('polling.offline');
    const { linkFailure, listFailure } = core.status;
    expect([linkFailure, listFailure]).toMatchObject([
      { kind: 'tlsRefused', detail: expect.stringMatching(/^the WebSocket: .*self-signed/) as string },
      { kind: 'tlsRefused', detail: expect.stringMatching(/^GET .*self-signed/) as string },
    ]);
    expect(backend.control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });
});
