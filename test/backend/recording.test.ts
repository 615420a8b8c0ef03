import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from './backend';
import { call, type Reply } from './call';
import { connect, socketUrl, upgrade, type Connection } from './connect';
import type { Frame } from './phoenixSocket';

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

type FrameLine = { send: Frame } | { recv: Frame } | { close: number; reason: string };
type Line = RestLine | UpgradeLine | FrameLine | { comment: string };

const lines = recorded('g1');
const played = lines.filter((line) => 'rest' in line);
const upgrades = lines.filter((line) => 'upgrade' in line);
const frames = lines.filter((line) => 'send' in line || 'recv' in line || 'close' in line);

let backend: Backend;
let tokens: Record<string, string | undefined>;
/** A UUID or a client's credential of the recording to the one this server made in its place. */
const ids = new Map<string, string>();

beforeAll(async () => {
  backend = await startBackend({ me: true });
  // The recording's sessions bear the ids 4 and 5.
  backend.control.bulk(3, 2);
  backend.control.createSession(1, { component_id: 1 });
  backend.control.createSession(1, { component_id: 1, status: 'complete' });
  tokens = {
    good: backend.issueToken(),
    'expired-token': backend.issueToken({ lifetimeS: -1 }),
    nonsense: 'nonsense',
  };
});

afterAll(() => backend.stop());

describe('the recorded G1 server', () => {
  it('is replayed whole', () => {
    expect([played.length, upgrades.length, frames.length]).toEqual([23, 4, 24]);
  });

  it.each(played.map((line, n) => [`${n + 1} ${line.rest}, token ${line.token}`, line] as const))(
    'answers %s',
    (_title, line) => expectAnswer(line),
  );

  it.each(upgrades.map((line) => [line.upgrade, line] as const))(
    'answers an upgrade with %s',
    async (name, line) => {
      const token = /^(good|expired) token/.exec(name)?.[1];
      const headers: Record<string, string> = name.includes('Origin')
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
    },
  );

  it('sends the same frames in the same order', async () => {
    const connection = await connect(backend.url, tokens.good ?? '');
    for (const [index, line] of frames.entries()) {
      if ('send' in line) connection.send(line.send);
      else await expectLine(connection, line, frames[index - 1]);
    }
    expect(connection.pending).toEqual([]);
  });

  it('is told apart from a server that answers otherwise', async () => {
    backend.control.failRest({ status: 'html', times: 1 });
    const [line] = played as [RestLine];
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

describe.each(['g2', 'g3'])('the recorded %s server', (name) => {
  const signIn = recorded(name).filter(
    (line) => 'rest' in line && / \/(oauth|\.well-known)\//.test(line.rest),
  ) as RestLine[];

  it('is replayed in all of its OAuth', () => {
    expect(signIn).toHaveLength(5);
  });

  it.each(signIn.map((line, n) => [`${n + 1} ${line.rest}`, line] as const))('answers %s', (_title, line) =>
    expectAnswer(line),
  );
});

function recorded(name: string): Line[] {
  return readFileSync(join(__dirname, `wire/${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function expectAnswer(line: RestLine): Promise<void> {
  const { status, headers, text } = await replay(line);
  learnIds(line.body, text);
  expect({
    status,
    headers: pick(headers, line.headers),
    body: normal(typeof line.body === 'string' ? text : JSON.parse(text)),
  }).toEqual({
    status: line.status,
    headers: onThisServer(line.headers),
    body: normal(onThisServer(line.body)),
  });
}

function replay(line: RestLine): Promise<Reply> {
  const [method = '', path = ''] = line.rest.split(' ');
  const token = tokens[line.token];
  const known = path.replace(/[0-9a-f-]{36}/, (id) => ids.get(id) ?? id);
  return call(backend.url + known, {
    method,
    ...(token === undefined ? {} : { token }),
    ...(line.sent === undefined ? {} : { body: withMadeCredentials(line.sent) }),
  });
}

async function expectLine(connection: Connection, line: FrameLine, before?: FrameLine): Promise<void> {
  if ('close' in line) {
    backend.control.dropSockets({ code: line.close });
    expect(await connection.closed).toEqual({ code: line.close, reason: line.reason });
  } else if ('recv' in line) {
    const causedByClient = before !== undefined && 'send' in before;
    if (!causedByClient) cause(line.recv[3]);
    expect(normal(await connection.next())).toEqual(normal(line.recv));
  }
}

/** Makes happen on this server what happened on the recorded one. */
function cause(event: string): void {
  const newest = backend.world.sessionsOf(1).at(-1)?.id ?? 0;
  if (event === 'session_created') backend.control.createSession(1, { component_id: 1 });
  else if (event === 'session_updated') backend.control.updateSession(newest, { status: 'complete' });
  else if (event === 'session_deleted') backend.control.deleteSession(newest);
  else if (event === 'phx_error') backend.control.crashChannel();
  else if (event !== 'phx_close') throw new Error(`nothing causes ${event}`);
}

function learnIds(expected: unknown, answered: string): void {
  const made = uuids(typeof expected === 'string' ? answered : sorted(JSON.parse(answered)));
  uuids(sorted(expected)).forEach((id, index) => ids.set(id, made[index] ?? id));
  if ((expected as { client_id?: string }).client_id !== 'CLIENT_ID') return;
  const registered = JSON.parse(answered) as { client_id: string; client_secret: string };
  ids.set('CLIENT_ID', registered.client_id).set('CLIENT_SECRET', registered.client_secret);
}

function withMadeCredentials(sent: unknown): unknown {
  return JSON.parse(JSON.stringify(sent).replace(/CLIENT_(ID|SECRET)/g, (name) => ids.get(name) ?? name));
}

/** Times, UUIDs and a client's credentials become their own description; everything else has to be the very same. */
function normal(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, 'a microsecond')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'a second')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'a UUID')
    .replace(/"client_id":"(CLIENT_ID|mcp_[\w-]{22})"/g, '"client_id":"a client id"')
    .replace(/"client_secret":"(CLIENT_SECRET|[\w-]{43})"/g, '"client_secret":"a client secret"');
  return JSON.parse(text);
}

function uuids(text: string): string[] {
  return text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
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
