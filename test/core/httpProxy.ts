import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface HttpProxy {
  readonly url: string;
  /** The request line's target of each request, as `GET http://…` or `CONNECT host:port`. */
  readonly requests: readonly string[];
  /** Leaves no open handle. */
  stop(): Promise<void>;
}

/** A proxy as companies have it: CONNECT for https, whole addresses for http; upgrades pass. */
export async function startHttpProxy(): Promise<HttpProxy> {
  const requests: string[] = [];
  const open = new Set<Duplex>();
  const join = (one: Duplex, other: Duplex) => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.pipe(to);
    }
  };
  const server = createServer();
  server.on('connect', ({ url }: IncomingMessage, client: Duplex) => {
    requests.push(`CONNECT ${url}`);
    const { hostname, port } = new URL(`http://${url}`);
    const target: Socket = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(client, target);
    });
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex) => {
    requests.push(`GET ${incoming.url}`);
    const { hostname, port, pathname, search } = new URL(incoming.url ?? '');
    const onward = request({ hostname, port, path: pathname + search, headers: incoming.headers });
    onward.on('upgrade', ({ rawHeaders }: IncomingMessage, target: Duplex) => {
      const headers = rawHeaders.map((text, index) => text + (index % 2 === 0 ? ': ' : '\r\n')).join('');
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
      join(client, target);
    });
    onward.on('response', ({ statusCode }) => client.end(`HTTP/1.1 ${statusCode} Refused\r\n\r\n`));
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      for (const stream of open) stream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
