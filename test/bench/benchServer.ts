import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import { BenchFrames, sessionJson, USER_TOPIC } from './benchFrames';
import { answerParent, machineNow } from './childProcess';

/**
 * A process that plays a CodeMySpec server of the second generation, sessions with UUIDs: as much of it as a client
 * needs that goes live. Lists and updates are written beforehand, so that it is faster than any of its clients.
 */

export type BenchServer = typeof answers;

interface Sending {
  readonly from: number;
  readonly count: number;
  readonly perSecond?: number | undefined;
  readonly renames?: boolean;
}

const FRAMES_IN_A_WRITE = 32;

const [, , topic = USER_TOPIC, size] = process.argv;
const sessions = Number(size);
const list = Buffer.from(
  `{"data":[${Array.from({ length: sessions }, (_, index) => sessionJson(index, { n: -1, sent_ms: 0 })).join()}]}`,
);
const frames = new BenchFrames(topic, sessions);
let link: { readonly ws: WebSocket; readonly socket: Socket } | undefined;

const answers = {
  async listen(): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** As many a second, or as many as are taken. */
  async send(sending: Sending): Promise<void> {
    const { socket } = link!;
    if (sending.perSecond === undefined) await sendAll(socket, sending.from, sending.from + sending.count);
    else await sendPaced(socket, { ...sending, perSecond: sending.perSecond });
  },
  /** When the connection was cut. */
  cut(): number {
    const at = machineNow();
    link?.ws.terminate();
    return at;
  },
};

async function sendAll(socket: Socket, from: number, end: number): Promise<void> {
  for (let n = from; n < end; n += FRAMES_IN_A_WRITE) {
    const sent_ms = machineNow();
    const batch = Array.from({ length: Math.min(FRAMES_IN_A_WRITE, end - n) }, (_, index) =>
      frames.frame({ n: n + index, sent_ms }),
    );
    if (socket.write(Buffer.concat(batch))) await turn();
    else await once(socket, 'drain');
  }
}

async function sendPaced(
  socket: Socket,
  { from, count, perSecond, renames }: Sending & { perSecond: number },
): Promise<void> {
  const beganAt = machineNow();
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor(((machineNow() - beganAt) * perSecond) / 1000));
    for (; sent < due; sent += 1)
      socket.write(frames.frame({ n: from + sent, sent_ms: machineNow() }, renames));
    await pause(1);
  }
}

function answerRest({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const answer = (status: number, body: Buffer | string, more = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...more }).end(body);
  if (!/^\/api\/(sessions|me)(\?|$)/.test(url)) answer(404, '{}');
  else if (!headers.authorization) answer(401, '{}', { 'www-authenticate': 'Bearer' });
  else answer(200, url.startsWith('/api/me') ? '{"id":1,"email":"user1@example.test"}' : list);
}

function take(text: string): void {
  const [joinRef, ref, asked, event] = JSON.parse(text) as [string | null, string, string, string];
  const reply =
    event !== 'phx_join' || asked === topic
      ? { status: 'ok', response: {} }
      : { status: 'error', response: { reason: 'invalid topic' } };
  link!.ws.send(JSON.stringify([joinRef, ref, asked, 'phx_reply', reply]));
}

const upgrader = new WebSocketServer({ noServer: true });
const server = createServer(answerRest);
server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
  upgrader.handleUpgrade(request, socket, head, (ws) => {
    const own = { ws, socket };
    link = own;
    ws.on('message', (data: Buffer) => {
      if (link?.ws === ws) take(data.toString());
    });
    ws.on('error', () => ws.terminate());
  }),
);
answerParent(answers);
