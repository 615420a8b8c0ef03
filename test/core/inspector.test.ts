import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { startInspectorServer, type InspectorServer } from '../../src/inspector/inspectorServer';
import { startBackend, type Backend } from '../backend/backend';
import { startCore } from './startedCore';

interface Message {
  type: string;
  sessionId: string;
  name?: string;
  definition?: string;
  event?: { type: string };
  snapshot?: { value?: unknown; context?: Record<string, unknown> };
}

const TEXT = 'nobody’s business';

let backend: Backend;
let inspector: InspectorServer;
let core: ReturnType<typeof startCore>['core'] | undefined;

beforeEach(async () => {
  [backend, inspector] = await Promise.all([startBackend(), startInspectorServer()]);
});
afterEach(async () => {
  core?.dispose();
  core = undefined;
  inspector.stop();
  await backend.stop();
});

async function start(token = backend.issueToken({ userId: 1 })) {
  backend.control.createSession(1, { type: TEXT, state: { said: TEXT } });
  const started = startCore(backend, { token, inspect: inspector.inspect });
  core = started.core;
  await started.reach('connected.live');
  return started;
}

const LIVE = {
  active: {
    link: { open: { joined: 'serving' } },
    sync: { connected: { live: { settled: 'quiet' } } },
  },
};

async function openPage() {
  const texts: string[] = [];
  const page = new WebSocket(inspector.url.replace('http', 'ws'), { origin: inspector.url });
  page.on('message', (data: Buffer) => texts.push(data.toString()));
  await once(page, 'open');
  const messages = () => texts.map((text) => JSON.parse(text) as Message);
  const named = (name: string) => messages().find((each) => each.name === name);
  /** The connection as it was told last. */
  const connection = () => {
    const id = named('connection')?.sessionId;
    return messages().findLast(({ type, sessionId }) => type === '@xstate.snapshot' && sessionId === id)
      ?.snapshot;
  };
  const untilLive = () => vi.waitFor(() => expect(connection()?.value).toEqual(LIVE));
  return { texts, messages, named, connection, untilLive };
}

it('the inspector is told of each actor, with the document of its machine, and of what happens to it', async () => {
  const { messages, named, connection, untilLive } = await openPage();
  await start();
  await untilLive();
  expect(messages().flatMap(({ name = [] }) => name)).toEqual([
    'supervisor',
    'connection',
    'sessions',
    '0.connection.active',
    '0.connection.active.link.authorizing',
    'channel',
    '0.connection.active.sync.loading',
    '0.connection.active.sync.connected.syncing',
    '0.connection.active.sync.connected.live',
  ]);
  expect(JSON.parse(named('connection')!.definition!)).toMatchObject({
    id: 'connection',
    states: { active: { type: 'parallel' } },
  });
  expect(connection()).toEqual({
    status: 'active',
    value: LIVE,
    context: {
      accountId: '1',
      userId: '1',
      token: '[secret]',
      windowActivity: { focused: true, visible: true },
      syncedAt: expect.any(Number) as number,
      ...{ attempt: 0, syncAttempt: 0, reconciles: 0, triggers: 0, slot: 0 },
      ...{ syncDue: false, needsResync: false, linkUnchecked: false, tokenRejected: false },
      ...{ tokenRenewed: false, away: false, triggerNoted: false, linkHeld: false },
      ...{ serverAnswers: true, serverRestarts: false, refreshAsked: false, wasLive: true },
    },
  });
});

it('a page that is opened later is told of the actors that run, each as it is, and of no other', async () => {
  const first = await openPage();
  const { core, reach } = await start();
  await first.untilLive();
  core.send('reconnect');
  await reach('connected.live');
  const channels = () => first.messages().filter(({ name }) => name === 'channel').length;
  await vi.waitFor(() => expect(channels()).toBe(2));
  await first.untilLive();
  const later = await openPage();
  await later.untilLive();
  const RUNNING = [
    'supervisor',
    'connection',
    'sessions',
    '0.connection.active',
    'channel',
    '0.connection.active.sync.connected.live',
  ];
  await vi.waitFor(() => expect(later.messages().flatMap(({ name }) => name ?? [])).toEqual(RUNNING));
});

it('[X3] the inspector is told no token, and nothing of what sessions say', async () => {
  const token = backend.issueToken({ userId: 1 });
  const { texts } = await openPage();
  const { core, reach } = await start(token);
  const { id } = backend.control.createSession(1, { type: TEXT, state: { said: TEXT } });
  await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
  core.send('reconnect');
  await reach('connected.live');
  await vi.waitFor(() =>
    expect(texts.filter((text) => text.includes('deltas.arrived')).length).toBeGreaterThan(1),
  );
  const all = texts.join('\n');
  expect([all.includes('"token":"[secret]"'), all.includes(token), all.includes(TEXT)]).toEqual([
    true,
    false,
    false,
  ]);
});

it('a page of another site is told nothing', async () => {
  for (const origin of ['https://stately.ai', inspector.url.replace('127.0.0.1', 'localhost'), undefined]) {
    const page = new WebSocket(inspector.url.replace('http', 'ws'), origin === undefined ? {} : { origin });
    const [error] = (await once(page, 'error')) as [Error];
    expect(error.message).toBe('Unexpected server response: 401');
  }
});
