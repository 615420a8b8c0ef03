import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connection } from './connect';
import { arrived, startGeneration, type GenerationServer } from './generations/generationServer';

let server: GenerationServer;

beforeEach(async () => {
  server = await startGeneration('2');
});

afterEach(() => server.backend.stop());

const meta = (user_id: number) => ({
  online_at: expect.stringMatching(/^\d{10}$/) as string,
  phx_ref: expect.stringMatching(/^[\w-]{16}$/) as string,
  user_id,
});
const of = (userId: number) => ({ [`user:${userId}`]: { metas: [meta(userId)] } });
const diff = (joins: unknown, leaves: unknown) => [
  null,
  null,
  'vscode:user',
  'presence_diff',
  { joins, leaves },
];
const state = (payload: unknown) => ['1', null, 'vscode:user', 'presence_state', payload];

async function joinAs(userId: number): Promise<Connection> {
  return server.joined(0, server.backend.issueToken({ userId }));
}

it('tells a join who has joined, then who is there, and all others of it', async () => {
  const first = await joinAs(1);
  expect([await first.next(), await first.next()]).toEqual([diff(of(1), {}), state(of(1))]);
  const second = await joinAs(2);
  expect([await second.next(), await second.next()]).toEqual([
    diff(of(2), {}),
    state({ ...of(1), ...of(2) }),
  ]);
  expect(await first.next()).toEqual(diff(of(2), {}));
});

it.each<[string, (connection: Connection) => void]>([
  ['leaves', (connection) => connection.send(['1', '2', 'vscode:user', 'phx_leave', {}])],
  ['crashes its channel', (connection) => connection.send(['1', '2', 'vscode:user', 'no_such_event', {}])],
  ['closes its socket', (connection) => connection.ws.close()],
])('tells all others of one that %s', async (_what, end) => {
  server.control.presence('diff');
  const [first, second] = [await joinAs(1), await joinAs(2)];
  expect([await first.next(), await first.next()]).toEqual([diff(of(1), {}), diff(of(2), {})]);
  end(second);
  expect(await first.next()).toEqual(diff({}, of(2)));
});

it('holds the state back until it is told to give it', async () => {
  server.control.presence('late');
  const connection = await joinAs(1);
  expect(await arrived(connection)).toEqual(['presence_diff']);
  server.control.presenceJoin('user:2', { user_id: 2 });
  expect(await connection.next()).toEqual(diff(of(2), {}));
  server.control.releasePresence();
  expect(await connection.next()).toEqual(state({ ...of(1), ...of(2) }));
  server.control.releasePresence();
  expect(await arrived(connection)).toEqual([]);
});

it.each([
  ['state', ['presence_state']],
  ['diff', ['presence_diff']],
  ['off', []],
] as const)('tells, with %s, %j', async (mode, events) => {
  server.control.presence(mode);
  expect(await arrived(await joinAs(1))).toEqual(events);
});

it('counts each socket of a user, and takes any key', async () => {
  server.control.presence('state');
  await joinAs(1);
  server.control.presenceJoin('__proto__', { user_id: null });
  const connection = await joinAs(1);
  const [, , , , told] = await connection.next();
  expect(
    Object.entries(told as object).map(([key, { metas }]: [string, { metas: unknown[] }]) => [
      key,
      metas.length,
    ]),
  ).toEqual([
    ['__proto__', 1],
    ['user:1', 2],
  ]);
  server.control.presenceLeave('__proto__');
  const [, , , , left] = await connection.next();
  expect(JSON.stringify(left)).toContain('"leaves":{"__proto__":{"metas":');
});

it('is not to be had of a server that tracks none', async () => {
  await server.backend.stop();
  server = await startGeneration('1');
  expect(() => server.control.presence('on')).toThrow('tracks no presence');
});
