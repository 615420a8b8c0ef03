import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export type Exchange = 'identity' | 'probe' | 'snapshot' | 'upgrade';

interface Waiting {
  readonly pass: () => void;
  readonly fail: (status: number) => void;
  gone: boolean;
}

/**
 * Stands before a server and holds every request and upgrade until the test lets it pass or fails it, so that a test
 * walks through a connection one fact at a time. Requests are held at `fetch`, where giving one up is seen at once.
 */
export async function startGate(serverUrl: string) {
  const target = new URL(serverUrl);
  const waiting: Record<Exchange, Waiting[]> = { identity: [], probe: [], snapshot: [], upgrade: [] };
  const sockets = new Set<Duplex>();
  let wake = () => {};

  const hold = (exchange: Exchange, entry: Waiting) => {
    waiting[exchange].push(entry);
    wake();
  };

  const server = createServer((_incoming, response) => response.writeHead(421).end());
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const entry: Waiting = {
      pass: () => sockets.add(passUpgrade(target, incoming, socket, head)),
      fail: (status) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`),
      gone: false,
    };
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => (entry.gone = true));
    hold('upgrade', entry);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const next = async (exchange: Exchange): Promise<Waiting> => {
    for (;;) {
      const entry = waiting[exchange].shift();
      if (entry && !entry.gone) return entry;
      if (!entry) await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    url,
    fetch: (input: string, init: RequestInit) =>
      new Promise<Response>((resolve, reject) => {
        // The proof that a loopback server gives without a token is no fact of the machine.
        if (input.includes('/.well-known/')) {
          resolve(fetch(input.replace(url, serverUrl), init));
          return;
        }
        const entry: Waiting = {
          pass: () => resolve(fetch(input.replace(url, serverUrl), init)),
          fail: (status) =>
            resolve(new Response('no', { status, headers: { 'content-type': 'text/plain' } })),
          gone: false,
        };
        init.signal?.addEventListener('abort', () => {
          entry.gone = true;
          reject(new Error('given up'));
        });
        hold(exchangeOf(input.slice(url.length)), entry);
      }),
    pass: async (exchange: Exchange) => (await next(exchange)).pass(),
    fail: async (exchange: Exchange, status: number) => (await next(exchange)).fail(status),
    /** Cuts every connection that was let through to a WebSocket. */
    cut: () => {
      sockets.forEach((socket) => socket.destroy());
      sockets.clear();
    },
    get openSockets() {
      return [...sockets].filter((socket) => !socket.destroyed).length;
    },
    stop: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function exchangeOf(url: string): Exchange {
  if (url.startsWith('/api/me')) return 'identity';
  return url.includes('?') ? 'snapshot' : 'probe';
}

function passUpgrade(target: URL, incoming: IncomingMessage, socket: Duplex, head: Buffer): Socket {
  const onward = connect(Number(target.port), target.hostname);
  const lines = [`GET ${incoming.url ?? ''} HTTP/1.1`];
  for (let n = 0; n < incoming.rawHeaders.length; n += 2) {
    lines.push(`${incoming.rawHeaders[n] ?? ''}: ${incoming.rawHeaders[n + 1] ?? ''}`);
  }
  onward.write(`${lines.join('\r\n')}\r\n\r\n`);
  onward.write(head);
  onward.pipe(socket).pipe(onward);
  onward.on('error', () => socket.destroy());
  socket.on('error', () => onward.destroy());
  socket.on('close', () => onward.destroy());
  onward.on('close', () => socket.destroy());
  return onward;
}
