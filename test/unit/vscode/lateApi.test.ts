import { expect, test } from 'vitest';
import { err, ok, type Result } from '../../../src/model/failure';
import type {
  CodeMySpecApi,
  CodeMySpecConnection,
  CodeMySpecSession,
} from '../../../src/vscode/codeMySpecApi';
import { Late } from '../../../src/vscode/late';
import { lateApi } from '../../../src/vscode/lateApi';

const LIVE: CodeMySpecConnection = { state: 'connected.live', isLive: true, since: 5, syncedAt: 4 };
const NOTHING_YET = {
  state: 'disconnected',
  isLive: false,
  since: expect.any(Number) as number,
  syncedAt: undefined,
};
const SESSION = { id: '7' } as CodeMySpecSession;
const MISSING = err({ kind: 'incompleteInstall', detail: 'a file of the extension is missing' });

/** `subscribed` holds what the real API was asked to follow, and no longer is. */
function open() {
  const loads: ((loaded: Result<{ api: CodeMySpecApi }>) => void)[] = [];
  const subscribed: string[] = [];
  const follow = (what: string) => {
    subscribed.push(what);
    return { dispose: () => void subscribed.push(`end of ${what}`) };
  };
  const real: CodeMySpecApi = {
    ...{ apiVersion: 1, connectionState: LIVE },
    getAllSessions: () => [SESSION],
    refreshSessions: () => Promise.resolve(LIVE),
    onConnectionState: (listener) => {
      listener(LIVE);
      return follow('connection');
    },
    onSessionsUpdate: (listener) => {
      listener([SESSION], ['7']);
      return follow('sessions');
    },
    onSessionUpdate: (id, listener) => {
      listener(SESSION);
      return follow(`session ${id}`);
    },
  };
  const late = new Late(() => new Promise<Result<{ api: CodeMySpecApi }>>((load) => void loads.push(load)));
  const load = async (loaded: Result<{ api: CodeMySpecApi }> = ok({ api: real })) => {
    const waiting = late.need();
    loads.at(-1)?.(loaded);
    await waiting;
  };
  return { api: lateApi(late), late, loads, subscribed, load };
}

test('[B1][T2] before anybody needs it, the API is there and loads nothing', () => {
  const { api, loads } = open();
  expect([api.apiVersion, Object.isFrozen(api), loads.length]).toEqual([1, true, 0]);
});

const SUBSCRIPTION = { dispose: expect.any(Function) as () => void };
const ASKED: [string, (api: CodeMySpecApi) => unknown, answer: unknown][] = [
  ['its connection', (api) => api.connectionState, NOTHING_YET],
  ['its sessions', (api) => api.getAllSessions(), []],
  ['to follow its connection', (api) => api.onConnectionState(() => {}), SUBSCRIPTION],
  ['to follow its sessions', (api) => api.onSessionsUpdate(() => {}), SUBSCRIPTION],
  ['to follow a session', (api) => api.onSessionUpdate('7', () => {}), SUBSCRIPTION],
  ['to refresh', (api) => api.refreshSessions(), expect.any(Promise)],
];
test.each(ASKED)('[B1] asked for %s it knows of nothing, and loads once', (_, ask, answer) => {
  const { api, loads } = open();
  expect([ask(api), ask(api)]).toEqual([answer, answer]);
  expect(loads.length).toBe(1);
});

test('[B1] once it is loaded, the real one answers', async () => {
  const { api, load } = open();
  await load();
  expect([api.connectionState, api.getAllSessions(), await api.refreshSessions()]).toEqual([
    LIVE,
    [SESSION],
    LIVE,
  ]);
});

test.each(['before', 'after'])(
  '[B1] a subscription made %s it is loaded is of the real one',
  async (when) => {
    const { api, load, subscribed } = open();
    const heard: unknown[] = [];
    if (when === 'after') await load();
    const ends = [
      api.onConnectionState((connection) => heard.push(connection)),
      api.onSessionsUpdate((sessions, ids) => heard.push(sessions, ids)),
      api.onSessionUpdate('7', (session) => heard.push(session)),
    ];
    if (when === 'before') {
      expect([heard, subscribed]).toEqual([[], []]);
      await load();
    }
    expect(heard).toEqual([LIVE, [SESSION], ['7'], SESSION]);
    expect(subscribed).toEqual(['connection', 'sessions', 'session 7']);
    for (const end of ends) end.dispose();
    expect(subscribed.slice(3)).toEqual(['end of connection', 'end of sessions', 'end of session 7']);
  },
);

test('[B1] a subscription that ended before it is loaded never begins', async () => {
  const { api, load, subscribed } = open();
  api.onSessionsUpdate(() => {}).dispose();
  await load();
  expect(subscribed).toEqual([]);
});

test('[B1] a refresh waits until it is loaded', async () => {
  const { api, load } = open();
  const refreshed = api.refreshSessions();
  await load();
  expect(await refreshed).toBe(LIVE);
});

test('[B2] where it could not be loaded it knows of nothing, and a subscription begins once it could', async () => {
  const { api, load, loads, subscribed } = open();
  api.onConnectionState(() => {});
  const refreshed = api.refreshSessions();
  await load(MISSING);
  expect([await refreshed, subscribed, loads.length]).toEqual([NOTHING_YET, [], 1]);
  expect([api.getAllSessions(), loads.length]).toEqual([[], 2]);
  await load();
  expect([api.getAllSessions(), subscribed]).toEqual([[SESSION], ['connection']]);
});
