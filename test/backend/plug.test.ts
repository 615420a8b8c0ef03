import { afterEach, beforeEach, expect, it } from 'vitest';
import { startBackend, type Backend } from './backend';
import { call } from './call';
import { connect, socketUrl, upgrade } from './connect';
import { createPlug } from './plug';

let backend: Backend;

beforeEach(async () => {
  backend = await startBackend();
});

afterEach(() => backend.stop());

it('is pulled for the live updates, then for the whole server, and put back', async () => {
  const token = backend.issueToken();
  const rest = () =>
    call(`${backend.url}/api/sessions`, { token }).then(
      ({ status }) => status,
      () => 'reset',
    );
  const socket = async () => {
    const answer = await upgrade(socketUrl(backend.url, token));
    if ('status' in answer) return answer.status;
    answer.ws.terminate();
    return 'open';
  };
  const turnPlug = createPlug(backend.control);
  const { closed } = await connect(backend.url, token);
  const turned = [turnPlug(), await socket(), await rest()];
  expect((await closed).code).toBe(1006);
  expect([turned, [turnPlug(), await socket(), await rest()]]).toEqual([
    ['no live updates: the sessions are polled', 503, 200],
    ['the server is out of reach', 503, 'reset'],
  ]);
  expect([turnPlug(), await socket(), await rest()]).toEqual(['the server is back', 'open', 200]);
  expect(turnPlug()).toBe('no live updates: the sessions are polled');
});
