import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SessionUpdate } from '../../../src/model/parseSession';
import type { ConnectionState, ConnectionStatus } from '../../../src/sessionManager';
import { LastPicture } from '../../../src/views/lastPicture';
import { MAX_KEPT_SESSIONS, PictureKeeper, WRITE_AFTER_MS } from '../../../src/vscode/pictureKeeper';
import { connectionStatus } from '../views/connectionStatus';
import { Memory } from '../views/memory';
import { FakeFeed } from '../views/sessionFeed';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const SERVER = 'https://mine.example';
const KEY = 'codeMySpec.lastPicture';

beforeEach(() => vi.useFakeTimers({ now: NOON }));
afterEach(() => vi.useRealTimers());

const session = (id: string, more: object = {}): SessionUpdate => ({
  ...{ id, status: 'active', type: 'ContextSpecSessions', execution_mode: 'manual' },
  ...{ inserted_at: '2026-01-01T11:00:00Z', updated_at: '2026-01-01T11:30:00Z' },
  ...{ component_id: '7', component: { id: '7', name: 'Ledger', type: 'context', module_name: 'A.Ledger' } },
  ...more,
});

/** A window of the editor: what it keeps is `memory`'s, who is signed in `account`'s. */
function open(memory: Memory, account: { id: string | undefined }, server = { url: SERVER }) {
  const feed = new FakeFeed();
  const listeners = new Set<(status: ConnectionStatus) => void>();
  const manager = Object.assign(feed, {
    status: connectionStatus('authenticating'),
    onConnectionUpdate: (listener: (status: ConnectionStatus) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const picture = new LastPicture(manager);
  const told: (readonly string[])[] = [];
  picture.onSessionsUpdate((_, ids) => told.push(ids));
  const keeper = new PictureKeeper({
    ...{ manager, picture, memory },
    serverUrl: () => server.url,
    accountId: () => Promise.resolve(account.id),
  });
  return {
    ...{ feed, picture, keeper, told },
    become: async (state: ConnectionState, more: Partial<ConnectionStatus> = {}) => {
      manager.status = connectionStatus(state, more);
      for (const listener of listeners) listener(manager.status);
      await vi.advanceTimersByTimeAsync(0);
    },
    shown: () =>
      picture.getAllSessions().map(({ id, status }) => [id, status, picture.getFreshness(id)] as const),
  };
}

type Window = ReturnType<typeof open>;

async function live(window: Window, ...updates: readonly SessionUpdate[]): Promise<void> {
  if (updates.length > 0) window.feed.put(...updates);
  await window.become('connected.live', { loaded: true, syncedAt: NOON });
}

/** What a window leaves behind that was live with these sessions. */
async function leave(memory: Memory, account: string, ...updates: readonly SessionUpdate[]): Promise<void> {
  const window = open(memory, { id: account });
  await live(window, ...updates);
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  window.keeper.dispose();
}

test('[T5] the next start shows the sessions as they were, each as of then, until the first list', async () => {
  const memory = new Memory();
  await leave(memory, 'a', session('1'), session('2', { status: 'complete' }));
  const seenAt = Date.now();
  await vi.advanceTimersByTimeAsync(3_600_000);
  const window = open(memory, { id: 'a' });
  await vi.advanceTimersByTimeAsync(0);
  const asOf = { kind: 'stale', confirmedAt: seenAt };
  expect(window.shown()).toEqual([
    ['1', 'active', asOf],
    ['2', 'complete', asOf],
  ]);
  expect(window.picture.getSession('1')).toMatchObject({ component: { name: 'Ledger' }, interactions: [] });
  expect(window.told).toEqual([['1', '2']]);
  await window.become('reconnecting');
  expect(window.shown()).toHaveLength(2);
  window.feed.put(session('1', { status: 'failed' }));
  expect(window.shown()).toEqual([
    ['1', 'failed', undefined],
    ['2', 'complete', asOf],
  ]);
  await live(window);
  expect(window.shown()).toEqual([['1', 'failed', undefined]]);
  expect(window.told.at(-1)).toEqual(['1', '2']);
});

test('[T5] keeps nothing that was commanded, printed, prompted or is another’s, and the newest alone of many', async () => {
  const memory = new Memory();
  const secret = 'not-for-the-disk';
  const many = Array.from({ length: MAX_KEPT_SESSIONS + 20 }, (_, index) =>
    session(`s${index}`, { updated_at: new Date(NOON + index * 1_000).toISOString() }),
  );
  await leave(
    memory,
    'a',
    ...many,
    session('mine', {
      updated_at: '2027-01-01T00:00:00Z',
      ...{ state: { note: secret }, external_conversation_id: secret, agent: secret, later_field: secret },
      interactions: [
        {
          ...{ id: 'i', step_name: secret, completed_at: null },
          command: { id: null, module: null, command: secret, pipe: secret, metadata: { prompt: secret } },
          result: { stdout: secret, stderr: secret, error_message: secret },
        },
      ],
    }),
    session('theirs', { updated_at: '2027-01-01T00:00:00Z', owner: { id: '2', name: 'Eve' } }),
  );
  const kept = memory.get<{ sessions: { id: string }[] }>(KEY);
  expect(JSON.stringify(kept)).not.toContain(secret);
  const ids = kept?.sessions.map(({ id }) => id) ?? [];
  expect([ids.length, ids[0], ids[1], ids.at(-1)]).toEqual([MAX_KEPT_SESSIONS, 'mine', 's519', 's21']);
});

test('[T5] it goes with the account, however the address is written by then', async () => {
  const memory = new Memory();
  const server = { url: SERVER };
  const window = open(memory, { id: 'a' }, server);
  await live(window, session('1'));
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  expect(memory.get(KEY)).toMatchObject({ server: SERVER });
  server.url = `${SERVER}/`;
  await window.become('signedOut');
  expect(memory.get(KEY)).toBeUndefined();
});

test('[T5] is written at most once in half a minute, and when the window closes', async () => {
  const memory = new Memory();
  const update = vi.spyOn(memory, 'update');
  const window = open(memory, { id: 'a' });
  await live(window, session('1'));
  for (let second = 0; second < 65; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    window.feed.put(session('1', { display_name: `at ${second}` }));
  }
  expect(update).toHaveBeenCalledTimes(2);
  window.keeper.dispose();
  expect(update).toHaveBeenCalledTimes(3);
  expect(memory.get(KEY)).toMatchObject({ at: NOON + 65_000, sessions: [{ display_name: 'at 64' }] });
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS * 2);
  expect(update).toHaveBeenCalledTimes(3);
});

test('[T5] while polling it is as of the last list, and an empty list is kept too', async () => {
  const memory = new Memory();
  await leave(memory, 'a', session('1'));
  const window = open(memory, { id: 'a' });
  await window.become('polling.waiting', { loaded: true, syncedAt: NOON + 31_000 });
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  expect(memory.get(KEY)).toEqual({ server: SERVER, account: 'a', at: NOON + 31_000, sessions: [] });
});

test.each(['signedOut', 'invalidServer'] as const)(
  '[T5] nothing of it is shown once the state is %s',
  async (state) => {
    const memory = new Memory();
    await leave(memory, 'a', session('1'));
    const window = open(memory, { id: 'a' });
    await vi.advanceTimersByTimeAsync(0);
    expect(window.shown()).toHaveLength(1);
    await window.become(state);
    expect(window.shown()).toEqual([]);
    expect(memory.get(KEY) === undefined).toBe(state === 'signedOut');
  },
);

test('[T5] it is gone on sign-out, also where it was about to be written', async () => {
  const memory = new Memory();
  const window = open(memory, { id: 'a' });
  await live(window, session('1'));
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  window.feed.put(session('2'));
  await window.become('signedOut');
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS * 2);
  window.keeper.dispose();
  expect(memory.get(KEY)).toBeUndefined();
});

test('[T5] nobody at another server ends what is kept of this one', async () => {
  const memory = new Memory();
  await leave(memory, 'a', session('1'));
  const window = open(memory, { id: undefined }, { url: 'https://another.example' });
  await window.become('signedOut');
  expect(memory.get(KEY)).toMatchObject({ server: SERVER });
});

test('[T5] another account, another server or none at all sees nothing of it', async () => {
  const memory = new Memory();
  await leave(memory, 'a', session('1'));
  for (const [account, url] of [
    ['b', SERVER],
    [undefined, SERVER],
    ['a', 'https://another.example'],
  ] as const) {
    const window = open(memory, { id: account }, { url });
    await vi.advanceTimersByTimeAsync(0);
    expect(window.shown()).toEqual([]);
  }
  const server = { url: 'https://another.example' };
  const window = open(memory, { id: 'a' }, server);
  await vi.advanceTimersByTimeAsync(0);
  server.url = SERVER;
  await window.become('authenticating');
  expect(window.shown()).toHaveLength(1);
  server.url = 'https://another.example';
  await window.become('authenticating');
  expect(window.shown()).toEqual([]);
});

test('[T5] what another account sees is not kept as the first’s, nor the other way round', async () => {
  const memory = new Memory();
  const account = { id: 'a' };
  const window = open(memory, account);
  await live(window, session('1'));
  account.id = 'b';
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  expect(memory.get(KEY)).toBeUndefined();
  await window.become('authenticating');
  window.feed.take('1');
  await live(window, session('2'));
  await vi.advanceTimersByTimeAsync(WRITE_AFTER_MS);
  expect(memory.get(KEY)).toMatchObject({ account: 'b', sessions: [{ id: '2' }] });
});

test.each([
  ['no time', { sessions: [session('1')] }, 0],
  ['no list', { at: NOON, sessions: { id: '1' } }, 0],
  ['sessions without ids among others', { at: NOON, sessions: [null, {}, 7, session('1')] }, 1],
])('[T5] a record with %s costs nothing', async (_what, record, shown) => {
  const memory = new Memory();
  await memory.update(KEY, { server: SERVER, account: 'a', ...record });
  const window = open(memory, { id: 'a' });
  await vi.advanceTimersByTimeAsync(0);
  expect(window.shown()).toHaveLength(shown);
});

test('[T5] nothing is of another time any more once the list is there, also where there was nothing to show', async () => {
  const memory = new Memory();
  await leave(memory, 'a');
  const window = open(memory, { id: 'a' });
  await vi.advanceTimersByTimeAsync(0);
  expect([window.shown(), window.picture.asOf]).toEqual([[], NOON + WRITE_AFTER_MS]);
  await live(window, session('2'));
  expect([window.shown(), window.picture.asOf]).toEqual([[['2', 'active', undefined]], undefined]);
});

test('[T5] a picture that comes after the first list is not shown', async () => {
  const memory = new Memory();
  await leave(memory, 'a', session('1'));
  const window = open(memory, { id: 'a' });
  window.feed.put(session('2'));
  void window.become('connected.live', { loaded: true, syncedAt: NOON });
  await vi.advanceTimersByTimeAsync(0);
  expect(window.shown().map(([id]) => id)).toEqual(['2']);
});
