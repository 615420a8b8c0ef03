import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Frame } from '../phoenixSocket';
import { arrived, ask, startGeneration, type GenerationServer } from './generationServer';

let server: GenerationServer;

afterEach(() => server.backend.stop());

/** Users 1 and 2 of one project, each with a session there; user 3 is of another. */
async function start() {
  server = await startGeneration('next');
  const { control, backend, connect } = server;
  control.createSession(1);
  control.setActiveProject(2, 101);
  const theirs = control.createSession(2);
  const mine = control.createSession(1);
  const announced = async (userId: number) => {
    const connection = await connect(backend.issueToken({ userId }));
    connection.send(['1', '1', 'vscode:user', 'phx_join', {}]);
    const offers = responseOf(await connection.next()) as { project_topic: string };
    return { connection, offers };
  };
  const { connection, offers } = await announced(1);
  return { ...server, ...{ mine, theirs, announced, connection, offers, topic: offers.project_topic } };
}

const responseOf = (frame: Frame) => (frame[4] as { response: unknown }).response;

it('announces in the reply to the join who one is, which commands there are, and the topic of the project', async () => {
  const { offers, topic, control, announced } = await start();
  expect(offers).toEqual({
    user_id: 1,
    commands: ['next', 'cancel', 'mode', 'submit', 'start', 'conversation'],
    project_topic: `vscode:project:${String(control.dump(1).activeProject)}`,
  });
  expect((await announced(2)).offers).toMatchObject({ user_id: 2, project_topic: topic });
  control.setActiveProject(1, null);
  expect((await announced(1)).offers).toMatchObject({ user_id: 1, project_topic: null });
});

describe('a command', () => {
  const command = async (name: string, more: object = {}, id: string = randomUUID()) => {
    const { connection, mine } = started;
    connection.send(['1', 'asked', 'vscode:user', 'command', { id, name, session_id: mine.id, ...more }]);
    for (;;) {
      const [, ref, , , payload] = await connection.next();
      if (ref === 'asked') return payload as { status: string; response: unknown };
    }
  };
  let started: Awaited<ReturnType<typeof start>>;

  it('does what REST does, and answers with the whole session', async () => {
    started = await start();
    const { mine, control } = started;
    const shown = () => control.dump(1).sessions.find(({ id }) => id === mine.id);
    for (const [name, more] of [
      ['next', {}],
      ['mode', { execution_mode: 'auto' }],
      ['conversation', { external_conversation_id: 'c' }],
    ] as const) {
      expect(await command(name, more)).toEqual({ status: 'ok', response: { data: shown() } });
    }
    const [{ id: interaction_id }] = shown()!.interactions as [{ id: string }];
    await command('submit', { interaction_id, result: { status: 'ok', stdout: 'built' } });
    await command('cancel');
    expect(shown()).toMatchObject({
      ...{ status: 'cancelled', execution_mode: 'auto', external_conversation_id: 'c' },
      interactions: [{ id: interaction_id, result: { stdout: 'built' } }],
    });
    const begun = await command('start', { session: { type: 'ContextSpec', environment_type: 'cli' } });
    expect(begun).toMatchObject({ status: 'ok', response: { data: { environment_type: 'cli' } } });
  });

  it('of one id is done once and answered alike, on every socket of the user, refused or not', async () => {
    started = await start();
    const id = randomUUID();
    const fields = { session: { type: 'ContextSpec' } };
    const first = await command('start', fields, id);
    expect(await command('start', fields, id)).toEqual(first);
    started = { ...started, connection: (await started.announced(1)).connection };
    expect(await command('start', fields, id.toUpperCase())).toEqual(first);
    expect(await command('cancel', {}, id)).toEqual(first);
    expect(started.control.dump(1).sessions).toHaveLength(3);
    const refused = await command(
      'start',
      { session: { type: 'Nonsense' } },
      'a2f9e7a0-0000-4000-8000-000000000000',
    );
    expect(refused).toEqual({
      status: 'error',
      response: { reason: 'invalid', errors: { type: ['is invalid'] } },
    });
    expect(await command('start', fields, 'a2f9e7a0-0000-4000-8000-000000000000')).toEqual(refused);
  });

  it('that cannot be done says why, and crashes nothing', async () => {
    started = await start();
    const { theirs } = started;
    const reasons = [
      await command('cancel', { session_id: theirs.id }),
      await command('cancel', { session_id: 7 }),
      await command('submit', { interaction_id: 'none', result: {} }),
      await command('sing'),
      await command('cancel', {}, 'no id'),
    ].map(({ status, response }) => [status, (response as { reason: string }).reason]);
    expect(reasons).toEqual(
      ['session_not_found', 'invalid', 'not_found', 'unknown_command', 'invalid'].map((reason) => [
        'error',
        reason,
      ]),
    );
  });
});

