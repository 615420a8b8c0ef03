import { WebSocket } from 'ws';
import { readReply, type Reply } from './call';
import type { Frame } from './phoenixSocket';

export interface Connection {
  ws: WebSocket;
  send(frame: Frame): void;
  next(): Promise<Frame>;
  /** Joins and swallows the reply. */
  join(topic: string, joinRef?: string): Promise<void>;
  /** What arrived and was not taken with `next`. */
  pending: Frame[];
  closed: Promise<{ code: number; reason: string }>;
}

export function socketUrl(url: string, token?: string): string {
  const query = token === undefined ? '' : `token=${encodeURIComponent(token)}&`;
  return `${url.replace('http', 'ws')}/socket/websocket?${query}vsn=2.0.0`;
}

/** Opens the socket, or tells how its upgrade was refused. */
export function upgrade(
  url: string,
  headers: Record<string, string> = {},
  ca?: string,
): Promise<Connection | Reply> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { headers, ...(ca === undefined ? {} : { ca }) });
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, response) => void readReply(response).then(resolve, reject));
    ws.on('open', () => resolve(connectionOf(ws)));
  });
}

export async function connect(url: string, token: string): Promise<Connection> {
  const answer = await upgrade(socketUrl(url, token));
  if ('status' in answer) throw new Error(`refused with ${answer.status}`);
  return answer;
}

function connectionOf(ws: WebSocket): Connection {
  const pending: Frame[] = [];
  let wake = () => {};
  ws.on('message', (raw: Buffer) => {
    pending.push(JSON.parse(raw.toString()) as Frame);
    wake();
  });
  const connection: Connection = {
    ws,
    pending,
    closed: new Promise((resolve) =>
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    ),
    send: (frame) => ws.send(JSON.stringify(frame)),
    async next() {
      while (pending.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return pending.shift() as Frame;
    },
    async join(topic, joinRef = '1') {
      connection.send([joinRef, joinRef, topic, 'phx_join', {}]);
      const [, , , , payload] = await connection.next();
      if ((payload as { status: string }).status !== 'ok') throw new Error(`join of ${topic} refused`);
    },
  };
  return connection;
}
