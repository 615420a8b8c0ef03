import { describe, expect, test } from 'vitest';
import { connectionMachine } from '../../../machines/connectionMachine';
import { supervisor } from '../../../machines/supervisor';
import type { Failure, FailureKind } from '../../../src/model/failure';
import type { ConnectionStatus } from '../../../src/sessionManager';
import {
  reasonsFor,
  shownStatus,
  STATES_WITH_WORDS,
  welcomeFor,
  wordsFor,
} from '../../../src/views/connectionWords';
import { failureWords } from '../../../src/views/failureWords';

describe('the words for the connection', () => {
  test('[F5] cover every state of the machine, and no other', () => {
    expect([...STATES_WITH_WORDS].sort()).toEqual(statesOfTheMachine().sort());
  });

  test.each(STATES_WITH_WORDS)('name %s in one or two words', (state) => {
    const words = wordsFor({ state, failure: undefined });
    expect(words.text).toMatch(/^\S+( \S+)?$/);
    expect(words.explanation).toMatch(/\.$/);
    expect(words.click.title).not.toBe('');
  });

  test('only the live state reads live', () => {
    const live = STATES_WITH_WORDS.filter((state) => wordsFor({ state, failure: undefined }).text === 'Live');
    expect(live).toEqual(['connected.live']);
  });

  test('a state without words is never taken for live', () => {
    for (const state of ['connected', 'connected.new', 'constructor', '__proto__']) {
      expect(wordsFor({ state, failure: undefined }).text).toBe('Reconnecting');
    }
  });

  test.each(failureKinds())('[F2] say %s plainly, without the raw detail', (kind) => {
    const failure: Failure = { kind, detail: 'ECONNREFUSED 127.0.0.1' };
    expect(failureWords(failure)).toMatch(/^[A-Z].+\.$/);
    expect(JSON.stringify(wordsFor({ state: 'refused', failure }))).not.toContain('ECONNREFUSED');
  });

  test('[F5] a person is called for where only a person can help', () => {
    const unauthorized: Failure = { kind: 'unauthorized', detail: '' };
    const calls = STATES_WITH_WORDS.filter((state) => wordsFor({ state, failure: undefined }).needsPerson);
    expect(calls).toEqual(['refused', 'stopped']);
    expect(wordsFor({ state: 'signedOut', failure: unauthorized }).needsPerson).toBe(true);
  });

  test.each([
    ['invalidAddress', 'Wrong address'],
    ['insecureAddress', 'Insecure address'],
    ['notCodeMySpec', 'Wrong server'],
    ['incompatible', 'Incompatible'],
  ] as const)('refused for %s reads %s, says why, and leads to what helps', (kind, text) => {
    const words = wordsFor({ state: 'refused', failure: { kind, detail: '' } });
    const command = kind === 'incompatible' ? 'codeMySpec.reconnect' : 'workbench.action.openSettings';
    expect(words).toMatchObject({
      text,
      explanation: failureWords({ kind, detail: '' } as Failure),
      click: { command },
    });
  });

  test('[F5] a server that speaks otherwise is not one with a wrong address, a refused topic not one’s account', () => {
    const incompatible = wordsFor({ state: 'refused', failure: { kind: 'incompatible', detail: '' } });
    expect(incompatible.explanation).not.toMatch(/address/i);
    expect(failureWords({ kind: 'joinRefused' })).not.toMatch(/account/);
    expect(failureWords({ kind: 'tokenPending' })).not.toMatch(/refused/);
  });

  test('[C25] the link and the lists each have their reason', () => {
    const [linkFailure, listFailure]: Failure[] = [
      { kind: 'upgradeRefused', detail: '' },
      { kind: 'timeout', detail: '' },
    ];
    const both = { state: 'polling.offline', failure: listFailure, linkFailure, listFailure };
    expect(reasonsFor(both)).toEqual([failureWords(linkFailure!), failureWords(listFailure!)]);
    expect(reasonsFor({ ...both, linkFailure: listFailure })).toHaveLength(1);
    expect(reasonsFor({ ...both, state: 'connected.live' })).toEqual([]);
  });

  test('[C19] a list that fails while connected is said, with where to choose a project; one that is due is not', () => {
    const failure: Failure = { kind: 'serverError', detail: 'HTTP 500' };
    const failing = { state: 'connected.resting', failure, listFailure: failure };
    expect(wordsFor(failing)).toMatchObject({
      text: 'Not synced',
      click: { command: 'codeMySpec.openServer' },
    });
    expect(reasonsFor(failing).join(' ')).toMatch(/project/);
    expect(welcomeFor({ ...failing, loaded: false })).toBe('noList');
    const restarting: Failure = { kind: 'restarting', detail: '' };
    expect(wordsFor({ ...failing, failure: restarting, listFailure: restarting }).text).toBe('Syncing');
    expect(wordsFor({ state: 'connected.resting', failure: undefined }).text).toBe('Syncing');
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
    ['refused', false, 'notCodeMySpec'],
  ])('in %s, loaded %s, is %s', (state, loaded, welcome) => {
    expect(welcomeFor({ state, loaded, failure: undefined })).toBe(welcome);
  });

  test.each([
    ['signInEnded', 'signInEnded'],
    ['signInChanged', 'signInChanged'],
    ['accountUnreadable', 'accountUnreadable'],
    ['unauthorized', 'signInRefused'],
  ] as const)(
    '[A10] of a sign-in that ended by %s says so, and the status asks for the user',
    (kind, welcome) => {
      const ended = { state: 'signedOut', loaded: false, failure: { kind, detail: '' } } as const;
      expect(welcomeFor(ended)).toBe(welcome);
      expect(wordsFor(ended)).toMatchObject({ needsPerson: true, explanation: failureWords(ended.failure) });
    },
  );

  test('of a refusal is its kind', () => {
    const failure: Failure = { kind: 'insecureAddress', detail: '' };
    expect(welcomeFor({ state: 'refused', loaded: false, failure })).toBe('insecureAddress');
  });
});

