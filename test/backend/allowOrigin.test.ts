import { afterEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from './backend';
import { call } from './call';
import { socketUrl, upgrade } from './connect';

/** Pages of other origins, such as an editor that runs only in a browser. */

const EDITOR = 'https://editor.test';

let backend: Backend;
afterEach(() => backend.stop());

const corsOf = (headers: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

const ask = (path: string, origin: string, method = 'GET') =>
  call(backend.url + path, {
    method,
    headers: {
      origin,
      ...(method === 'OPTIONS' && {
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      }),
    },
  });

const upgradeAs = async (origin: string) => {
  const answer = await upgrade(socketUrl(backend.url, backend.issueToken()), { origin });
  return 'status' in answer ? answer.status : 101;
};

describe('a server that allows an origin', () => {
  const start = async () => (backend = await startBackend({ allowOrigin: EDITOR }));
  const allowed = {
    'access-control-allow-origin': EDITOR,
    'access-control-expose-headers': 'www-authenticate, retry-after',
  };

  it('lets its pages read answers, and send tokens', async () => {
    await start();
    expect(corsOf((await ask('/api/sessions', EDITOR)).headers)).toEqual(allowed);
    expect(corsOf((await ask('/oauth/token', EDITOR)).headers)).toEqual(allowed);
    const preflight = await ask('/api/sessions', EDITOR, 'OPTIONS');
    expect([preflight.status, corsOf(preflight.headers)]).toEqual([
      204,
      {
        ...allowed,
        'access-control-allow-methods': 'GET, POST, PUT',
        'access-control-allow-headers': 'authorization, content-type',
        'access-control-max-age': '600',
      },
    ]);
    expect(await upgradeAs(EDITOR)).toBe(101);
  });

  it('lets no other in', async () => {
    await start();
    expect(corsOf((await ask('/api/sessions', 'https://elsewhere.test')).headers)).toEqual({});
    expect((await ask('/api/sessions', 'https://elsewhere.test', 'OPTIONS')).status).toBe(404);
    expect(await upgradeAs('https://elsewhere.test')).toBe(403);
  });
});

it('a server that allows none lets no page in: only its metadata is for everybody', async () => {
  backend = await startBackend();
  for (const path of ['/api/sessions', '/oauth/token', '/oauth/register']) {
    expect(corsOf((await ask(path, EDITOR)).headers)).toEqual({});
    const preflight = await ask(path, EDITOR, 'OPTIONS');
    expect([path, corsOf(preflight.headers)]).toEqual([path, {}]);
  }
  expect(corsOf((await ask('/.well-known/oauth-authorization-server', EDITOR)).headers)).toEqual({
    'access-control-allow-origin': '*',
  });
  expect(await upgradeAs(EDITOR)).toBe(403);
});
