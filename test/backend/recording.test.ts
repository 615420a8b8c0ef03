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

const SIGN_IN_ROUTES = [
  'GET /.well-known/oauth-authorization-server',
  'POST /oauth/register',
  'POST /oauth/token',
];

const lines = readFileSync(join(__dirname, 'wire/g1.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line);
const restLines = lines.filter((line) => 'rest' in line);
const played = restLines.filter((line) => !SIGN_IN_ROUTES.includes(line.rest));
const upgrades = lines.filter((line) => 'upgrade' in line);
const frames = lines.filter((line) => 'send' in line || 'recv' in line || 'close' in line);

let backend: Backend;
let tokens: Record<string, string | undefined>;
/** A UUID of the recording to the one this server made in its place. */
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
  it('is replayed whole but for sign-in', () => {
    const isSignIn = (route: string) => /\/oauth\/|\/\.well-known\//.test(route);
    const skipped = restLines.filter((line) => !played.includes(line)).map((line) => line.rest);
    expect(new Set(skipped)).toEqual(new Set(SIGN_IN_ROUTES));
    expect(restLines.map((line) => line.rest).filter(isSignIn)).toEqual(skipped);
    expect([played.length, upgrades.length, frames.length]).toEqual([18, 4, 24]);
  });

  it.each(played.map((line, n) => [`${n + 1} ${line.rest}, token ${line.token}`, line] as const))(
    'answers %s',
    async (_title, line) => {
      const { status, headers, text } = await replay(line);
      learnIds(line.body, text);
      expect({
        status,
        headers: pick(headers, line.headers),
        body: normal(typeof line.body === 'string' ? text : JSON.parse(text)),
      }).toEqual({ status: line.status, headers: onThisServer(line.headers), body: normal(line.body) });
    },
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

function replay(line: RestLine): Promise<Reply> {
  const [method = '', path = ''] = line.rest.split(' ');
  const token = tokens[line.token];
  const known = path.replace(/[0-9a-f-]{36}/, (id) => ids.get(id) ?? id);
  return call(backend.url + known, {
    method,
    ...(token === undefined ? {} : { token }),
    ...(line.sent === undefined ? {} : { body: line.sent }),
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

function learnIds(recorded: unknown, answered: string): void {
  const made = uuids(typeof recorded === 'string' ? answered : sorted(JSON.parse(answered)));
  uuids(sorted(recorded)).forEach((id, index) => ids.set(id, made[index] ?? id));
}

/** Times and UUIDs become their own description; everything else has to be the very same. */
function normal(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, 'a microsecond')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'a second')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'a UUID');
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

function onThisServer(headers: Record<string, string>): Record<string, string> {
  return JSON.parse(JSON.stringify(headers).replaceAll('http://localhost:4000', backend.url)) as Record<
    string,
    string
  >;
}
