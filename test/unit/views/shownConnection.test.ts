import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConnectionListener, ConnectionState, ConnectionStatus } from '../../../src/sessionManager';
import { HELD_BACK_MS, ShownConnection } from '../../../src/views/shownConnection';
import { connectionStatus } from './connectionStatus';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('[F8] what follows "live" is shown once it has lasted half a second, as it is then', () => {
  const { become, told, shown } = start('connected.live');
  become('reconnecting');
  vi.advanceTimersByTime(HELD_BACK_MS - 200);
  become('connected.syncing');
  vi.advanceTimersByTime(199);
  expect([told, shown.status.state]).toEqual([[], 'connected.live']);
  vi.advanceTimersByTime(1);
  expect([told, shown.status.state, HELD_BACK_MS]).toEqual([['connected.syncing'], 'connected.syncing', 500]);
  become('reconnecting');
  expect(told).toEqual(['connected.syncing', 'reconnecting']);
});

it('[F8] what passes sooner is not shown, however often', () => {
  const { become, told, shown } = start('connected.live');
  for (let n = 0; n < 3; n += 1) {
    become('reconnecting');
    become('connected.syncing');
    vi.advanceTimersByTime(HELD_BACK_MS - 1);
    become('connected.live', { syncedAt: n });
  }
  vi.advanceTimersByTime(HELD_BACK_MS);
  expect(told).toEqual(['connected.live', 'connected.live', 'connected.live']);
  expect([shown.status.syncedAt, vi.getTimerCount()]).toEqual([2, 0]);
});

it.each<ConnectionState>(['disconnected', 'signedOut', 'invalidServer', 'stopped'])(
  '[F5][F8] %s is shown at once, after "live" and after what was held back',
  (state) => {
    for (const between of [[], ['reconnecting']] as const) {
      const { become, told } = start('connected.live');
      for (const each of between) become(each);
      become(state);
      vi.advanceTimersByTime(HELD_BACK_MS);
      expect(told).toEqual([state]);
    }
  },
);

it('[F8][C21] nothing is held back where the sessions are forgotten, and no more once that is shown', () => {
  const { become, told } = start('connected.live');
  become('authenticating', { loaded: false });
  become('loading', { loaded: false });
  expect(told).toEqual(['authenticating', 'loading']);
});

it('[F8] what is not live already is not held back', () => {
  const { become, told } = start('polling.fresh');
  become('polling.offline');
  become('connected.syncing');
  become('connected.live');
  expect(told).toEqual(['polling.offline', 'connected.syncing', 'connected.live']);
});

it('[C3][F8] "live" that comes back in time waits for no rows; later it does', async () => {
  const drawn: (() => void)[] = [];
  const { become, told } = start('connected.live', () => new Promise((resolve) => drawn.push(resolve)));
  become('reconnecting');
  become('connected.live');
  expect([told, drawn.length]).toEqual([['connected.live'], 0]);
  become('reconnecting');
  vi.advanceTimersByTime(HELD_BACK_MS);
  become('connected.live');
  expect(told.slice(1)).toEqual(['reconnecting']);
  drawn[0]!();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.slice(1)).toEqual(['reconnecting', 'connected.live']);
});

it('[D4] nothing is left after its end', () => {
  const { become, told, shown, listeners } = start('connected.live');
  become('reconnecting');
  shown.dispose();
  vi.advanceTimersByTime(HELD_BACK_MS);
  expect([told, listeners.size, vi.getTimerCount()]).toEqual([[], 0, 0]);
});

function start(first: ConnectionState, drawn: () => Promise<void> | undefined = () => undefined) {
  const listeners = new Set<ConnectionListener>();
  let status: ConnectionStatus = connectionStatus(first, { loaded: true });
  const manager = {
    get status() {
      return status;
    },
    onConnectionUpdate: (listener: ConnectionListener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const shown = new ShownConnection(manager, drawn);
  const told: ConnectionState[] = [];
  shown.onConnectionUpdate(({ state }) => told.push(state));
  const become = (state: ConnectionState, more: Partial<ConnectionStatus> = {}) => {
    status = connectionStatus(state, { loaded: true, ...more });
    for (const listener of listeners) listener(status);
  };
  return { become, told, shown, listeners };
}
