import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Control } from './control';

type Method = (...args: unknown[]) => unknown;

/** `POST /control/<method>`: a JSON array is the list of arguments, anything else the only one. */
export function createControlServer(control: Control): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => {
      void answer(control, request, Buffer.concat(chunks).toString()).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify(body ?? null));
      });
    });
  });
}

async function answer(control: Control, request: IncomingMessage, text: string): Promise<[number, unknown]> {
  if (!isLoopback(request.socket.remoteAddress) || !isOwnPage(request))
    return [403, { error: 'loopback only' }];
  const name = /^\/control\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '';
  if (request.method !== 'POST' || !Object.hasOwn(control, name)) return [404, { error: 'no such method' }];
  try {
    const given: unknown = text === '' ? [] : JSON.parse(text);
    const method = (control as unknown as Record<string, Method>)[name]!;
    return [200, await method(...(Array.isArray(given) ? (given as unknown[]) : [given]))];
  } catch (error) {
    return [400, { error: String(error) }];
  }
}

export function isLoopback(address: string | undefined): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address ?? '');
}

/** Neither a page of another site nor a name that was made to point at this machine may steer the server. */
function isOwnPage({ headers, socket }: IncomingMessage): boolean {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${socket.localPort}`);
  if (!hosts.includes(headers.host ?? '')) return false;
  return headers.origin === undefined || hosts.some((host) => headers.origin === `http://${host}`);
}
