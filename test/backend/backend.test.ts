import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from './backend';
import { call, type CallOptions } from './call';
import { connect, socketUrl, upgrade, type Connection } from './connect';
import { isLoopback } from './controlServer';
import { createProgress } from './progress';
import { seedSamples } from './samples';
import { STATUSES, World, type Session } from './world';

const TOPIC = 'vscode:user:1';

let backend: Backend;
let token: string;

beforeEach(async () => {
  backend = await startBackend();
  token = backend.issueToken();
});

afterEach(() => backend.stop());

describe('sessions', () => {
  it('of one user stay hidden from another, in REST and on the channel', async () => {
    const stranger = backend.issueToken({ userId: 2 });
    const connection = await connect(backend.url, stranger);
    await connection.join('vscode:user:2');
    const { id } = backend.control.createSession(1);
    const own = backend.control.createSession(2);
    expect((await rest(`/api/sessions/${id}`, { token: stranger })).text).toBe('Not Found');
    expect(await list(stranger)).toEqual([own.id]);
    expect((await connection.next())[4]).toMatchObject({ id: own.id });
  });

  it('of every project send events, while the list covers the active one', async () => {
    const connection = await joined();
    const elsewhere = backend.control.createSession(1, { project_id: 102 });
    expect((await connection.next())[4]).toMatchObject({ id: elsewhere.id, project_id: 102 });
    expect(await list(token)).toEqual([]);
    expect((await rest(`/api/sessions/${elsewhere.id}`)).status).toBe(200);
    backend.control.setActiveProject(1, 102);
    expect(await list(token)).toEqual([elsewhere.id]);
  });

  it('are listed by status, active ones unless asked otherwise', async () => {
    const [active, complete, , cancelled] = STATUSES.map((status) => create({ status }).id);
    expect(await list(token)).toEqual([active]);
    expect(await list(token, '?status=complete')).toEqual([complete]);
    expect(await list(token, '?status%5B%5D=active&status[]=cancelled')).toEqual([active, cancelled]);
    expect((await rest('/api/sessions?status[]=active&status[]=nonsense')).status).toBe(500);
    backend.control.setActiveProject(1, null);
    expect((await rest('/api/sessions')).status).toBe(500);
  });

  it('have a different type, parent and relations on the channel and in REST', async () => {
    const connection = await joined();
    const { id } = create({ type: 'ContextSpecSessions', session_id: 7, component_id: 2 });
    const [, , , , pushed] = await connection.next();
    const shown = await showSession(id);
    expect(pushed).toMatchObject({ type: 'Elixir.CodeMySpec.ContextSpecSessions', session_id: 7 });
    expect(pushed).not.toHaveProperty('component');
    expect(shown).toMatchObject({ type: 'ContextSpecSessions', component: { id: 2 }, project: { id: 101 } });
    expect(shown).not.toHaveProperty('session_id');
  });

  it('are told in the truth exactly as REST lists them', async () => {
    backend.control.bulk(5);
    create({ status: 'failed' });
    const { listed, sessions } = backend.control.dump();
    expect(JSON.parse((await rest('/api/sessions')).text)).toEqual({ data: listed });
    expect([listed.length, sessions.length]).toEqual([5, 6]);
  });
});

