import { afterEach, expect, it, vi } from 'vitest';
import { IDLE_TIMEOUT_MS } from '../../../src/http/exchange';
import { RestClient } from '../../../src/http/restClient';
import { sendCommand } from '../../../src/http/sessionCommands';
import { createLog } from '../../../src/log';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress } from '../../../src/model/serverAddress';
import type { SessionCommand } from '../../../src/model/sessionCommand';

afterEach(() => {
  vi.useRealTimers();
});

const NEXT: SessionCommand = { name: 'next', id: '7' };

/** REST of a server that answers so, and what it was asked, as `METHOD path body`. */
function start(answer: (init: RequestInit) => Response | Promise<Response>) {
  const address = parseServerAddress('https://mine.example/base');
  if (!address.ok) throw new Error('no address');
  const asked: string[] = [];
  const types: (string | null)[] = [];
  const rest = new RestClient(address.value, createLog({ log: () => {} }, 'Http'), (url, init) => {
    const { body, method = 'GET', headers } = init ?? {};
    asked.push(
      [method, (url as string).replace('https://mine.example', ''), (body ?? '') as string].join(' ').trim(),
    );
    types.push(new Headers(headers).get('content-type'));
    return Promise.resolve(init ?? {}).then(answer);
  });
  const { signal } = new AbortController();
  const access = { rest, token: new Secret('test'), signal };
  return { asked, types, send: (command: SessionCommand) => sendCommand(access, command) };
}

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const failing = (error: object) => () => Promise.reject(Object.assign(new Error('x'), error));

const REQUESTS: [SessionCommand, string][] = [
  [NEXT, 'GET /base/api/sessions/7/next-command'],
  [{ name: 'cancel', id: 'a b/c' }, 'POST /base/api/sessions/a%20b%2Fc/cancel {}'],
  [{ name: 'mode', id: '7', mode: 'auto' }, 'PUT /base/api/sessions/7/execution_mode/auto {}'],
  [
    { name: 'submit', id: '7', interactionId: 'i', result: { status: 'ok', code: 0 } },
    'POST /base/api/sessions/7/submit-result/i {"result":{"status":"ok","code":0}}',
  ],
  [
    { name: 'conversation', id: '7', conversationId: 'c' },
    'PUT /base/api/sessions/7/external_conversation_id {"external_conversation_id":"c"}',
  ],
  [
    { name: 'start', fields: { type: 'T', environment: 'cli', component_id: '3' } },
    'POST /base/api/sessions {"session":{"type":"T","environment":"cli","environment_type":"cli","component_id":3}}',
  ],
  [
    { name: 'start', fields: { type: 'T', component_id: '3f-uuid' } },
    'POST /base/api/sessions {"session":{"type":"T","component_id":"3f-uuid"}}',
  ],
];

it.each(REQUESTS)('[D3] %o is one request', async (command, request) => {
  const { asked, types, send } = start(() => json(200, { data: { id: 7, status: 'active' } }));
  expect(await send(command)).toEqual({ kind: 'done', session: { id: '7', status: 'active' } });
  expect([asked, types]).toEqual([[request], [command.name === 'next' ? null : 'application/json']]);
});

const REASONS: [number, unknown, string][] = [
  [
    422,
    { errors: { type: ["can't be blank", 'is invalid'], agent: ['no'] } },
    "type can't be blank, is invalid; agent no",
  ],
  [422, { error: 'Invalid execution mode', status: 'error' }, 'Invalid execution mode'],
  [409, { errors: { detail: 'Conflict' } }, 'Conflict'],
  [400, 'no JSON object', 'refused'],
  [422, { errors: { type: { deep: ['x'] } } }, 'type'],
  [422, { error: 'a\u001b[2Jb\nc\u202e' }, 'a [2Jb c'],
];

