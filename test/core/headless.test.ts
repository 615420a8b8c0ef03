import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { startBackend, type Backend } from '../backend/backend';
import { truth } from './startedCore';

interface Line {
  kind: 'state' | 'sessions' | 'dump' | 'inspector' | 'command' | 'output';
  at: number;
  from?: string;
  to?: string;
  event?: string;
  state?: string;
  url?: string;
  count?: number;
  changed?: string[];
  sessions?: { id: string; type: string; status: string }[];
}

let backend: Backend;
beforeEach(async () => {
  backend = await startBackend();
  backend.control.bulk(2);
});
afterEach(() => backend.stop());

it('runs the core in a terminal: states and sessions on stdout, commands on stdin', async () => {
  const headless = run('--server', backend.url, '--token', backend.issueToken());
  await vi.waitFor(() => expect(headless.states()).toContain('connected.live'), 10_000);
  expect(headless.lines.find(({ kind }) => kind === 'sessions')).toMatchObject({ count: 2 });
  headless.type('refresh');
  await vi.waitFor(
    () => expect(headless.states().slice(-2)).toEqual(['connected.syncing', 'connected.live']),
    5_000,
  );
  headless.type('reconnect');
  await vi.waitFor(() => expect(headless.states()).toContain('reconnecting'), 5_000);
  await vi.waitFor(() => expect(headless.states().at(-1)).toBe('connected.live'), 5_000);
  headless.type('dump');
  await vi.waitFor(() => expect(headless.lines.at(-1)?.kind).toBe('dump'), 5_000);
  const dump = headless.lines.at(-1);
  expect(dump?.state).toBe('connected.live');
  expect(dump?.sessions?.map(({ id, status }) => `${id}:${status}`).sort()).toEqual(truth(backend));
  for (const line of headless.lines.filter(({ kind }) => kind === 'state')) {
    expect(line).toEqual({
      kind: 'state',
      at: expect.any(Number) as number,
      from: line.from,
      to: line.to,
      event: line.event,
    });
  }
  headless.type('quit');
  expect(await headless.exit).toBe(0);
});

it('[S15] follows a session, and prints its live output', async () => {
  const later = await startBackend({ generation: '2' });
  const { id } = later.control.createSession(1);
  const headless = run('--server', later.url, '--token', later.issueToken());
  await vi.waitFor(() => expect(headless.states()).toContain('connected.live'), 10_000);
  headless.type(`follow ${id}`);
  await vi.waitFor(() => expect(later.control.joinedTopics()).toContain(`session:${id}`), 5_000);
  const sent_at = '2026-01-01T00:00:00.000000Z';
  later.control.sessionEvent(id, { event_type: 'line', sent_at, data: { text: 'one' } });
  await vi.waitFor(() => expect(headless.lines.at(-1)?.kind).toBe('output'), 5_000);
  expect(headless.lines.at(-1)).toEqual({
    kind: 'output',
    sessionId: `${id}`,
    at: expect.any(Number) as number,
    events: [{ type: 'line', sentAt: sent_at, data: { text: 'one' } }],
    leftOut: 0,
  });
  headless.type('quit');
  expect(await headless.exit).toBe(0);
  await later.stop();
});

