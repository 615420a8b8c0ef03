import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openLoopbackListener } from '../../src/auth/loopbackListener.browser';
import { lockFolder } from '../../src/auth/lockFolder.browser';
import { claimFolder } from '../../src/claimFolder.browser';
import { diagnose } from '../../src/doctor/diagnose';
import { nodeNetwork } from '../../src/doctor/network.browser';
import { createLog } from '../../src/log';
import { ok } from '../../src/model/failure';
import { MAX_TEXT_BYTES } from '../../src/model/limits';
import { networkAddresses } from '../../src/networkAddresses.browser';
import { HANDSHAKE_TIMEOUT_MS } from '../../src/channel/webSocket';
import { webSocketTransport } from '../../src/channel/webSocket.browser';
import { startBackend, type Backend } from '../backend/backend';

/** What takes the place of Node where there is none. */

const log = createLog({ log: () => {} }, 'Auth');

let backend: Backend | undefined;
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  await backend?.stop();
  backend = undefined;
});

/** A browser has it as a global, and tells neither status nor reason of a refusal. */
async function open(token?: string): Promise<WebSocket> {
  vi.stubGlobal('WebSocket', WebSocket);
  backend = await startBackend();
  const Transport = webSocketTransport(() => expect.fail('a browser tells no status'));
  const query = `token=${token ?? backend.issueToken({ userId: 1 })}&vsn=2.0.0`;
  const socket = new Transport(`${backend.url.replace('http', 'ws')}/socket/websocket?${query}`) as WebSocket;
  socket.on('error', () => {});
  return socket;
}

describe('the socket', () => {
  it('[E1] opens with its token', async () => {
    const socket = await open();
    await once(socket, 'open');
    expect(backend!.control.stats().upgrades).toMatchObject([{ status: 101, userId: 1 }]);
    socket.close();
    await once(socket, 'close');
  });

  it('[E1] ends where the server refuses it', async () => {
    const socket = await open('nobody');
    const code = await new Promise((resolve) => socket.on('close', resolve));
    expect(code).toBe(1006);
  });

  it('[E1] ends where no answer comes to its handshake, and not before', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { closed } = silent();
    vi.advanceTimersByTime(HANDSHAKE_TIMEOUT_MS - 1);
    expect(closed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it('[E1] that opened is not ended later', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { socket, closed } = silent();
    socket.dispatchEvent(new Event('open'));
    vi.advanceTimersByTime(HANDSHAKE_TIMEOUT_MS);
    expect(closed).not.toHaveBeenCalled();
  });

  it('[D7] ends with a frame that is too large, which nobody reads', () => {
    const { socket, closed } = silent();
    const told: unknown[] = [];
    socket.addEventListener('message', ({ type }) => told.push(type));
    socket.addEventListener('close', (event) => told.push((event as Event & { code: number }).code));
    const frame = (length: number) => Object.assign(new Event('message'), { data: { length } });
    socket.dispatchEvent(frame(MAX_TEXT_BYTES));
    socket.dispatchEvent(frame(MAX_TEXT_BYTES + 1));
    expect(told).toEqual(['message', 1009]);
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

/** A socket of a browser of which nothing comes. */
function silent() {
  const closed = vi.fn();
  vi.stubGlobal(
    'WebSocket',
    class extends EventTarget {
      close = closed;
    },
  );
  return { socket: new (webSocketTransport(() => {}))('ws://nobody.test') as EventTarget, closed };
}

it('[E1] the network is what the browser tells of it', () => {
  const states = [true, false].map((onLine) => {
    vi.stubGlobal('navigator', { onLine });
    return networkAddresses();
  });
  expect(new Set(states).size).toBe(2);
});

it('[E1] nothing listens, and windows share neither claims nor locks', async () => {
  const address = () => Promise.reject(new Error('not asked'));
  const responses = { receive: () => false, expect: () => Promise.resolve(undefined) };
  const page = () => ({ html: '', styleHash: '' });
  expect(
    await openLoopbackListener({ port: undefined, externalAddress: address, responses, page, log }),
  ).toBeUndefined();
  const claims = claimFolder({ folder: '/nowhere', log });
  expect([await claims.claim('a'), await claims.claim('a')]).toEqual([true, true]);
  const lock = await lockFolder({ folder: '/nowhere', log }).acquire('https://mine.example', 0);
  expect(lock?.lastRevision).toBeUndefined();
});

it('[E1] the doctor skips what nobody can look at', async () => {
  const steps = await diagnose(
    {
      ...{ serverUrl: 'https://mine.example', network: nodeNetwork, proxies: [], now: () => 0 },
      tokens: { get: () => Promise.resolve(ok(undefined)) },
      fetch: () => Promise.reject(new TypeError('Failed to fetch')),
      openProbe: () => expect.fail('there is no token'),
    },
    new AbortController().signal,
  );
  expect(steps.slice(0, 4).map(({ name, verdict, detail }) => [name, verdict, detail])).toEqual([
    ['address', 'ok', 'https'],
    ['DNS', 'skipped', 'not in a browser'],
    ['TLS', 'skipped', 'not in a browser'],
    ['proxy', 'ok', 'none is set'],
  ]);
});
