import type { AuthenticationProvider } from 'vscode';
import { beforeEach, expect, test } from 'vitest';
import { err, ok, type Result } from '../../../src/model/failure';
import { Late } from '../../../src/vscode/late';
import { registerAuthentication, type Authentication } from '../../../src/vscode/registerAuthentication';
import { SecretsInMemory } from '../auth/secretsInMemory';
import { EventEmitter, recorded, resetStandIn, Uri } from '../vscodeStandIn';

beforeEach(resetStandIn);

const SESSION = { id: 's1', accessToken: 'a', account: { id: '1', label: 'me' }, scopes: ['read'] };
const MISSING = err({ kind: 'incompleteInstall', detail: 'a file of the extension is missing' });
const INCOMPLETE = /^A file of this extension is missing/;

/** `asked` is what the real provider was asked for; it lists `sessions`. */
function open({ kept = [] as string[], broken = false, isComplete = true } = {}) {
  const secrets = new SecretsInMemory();
  secrets.broken = broken;
  for (const key of kept) secrets.stored.set(key, '{}');
  const sessionsChanged = new EventEmitter<unknown>();
  const asked: unknown[][] = [];
  const sessions: unknown[] = [];
  const told = <T>(answer: T, ...question: unknown[]): Promise<T> => {
    asked.push(question);
    return Promise.resolve(answer);
  };
  const real = {
    onDidChangeSessions: sessionsChanged.event,
    getSessions: (scopes: unknown, options: unknown) => told([...sessions], 'get', scopes, options),
    createSession: (scopes: unknown, options: unknown) => told(SESSION, 'create', scopes, options),
    removeSession: (id: unknown) => told(undefined, 'remove', id),
  } as unknown as AuthenticationProvider;
  const loads: Result<Authentication>[] = [];
  const late = new Late(() => {
    const loaded: Result<Authentication> = isComplete
      ? ok({ authentication: real, handleUri: ({ path }) => told(undefined, 'link', path) })
      : MISSING;
    loads.push(loaded);
    return Promise.resolve(loaded);
  });
  const registered = registerAuthentication(secrets, late);
  const provider = recorded.accounts.get('codemyspec')!;
  const heard: unknown[] = [];
  provider.onDidChangeSessions((event) => heard.push(event));
  return { secrets, late, loads, provider, asked, sessions, sessionsChanged, heard, registered };
}

test('[B1] nothing is loaded while no account is kept', async () => {
  const { provider, secrets, loads } = open({ kept: ['client:https://a.example'] });
  expect(await provider.getSessions(['read'], {})).toEqual([]);
  await secrets.store('pending:https://a.example', '{}');
  expect(await provider.getSessions(undefined, {})).toEqual([]);
  expect(loads).toEqual([]);
});

test('[B1] an account that is kept is a need at once', async () => {
  const { provider, loads, asked } = open({ kept: ['account:https://a.example'] });
  await expect.poll(() => loads.length).toBe(1);
  expect(await provider.getSessions(['read'], {})).toEqual([]);
  expect([asked, loads.length]).toEqual([[['get', ['read'], {}]], 1]);
});

test('[B1] accounts that cannot be read may be kept', async () => {
  const { loads } = open({ broken: true });
  await expect.poll(() => loads.length).toBe(1);
});

test('[B1] an account that another window keeps is a need, and VS Code is told of it', async () => {
  const { provider, secrets, sessions, loads, heard } = open();
  expect(await provider.getSessions(undefined, {})).toEqual([]);
  sessions.push(SESSION);
  await secrets.store('account:https://a.example', '{}');
  await expect.poll(() => heard).toEqual([{ added: [SESSION], removed: [], changed: [] }]);
  expect(await provider.getSessions(undefined, {})).toEqual([SESSION]);
  expect([loads.length, heard.length]).toEqual([1, 1]);
});

test('[B1] changes of the accounts are passed on once, whoever needed it and however often', async () => {
  const { provider, secrets, late, sessionsChanged, heard, registered } = open();
  await late.need();
  sessionsChanged.fire('first');
  await secrets.store('account:https://a.example', '{}');
  await provider.getSessions(undefined, {});
  await provider.removeSession('s1');
  sessionsChanged.fire('second');
  expect(heard).toEqual(['first', 'second']);
  registered.dispose();
  sessionsChanged.fire('third');
  expect(heard).toEqual(['first', 'second']);
  expect([secrets.listenerCount, recorded.accounts.size, recorded.uriHandlers.size]).toEqual([0, 0, 0]);
});

test('[B1] a sign-in, a sign-out and a link are passed on', async () => {
  const { provider, asked, loads } = open();
  expect(await provider.createSession(['write'], {})).toBe(SESSION);
  await provider.removeSession('s1');
  const [links] = recorded.uriHandlers;
  await links?.handleUri(Uri.parse('vscode://codemyspec.codemyspec/callback'));
  expect(asked).toEqual([
    ['create', ['write'], {}],
    ['remove', 's1'],
    ['link', '/callback'],
  ]);
  expect(loads.length).toBe(1);
});

test('[B2] an incomplete installation is told to whoever asks, and each tries again', async () => {
  const { provider, loads } = open({ isComplete: false });
  await expect(provider.createSession([], {})).rejects.toThrow(INCOMPLETE);
  await expect(provider.removeSession('s1')).rejects.toThrow(INCOMPLETE);
  const [links] = recorded.uriHandlers;
  await expect(links?.handleUri(Uri.parse('vscode://codemyspec.codemyspec/callback'))).rejects.toThrow(
    INCOMPLETE,
  );
  expect(loads).toEqual([MISSING, MISSING, MISSING]);
});
