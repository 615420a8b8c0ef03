import { afterEach, expect, it } from 'vitest';
import { startBackend } from './backend';
import { call } from './call';
import { ask, startGeneration, type GenerationServer } from './generations/generationServer';
import { generationNamed } from './generations/generations';
import { startBackendProcess } from './startBackendProcess';

let server: GenerationServer;

afterEach(() => server.backend.stop());

it('an upgrade ends every socket, keeps the world, and gives its sessions new ids', async () => {
  server = await startGeneration('1');
  const { backend, control, rest, connect } = server;
  const parent = control.createSession(1);
  control.createSession(1, { session_id: parent.id, state: { kept: true } });
  const old = await connect();
  await old.join('vscode:user:1');
  control.setGeneration('3');
  expect(await old.closed).toEqual({ code: 1012, reason: '' });

  expect((await rest('/api/sessions')).status).toBe(404);
  const [first, second] = backend.world.sessionsOf(1);
  expect([first?.id, second?.session_id, second?.state]).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}-/),
    first?.id,
    { kept: true },
  ]);
  const connection = await connect();
  expect((await ask(connection, 'phx_join', {}, 'vscode:user:1'))[4]).toMatchObject({
    response: { reason: 'invalid topic' },
  });
  expect((await ask(connection, 'phx_join', {}))[4]).toEqual({ status: 'ok', response: {} });
});

it('rolled back, its sessions have integers again, and none that was there before', async () => {
  server = await startGeneration('2');
  const { control, rest } = server;
  const { id } = control.createSession(1);
  control.setGeneration('1');
  expect((await rest(`/api/sessions/${id}`)).status).toBe(200);
  control.setGeneration('2-late');
  expect((await rest(`/api/sessions/${id}`)).status).toBe(400);
  control.setGeneration('1');
  expect((await rest(`/api/sessions/${id}`)).status).toBe(404);
  expect((await rest('/api/sessions')).body).toMatchObject({ data: [{ id: 2 }] });
});

it('an upgrade ends half-open sockets too', async () => {
  server = await startGeneration('2');
  const connection = await server.joined(2);
  server.control.muteSockets(true);
  server.control.setGeneration('3');
  expect((await connection.closed).code).toBe(1006);
});

it('a server goes on as another generation when resumed as one', async () => {
  server = await startGeneration('1');
  server.control.createSession(1);
  const token = server.backend.issueToken();
  await server.backend.stop();
  const second = await startBackend({ generation: '2-late', resume: server.backend });
  const { text } = await call(`${second.url}/api/sessions`, { token });
  expect(JSON.parse(text)).toMatchObject({
    data: [{ id: expect.stringMatching(/^[0-9a-f]{8}-/) as string }],
  });
  await second.stop();
});

it('routes that were removed are 404 until they are given back', async () => {
  server = await startGeneration('2');
  const { control, rest } = server;
  control.removeRoutes(['GET /api/sessions', 'GET /api/me']);
  const statuses = async () => [
    (await rest('/api/sessions')).status,
    (await rest('/api/me')).status,
    (await rest('/api/projects')).status,
  ];
  expect(await statuses()).toEqual([404, 404, 200]);
  control.removeRoutes([]);
  expect(await statuses()).toEqual([200, 200, 200]);
  expect(() => control.removeRoutes(['GET /nowhere' as 'GET /api/me'])).toThrow('no such route');
});

it('knows four generations by name', async () => {
  server = await startGeneration('1');
  expect(['1', '2', '2-late', '3'].map(generationNamed)).toEqual(['1', '2', '2-late', '3']);
  for (const name of ['4', 'g1', 'toString']) {
    expect(() => generationNamed(name)).toThrow('one of 1, 2, 3, 2-late');
    expect(() => server.control.setGeneration(name as '1')).toThrow('one of');
  }
});

it('a server in a process of its own is the generation that its arguments name', async () => {
  server = await startGeneration('1');
  const apart = await startBackendProcess('--generation', '3');
  try {
    expect((await call(`${apart.url}/api/me`, { token: apart.token })).status).toBe(200);
    expect((await call(`${apart.url}/api/sessions`, { token: apart.token })).status).toBe(404);
    await apart.control('setGeneration', '2');
    expect((await call(`${apart.url}/api/sessions`, { token: apart.token })).status).toBe(200);
  } finally {
    await apart.stop();
  }
});
