import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export type RestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;
export type UpgradeHandler = (request: IncomingMessage, socket: Socket) => boolean;

const WINDOW_MS = 10_000;

/**
 * What the core talks to: an embedded server behind it, and before it whatever the input wants. A handler that gives
 * false leaves the request to the server.
 */
export class HostileFront {
  rest: RestHandler | undefined;
  upgrade: UpgradeHandler | undefined;
  private readonly upgradedAt: number[] = [];
  private readonly requestedAt: number[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => {
    this.requestedAt.push(performance.now());
    if (!this.rest?.(request, response)) this.pass(request, response);
  });

  private constructor(private readonly target: URL) {
    this.server.on('connection', (socket) => this.keep(socket));
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.upgradedAt.push(performance.now());
      if (!this.upgrade?.(request, socket)) this.passUpgrade(request, socket, head);
    });
  }

  static async start(target: string): Promise<HostileFront> {
    const front = new HostileFront(new URL(target));
    await new Promise<void>((resolve) => front.server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get mostSockets(): number {
    return busiest(this.upgradedAt);
  }

  get mostRequests(): number {
    return busiest(this.requestedAt);
  }

  /** The server behind speaks for itself again; what the hostile one began goes on. */
  heal(): void {
    this.rest = undefined;
    this.upgrade = undefined;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.target;
    const { method, url, headers } = request;
    const onward = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  private passUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const onward = connect(Number(this.target.port), this.target.hostname);
    this.keep(onward);
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let n = 0; n < request.rawHeaders.length; n += 2) {
      lines.push(`${request.rawHeaders[n]}: ${request.rawHeaders[n + 1]}`);
    }
    onward.write(`${lines.join('\r\n')}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  }
}

/** The most of these times that lie within 10 s. */
function busiest(times: readonly number[]): number {
  let [first, most] = [0, 0];
  times.forEach((time, last) => {
    while (time - (times[first] ?? time) > WINDOW_MS) first += 1;
    most = Math.max(most, last - first + 1);
  });
  return most;
}
