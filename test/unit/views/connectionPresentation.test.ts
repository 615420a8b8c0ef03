import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/model/failure';
import type { ConnectionState, ConnectionStatus } from '../../../src/sessionManager';
import {
  reasonsFor,
  shownStatus,
  PRESENTED_STATES,
  welcomeFor,
  presentationOf,
} from '../../../src/views/connectionPresentation';
import { failureMessage } from '../../../src/views/failureMessage';
import { connectionStatus } from './connectionStatus';
import { failureKinds } from './failureKinds';

describe('the words for the connection', () => {
  test.each(PRESENTED_STATES)('name %s in one or two words', (state) => {
    const words = presentationOf(connectionStatus(state));
    expect(words.text).toMatch(/^\S+( \S+)?$/);
    expect(words.explanation).toMatch(/\.$/);
    expect(words.click.title).not.toBe('');
  });

  test('only the live state reads live', () => {
    const live = PRESENTED_STATES.filter((state) => presentationOf(connectionStatus(state)).text === 'Live');
    expect(live).toEqual(['connected.live']);
  });

  test.each(failureKinds())('[F2] say %s plainly, without the raw detail', (kind) => {
    const failure: Failure = { kind, detail: 'ECONNREFUSED 127.0.0.1' };
    expect(failureMessage(failure)).toMatch(/^[A-Z].+\.$/);
    expect(JSON.stringify(presentationOf(connectionStatus('invalidServer', { failure })))).not.toContain(
      'ECONNREFUSED',
    );
  });

  test('[F5] a user is called for where only a user can help', () => {
    const unauthorized: Failure = { kind: 'unauthorized', detail: '' };
    const calls = PRESENTED_STATES.filter((state) => presentationOf(connectionStatus(state)).needsUser);
    expect(calls).toEqual(['invalidServer', 'stopped']);
    expect(presentationOf(connectionStatus('signedOut', { failure: unauthorized })).needsUser).toBe(true);
  });

  test.each([
    ['invalidAddress', 'Wrong address'],
    ['insecureAddress', 'Insecure address'],
    ['notCodeMySpec', 'Wrong server'],
    ['incompatible', 'Incompatible', 'codeMySpec.reconnect'],
    ['browserRefused', 'Desktop only', 'codeMySpec.openInDesktop'],
  ] as const)('refused for %s reads %s, says why, and leads to what helps', (kind, text, leads?: string) => {
    const words = presentationOf(connectionStatus('invalidServer', { failure: { kind, detail: '' } }));
    const command = leads ?? 'workbench.action.openSettings';
    expect(words).toMatchObject({
      text,
      explanation: failureMessage({ kind, detail: '' } as Failure),
      click: { command },
    });
  });

  test('[F5] a server that speaks otherwise is not one with a wrong address, a refused topic not one’s account', () => {
    const incompatible = presentationOf(
      connectionStatus('invalidServer', { failure: { kind: 'incompatible', detail: '' } }),
    );
    expect(incompatible.explanation).not.toMatch(/address/i);
    expect(failureMessage({ kind: 'joinRefused' })).not.toMatch(/account/);
    expect(failureMessage({ kind: 'tokenPending' })).not.toMatch(/refused/);
  });

  test('[C25] the link and the lists each have their reason', () => {
    const [linkFailure, listFailure]: Failure[] = [
      { kind: 'upgradeRefused', detail: '' },
      { kind: 'timeout', detail: '' },
    ];
    const both = connectionStatus('polling.offline', { failure: listFailure, linkFailure, listFailure });
    expect(reasonsFor(both)).toEqual([failureMessage(linkFailure!), failureMessage(listFailure!)]);
    expect(reasonsFor({ ...both, linkFailure: listFailure })).toHaveLength(1);
  });

  test('[F1] a server without a fallback is said to have none, and a new connection is what helps', () => {
    const failure: Failure = { kind: 'noFallback', detail: '' };
    const away = connectionStatus('polling.offline', { failure, listFailure: failure });
    expect(presentationOf(away)).toMatchObject({
      text: 'Offline',
      explanation: 'This server offers no fallback; live again as soon as it can be reached.',
      click: { command: 'codeMySpec.reconnect' },
    });
    const crashing = connectionStatus('connected.retryWait', {
      listFailure: { kind: 'listCrashed', detail: '' },
    });
    expect(presentationOf(crashing)).toMatchObject({
      text: 'Not synced',
      click: { command: 'codeMySpec.openServer' },
    });
  });

  test('[C19] a list that fails while connected is said, with where to choose a project; one that is due is not', () => {
    const failure: Failure = { kind: 'serverError', detail: 'HTTP 500' };
    const failing = connectionStatus('connected.retryWait', { failure, listFailure: failure });
    expect(presentationOf(failing)).toMatchObject({
      text: 'Not synced',
      click: { command: 'codeMySpec.openServer' },
    });
    expect(reasonsFor(failing).join(' ')).toMatch(/project/);
    expect(welcomeFor({ ...failing, loaded: false })).toBe('noList');
    const restarting: Failure = { kind: 'restarting', detail: '' };
    expect(presentationOf({ ...failing, failure: restarting, listFailure: restarting }).text).toBe('Syncing');
    expect(presentationOf(connectionStatus('connected.retryWait')).text).toBe('Syncing');
  });
});

describe('the welcome', () => {
  test.each([
    ['signedOut', false, 'signedOut'],
    ['disconnected', false, 'disconnected'],
    ['stopped', true, 'stopped'],
    ['authenticating', false, 'connecting'],
    ['loading', false, 'connecting'],
    ['connected.syncing', false, 'connecting'],
    ['reconnecting', false, 'away'],
    ['polling.offline', false, 'away'],
    ['connected.live', true, 'empty'],
    ['polling.offline', true, 'empty'],
    ['invalidServer', false, 'notCodeMySpec'],
  ] as const)('in %s, loaded %s, is %s', (state, loaded, welcome) => {
    expect(welcomeFor(connectionStatus(state, { loaded }))).toBe(welcome);
  });

  test.each([
    ['signInEnded', 'signInEnded'],
    ['signInChanged', 'signInChanged'],
    ['accountUnreadable', 'accountUnreadable'],
    ['unauthorized', 'signInRefused'],
  ] as const)(
    '[A10] of a sign-in that ended by %s says so, and the status asks for the user',
    (kind, welcome) => {
      const failure: Failure = { kind, detail: '' };
      const ended = connectionStatus('signedOut', { failure });
      expect(welcomeFor(ended)).toBe(welcome);
      expect(presentationOf(ended)).toMatchObject({ needsUser: true, explanation: failureMessage(failure) });
    },
  );

  test('of a refusal is its kind', () => {
    const failure: Failure = { kind: 'insecureAddress', detail: '' };
    expect(welcomeFor(connectionStatus('invalidServer', { failure }))).toBe('insecureAddress');
  });
});

describe('the status as it is shown', () => {
  test('leaving live shows at once', () => {
    const shown = shownStatus(status('connected.live', 1), status('reconnecting', 2));
    expect(shown).toMatchObject({ state: 'reconnecting', since: 2 });
  });

  test('polling counts from its first poll', () => {
    const shown = shownStatus(status('polling.refreshing', 1), status('polling.fresh', 2));
    expect(shown).toMatchObject({ state: 'polling.fresh', since: 1 });
  });
});

function status(state: ConnectionState, since: number): ConnectionStatus {
  return connectionStatus(state, { since });
}
