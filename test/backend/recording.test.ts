import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type Backend, type BackendOptions } from './backend';
import { call, type Reply } from './call';
import { connect, socketUrl, upgrade, type Connection } from './connect';
import type { Frame } from './phoenixSocket';
import type { PresenceMode } from './presence';

interface RestLine {
  rest: string;
  token: string;
  sent?: unknown;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

interface UpgradeLine {
  upgrade: string;
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

type FrameLine = { send: Frame } | { recv: Frame } | { close: number; reason: string } | { comment: string };
type Line = RestLine | UpgradeLine | FrameLine;

const G1 = { generation: '1', me: true } as const;
const RECORDINGS = [
  { name: 'g1', options: G1, counts: [23, 4, 24] },
  // Recorded from a server between the second and the third.
  { name: 'g2', options: { generation: '2-late' } as const, counts: [22, 4, 40] },
  { name: 'g3', options: { generation: '3' } as const, counts: [21, 4, 39] },
];
const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const AGENT_TASK = { component_id: 1, type: 'ComponentCode' };

let backend: Backend;
let generation: BackendOptions['generation'];
let tokens: Record<string, string | undefined>;
/** A UUID or a client's credential of the recording to the one this server made in its place. */
const ids = new Map<string, string>();

async function start(name: string, options: BackendOptions): Promise<void> {
  generation = options.generation;
  backend = await startBackend(options);
  ids.clear();
  const { createSession } = backend.control;
  if (name === 'g1') {
    // The recording's sessions bear the ids 4 and 5.
    backend.control.bulk(3, 2);
    createSession(1, { component_id: 1 });
    createSession(1, { component_id: 1, status: 'complete' });
  } else {
    const statuses = name === 'g2' ? ['active', 'complete'] : ['complete', 'active'];
    for (const status of statuses) createSession(1, { ...AGENT_TASK, status });
  }
  tokens = {
    good: backend.issueToken(),
    'expired-token': backend.issueToken({ lifetimeS: -1 }),
    nonsense: 'nonsense',
  };
}

describe.each(RECORDINGS)('the recorded server $name', ({ name, options, counts }) => {
  const lines = recorded(name);
  const played = lines.filter((line): line is RestLine => 'rest' in line && wasPlayed(name, line));
  const upgrades = lines.filter((line) => 'upgrade' in line);
  const frames = lines.slice(lines.findIndex((line) => 'send' in line)) as FrameLine[];

  beforeAll(() => start(name, options));
  afterAll(() => backend.stop());

  it('is replayed whole', () => {
    const said = frames.filter((line) => !('comment' in line));
    expect([played.length, upgrades.length, said.length]).toEqual(counts);
  });

  it.each(played.map((line, n) => [`${n + 1} ${line.rest}, token ${line.token}`, line] as const))(
    'answers %s',
    (_title, line) => expectAnswer(line),
  );

  it.each(upgrades.map((line) => [line.upgrade, line] as const))(
    'answers an upgrade with %s',
    (_title, line) => expectUpgrade(line),
  );

  it('sends the same frames in the same order', async () => {
    const connection = await connect(backend.url, tokens.good ?? '');
    for (const [index, line] of frames.entries()) {
      if ('send' in line) {
        if (options !== G1) backend.control.presence(presenceAfter(frames.slice(index + 1)));
        connection.send(withOwnIds(line.send) as Frame);
      } else await expectLine(connection, line, frames[index - 1], frames[index + 1]);
    }
    expect(connection.pending).toEqual([]);
  });
});

describe('a recording', () => {
  beforeAll(() => start('g1', G1));
  afterAll(() => backend.stop());

  it('is told apart from a server that answers otherwise', async () => {
    backend.control.failRest({ status: 'html', times: 1 });
    const [line] = recorded('g1') as [RestLine];
    const { status, headers, text } = await replay(line);
    expect(status).toBe(line.status);
    expect(pick(headers, line.headers)).not.toEqual(line.headers);
    expect(normal({ text })).not.toEqual(normal(line.body));
    expect(normal({ id: 1, state: null })).not.toEqual(normal({ id: 1 }));
    expect(normal({ updated_at: '2026-11-22T23:16:03.155993Z' })).not.toEqual(
      normal({ updated_at: '2026-11-22T23:16:03Z' }),
    );
  });
});

/** The names of projects and components are made up: theirs begin with a UUID. */
function recorded(name: string): Line[] {
  return readFileSync(join(__dirname, `wire/${name}.jsonl`), 'utf8')
    .replaceAll('Component273f', 'Component1')
    .replaceAll('Projecta33e', 'Project101')
    .replaceAll('Project a33e', 'Project 101')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** What was recorded did not have the list of projects, which G2 and G3 have. */
function wasPlayed(name: string, { rest }: RestLine): boolean {
  return name === 'g1' || rest !== 'GET /api/projects';
}

async function expectAnswer(line: RestLine): Promise<void> {
  const { status, headers, text } = await replay(line);
  learnIds(line.body, typeof line.body === 'string' ? text : JSON.parse(text));
  expect({
    status,
    headers: normal(pick(headers, line.headers)),
    body: normal(typeof line.body === 'string' ? text : JSON.parse(text)),
  }).toEqual({
    status: line.status,
    headers: normal(onThisServer(line.headers)),
    body: normal(onThisServer(line.body)),
  });
}

async function expectUpgrade(line: UpgradeLine): Promise<void> {
  const token = /^(good|expired) token/.exec(line.upgrade)?.[1];
  const headers: Record<string, string> = line.upgrade.includes('Origin')
    ? { origin: 'https://elsewhere.test' }
    : {};
  const url = socketUrl(backend.url, tokens[token === 'expired' ? 'expired-token' : (token ?? '')]);
  const answer = await upgrade(url, headers);
  if ('ws' in answer) {
    answer.ws.terminate();
    expect(line.status).toBe(101);
  } else {
    const { status, text } = answer;
    expect({ status, headers: pick(answer.headers, line.headers ?? {}), body: text }).toEqual({
      status: line.status,
      headers: line.headers,
      body: line.body,
    });
  }
}

function replay(line: RestLine): Promise<Reply> {
  const [method = '', path = ''] = line.rest.split(' ');
  const token = tokens[line.token];
  return call(backend.url + (withOwnIds(path) as string), {
    method,
    ...(token === undefined ? {} : { token }),
    ...(line.sent === undefined ? {} : { body: withOwnIds(line.sent) }),
  });
}

async function expectLine(
  connection: Connection,
  line: FrameLine,
  before?: FrameLine,
  after?: FrameLine,
): Promise<void> {
  if ('close' in line) {
    backend.control.dropSockets({ code: line.close });
    expect(await connection.closed).toEqual({ code: line.close, reason: line.reason });
  } else if ('recv' in line) {
    const causedByClient = before !== undefined && 'send' in before;
    if (!causedByClient) cause(line.recv[3], after !== undefined && 'comment' in after);
    const frame = await connection.next();
    expect(normal(frame)).toEqual(normal(line.recv));
    learnIds(line.recv, frame);
  }
}

/** Makes happen on this server what happened on the recorded one. */
function cause(event: string, isCommented: boolean): void {
  const { control, world } = backend;
  const fields = generation === '1' ? { component_id: 1 } : AGENT_TASK;
  const newest = world.sessionsOf(1).at(-1)?.id ?? 0;
  const data = { message: 'Claude needs your permission' };
  if (event === 'session_created') control.createSession(1, fields);
  else if (event === 'session_updated') control.updateSession(newest, { status: 'complete' });
  else if (event === 'session_activity') control.activity(newest);
  else if (event === 'session_mode_updated') control.setMode(newest, 'auto');
  else if (event === 'notification_hook') control.notify(newest, 'permission_prompt', data);
  else if (event === 'session_event_received') control.sessionEvent(newest);
  else if (event === 'session_deleted') control.deleteSession(newest);
  else if (event === 'phx_error' && isCommented)
    world.announce(world.sessionsOf(1)[0]?.id ?? 0, 'step_started');
  // Without a comment it is the creation that crashed the channel.
  else if (event === 'phx_error') control.createSession(1, fields);
  else if (!/^(phx_close|presence_(diff|state))$/.test(event)) throw new Error(`nothing causes ${event}`);
}

/** What the recorded server told of who is there, after its reply to a join. */
function presenceAfter(following: FrameLine[]): PresenceMode {
  const events = following.slice(1, 3).map((line) => ('recv' in line ? line.recv[3] : ''));
  if (events.includes('presence_state')) return events[0] === 'presence_diff' ? 'on' : 'state';
  return 'diff';
}

function learnIds(expected: unknown, answered: unknown): void {
  const made = uuids(sorted(answered));
  uuids(sorted(expected)).forEach((id, index) => ids.set(id, made[index] ?? id));
  if ((expected as { client_id?: string }).client_id !== 'CLIENT_ID') return;
  const registered = answered as { client_id: string; client_secret: string };
  ids.set('CLIENT_ID', registered.client_id).set('CLIENT_SECRET', registered.client_secret);
}

function withOwnIds(sent: unknown): unknown {
  const text = JSON.stringify(sent).replace(UUIDS, (id) => ids.get(id) ?? id);
  return JSON.parse(text.replace(/CLIENT_(ID|SECRET)/g, (name) => ids.get(name) ?? name));
}

/** Times, UUIDs and a client's credentials become their own description; everything else has to be the very same. */
function normal(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, 'a microsecond')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'a second')
    .replace(UUIDS, 'a UUID')
    .replace(/"online_at":"\d{10}"/g, '"online_at":"a time"')
    .replace(/"phx_ref":"[\w-]{16}"/g, '"phx_ref":"a phx_ref"')
    .replace(/"client_id":"(CLIENT_ID|mcp_[\w-]{22})"/g, '"client_id":"a client id"')
    .replace(/"client_secret":"(CLIENT_SECRET|[\w-]{43})"/g, '"client_secret":"a client secret"');
  return JSON.parse(text);
}

function uuids(text: string): string[] {
  return text.match(UUIDS) ?? [];
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => a.localeCompare(b)))
      : each,
  );
}

/** The telling headers, content type included so that one too many shows. */
function pick(headers: Reply['headers'], wanted: Record<string, string>): Record<string, unknown> {
  const names = new Set([...Object.keys(wanted), 'content-type', 'location', 'www-authenticate']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.has(name)));
}

function onThisServer(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('http://localhost:4000', backend.url));
}
