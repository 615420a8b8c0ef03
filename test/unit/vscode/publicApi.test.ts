import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { SessionManager } from '../../../src/sessionManager';
import { publicApi } from '../../../src/vscode/publicApi';
import { tellWhatFails } from '../../api/example';
import { connectionStatus } from '../views/connectionStatus';
import { FakeFeed } from '../views/sessionFeed';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(resetStandIn);

function open() {
  const feed = new FakeFeed({
    ...{ id: '7', type: 'ContextSpecSessions', status: 'active', project_id: '101' },
    component: { id: '1', name: 'Accounts', type: null, module_name: null },
    interactions: [
      {
        id: 'i1',
        step_name: 'Run Tests',
        command: SECRET_COMMAND,
        result: SECRET_RESULT,
        completed_at: null,
      },
    ],
  } as never);
  const manager = Object.assign(feed, {
    status: connectionStatus('connected.live', { since: 5, syncedAt: 4 }),
    onConnectionUpdate: (listener: (status: unknown) => void) => {
      for (const nextTryAt of [1, 2]) listener(connectionStatus('reconnecting', { nextTryAt }));
      return () => {};
    },
    onSessionUpdate: (_: string, listener: (session: unknown) => void) => {
      listener(feed.getSession('7'));
      listener(undefined);
      return () => {};
    },
    refreshSessions: () => Promise.resolve(connectionStatus('polling.fresh', { syncedAt: 9 })),
  });
  return { feed, api: publicApi(manager as unknown as SessionManager) };
}

const SECRET_COMMAND = { module: 'M', command: 'rm -rf everything', metadata: { prompt: 'a prompt' } };
const SECRET_RESULT = { status: 'error', code: 2, stdout: 'an output', stderr: 'an error', duration_ms: 12 };

test('[T2] tells sessions without what is commanded, printed or prompted', () => {
  const { api } = open();
  expect(api.getAllSessions()).toEqual([
    {
      ...{ id: '7', type: 'ContextSpecSessions', displayName: null, status: 'active', executionMode: null },
      ...{ projectId: '101', projectName: null, componentName: 'Accounts', parentId: null, owner: null },
      ...{ insertedAt: null, updatedAt: null },
      steps: [
        {
          ...{ id: 'i1', name: 'Run Tests', status: 'error', exitCode: 2 },
          ...{ durationMs: 12, completedAt: null },
        },
      ],
    },
  ]);
  expect(JSON.stringify(api.getAllSessions())).not.toMatch(/everything|prompt|output/);
});

test('[T2] nothing of ours can be changed through it', () => {
  const { api, feed } = open();
  const [session] = api.getAllSessions();
  expect(() => ((session as { status: string }).status = 'failed')).toThrow(TypeError);
  expect(() => (session!.steps as unknown[]).pop()).toThrow(TypeError);
  expect(() => ((api as { apiVersion: number }).apiVersion = 2)).toThrow(TypeError);
  expect(feed.getSession('7')?.status).toBe('active');
});

test('[T2] tells whose session it is, where it is another’s', () => {
  const { api, feed } = open();
  feed.put({ id: '8', owner: { id: '2', name: 'Eve' } });
  expect(api.getAllSessions().map(({ owner }) => owner)).toEqual([null, { id: '2', name: 'Eve' }]);
});

test('[T2] tells the connection, and each change of it and of the sessions', async () => {
  const { api, feed } = open();
  expect(api.connectionState).toEqual({ state: 'connected.live', isLive: true, since: 5, syncedAt: 4 });
  const told: unknown[] = [];
  api.onConnectionState(({ state, isLive }) => told.push([state, isLive]));
  api.onSessionUpdate('7', (session) => told.push(session?.id));
  const listening = api.onSessionsUpdate((sessions, ids) => told.push([sessions.length, ids]));
  feed.put({ id: '8', status: 'failed' });
  listening.dispose();
  feed.take('8');
  expect(told).toEqual([['reconnecting', false], '7', undefined, [2, ['8']]]);
  expect(await api.refreshSessions()).toMatchObject({ state: 'polling.fresh', syncedAt: 9 });
});

test('[T2] the example of the README is one that compiles and runs', async () => {
  const { api, feed } = open();
  recorded.extensions.set('codemyspec.codemyspec', api);
  const told: string[] = [];
  await tellWhatFails((text) => told.push(text));
  feed.put({ id: '8', status: 'failed' });
  expect(told).toEqual(['live', 'session 8 failed at its first step']);
  const example = readFileSync('test/api/example.ts', 'utf8');
  expect(readFileSync('README.md', 'utf8')).toContain(example.slice(example.indexOf('export async')));
});