describe('the status as it is shown', () => {
  test('leaving live shows at once', () => {
    const shown = shownStatus(status('connected.live', 1), status('reconnecting', 2));
    expect(shown).toMatchObject({ state: 'reconnecting', since: 2 });
  });

  test('offline lasts while the next poll is under way, since its beginning', () => {
    let shown = shownStatus(status('polling.refreshing', 1), failing('polling.offline', 2));
    shown = shownStatus(shown, failing('polling.refreshing', 3));
    shown = shownStatus(shown, failing('polling.offline', 4));
    expect(shown).toMatchObject({ state: 'polling.offline', since: 2 });
    expect(shownStatus(shown, status('polling.fresh', 5))).toMatchObject({
      state: 'polling.fresh',
      since: 5,
    });
  });

  test('a list that fails while connected is said until one arrives', () => {
    let shown = shownStatus(status('connected.live', 1), failing('connected.resting', 2));
    shown = shownStatus(shown, failing('connected.syncing', 3));
    expect(shown).toMatchObject({ state: 'connected.resting', since: 2 });
    expect(shownStatus(shown, status('connected.live', 4)).state).toBe('connected.live');
  });

  test('polling counts from its first poll', () => {
    const shown = shownStatus(status('polling.refreshing', 1), status('polling.fresh', 2));
    expect(shown).toMatchObject({ state: 'polling.fresh', since: 1 });
  });
});

function statesOfTheMachine(): string[] {
  const { active, ...others } = connectionMachine.root.states;
  const broken = Object.keys(supervisor.root.states).filter((state) => state !== 'running');
  const shown = leaves(active!.states.screen!).map((path) => path.split('.', 2).join('.'));
  return [...new Set([...Object.keys(others), ...shown, ...broken])];
}

interface Node {
  readonly states: Record<string, Node>;
}

function leaves(node: Node, path: readonly string[] = []): string[] {
  const inner = Object.entries(node.states);
  return inner.length === 0
    ? [path.join('.')]
    : inner.flatMap(([key, state]) => leaves(state, [...path, key]));
}

function failureKinds(): FailureKind[] {
  const kinds: Record<FailureKind, true> = {
    unreachable: true,
    tlsRefused: true,
    proxyRefused: true,
    timeout: true,
    closed: true,
    restarting: true,
    crashed: true,
    joinRefused: true,
    upgradeRefused: true,
    unauthorized: true,
    tokenPending: true,
    rateLimited: true,
    serverError: true,
    unavailable: true,
    unreadable: true,
    tooLarge: true,
    userUnknown: true,
    requested: true,
    clockJumped: true,
    incompleteInstall: true,
    withoutOAuth: true,
    foreignEndpoint: true,
    grantRefused: true,
    registrationRefused: true,
    declined: true,
    unfinished: true,
    cancelled: true,
    storageUnavailable: true,
    signInEnded: true,
    signInChanged: true,
    accountUnreadable: true,
    internal: true,
    invalidAddress: true,
    credentialsInAddress: true,
    insecureAddress: true,
    notCodeMySpec: true,
    incompatible: true,
  };
  return Object.keys(kinds) as FailureKind[];
}

function failing(state: string, since: number): ConnectionStatus {
  return { ...status(state, since), listFailure: { kind: 'serverError', detail: '' } };
}

function status(state: string, since: number): ConnectionStatus {
  return {
    ...{ state, since, pictureAt: undefined, nextTryAt: undefined, attempt: 0, loaded: false },
    ...{ failure: undefined, linkFailure: undefined, listFailure: undefined },
  };
}
