import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createLog } from '../../src/log';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import type { Transition } from '../../src/transitionLog';
import { webSocketTransport } from '../../src/channel/webSocket';
import { startBackend } from '../backend/backend';
import { expectLinearTime } from '../linearTime';
import { startStallMeter } from './stallMeter';
import { startCore } from '../core/startedCore';

const MAX_STALL_MS = 200;
const TEXTS = ['a', 'a://', 'token '];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe('[H3] a long text of a server does not hold up the event loop', () => {
  it.each(TEXTS)('as the reason of a refused join: %j', async (text) => {
    const join = await startJoins((ref) => [[ref, ref, TOPIC, 'phx_reply', refusal(text)]]);
    await expectLinearTime((length) => join(length), MAX_STALL_MS);
  });

  it.each(TEXTS)('anywhere in a frame: %j', async (text) => {
    const join = await startJoins((ref) => [
      [ref, ref, TOPIC, 'phx_reply', { status: 'ok', response: {} }],
      [ref, null, TOPIC, 'session_updated', { id: text, reason: text }],
      [ref, null, TOPIC, 'session_updated', { data: { id: { text } }, reason: text }],
      [ref, null, TOPIC, text, { reason: text }],
      [ref, null, text, 'session_updated', { id: text }],
      [ref, text, TOPIC, 'phx_reply', refusal(text)],
      [ref, null, TOPIC, 'phx_error', { reason: text }],
    ]);
    await expectLinearTime((length) => join(length), MAX_STALL_MS);
  });

  it.each(TEXTS)('as the id of the user: %j', async (text) => {
    const backend = await startBackend();
    stops.push(() => backend.stop());
    await expectLinearTime(async (length) => {
      const long = text.repeat(length / text.length);
      const answers = new Map<string, object>([
        ['/api/me', { id: long, email: long }],
        ['/api/sessions', { data: [] }],
      ]);
      const longestStall = startStallMeter();
      const { core, links } = startCore(backend, {
        token: 'opaque-token',
        fetch: (input, init) => {
          const answer = answers.get(new URL(input instanceof Request ? input.url : input).pathname);
          return answer ? Promise.resolve(Response.json(answer)) : fetch(input, init);
        },
      });
      // The id was taken and the attempt with it refused, or it was not taken.
      await vi.waitFor(() => {
        const isOver = ({ from, to }: Transition) =>
          from.startsWith('open') || (from === 'findingUser' && to === 'waiting');
        if (!links.some(isOver)) throw new Error('waiting');
      }, 10_000);
      core.dispose();
      return longestStall();
    }, MAX_STALL_MS);
  });
});

const TOPIC = 'vscode:user:1';
const refusal = (reason: string) => ({ status: 'error', response: { reason } });

/** Joins on a server that answers with these frames, `ref` and long texts put in; tells the longest stall in ms. */
async function startJoins(framesFor: (ref: string) => unknown[]) {
  let length = 1;
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const [, ref, , event] = JSON.parse(data.toString()) as [string, string, string, string];
      if (event !== 'phx_join') return;
      for (const frame of framesFor(ref)) socket.send(lengthened(frame, length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  const address = parseServerAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (!address.ok) throw new Error('no address');

  return async (asked: number) => {
    length = asked;
    const longestStall = startStallMeter();
    await new Promise<void>((resolve) => {
      new PhoenixChannelClient({
        address: address.value,
        token: new Secret('token-of-nobody'),
        topics: ['vscode:user:1'],
        log: createLog({ log: () => {} }, 'PhoenixChannel'),
        transport: webSocketTransport,
        onJoined: () => {},
        onEnded: () => resolve(),
        onDelta: () => {},
        onMalformed: () => {},
        onBug: (error) => {
          throw error;
        },
      }).open();
    });
    return longestStall();
  };
}

/** The frame as text, each text of `TEXTS` in it repeated up to this length. */
function lengthened(frame: unknown, length: number): string {
  return JSON.stringify(frame, (_, value: unknown) =>
    typeof value === 'string' && TEXTS.includes(value) ? value.repeat(length / value.length) : value,
  );
}