describe('commands', () => {
  it('next-command returns a pending interaction and a finished session unchanged', async () => {
    const { id } = create();
    const first = await showSession(`${id}/next-command`);
    expect(first.interactions).toHaveLength(1);
    expect(await showSession(`${id}/next-command`)).toEqual(first);
    const finished = create({ status: 'complete' });
    expect((await showSession(`${finished.id}/next-command`)).interactions).toEqual([]);
  });

  it('put the newest interaction first, and send two updates for one result', async () => {
    const { id } = create();
    const [older] = (await showSession(`${id}/next-command`)).interactions;
    const connection = await joined();
    const path = `/api/sessions/${id}/submit-result/${older?.id}`;
    await rest(path, { method: 'POST', body: { result: { status: 'warning', stdout: 'so so' } } });
    for (let n = 0; n < 2; n += 1) {
      const [, , , event, session] = await connection.next();
      expect(event).toBe('session_updated');
      expect(session).toMatchObject({
        interactions: [{ id: older?.id, result: { status: 'warning', stdout: 'so so' } }],
        updated_at: expect.stringMatching(/:\d\dZ$/) as string,
      });
    }
    const { interactions } = await showSession(`${id}/next-command`);
    expect(interactions.map(({ id: each, result }) => [each === older?.id, result === null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('refuse what does not fit', async () => {
    const { id } = create();
    const post = (path: string, body: unknown) => rest(path, { method: 'POST', body });
    const agent = await post('/api/sessions', { session: { type: 'IntegrationSessions', agent: 'other' } });
    expect([agent.status, agent.text]).toEqual([422, '{"errors":{"agent":["is invalid"]}}']);
    expect((await post('/api/sessions', {})).status).toBe(400);
    expect((await post(`/api/sessions/${id}/submit-result/x`, {})).status).toBe(400);
    const put = { method: 'PUT', body: { external_conversation_id: 'conversation-1' } };
    await rest(`/api/sessions/${id}/external_conversation_id`, put);
    expect(await showSession(id)).toMatchObject(put.body);
    expect((await rest('/api/me')).status).toBe(404);
  });
});

describe('tokens', () => {
  it('that ran out fail REST and new sockets, while an open socket lives on', async () => {
    const connection = await joined();
    backend.control.expireTokens(1);
    expect((await rest('/api/sessions')).status).toBe(401);
    expect(await upgrade(socketUrl(backend.url, token))).toMatchObject({ status: 403, text: '' });
    const { id } = create();
    expect((await connection.next())[4]).toMatchObject({ id });
    expect((await rest('/api/sessions', { token: backend.issueToken() })).status).toBe(200);
  });

  it('are signed JWTs with the user id, or opaque', async () => {
    const [head, claims = '', signature] = backend.issueToken({ userId: 2, lifetimeS: 60 }).split('.');
    const { sub, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
      string,
      number
    >;
    expect([sub, Number(exp) - Number(iat)]).toEqual(['2', 60]);
    const hmac = createHmac('sha256', 'codemyspec-embedded-server').update(`${head}.${claims}`);
    expect(signature).toBe(hmac.digest('base64url'));
    const opaque = backend.issueToken({ userId: 2, opaque: true });
    expect(opaque).not.toContain('.');
    expect((await rest('/api/sessions', { token: opaque })).status).toBe(200);
    expect((await rest('/api/sessions', { token: `${token}x` })).status).toBe(401);
  });
});

describe('the channel', () => {
  it.each([
    ['vscode:user:abc', 'invalid user_id', '7'],
    ['vscode:user:2', 'unauthorized', '7'],
    ['vscode:user', 'invalid topic', '7'],
    ['session:1', 'unmatched topic', null],
  ])('refuses to join %s: %s', async (topic, reason, joinRef) => {
    const connection = await connect(backend.url, token);
    connection.send(['7', '8', topic, 'phx_join', {}]);
    const refused = { status: 'error', response: { reason } };
    expect(await connection.next()).toEqual([joinRef, '8', topic, 'phx_reply', refused]);
  });

  it('loses what happens between a crash and the rejoin', async () => {
    const connection = await joined('1');
    connection.send(['1', '2', TOPIC, 'no_such_event', {}]);
    expect(await connection.next()).toEqual(['1', '1', TOPIC, 'phx_error', {}]);
    create();
    await connection.join(TOPIC, '3');
    const { id } = create();
    const [joinRef, ref, , event, session] = await connection.next();
    expect([joinRef, ref, event, (session as Session).id]).toEqual(['3', null, 'session_created', id]);
  });

  it('crashes on every step once steps are broadcast', async () => {
    backend.control.stepBroadcasts(true);
    const { id } = create();
    const connection = await joined('1');
    backend.control.addInteraction(id);
    expect(await connection.next()).toEqual(['1', '1', TOPIC, 'phx_error', {}]);
    await connection.join(TOPIC, '2');
    expect(backend.control.completeInteraction(id).interactions).toMatchObject([
      { result: { status: 'ok' } },
    ]);
    expect(await connection.next()).toEqual(['2', '2', TOPIC, 'phx_error', {}]);
    await heartbeat(connection);
    expect(connection.pending).toEqual([]);
  });

  it('closes the channel that a second join replaced, after the reply to that join', async () => {
    const connection = await joined('1');
    connection.send(['2', '2', TOPIC, 'phx_join', {}]);
    expect(await connection.next()).toEqual(['2', '2', TOPIC, 'phx_reply', { status: 'ok', response: {} }]);
    expect(await connection.next()).toEqual(['1', '1', TOPIC, 'phx_close', {}]);
    connection.send(['1', '3', TOPIC, 'phx_leave', {}]);
    await heartbeat(connection);
    create();
    expect((await connection.next()).slice(0, 2)).toEqual(['2', null]);
  });

  it('answers events of a topic that was not joined', async () => {
    const connection = await connect(backend.url, token);
    connection.send(['1', '2', TOPIC, 'list_sessions', {}]);
    const unmatched = { status: 'error', response: { reason: 'unmatched topic' } };
    expect(await connection.next()).toEqual([null, '2', TOPIC, 'phx_reply', unmatched]);
    connection.send(['1', '3', TOPIC, 'phx_leave', {}]);
    expect(await connection.next()).toEqual(['1', '3', TOPIC, 'phx_reply', { status: 'ok', response: {} }]);
  });

  it.each(['{', '[1,2]', '["1","1",null,"phx_join",{}]'])(
    'closes the socket on the frame %s',
    async (text) => {
      const connection = await joined();
      connection.ws.send(text);
      expect((await connection.closed).code).toBe(1011);
    },
  );

  it('can send anything at all', async () => {
    const connection = await joined('4');
    backend.control.broadcastRaw(1, 'session_updated', { id: null });
    expect(await connection.next()).toEqual(['4', null, TOPIC, 'session_updated', { id: null }]);
    connection.ws.removeAllListeners('message');
    const received = new Promise((resolve) =>
      connection.ws.once('message', (raw) => resolve((raw as Buffer).toString())),
    );
    backend.control.sendRawFrame('{"broken');
    expect(await received).toBe('{"broken');
  });
});

describe('the link', () => {
  it('half-open: swallows everything on the sockets open then, and serves new ones', async () => {
    const deaf = await joined();
    backend.control.muteSockets(true);
    deaf.send([null, '9', 'phoenix', 'heartbeat', {}]);
    const fresh = await joined();
    const { id } = create();
    expect((await fresh.next())[4]).toMatchObject({ id });
    await heartbeat(fresh);
    expect([deaf.pending, backend.control.stats().heartbeats]).toEqual([[], 1]);
    backend.control.muteSockets(false);
    expect((await deaf.next()).slice(1, 3)).toEqual(['9', 'phoenix']);
    expect(deaf.pending).toEqual([]);
  });

  it('drops a socket that falls silent', async () => {
    const impatient = await startBackend({ heartbeatTimeoutMs: 80 });
    const connection = await connect(impatient.url, impatient.issueToken());
    const threeTimeouts = Date.now() + 240;
    while (Date.now() < threeTimeouts) await heartbeat(connection);
    expect((await connection.closed).code).toBe(1002);
    await impatient.stop();
  });

  it.each([1006, 1000, 1012])('ends with the code %i', async (code) => {
    const connection = await joined();
    const other = await connect(backend.url, backend.issueToken({ userId: 2 }));
    backend.control.dropSockets({ code, userId: 1 });
    expect(await connection.closed).toEqual({ code, reason: '' });
    await heartbeat(other);
    await backend.until(() => backend.control.stats().openSockets === 1);
  });

  it('refuses upgrades while told so, and records each', async () => {
    backend.control.refuseUpgrades(true);
    expect(await upgrade(socketUrl(backend.url, token))).toMatchObject({ status: 403 });
    backend.control.refuseUpgrades(503);
    expect(await upgrade(socketUrl(backend.url, token))).toMatchObject({ status: 503 });
    backend.control.refuseUpgrades(false);
    await joined();
    const { upgrades, counts } = backend.control.stats();
    expect(upgrades.map((each) => [each.status, each.token === token])).toEqual([
      [403, true],
      [503, true],
      [101, true],
    ]);
    expect(counts).toMatchObject({ upgrades: 3, joins: { [TOPIC]: 1 } });
  });

  it.each([
    [400, '/api/sessions/not-an-id', {}],
    [406, '/api/sessions', { accept: 'text/html' }],
    [500, '/api/sessions?status=nonsense', {}],
  ])('is closed unannounced after a %i, and kept after other errors', async (status, path, headers) => {
    const heads = Object.entries({ host: 'x', authorization: `Bearer ${token}`, ...headers });
    const ask = (target: string) =>
      `GET ${target} HTTP/1.1\r\n${heads.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    const connection = connectTcp(backend.port, '127.0.0.1');
    let text = '';
    connection.on('data', (chunk) => (text += chunk.toString()));
    connection.write(ask('/nowhere') + ask(path));
    await new Promise((resolve) => connection.on('close', resolve));
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', `HTTP/1.1 ${status}`]);
    expect(text).not.toMatch(/connection: close/i);
  });
});

describe('faults', () => {
  it('hit the route they name, as often as they say', async () => {
    const { id } = create();
    backend.control.failRest({ status: 503, times: 2, path: '/api/sessions/:id' });
    const statuses: number[] = [];
    for (const path of [`/${id}`, '', `/${id}`, `/${id}`]) {
      statuses.push((await rest(`/api/sessions${path}`)).status);
    }
    expect(statuses).toEqual([503, 200, 503, 200]);
    expect(backend.control.stats().counts.requests).toEqual({
      'GET /api/sessions/:id': 3,
      'GET /api/sessions': 1,
    });
  });

  it('reset, mislead, limit or leave without an answer', async () => {
    backend.control.failRest({ status: 'reset', times: 1 });
    await expect(rest('/api/sessions')).rejects.toMatchObject({ code: 'ECONNRESET' });
    backend.control.failRest({ status: 'html', times: 1 });
    expect((await rest('/api/sessions')).headers['content-type']).toContain('text/html');
    backend.control.retryAfter(7);
    expect(await rest('/api/sessions')).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    backend.control.failRest({ status: 'hang' });
    const hanging = rest('/api/sessions').catch(codeOf);
    await backend.until(() => backend.control.stats().requests.at(-1)?.status === 'hang');
    backend.control.healRest();
    expect((await rest('/api/sessions')).status).toBe(200);
    await backend.stop();
    expect(await hanging).toBe('ECONNRESET');
  });

  it('make an answer older than the event that overtook it', async () => {
    const { id } = create();
    const connection = await joined();
    backend.control.slowRest(200);
    let answered = false;
    const slow = showSession(id).finally(() => (answered = true));
    await backend.until(() => backend.control.stats().requests.length === 1);
    backend.control.updateSession(id, { status: 'failed' });
    expect((await connection.next())[4]).toMatchObject({ status: 'failed' });
    expect(answered).toBe(false);
    expect((await slow).status).toBe('active');
  });

  it('make an event later than the answer to the call that caused it', async () => {
    const { id } = create();
    const connection = await joined();
    backend.control.slowBroadcasts(100);
    await rest(`/api/sessions/${id}/cancel`, { method: 'POST' });
    expect(connection.pending).toEqual([]);
    expect((await connection.next())[4]).toMatchObject({ status: 'cancelled' });
  });
});

describe('control', () => {
  const control = (path: string, options: CallOptions = {}) =>
    call(`${backend.controlUrl}/control/${path}`, { method: 'POST', ...options });

  it('takes a list of arguments or a single one', async () => {
    const created = await control('createSession', { body: [2, { status: 'failed' }] });
    expect(JSON.parse(created.text)).toMatchObject({ user_id: 2, status: 'failed' });
    const issued = JSON.parse((await control('issueToken', { body: { userId: 2 } })).text) as string;
    expect((await rest('/api/sessions', { token: issued })).status).toBe(200);
    expect(await control('healRest')).toMatchObject({ status: 200, text: 'null' });
  });

  it('answers this machine alone, and no page of another site', async () => {
    for (const headers of [{ origin: 'https://elsewhere.test' }, { host: 'elsewhere.test' }]) {
      expect((await control('createSession', { headers })).status).toBe(403);
    }
    expect(backend.world.sessionsOf(1)).toEqual([]);
    const addresses = [
      '127.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '127.evil',
      undefined,
    ];
    expect(addresses.map(isLoopback)).toEqual([true, true, true, false, false, false, false]);
    expect(backend.controlUrl).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect((await call(`${backend.url}/control/dump`, { method: 'POST' })).status).toBe(404);
  });

  it('refuses what is no method and what a method cannot do', async () => {
    for (const name of ['constructor', '__proto__', 'toString', 'nonsense']) {
      expect((await control(name)).status).toBe(404);
    }
    expect((await call(`${backend.controlUrl}/control/dump`)).status).toBe(404);
    expect(await control('deleteSession', { body: [99] })).toMatchObject({ status: 400 });
  });

  it('sends a burst whole and in order', async () => {
    backend.control.bulk(3);
    const connection = await joined();
    expect(await backend.control.burst({ perSecond: 2000, seconds: 0.05 })).toEqual({ sent: 100 });
    for (let n = 0; n < 100; n += 1) {
      expect((await connection.next())[4]).toMatchObject({ state: { burst: n } });
    }
  });

  it('progress tells the same story for the same seed', () => {
    const stories = [1, 1, 2].map(story);
    expect(stories[0]).toEqual(stories[1]);
    expect(stories[0]).not.toEqual(stories[2]);
    const told = stories[0]?.join(' ') ?? '';
    for (const part of ['session_created', 'complete', 'failed']) expect(told).toContain(part);
  });
});

describe('a stopped server', () => {
  it('goes on from where it was when resumed on its port', async () => {
    const first = await startBackend({ seed: seedSamples });
    const kept = first.issueToken();
    const connection = await connect(first.url, kept);
    const held = first.control.dump();
    await first.stop();
    expect((await connection.closed).code).toBe(1006);

    const second = await startBackend({ port: first.port, resume: first });
    expect(second.control.dump()).toEqual(held);
    expect((await call(`${second.url}/api/sessions`, { token: kept })).status).toBe(200);
    await second.stop();
  });

  it('leaves no open handle: its process ends by itself', async () => {
    const args = [
      '--import',
      'tsx',
      join(__dirname, 'main.ts'),
      '--port',
      '0',
      '--progress',
      '--every-ms',
      '5',
    ];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve({ code, signal })));
    try {
      const [, url = '', issued = '', control = ''] = await printed(
        server.stdout,
        /server +(\S+)\ntoken +(\S+)\ncontrol +(\S+?)\/<method>\n/,
      );
      const connection = await connect(url, issued);
      await connection.join(TOPIC);
      expect((await connection.next())[3]).toMatch(/^session_/);
      await call(`${control}/failRest`, { method: 'POST', body: { status: 'hang' } });
      const hanging = call(`${url}/api/sessions`).catch(codeOf);
      await call(`${control}/slowBroadcasts`, { method: 'POST', body: 60_000 });
      await call(`${control}/muteSockets`, { method: 'POST', body: true });
      server.kill('SIGINT');
      expect(await ended).toEqual({ code: 0, signal: null });
      expect(await hanging).toBe('ECONNRESET');
    } finally {
      server.kill('SIGKILL');
    }
  });
});

function printed(output: Readable, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  return new Promise((resolve) =>
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match) resolve(match);
    }),
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function rest(path: string, options: CallOptions = {}) {
  return call(backend.url + path, { token, ...options });
}

async function list(as: string, query = ''): Promise<unknown[]> {
  const { data } = JSON.parse((await rest(`/api/sessions${query}`, { token: as })).text) as {
    data: Session[];
  };
  return data.map(({ id }) => id);
}

async function showSession(path: string | number): Promise<Session> {
  return (JSON.parse((await rest(`/api/sessions/${path}`)).text) as { data: Session }).data;
}

function create(fields: Partial<Session> = {}): Session {
  return backend.control.createSession(1, fields);
}

async function joined(joinRef?: string): Promise<Connection> {
  const connection = await connect(backend.url, token);
  await connection.join(TOPIC, joinRef);
  return connection;
}

/** Once it is answered, whatever the server sent before has arrived. */
async function heartbeat(connection: Connection): Promise<void> {
  connection.send([null, 'beat', 'phoenix', 'heartbeat', {}]);
  expect((await connection.next())[1]).toBe('beat');
}

function story(seed: number): string[] {
  const world = new World();
  const told: string[] = [];
  world.onBroadcast(({ event, session }) => told.push(`${event} ${session.id} ${session.status}`));
  const step = createProgress(world, 1, seed);
  for (let n = 0; n < 100; n += 1) step();
  return told;
}
