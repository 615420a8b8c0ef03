import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../connect';
import { arrived, ask, startGeneration, type GenerationServer } from './generationServer';
import type { GenerationName } from './generations';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CRASH = ['1', '1', 'vscode:user', 'phx_error', {}];

let server: GenerationServer;

afterEach(() => server.backend.stop());

interface Answer {
  status: string;
  response: { data: { id: unknown }[] };
}

describe.each<[GenerationName, string, (id: number) => unknown]>([
  ['2', 'environment', (id) => id],
  ['2-late', 'environment_type', () => expect.stringMatching(UUID) as unknown],
])('G%s', (name, environment, foreign) => {
  beforeEach(async () => {
    server = await startGeneration(name);
    server.control.presence('off');
  });

  it('shows a session the same in REST and, within data, on the channel', async () => {
    const { control, joined, rest } = server;
    const connection = await joined();
    const { id, ...held } = control.createSession(1, { component_id: 1, type: 'ContextSpecSessions' });
    const shown = {
      id,
      type: 'ContextSpecSessions',
      display_name: 'Context Spec',
      [environment]: 'vscode',
      agent: 'claude_code',
      execution_mode: 'manual',
      status: 'active',
      state: null,
      project_id: foreign(101),
      account_id: foreign(11),
      user_id: 1,
      component_id: foreign(1),
      external_conversation_id: null,
      interactions: [],
      inserted_at: held.inserted_at,
      updated_at: held.updated_at,
    };
    const project = {
      id: foreign(101),
      name: 'Project 101',
      module_name: 'Project101',
      status: 'active',
    };
    const component = {
      id: foreign(1),
      name: 'Component1',
      type: 'context',
      module_name: 'MyApp.Component1',
    };
    const whole = { ...shown, project, component };
    const data = { ...shown, project: null, component: null };
    expect(await connection.next()).toEqual(['1', null, 'vscode:user', 'session_created', { data }]);
    expect(await rest(`/api/sessions/${id}`)).toEqual({ status: 200, body: { data: whole } });
    const { updated_at } = control.updateSession(id);
    expect(await connection.next()).toEqual([
      '1',
      null,
      'vscode:user',
      'session_updated',
      { data: { ...whole, updated_at } },
    ]);
    control.deleteSession(id);
    expect(await connection.next()).toEqual(['1', null, 'vscode:user', 'session_deleted', { id }]);
  });

  it.each([
    ['vscode:user:1', 'invalid topic', '1'],
    ['vscode:', 'invalid topic', '1'],
    ['session:abc', 'invalid session_id', '1'],
    ['session:', 'invalid session_id', '1'],
    ['sessions:1', 'unmatched topic', null],
    ['vscode', 'unmatched topic', null],
  ])('refuses to join %s: %s', async (topic, reason, joinRef) => {
    const connection = await server.connect();
    const refused = { status: 'error', response: { reason } };
    expect(await ask(connection, 'phx_join', {}, topic)).toEqual([
      joinRef,
      'asked',
      topic,
      'phx_reply',
      refused,
    ]);
  });

  it('lists on the channel as in REST: by status, active ones unless asked otherwise', async () => {
    const { control, joined, rest } = server;
    const [active, complete] = ['active', 'complete'].map(
      (status) => control.createSession(1, { status }).id,
    );
    const connection = await joined();
    const list = async (payload: unknown) => (await ask(connection, 'list_sessions', payload))[4] as Answer;
    const ids = async (payload: unknown) => (await list(payload)).response.data.map(({ id }) => id);
    expect(await ids({})).toEqual([active]);
    expect(await ids({ status: 'complete' })).toEqual([complete]);
    expect(await ids({ status: ['active', 'complete'] })).toEqual([active, complete]);
    expect(await ids({ status: 7 })).toEqual([active]);
    expect(await ids({ status: [] })).toEqual([]);
    connection.send(['7', '8', 'vscode:user', 'list_sessions', {}]);
    const answer = { status: 'ok', response: (await rest('/api/sessions')).body };
    expect(await connection.next()).toEqual(['1', '8', 'vscode:user', 'phx_reply', answer]);
  });

  it('lists the project that was active when the socket was opened', async () => {
    const { control, joined, rest } = server;
    const [here, there] = [101, 102].map((project_id) => control.createSession(1, { project_id }).id);
    const before = await joined();
    control.setActiveProject(1, 102);
    const after = await joined();
    const ids = async (from: typeof before) =>
      ((await ask(from, 'list_sessions', {}))[4] as Answer).response.data.map(({ id }) => id);
    expect([await ids(before), await ids(after)]).toEqual([[here], [there]]);
    expect((await rest('/api/sessions')).body).toMatchObject({ data: [{ id: there }] });
  });

  it.each([
    ['an unknown status', { status: 'nonsense' }],
    ['one unknown status of two', { status: ['active', 'nonsense'] }],
    ['a payload that is no object', []],
  ])('crashes the channel when a list is asked for with %s', async (_what, payload) => {
    expect(await ask(await server.joined(), 'list_sessions', payload)).toEqual(CRASH);
  });

  it('crashes the channel at every list of a user without an active project', async () => {
    server.control.setActiveProject(1, null);
    const connection = await server.joined();
    expect(await ask(connection, 'list_sessions', {})).toEqual(CRASH);
    await connection.join('vscode:user');
    expect(await ask(connection, 'list_sessions', {})).toEqual(CRASH);
  });

  it('tells of activity, modes and notifications, and crashes on broadcasts that it does not know', async () => {
    const { control, joined } = server;
    const { id } = control.createSession(1);
    const connection = await joined();
    control.activity(id);
    control.setMode(id, 'agentic');
    control.notify(id, 'permission_prompt', { message: 'May I?' });
    const told = [await connection.next(), await connection.next(), await connection.next()];
    expect(told.map(([, , , event, payload]) => [event, payload])).toEqual([
      ['session_activity', { session_id: id }],
      ['session_mode_updated', { session_id: id, execution_mode: 'agentic' }],
      [
        'notification_hook',
        { session_id: id, notification_type: 'permission_prompt', data: { message: 'May I?' } },
      ],
    ]);
    control.setField(id, 'status', 'failed');
    expect(await connection.next()).toEqual(CRASH);
    control.activity(id);
    await connection.join('vscode:user');
    control.stepBroadcasts(true);
    control.addInteraction(id);
    expect(await connection.next()).toEqual(CRASH);
    expect(await arrived(connection)).toEqual([]);
  });

  it('tells on the channel of a session what changes in it, and what its agent does', async () => {
    const { control, connect: open } = server;
    const { id } = control.createSession(1);
    const topic = `session:${id}`;
    const connection = await open();
    await connection.join(topic);
    control.setField(id, 'external_conversation_id', 'c-1');
    control.setField(id, 'status', 'failed');
    control.setField(id, 'agent', null);
    const event = { event_type: 'stop', sent_at: '2026-11-22T12:00:00.000000Z', data: {} };
    control.sessionEvent(id, event);
    control.sessionEvents(id, [event, event]);
    control.updateSession(id);
    control.activity(id);
    const told: unknown[] = [];
    for (let n = 0; n < 5; n += 1) told.push(await connection.next());
    expect(told).toEqual([
      ['1', null, topic, 'conversation_id_set', { session_id: id, conversation_id: 'c-1' }],
      ['1', null, topic, 'session_status_changed', { session_id: id, status: 'failed' }],
      ['1', null, topic, 'session_updated', { session_id: id, field: 'agent', value: null }],
      ['1', null, topic, 'session_event_received', { session_id: id, event }],
      ['1', null, topic, 'session_events_received', { session_id: id, events: [event, event] }],
    ]);
    expect(await ask(connection, 'list_sessions', {}, topic)).toEqual(['1', '1', topic, 'phx_error', {}]);
  });

  it('joins the channel of a session for whoever asks', async () => {
    const { backend, control } = server;
    const { id } = control.createSession(1);
    const connection = await connect(backend.url, backend.issueToken({ userId: 2 }));
    await connection.join(`session:${id}`);
    control.sessionEvent(id);
    expect((await connection.next())[3]).toBe('session_event_received');
  });

  it('replaces a pending command, and begins each new session with one', async () => {
    const { rest } = server;
    interface Shown {
      data: { id: string; interactions: { id: string; result: unknown }[]; [environment]: unknown };
    }
    const session = { type: 'ComponentCode', [environment]: 'cli' };
    const { status, body } = await rest('/api/sessions', { method: 'POST', body: { session } });
    const { data } = body as Shown;
    expect([status, data[environment], data.interactions.length]).toEqual([201, 'cli', 1]);
    const next = (await rest(`/api/sessions/${data.id}/next-command`)).body as Shown;
    expect(next.data.interactions).toHaveLength(1);
    expect(next.data.interactions[0]?.id).not.toBe(data.interactions[0]?.id);
    await rest(`/api/sessions/${data.id}/submit-result/${next.data.interactions[0]?.id}`, {
      method: 'POST',
      body: { result: { status: 'ok' } },
    });
    const third = (await rest(`/api/sessions/${data.id}/next-command`)).body as Shown;
    expect(third.data.interactions.map(({ result }) => result === null)).toEqual([true, false]);
  });

  it('takes a mode, and gives a pending command anew for it', async () => {
    const { control, joined, rest } = server;
    const { id } = control.createSession(1);
    const pending = control.addInteraction(id);
    const connection = await joined();
    const put = (mode: string) => rest(`/api/sessions/${id}/execution_mode/${mode}`, { method: 'PUT' });
    const { body } = await put('auto');
    expect(body).toMatchObject({ data: { execution_mode: 'auto', interactions: [{ result: null }] } });
    expect(body).not.toMatchObject({ data: { interactions: [{ id: pending.id }] } });
    expect((await connection.next())[4]).toEqual(body);
    expect((await connection.next())[4]).toEqual({ session_id: id, execution_mode: 'auto' });
    expect(await put('fast')).toEqual({
      status: 422,
      body: { error: 'Invalid execution mode', status: 'error' },
    });
  });

  it('takes events of an agent: a conversation, a status, and activity', async () => {
    const { control, connect: open, rest } = server;
    const { id } = control.createSession(1);
    const connection = await open();
    await connection.join('vscode:user');
    const post = (event: unknown) => rest(`/api/sessions/${id}/events`, { method: 'POST', body: event });
    const sent_at = '2026-11-22T12:00:00.000000Z';
    const started = { event_type: 'conversation_started', sent_at, data: { conversation_id: 'c-1' } };
    expect((await post(started)).body).toMatchObject({ data: { external_conversation_id: 'c-1' } });
    expect(await arrived(connection)).toEqual(['session_activity']);
    await connection.join(`session:${id}`, '2');
    const ended = { event_type: 'proxy_request', sent_at, data: { new_status: 'complete' } };
    expect((await post(ended)).body).toMatchObject({ data: { status: 'complete' } });
    expect(await arrived(connection)).toEqual([
      'session_status_changed',
      'phx_error',
      'session_event_received',
    ]);
    await connection.join('vscode:user', '3');
    control.addInteraction(id);
    await post({ event_type: 'session_end', sent_at, data: {} });
    expect(await arrived(connection)).toEqual([
      'session_updated',
      'session_updated',
      'phx_error',
      'session_event_received',
    ]);
    expect(await post({ event_type: 'stop' })).toEqual({
      status: 422,
      body: { errors: { sent_at: ["can't be blank"], data: ["can't be blank"] } },
    });
  });

  it('knows its user and projects, and no longer takes a conversation alone', async () => {
    const { control, rest } = server;
    const { id } = control.createSession(1);
    expect((await rest('/api/me')).body).toEqual({ id: 1, email: 'user1@example.test' });
    expect((await rest('/api/projects')).body).toMatchObject({
      projects: [
        { id: foreign(101), name: 'Project 101' },
        { id: foreign(102), name: 'Project 102' },
      ],
    });
    const put = { method: 'PUT', body: { external_conversation_id: 'c-1' } };
    expect((await rest(`/api/sessions/${id}/external_conversation_id`, put)).status).toBe(404);
  });

  it('answers what a client asks on the channel late, with an error, or never, while told so', async () => {
    const { backend, control, joined } = server;
    const connection = await joined();
    control.failCalls({ answer: 'error', event: 'list_sessions', times: 1 });
    const refused = { status: 'error', response: { reason: 'not authenticated' } };
    expect((await ask(connection, 'list_sessions', {}))[4]).toEqual(refused);
    control.slowCalls(100);
    connection.send(['1', '9', 'vscode:user', 'list_sessions', {}]);
    await backend.until(() => control.stats().calls.length === 2);
    const { id } = control.createSession(1);
    expect((await connection.next())[3]).toBe('session_created');
    expect((await connection.next())[4]).toEqual({ status: 'ok', response: { data: [] } });
    control.healCalls();
    control.failCalls({ answer: 'hang', times: 1 });
    connection.send(['1', '10', 'vscode:user', 'list_sessions', {}]);
    expect((await ask(connection, 'list_sessions', {}))[4]).toMatchObject({ response: { data: [{ id }] } });
    expect(control.stats().counts.calls).toEqual({ list_sessions: 4 });
  });
});

describe('G2-late', () => {
  beforeEach(async () => {
    server = await startGeneration('2-late');
  });

  it('answers 400 to an integer, and refuses its channel', async () => {
    expect(await server.rest('/api/sessions/7')).toEqual({
      status: 400,
      body: { errors: { detail: 'Bad Request' } },
    });
    const connection = await server.connect();
    expect((await ask(connection, 'phx_join', {}, 'session:7'))[4]).toEqual({
      status: 'error',
      response: { reason: 'invalid session_id' },
    });
  });

  it('gives one project and one component the same UUID everywhere, and takes it', async () => {
    const { control, rest } = server;
    control.createSession(1, { component_id: 2 });
    const { listed, activeProject } = control.dump();
    const { body } = await rest('/api/projects');
    expect(body).toMatchObject({ projects: [{ id: activeProject }, {}] });
    expect(listed).toMatchObject([{ project_id: activeProject, project: { id: activeProject } }]);
    const session = { type: 'ContextSpecSessions', component_id: listed[0]?.component_id };
    const created = await rest('/api/sessions', { method: 'POST', body: { session } });
    expect(created.body).toMatchObject({ data: { component: { name: 'Component2' } } });
  });
});
