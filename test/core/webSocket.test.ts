import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { webSocketTransport, type UpgradeRefusal } from '../../src/channel/webSocket';
import { startBackend } from '../backend/backend';
import { selfSigned } from '../backend/tls/selfSigned';
import { startHttpProxy } from './httpProxy';
import { giveAgent, LoggingAgent } from './loggingAgent';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start({ secure = false, proxied = false } = {}) {
  const backend = await startBackend(secure ? { tls: selfSigned() } : {});
  stops.push(() => backend.stop());
  const proxy = proxied ? await startHttpProxy() : undefined;
  if (proxy) stops.push(() => proxy.stop());
  const token = backend.issueToken({ userId: 1 });
  const refusals: UpgradeRefusal[] = [];
  const Transport = webSocketTransport((refusal) => refusals.push(refusal));
  const agent = new LoggingAgent(proxy?.url);
  const open = (query: string) => {
    const restore = giveAgent(agent);
    const socket = new Transport(
      `${backend.url.replace('http', 'ws')}/socket/websocket${query}`,
    ) as WebSocket;
    restore();
    stops.push(() => socket.terminate());
    return socket;
  };
  return { backend, proxy, token, refusals, agent, open };
}

describe('[X7] the token of a socket', () => {
  const ways = [false, true].flatMap((secure) => [false, true].map((proxied) => ({ secure, proxied })));

  it.each(ways)('reaches the server and stands in no URL: wss $secure, proxy $proxied', async (way) => {
    const { backend, proxy, token, agent, open } = await start(way);
    const socket = open(`?token=${encodeURIComponent(token)}&vsn=2.0.0`);
    await once(socket, 'open');
    const { host, protocol } = new URL(backend.url);
    expect(backend.control.stats().upgrades).toMatchObject([{ status: 101, token }]);
    expect(agent.urls).toEqual([`${protocol}//${host}/socket/websocket`]);
    expect(socket.url).toBe(`${way.secure ? 'wss' : 'ws'}://${host}/socket/websocket`);
    if (way.secure && proxy) expect(proxy.requests).toEqual([`CONNECT ${host}`]);
    socket.close();
    await closed(socket);
  });

  it.each(ways)('may be refused with a status: wss $secure, proxy $proxied', async (way) => {
    const { refusals, open } = await start(way);
    const socket = open('?token=nobody&vsn=2.0.0');
    await closed(socket);
    expect(refusals).toMatchObject([{ status: 403 }]);
  });

  it('is not sent where the socket is closed before there is a connection', async () => {
    const { backend, token, agent, open } = await start();
    const socket = open(`?token=${token}&vsn=2.0.0`);
    socket.close();
    await closed(socket);
    await once(open(`?token=${token}&vsn=2.0.0`), 'open');
    expect(agent.urls).toHaveLength(2);
    expect(backend.control.stats().upgrades).toHaveLength(1);
  });

  it('does not matter to a URL without a query', async () => {
    const { backend, open } = await start();
    const socket = open('');
    await closed(socket);
    expect(backend.control.stats().upgrades).toMatchObject([{ status: 403, token: null }]);
  });
});

const closed = (socket: WebSocket) =>
  new Promise((resolve) => void socket.on('error', () => {}).on('close', resolve));
