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
    expect([item.text, item.backgroundColor, item.command?.command]).toEqual([
      '$(pulse) CodeMySpec: Live',
      undefined,
      'codeMySpec.sessions.focus',
    ]);
    become({ state: 'invalidServer', failure: { kind: 'insecureAddress', detail: '' } });
    expect([item.text, item.backgroundColor?.id, item.command]).toEqual([
      '$(warning) CodeMySpec: Insecure address',
      'statusBarItem.warningBackground',
      {
        command: 'workbench.action.openSettings',
        arguments: ['@id:codeMySpec.serverUrl'],
        title: 'Open the setting',
      },
    ]);
    expect(item.accessibilityInformation?.label).toMatch(/^CodeMySpec: Insecure address\. .*unencrypted/);
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
      /Not synced[^]*refused the live connection[^]*Is a project active\?[^]*next try is at 12:04:00/,
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
  const bar = new StatusBar(manager, () => serverUrl);
  const moveTo = (url: string) => {
    serverUrl = url;
    bar.serverChanged();
  };
  const item = recorded.statusBarItems.at(-1)!;
  const become = (fields: Partial<ConnectionStatus>) =>
    listeners.forEach((listener) => listener(status(fields)));
  return { bar, item, become, listeners, moveTo };
}

function status({ state = 'disconnected', ...fields }: Partial<ConnectionStatus>): ConnectionStatus {
  return connectionStatus(state, { since: Date.now(), ...fields });
}

function at(hours: number, minutes: number): number {
  return new Date().setHours(hours, minutes, 0, 0);
}
