import { expect } from 'vitest';
import { startBackend, type BackendOptions } from '../backend';
import { call, type CallOptions } from '../call';
import { connect, type Connection } from '../connect';
import type { GenerationName } from './generations';

/** A server of that generation, and what its tests ask of it as user 1. */
export async function startGeneration(generation: GenerationName, options: BackendOptions = {}) {
  const backend = await startBackend({ generation, ...options });
  const token = backend.issueToken();
  return {
    backend,
    control: backend.control,
    rest: async (path: string, more: CallOptions = {}) => {
      const { status, text } = await call(backend.url + path, { token, ...more });
      return { status, body: /^[{[]/.test(text) ? (JSON.parse(text) as unknown) : text };
    },
    connect: (as = token) => connect(backend.url, as),
    /** A connection with the user's topic joined, what presence says of it taken. */
    joined: async (presenceEvents = 0, as = token): Promise<Connection> => {
      const connection = await connect(backend.url, as);
      await connection.join('vscode:user');
      for (let n = 0; n < presenceEvents; n += 1) expect((await connection.next())[3]).toMatch(/^presence_/);
      return connection;
    },
  };
}

export type GenerationServer = Awaited<ReturnType<typeof startGeneration>>;

/** Sends an event on a joined topic and gives the next frame. */
export function ask(connection: Connection, event: string, payload: unknown, topic = 'vscode:user') {
  connection.send(['1', 'asked', topic, event, payload]);
  return connection.next();
}

/** Once it is answered, whatever the server sent before has arrived: gives the events that had. */
export async function arrived(connection: Connection): Promise<string[]> {
  connection.send([null, 'beat', 'phoenix', 'heartbeat', {}]);
  const events: string[] = [];
  for (;;) {
    const [, ref, , event] = await connection.next();
    if (ref === 'beat') return events;
    events.push(event);
  }
}
