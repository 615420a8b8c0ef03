import { beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionListener, ConnectionStatus } from '../../../src/sessionManager';
import { PRESENTED_STATES } from '../../../src/views/connectionPresentation';
import { StatusBar } from '../../../src/views/statusBar';
import { resetStandIn, recorded } from '../vscodeStandIn';
import { connectionStatus } from './connectionStatus';

beforeEach(resetStandIn);

describe('the status bar item', () => {
  test('names the server in its tooltip, and another one as soon as the setting does', () => {
    const { item, moveTo } = open();
    const server = () =>
      item
        .tooltip!.value.match(/Server&#58; (.*)/)?.[1]
        ?.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(server()).toBe('mine.example');
    moveTo('https://other.example');
    expect(server()).toBe('other.example');
  });

  test('[F5] names the state, says why and since when, and calls a user by its colour', () => {
    const { item, become } = open();
    become({ state: 'connected.live' });
    expect([item.text, item.backgroundColor]).toEqual(['$(pulse) CodeMySpec: Live', undefined]);
    become({ state: 'invalidServer', failure: { kind: 'insecureAddress', detail: '' } });
    expect([item.text, item.backgroundColor?.id]).toEqual([
      '$(warning) CodeMySpec: Insecure address',
      'statusBarItem.warningBackground',
    ]);
    expect(item.accessibilityInformation?.label).toMatch(/^CodeMySpec: Insecure address\. .*unencrypted/);
  });

  test('[T1] counts what waits for the user, and its click tells what can be done', () => {
    const { item, become, need } = open();
    become({ state: 'connected.live' });
    need(2);
    expect([item.text, item.command]).toEqual([
      '$(pulse) CodeMySpec: Live $(bell-dot) 2',
      'codeMySpec.showStatusMenu',
    ]);
    expect(item.accessibilityInformation?.label).toMatch(/ 2 sessions need you\.$/);
    need(0);
    expect(item.text).toBe('$(pulse) CodeMySpec: Live');
  });

  test('[F3] says since when it is offline', () => {
    const { item, become } = open();
    become({ state: 'polling.offline', since: at(12, 3) });
    expect(item.text).toMatch(/^\$\(circle-slash\) CodeMySpec: Offline since 12:03/);
  });

  test('[F4] says in its tooltip when the sessions shown were complete', () => {
    const { item, become } = open();
    become({
      state: 'polling.offline',
      since: at(12, 3),
      syncedAt: at(12, 1),
      failure: { kind: 'unreachable', detail: '' },
    });
    const text = item.tooltip!.value.replace(/&#(\d+);/g, (_, code: string) =>
      String.fromCodePoint(Number(code)),
    );
    expect(text).toMatch(
      /CodeMySpec: Offline[^]*Since .*12:03[^]*Reason: The server cannot be reached\.[^]*complete at .*12:01/,
    );
  });

  test('[C25] says in its tooltip what is wrong with the link and with the lists, and when it tries again', () => {
    const { item, become } = open();
    become({
      state: 'connected.retryWait',
      linkFailure: { kind: 'upgradeRefused', detail: '' },
      listFailure: { kind: 'serverError', detail: '' },
      nextTryAt: at(12, 4),
    });
    const text = item.tooltip!.value.replace(/&#(\d+);/g, (_, code: string) =>
      String.fromCodePoint(Number(code)),
    );
    expect(text).toMatch(
      /Not synced[^]*refused the live connection[^]*Is a project active\?[^]*next attempt is at 12:04:00/,
    );
  });

  test('[X4] the tooltip is untrusted and holds no link and no raw detail, in every state', () => {
    const { item, become } = open();
    for (const state of PRESENTED_STATES) {
      become({ state, failure: { kind: 'joinRefused', detail: '[x](command:evil) https://evil.example' } });
      expect([item.tooltip!.isTrusted, item.tooltip!.supportHtml].some(Boolean)).toBe(false);
      expect(item.tooltip!.value).not.toMatch(/evil|[[\]<>]|\/\//);
    }
  });

  test('stays away until somebody signed in or looked', () => {
    const quiet = open();
    quiet.become({ state: 'authenticating' });
    quiet.become({ state: 'signedOut' });
    expect(quiet.item.visible).toBe(false);
    quiet.bar.reveal();
    expect(quiet.item.visible).toBe(true);

    const signedIn = open();
    signedIn.become({ state: 'loading' });
    signedIn.become({ state: 'signedOut' });
    expect(signedIn.item.visible).toBe(true);
  });

  test('[D4] hears nothing after its end', () => {
    const { bar, listeners } = open();
    bar.dispose();
    expect(listeners.size).toBe(0);
  });
});

function open() {
  const listeners = new Set<ConnectionListener>();
  let serverUrl = 'https://mine.example/app';
  const manager = {
    status: status({}),
    onConnectionUpdate: (listener: ConnectionListener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  let tellCount = () => {};
  const attention = {
    count: 0,
    onCount: (listener: () => void) => {
      tellCount = listener;
      return () => {};
    },
  };
  const need = (count: number) => {
    attention.count = count;
    tellCount();
  };
  const bar = new StatusBar(manager, attention, () => serverUrl);
  const moveTo = (url: string) => {
    serverUrl = url;
    bar.serverChanged();
  };
  const item = recorded.statusBarItems.at(-1)!;
  const become = (fields: Partial<ConnectionStatus>) => {
    manager.status = status(fields);
    listeners.forEach((listener) => listener(manager.status));
  };
  return { bar, item, become, need, listeners, moveTo };
}

function status({ state = 'disconnected', ...fields }: Partial<ConnectionStatus>): ConnectionStatus {
  return connectionStatus(state, { since: Date.now(), ...fields });
}

function at(hours: number, minutes: number): number {
  return new Date().setHours(hours, minutes, 0, 0);
}