it('[D3] takes commands to sessions as lines, and answers each with one', async () => {
  const headless = run('--server', backend.url, '--token', backend.issueToken());
  await vi.waitFor(() => expect(headless.states()).toContain('connected.live'), 10_000);
  const { id } = backend.control.createSession(1);
  await vi.waitFor(() => expect(headless.lines.at(-1)?.changed).toContain(String(id)), 5_000);
  const answers: object[] = [];
  const ask = async (line: string) => {
    headless.type(line);
    const commands = () => headless.lines.filter(({ kind }) => kind === 'command');
    await vi.waitFor(() => expect(commands()).toHaveLength(answers.length + 1), 5_000);
    const { at, ...answer } = commands().at(-1)!;
    answers.push(answer);
    return [typeof at, answer];
  };
  const done = (command: string) => ['number', { kind: 'command', command, id: `${id}`, outcome: 'done' }];
  expect(await ask(`next ${id}`)).toEqual(done('next'));
  const interaction = backend.world.find(id)?.interactions[0]?.id;
  expect(await ask(`submit ${id} ${interaction} {"status": "ok", "stdout": "two words"}`)).toEqual(
    done('submit'),
  );
  expect(await ask(`conversation ${id} two words`)).toEqual(done('conversation'));
  expect(await ask(`mode ${id} auto`)).toMatchObject(['number', { failure: { kind: 'unsupported' } }]);
  expect(await ask(`cancel ${id}`)).toEqual(done('cancel'));
  expect(backend.world.find(id)).toMatchObject({
    ...{ status: 'cancelled', external_conversation_id: 'two words' },
    interactions: [{ result: { status: 'ok', stdout: 'two words' } }],
  });
  expect(await ask('cancel nobody')).toMatchObject(['number', { failure: { kind: 'sessionNotFound' } }]);
  expect(await ask('start {"type": "ContextSpecSessions"}')).toMatchObject(['number', { outcome: 'done' }]);
  backend.control.failRest({ status: 'reset', times: 1, method: 'POST', path: '/api/sessions' });
  expect(await ask('start {"type": "ContextSpecSessions"}')).toMatchObject([
    'number',
    { outcome: 'unknown', settled: 'unknown', failure: { kind: 'unreachable' } },
  ]);
  headless.type('start nonsense');
  await vi.waitFor(() => expect(headless.errors.join('')).toContain('JSON'), 5_000);
  headless.type('quit');
  expect(await headless.exit).toBe(0);
}, 30_000);

it('[X4] writes nothing of a session that a terminal would obey, and loses none of it', async () => {
  const hostile = 'a\u001b[2J\u009b2J\u202eb\u2028c\nd';
  backend.control.createSession(1, { type: hostile, status: 'active' });
  const headless = run('--server', backend.url, '--token', backend.issueToken());
  await vi.waitFor(() => expect(headless.states()).toContain('connected.live'), 10_000);
  headless.type('dump');
  await vi.waitFor(() => expect(headless.lines.at(-1)?.kind).toBe('dump'), 5_000);
  expect(headless.lines.at(-1)?.sessions?.map(({ type }) => type)).toContain(hostile);
  expect(headless.raw.join('')).not.toMatch(/[^\P{Cc}\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
  headless.type('quit');
  expect(await headless.exit).toBe(0);
});

it('[X3] with --inspect it offers an inspector on this computer, which is told the states and no token', async () => {
  const token = backend.issueToken();
  const headless = run('--server', backend.url, '--token', token, '--inspect');
  await vi.waitFor(() => expect(headless.lines[0]).toMatchObject({ kind: 'inspector' }), 10_000);
  const url = headless.lines[0]!.url!;
  const page = new WebSocket(url.replace('http', 'ws'), { origin: url });
  const told: string[] = [];
  page.on('message', (data: Buffer) => told.push(data.toString()));
  await vi.waitFor(() => expect(told.join()).toContain('"live":{"settled":"quiet"}'), 10_000);
  expect(await (await fetch(url)).text()).toContain('<iframe src="https://stately.ai/inspect">');
  expect(told.filter((message) => message.includes(token))).toEqual([]);
  headless.type('quit');
  expect(await headless.exit).toBe(0);
});

it('says how it is used when it is used wrongly', async () => {
  const headless = run('--server', backend.url);
  expect(await headless.exit).toBe(2);
  expect(headless.errors.join('')).toMatch('--token T');
});

function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/headless.ts', ...args], {
    env: { ...process.env, CODEMYSPEC_TOKEN: '' },
  });
  const lines: Line[] = [];
  const errors: string[] = [];
  const raw: string[] = [];
  child.stdout.on('data', (data: Buffer) => raw.push(data.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  child.stderr.on('data', (data: Buffer) => errors.push(data.toString()));
  return {
    lines,
    raw,
    errors,
    states: () => lines.flatMap(({ kind, to }) => (kind === 'state' ? [to] : [])),
    type: (line: string) => child.stdin.write(`${line}\n`),
    exit: new Promise<number | null>((resolve) => child.on('exit', resolve)),
  };
}