it.each(REASONS)(
  '[D3] %i with %o was without effect, for a reason in plain text',
  async (status, body, reason) => {
    const { asked, send } = start(() => json(status, body));
    expect(await send(NEXT)).toEqual({
      kind: 'refused',
      failure: {
        kind: 'commandRefused',
        detail: `GET /api/sessions/7/next-command: ${reason} (HTTP ${status})`,
      },
    });
    expect(asked).toHaveLength(1);
  },
);

it('[D3][H1] a reason of any size is one short line', async () => {
  const errors = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, n) => [`field${n}`, Array<string>(100).fill('x'.repeat(50))]),
  );
  const { send } = start(() => json(422, { errors }));
  const reply = await send(NEXT);
  expect(reply.kind === 'refused' && reply.failure.detail.length).toBeLessThan(400);
});

it('[D3] 404 is what the server lacks, and whether it says so itself', async () => {
  const replies = [{ error: 'Session not found' }, { errors: { detail: 'Not Found' } }].map(async (body) => {
    const reply = await start(() => json(404, body)).send(NEXT);
    return reply.kind === 'notFound' && reply.isSaid;
  });
  expect(await Promise.all(replies)).toEqual([true, false]);
});

const page = (status: number) => () =>
  new Response('<p>', { status, headers: { 'content-type': 'text/html' } });
const FAILURES: [string, () => Response | Promise<Response>, 'refused' | 'lost', string][] = [
  ['nobody listens', failing({ code: 'ECONNREFUSED' }), 'refused', 'unreachable'],
  ['the name is unknown', failing({ code: 'ENOTFOUND' }), 'refused', 'unreachable'],
  ['there is no route to it', failing({ code: 'ENETUNREACH', syscall: 'connect' }), 'refused', 'unreachable'],
  ['its certificate is not trusted', failing({ code: 'CERT_HAS_EXPIRED' }), 'refused', 'tlsRefused'],
  ['the token is refused', () => json(401, {}), 'refused', 'unauthorized'],
  ['it wants fewer requests', () => json(429, {}), 'refused', 'rateLimited'],
  ['a redirect answers', () => new Response(null, { status: 302 }), 'refused', 'notCodeMySpec'],
  ['a page forbids it', page(403), 'refused', 'notCodeMySpec'],
  ['the connection is reset', failing({ code: 'ECONNRESET' }), 'lost', 'unreachable'],
  ['the route is lost on the way', failing({ code: 'EHOSTUNREACH', syscall: 'read' }), 'lost', 'unreachable'],
  ['the other side hangs up', failing({ code: 'UND_ERR_SOCKET' }), 'lost', 'unreachable'],
  ['the server fails', () => json(500, {}), 'lost', 'serverError'],
  ['a gateway waited in vain', () => json(504, {}), 'lost', 'unavailable'],
  ['a page answers', page(200), 'lost', 'notCodeMySpec'],
  ['the answer is no session', () => json(200, { data: [] }), 'lost', 'unreadable'],
  ['the answer is no JSON', () => new Response('{"data":{"id":'), 'lost', 'unreadable'],
];

it.each(FAILURES)('[D3] where %s, it is sent once, and %s tells that', async (_, answer, kind, failure) => {
  const { asked, send } = start(answer);
  const reply = await send(NEXT);
  expect([reply.kind, 'failure' in reply && reply.failure.kind]).toEqual([kind, failure]);
  expect(asked).toHaveLength(1);
});

it('[D3] where nothing answers, it is sent once, and lost', async () => {
  vi.useFakeTimers();
  const { asked, send } = start(({ signal }) => {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  const reply = send(NEXT);
  await vi.advanceTimersByTimeAsync(IDLE_TIMEOUT_MS);
  expect(await reply).toMatchObject({ kind: 'lost', failure: { kind: 'timeout' } });
  expect(asked).toHaveLength(1);
});

it('[D3] what no address can carry is not sent', async () => {
  const { asked, send } = start(() => json(200, {}));
  for (const mode of ['..', '.', '', '\ud800']) {
    expect(await send({ name: 'mode', id: '7', mode })).toMatchObject({ kind: 'refused' });
  }
  expect(asked).toEqual([]);
});
