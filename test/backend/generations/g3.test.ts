import { afterEach, expect, it } from 'vitest';
import { arrived, ask, startGeneration, type GenerationServer } from './generationServer';

const CRASH = ['1', '1', 'vscode:user', 'phx_error', {}];
const NOT_FOUND = { status: 404, body: { errors: { detail: 'Not Found' } } };

let server: GenerationServer;

afterEach(() => server.backend.stop());

it('has no session in REST, with a good token or without', async () => {
  server = await startGeneration('3');
  const { rest, control } = server;
  const { id } = control.createSession(1);
  for (const path of ['', `/${id}`, `/${id}/next-command`, `/${id}/events`, '/7']) {
    expect(await rest(`/api/sessions${path}`)).toEqual(NOT_FOUND);
    expect(await rest(`/api/sessions${path}`, { token: 'nonsense' })).toEqual(NOT_FOUND);
  }
  const created = await rest('/api/sessions', {
    method: 'POST',
    body: { session: { type: 'ComponentCode' } },
  });
  expect(created).toEqual(NOT_FOUND);
});

it('tells in REST who the user is, and what are the projects, to good tokens alone', async () => {
  server = await startGeneration('3');
  for (const path of ['/api/me', '/api/projects']) {
    expect((await server.rest(path)).status).toBe(200);
    expect((await server.rest(path, { token: 'nonsense' })).status).toBe(401);
  }
});

it('lists sessions on the channel, as UUIDs with an environment_type', async () => {
  server = await startGeneration('3');
  const { control, joined } = server;
  const { id } = control.createSession(1, { environment: 'cli' });
  const connection = await joined(1);
  const [, , , , answer] = await ask(connection, 'list_sessions', { status: 'active' });
  expect(answer).toMatchObject({
    status: 'ok',
    response: { data: [{ id, environment_type: 'cli', project: { name: 'Project 101' } }] },
  });
  expect(id).toMatch(/^[0-9a-f]{8}-/);
});

it('crashes on each new session, and loses what happens until the rejoin', async () => {
  server = await startGeneration('3');
  const { control, joined } = server;
  const connection = await joined(1);
  const { id } = control.createSession(1);
  control.updateSession(id);
  expect(await connection.next()).toEqual(CRASH);
  expect(await arrived(connection)).toEqual([]);
});

it('tells of a new session where it does not crash on it', async () => {
  server = await startGeneration('3', { crashesOnCreated: false });
  const connection = await server.joined(1);
  server.control.createSession(1);
  expect((await connection.next())[3]).toBe('session_created');
  server.control.crashOnCreated(true);
  server.control.createSession(1);
  expect(await connection.next()).toEqual(CRASH);
});

it('refuses the channel of every session that it has, and joins that of an integer', async () => {
  server = await startGeneration('3', { crashesOnCreated: false });
  const { id } = server.control.createSession(1);
  const connection = await server.connect();
  expect((await ask(connection, 'phx_join', {}, `session:${id}`))[4]).toEqual({
    status: 'error',
    response: { reason: 'invalid session_id' },
  });
  expect((await ask(connection, 'phx_join', {}, 'session:7'))[4]).toEqual({ status: 'ok', response: {} });
});

it('tells of no presence state, ever', async () => {
  server = await startGeneration('3');
  const connection = await server.connect();
  await connection.join('vscode:user');
  expect(await arrived(connection)).toEqual(['presence_diff']);
});
