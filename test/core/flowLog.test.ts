import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import type { LogLevel } from '../../src/log';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import { webSocketTransport } from '../../src/channel/webSocket';
import { startBackend, type Backend } from '../backend/backend';
import { startCore } from './startedCore';

/** What flows between server and editor, as the log tells it. */

let backend: Backend;
let started: ReturnType<typeof startCore> | undefined;

beforeEach(async () => {
  backend = await startBackend();
});
afterEach(async () => {
  started?.core.dispose();
  started = undefined;
  await backend.stop();
});

it('[R5] the log tells a socket’s life: opening, open, join, joined, leave, closed, and the reconnect', async () => {
  const { core, reach, lines } = (started = startCore(backend, { random: () => 0 }));
  const ofChannel = () => lines.filter((line) => /\[PhoenixChannel\] (?!received)/.test(line)).map(untimed);
  await reach('connected.live');
  const opened = [
    `debug opening ${backend.url.replace('http', 'ws')}/socket/websocket`,
    'debug open',
    'debug join vscode:user:1',
    'info joined vscode:user:1',
  ];
  expect(ofChannel()).toEqual(opened);
  backend.control.dropSockets({ code: 1011 });
  await reach('reconnecting');
  await reach('connected.live');
  core.send('disconnect');
  await vi.waitFor(() => expect(ofChannel().at(-1)).toMatch(/^debug closed/));
  expect(ofChannel().slice(opened.length)).toEqual([
    'debug closed (1011)',
    'debug lost: the server closed the connection (1011)',
    'debug reconnect 1',
    ...opened,
    'debug leave vscode:user:1',
    'debug closed (1005)',
  ]);
});

it('[X3][X4] the log has a line for every message, with its event, topic, id and bytes, and nothing of what it says', async () => {
  const token = backend.issueToken({ userId: 1 });
  const { core, reach, lines } = (started = startCore(backend, { token }));
  await reach('connected.live');
  const { id } = backend.control.createSession(1, { state: { said: 'nobody’s business ☃' } });
  await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
  const payload = { id: 'forged\n[Connection] \u001b[2K\u202e☃'.padEnd(500, 'x') };
  const frame = JSON.stringify([null, null, 'vscode:user:1', 'unheard\nof', payload]);
  backend.control.sendRawFrame(frame);
  backend.control.sendRawFrame('{"not":"a message"}');
  backend.control.deleteSession(id);
  await vi.waitFor(() => expect(core.getSession(String(id))).toBeUndefined());

  const received = lines.filter((line) => line.includes('[PhoenixChannel] received')).map(untimed);
  expect(received).toEqual([
    expect.stringMatching(/^debug received phx_reply on vscode:user:1, ref \d+, \d+ bytes$/),
    expect.stringMatching(
      new RegExp(`^debug received session_created on vscode:user:1, id ${id}, \\d+ bytes$`),
    ),
    expect.stringMatching(
      new RegExp(
        String.raw`^debug received unheard of on vscode:user:1, id forged \[Connection\] \[2K ☃x+, ${Buffer.byteLength(frame)} bytes$`,
      ),
    ),
    'debug received no message, 19 bytes',
    expect.stringMatching(
      new RegExp(`^debug received session_deleted on vscode:user:1, id ${id}, \\d+ bytes$`),
    ),
  ]);
  for (const line of lines) {
    expect(line).not.toMatch(/nobody’s business|[\p{Cc}\u202e]/u);
    expect(line.includes(token)).toBe(false);
    expect(line.length).toBeLessThan(500);
  }
});

it('[D8] at another level nothing is composed of a message', async () => {
  const encode = vi.spyOn(TextEncoder.prototype, 'encode');
  const composed: LogLevel[] = [];
  const write = (level: LogLevel) => () => composed.push(level);
  const address = parseServerAddress(backend.url);
  if (!address.ok) throw new Error('no address');
  const deltas: string[] = [];
  const client = new PhoenixChannelClient({
    address: address.value,
    token: new Secret(backend.issueToken({ userId: 1 })),
    topics: ['vscode:user:1'],
    reconnects: 3,
    log: {
      isEnabled: (level) => level === 'warn' || level === 'error' || level === 'info',
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    },
    transport: webSocketTransport,
    onJoined: () => backend.control.createSession(1),
    onEnded: () => {},
    onDelta: ({ type }) => deltas.push(type),
    onMalformed: () => {},
    onBug: (error) => expect.fail(String(error)),
  });
  client.open();
  await vi.waitFor(() => expect(deltas).toEqual(['session.upserted']));
  const encodedInMessages = encode.mock.calls.filter(([text]) => text?.includes('session_created'));
  client.close();
  await backend.until(() => backend.control.stats().openSockets === 0);
  expect(composed).toEqual(['info']);
  expect(encodedInMessages).toEqual([]);
  encode.mockRestore();
});

const untimed = (line: string) => line.replace('[PhoenixChannel] ', '');