describe('the topic of a project', () => {
  it('begins with the sessions of everybody else, and tells of those alone', async () => {
    const { connection, topic, theirs, mine, control } = await start();
    connection.send(['2', '2', topic, 'phx_join', {}]);
    const whole = () => control.dump(2).sessions.find(({ id }) => id === theirs.id);
    const owned = () => ({ ...whole(), user: { id: 2, email: 'user2@example.test' } });
    expect(responseOf(await connection.next())).toEqual({ data: [owned()] });
    expect((await connection.next())[3]).toMatch(/^presence_/);
    await arrived(connection);
    control.updateSession(theirs.id, { status: 'complete' });
    expect((await connection.next()).slice(2)).toEqual([topic, 'session_updated', { data: owned() }]);
    control.deleteSession(theirs.id);
    expect((await connection.next()).slice(2)).toEqual([topic, 'session_deleted', { id: theirs.id }]);
    control.createSession(2, { project_id: 201 });
    control.updateSession(mine.id);
    expect((await connection.next()).slice(2, 4)).toEqual(['vscode:user', 'session_updated']);
    expect(await arrived(connection)).toEqual([]);
  });

  it('is joined by those who belong to the project', async () => {
    const { topic, announced } = await start();
    for (const [userId, answer] of [
      [2, 'ok'],
      [3, 'unauthorized'],
    ] as const) {
      const { connection } = await announced(userId);
      connection.send(['2', '2', topic, 'phx_join', {}]);
      const [, , , , reply] = await connection.next();
      expect([userId, (reply as { response: { reason?: string } }).response.reason ?? 'ok']).toEqual([
        userId,
        answer,
      ]);
    }
  });

  it('is closed to those who leave the project', async () => {
    const { connection, topic, control } = await start();
    connection.send(['2', '2', topic, 'phx_join', {}]);
    await arrived(connection);
    control.leaveProject(1, 101);
    expect(await connection.next()).toEqual(['2', '2', topic, 'phx_close', {}]);
    connection.send(['3', '3', topic, 'phx_join', {}]);
    expect(responseOf(await connection.next())).toEqual({ reason: 'unauthorized' });
  });

  it('tells who is there, and the topic that all share does not', async () => {
    const { connection, topic, announced } = await start();
    connection.send(['2', '2', topic, 'phx_join', {}]);
    await arrived(connection);
    const other = (await announced(2)).connection;
    expect(await arrived(connection)).toEqual([]);
    other.send(['2', '2', topic, 'phx_join', {}]);
    const [, , , event, diff] = await connection.next();
    expect([event, Object.keys((diff as { joins: object }).joins)]).toEqual(['presence_diff', ['user:2']]);
    other.ws.close();
    expect(await connection.next()).toMatchObject({ 3: 'presence_diff', 4: { leaves: { 'user:2': {} } } });
  });
});

it('crashes of nothing that it announces', async () => {
  const { connection, control, mine } = await start();
  control.createSession(1);
  control.activity(mine.id);
  control.setMode(mine.id, 'auto');
  control.notify(mine.id, 'idle_prompt');
  expect(await ask(connection, 'list_sessions', { status: 'active' })).toMatchObject({
    3: 'session_created',
  });
  expect(await arrived(connection)).toEqual([
    ...['session_activity', 'session_mode_updated', 'notification_hook', 'phx_reply'],
  ]);
});
