import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { AuthorizationResponses } from '../../../src/auth/authorizationResponses';
import { openLoopbackListener, type LoopbackListenerOptions } from '../../../src/auth/loopbackListener';
import { Secret } from '../../../src/model/secret';
import { never, recordedLog } from './signedIn';

const ANSWER = '/callback?code=c-1&state=s-1';
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('[A9] a listener for the answer of the browser', () => {
  test('hands it to the request with its state, and shows the page', async () => {
    const { target, port, answer } = await listen();
    const reply = await get(port, ANSWER);
    expect([reply.status, reply.text]).toEqual([200, '<p>done</p>']);
    expect(reply.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect((await answer)?.get('code')).toBe('c-1');
    expect(target.redirectUri).toBe(`http://127.0.0.1:${port}/callback`);
  });

  test.each<[string, { path: string; method?: string; host?: string }]>([
    ['a favicon', { path: '/favicon.ico' }],
    ['another path', { path: '/callback/x?code=c-1&state=s-1' }],
    ['no query', { path: '/callback' }],
    ['another state', { path: '/callback?code=c-1&state=other' }],
    ['no state', { path: '/callback?code=c-1' }],
    ['a POST', { path: ANSWER, method: 'POST' }],
    ['another host', { path: ANSWER, host: 'evil.example' }],
    ['another port in the host', { path: ANSWER, host: '127.0.0.1:1' }],
  ])('[X5] answers 404 to %s, and goes on waiting', async (_what, asked) => {
    const { port, answer } = await listen();
    expect(await get(port, asked.path, asked)).toMatchObject({ status: 404, text: '' });
    expect((await get(port, ANSWER)).status).toBe(200);
    expect((await answer)?.get('code')).toBe('c-1');
  });

  test('[X5] takes the answer once', async () => {
    const { port } = await listen();
    expect((await get(port, ANSWER)).status).toBe(200);
    expect((await get(port, ANSWER)).status).toBe(404);
  });

  test('is not ended by connections that say nothing, of which it has no more than 20', async () => {
    const { port, answer } = await listen();
    const silent = await Promise.all(Array.from({ length: 25 }, () => open(port)));
    await Promise.all(
      silent.slice(20).map(async (socket) => socket.destroyed || (await once(socket, 'close'))),
    );
    expect(silent.filter((socket) => !socket.destroyed)).toHaveLength(20);
    for (const socket of silent) socket.destroy();
    await expect
      .poll(() =>
        get(port, ANSWER)
          .then(({ status }) => status)
          .catch(() => 0),
      )
      .toBe(200);
    expect(await answer).toBeDefined();
  });

  test('leaves no connection behind, not even one that never said anything', async () => {
    const { target, port } = await listen();
    const silent = await open(port);
    expect((await get(port, ANSWER)).status).toBe(200);
    target.close();
    await expect.poll(() => silent.destroyed, { timeout: 5_000 }).toBe(true);
  });

  test('listens on 127.0.0.1 alone', async () => {
    const { port } = await listen();
    const socket = connect({ port, host: '127.0.0.2' });
    closing.push(() => socket.destroy());
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('takes its port again, and another where that is taken', async () => {
    const first = await listen();
    first.target.close();
    expect((await listen({ port: first.port })).port).toBe(first.port);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => other.close());
    const taken = (other.address() as AddressInfo).port;
    const { port, lines } = await listen({ port: taken });
    expect([port === taken, lines]).toEqual([false, [expect.stringContaining(`port ${taken} is taken`)]]);
  });

  test('knows the host under which the browser reaches it', async () => {
    const { target, port, answer } = await listen({
      externalAddress: (local) =>
        Promise.resolve(`https://forwarded.example/${new URL(local).port}/callback`),
    });
    expect(target.redirectUri).toBe(`https://forwarded.example/${port}/callback`);
    expect((await get(port, ANSWER, { host: 'forwarded.example' })).status).toBe(200);
    expect(await answer).toBeDefined();
  });

  test('is none where its address cannot be found out', async () => {
    const { log } = recordedLog();
    const target = await openLoopbackListener({
      ...{ port: undefined, responses: new AuthorizationResponses(), log, page },
      externalAddress: () => Promise.reject(new Error('no tunnel')),
    });
    expect(target).toBeUndefined();
  });
});

const page = () => ({ html: '<p>done</p>', styleHash: 'sha256-x' });

async function listen(options: Partial<LoopbackListenerOptions> = {}) {
  const { log, lines } = recordedLog();
  const responses = new AuthorizationResponses();
  const target = await openLoopbackListener({
    ...{ port: undefined, responses, log, page },
    externalAddress: (local) => Promise.resolve(local),
    ...options,
  });
  if (target?.port === undefined) throw new Error('no listener');
  closing.push(() => target.close());
  return { target, port: target.port, lines, answer: target.receive(new Secret('s-1'), never) };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  closing.push(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function get(port: number, path: string, { method = 'GET', host = `127.0.0.1:${port}` } = {}) {
  return new Promise<{ status: number; text: string; headers: object }>((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method, headers: { host } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
