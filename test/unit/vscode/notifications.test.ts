import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import manifest from '../../../package.json';
import type { SessionUpdate } from '../../../src/model/parseSession';
import type { SessionNotification } from '../../../src/model/sessionNotification';
import type { ConnectionStatus } from '../../../src/sessionManager';
import { BATCH_MS, NOTIFICATION_KINDS, Notifications } from '../../../src/vscode/notifications';
import { connectionStatus } from '../views/connectionStatus';
import { FakeFeed } from '../views/sessionFeed';
import { recorded, resetStandIn } from '../vscodeStandIn';

beforeEach(() => {
  resetStandIn();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const session = (id: string, status: string, more: object = {}): SessionUpdate => ({
  ...{ id, status, type: 'ContextSpecSessions', updated_at: '2026-01-01T00:00:00Z' },
  component: { id, name: `Part${id}`, type: null, module_name: null },
  ...more,
});

/** How long each claim is to hold. */
const lasting: string[] = [];

/** Windows of one machine, which share what was claimed. */
function machine(take: (thing: string) => boolean = untaken()) {
  const claims = {
    claim: (thing: string, withinMs?: number) => {
      lasting.push(`${thing.split('\n')[1] ?? ''} ${withinMs ?? 'a day'}`);
      return Promise.resolve(take(thing));
    },
  };
  return (seen = { focused: false, visible: false }) => {
    const feed = new FakeFeed(session('1', 'active'), session('2', 'active'), session('3', 'failed'));
    const asking = new Set<(notification: SessionNotification) => void>();
    const connecting = new Set<(status: ConnectionStatus) => void>();
    const manager = Object.assign(feed, {
      status: connectionStatus('connected.live', { loaded: true }),
      onNotification: (listener: (notification: SessionNotification) => void) => {
        asking.add(listener);
        return () => asking.delete(listener);
      },
      onConnectionUpdate: (listener: (status: ConnectionStatus) => void) => {
        connecting.add(listener);
        return () => connecting.delete(listener);
      },
    });
    const notifications = new Notifications({
      ...{ manager, claims, serverUrl: () => 'https://mine.example' },
      windowActivity: { current: () => seen },
    });
    return {
      ...{ feed, notifications, asking, connecting },
      ask: (sessionId: string, message?: string) =>
        asking.forEach((listener) =>
          listener({ sessionId, type: 'permission_prompt', at: 0, ...(message && { message }) }),
        ),
      become: (status: ConnectionStatus) => {
        manager.status = status;
        connecting.forEach((listener) => listener(status));
      },
    };
  };
}

function untaken() {
  const claimed = new Set<string>();
  return (thing: string) => !claimed.has(thing) && Boolean(claimed.add(thing));
}

async function told(choice?: string): Promise<readonly string[]> {
  const before = recorded.messages.length;
  recorded.choice = choice;
  await vi.advanceTimersByTimeAsync(BATCH_MS + 1);
  return recorded.messages.slice(before);
}

test('[T3] tells what ends while the window is elsewhere, and not what had ended before', async () => {
  const { feed } = machine()();
  expect(await told()).toEqual([]);
  feed.put(session('3', 'failed', { execution_mode: 'auto' }), session('1', 'complete'));
  expect(await told('Open Session')).toEqual(['Part1 has finished.']);
  expect(recorded.choices).toEqual(['Open Session', "Don't Show Again"]);
  expect(recorded.executed.at(-1)?.[0]).toBe('vscode.open');
  feed.put(session('2', 'failed'));
  expect(await told()).toEqual(['Part2 has failed.']);
  feed.put(session('4', 'active', { owner: { id: '9', name: 'Somebody' } }));
  feed.put(session('4', 'failed'));
  expect(await told()).toEqual([]);
});

test.each([
  [{ focused: true, visible: true }, []],
  [{ focused: true, visible: false }, ['Part1 asks: May I?']],
  [{ focused: false, visible: true }, ['Part1 asks: May I? Part2 has finished.']],
])('[T3] whoever sees it is not told (%j)', async (seen, expected) => {
  const { feed, ask } = machine()(seen);
  ask('1', 'May I?');
  feed.put(session('2', 'complete'));
  expect(await told()).toEqual(expected);
});

test('[T3] an end is claimed for as long as another window may hear of it, a question for moments', async () => {
  lasting.length = 0;
  const { feed, ask } = machine()();
  feed.put(session('1', 'failed'), session('2', 'complete'));
  ask('3');
  await told();
  expect(lasting).toEqual(['failed a day', 'finished a day', 'asks 10000']);
});

test('[T3] many are one, which names three', async () => {
  const { feed, ask } = machine()();
  const ids = ['1', '2', '5', '6', '7'];
  feed.put(...ids.map((id) => session(id, 'active')));
  ask('1');
  feed.put(...ids.map((id) => session(id, 'failed')));
  expect(await told('Show Sessions')).toEqual([
    'Part1 needs your input. Part1 has failed. Part2 has failed. 3 more.',
  ]);
  expect(recorded.executed.at(-1)).toEqual(['codeMySpec.sessions.focus']);
});

test('[T3] the same question is told again, but not where it comes twice at a time', async () => {
  const { ask } = machine(() => true)();
  ask('1', 'May I?');
  ask('1', 'May I?');
  expect(await told()).toEqual(['Part1 asks: May I?']);
  ask('1', 'May I?');
  expect(await told()).toEqual(['Part1 asks: May I?']);
});

test('[T3] one window of a machine tells, and none where somebody works in one', async () => {
  const open = machine();
  const windows = [open(), open(), open()];
  for (const { feed, ask } of windows) {
    feed.put(session('1', 'complete'));
    ask('2', 'May I?');
  }
  expect(await told()).toEqual(['Part1 has finished. Part2 asks: May I?']);
  const other = machine();
  for (const { feed } of [other({ focused: true, visible: false }), other()])
    feed.put(session('1', 'complete'));
  expect(await told()).toEqual([]);
});

test('[T3] an ended sign-in is told with the way back; leaving is not', async () => {
  const { become } = machine()({ focused: true, visible: true });
  become(connectionStatus('signedOut'));
  expect(await told()).toEqual([]);
  become(connectionStatus('connected.live'));
  become(connectionStatus('signedOut', { failure: { kind: 'signInEnded', detail: '' } }));
  const [text] = await told('Sign In');
  expect(text).toMatch(/^You are signed out of mine\.example\. /);
  expect(recorded.executed.at(-1)).toEqual(['codeMySpec.signIn']);
});

test('[T3] what nobody wants to see again is switched off by itself, in the user’s settings', async () => {
  recorded.settings.set('codeMySpec.notifications', { asks: true, failed: true });
  const { feed } = machine()();
  feed.put(session('1', 'failed'));
  await told("Don't Show Again");
  expect(recorded.serverUrl.globalValue).toEqual({ asks: true, failed: false });
  recorded.settings.set('codeMySpec.notifications', { failed: false });
  feed.put(session('2', 'failed'));
  expect(await told()).toEqual([]);
});

test('[T3][X4] makes no link of what an agent says', async () => {
  const { ask } = machine()();
  ask('1', 'see [here](command:workbench.action.quit)');
  expect((await told())[0]).not.toMatch(/\]\(/);
});

test('[T3] the setting has a switch for each, on at first', () => {
  const { properties, default: all } =
    manifest.contributes.configuration.properties['codeMySpec.notifications'];
  expect(Object.keys(properties)).toEqual([...NOTIFICATION_KINDS]);
  expect(all).toEqual(Object.fromEntries(NOTIFICATION_KINDS.map((kind) => [kind, true])));
});

test('[D4] hears nothing after its end', async () => {
  const { feed, notifications, asking, connecting } = machine()();
  feed.put(session('1', 'failed'));
  await vi.advanceTimersByTimeAsync(1);
  notifications.dispose();
  expect([await told(), asking.size, connecting.size]).toEqual([[], 0, 0]);
});
