import { vi } from 'vitest';
import { Uri, workspace } from 'vscode';
import { AuthProvider } from '../../src/auth/vscode/authProvider';
import { browserSignIn, OFFER_OTHER_WAYS_MS } from '../../src/auth/vscode/browserSignIn';
import { pastedCode } from '../../src/auth/vscode/pastedCode';
import { SignInFailed } from '../../src/auth/vscode/signIn';
import { askForInstead, signInWithToken } from '../../src/auth/vscode/signInWithToken';
import { connectionRecord } from '../../src/connectionRecord';
import { createLog } from '../../src/log';
import { err, ok, type Failure } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import { mergeSession } from '../../src/model/session';
import type { Fate } from '../../src/model/sessionCommand';
import { DEFAULT_ARRANGEMENT } from '../../src/views/grouping';
import { failureMessage } from '../../src/views/failureMessage';
import { commandHandlers } from '../../src/vscode/commandHandlers';
import { diagnose } from '../../src/vscode/diagnose';
import { BATCH_MS, Notifications } from '../../src/vscode/notifications';
import { showStatusMenu } from '../../src/vscode/statusMenu';
import { FAILURES, NOW, SERVER_URL, serverUrl, sessions, statuses } from './shownTexts';
import { connectionStatus } from './views/connectionStatus';
import { failureKinds } from './views/failureKinds';
import { Memory } from './views/memory';
import { FakeFeed } from './views/sessionFeed';
import { recorded } from './vscodeStandIn';

/** What users are asked and told, driven over all outcomes; `seen` is what the window was asked to show. */

export async function ofStatusMenu(seen: readonly unknown[]): Promise<readonly unknown[]> {
  const all = sessions().map((update) => mergeSession(undefined, update));
  for (const status of statuses())
    for (const hasAccount of [true, false])
      await showStatusMenu({
        ...{ manager: { status, getAllSessions: () => all }, serverUrl, auth: { hasAccount } },
        attention: { needOf: ({ id }) => (['asks', 'result', 'failed'] as const)[Number(id) % 3] },
      });
  return seen;
}

/** Every command, with each outcome that it can have. */
export async function ofCommands(seen: readonly unknown[]): Promise<readonly unknown[]> {
  const refused: Failure = { kind: 'commandRefused', detail: '' };
  const all = [sessions()[2]!, sessions()[1]!, sessions()[3]!].map((update) =>
    mergeSession(undefined, update),
  );
  const lost = (fate: Fate) =>
    ok({ outcome: 'unknown' as const, failure: refused, settled: Promise.resolve(fate) });
  const outcomes = [err(refused), lost('happened'), lost('didNotHappen'), lost('unknown')];
  const failedSignIns = [
    ...failureKinds().map((kind) => new SignInFailed(failureMessage({ kind }), kind)),
    Error('κ'),
  ];
  for (const [turn, failed] of failedSignIns.entries()) {
    const session = all[turn % all.length]!;
    Object.assign(workspace, { isTrusted: turn % 4 !== 3 });
    const send = () => Promise.resolve(outcomes[turn % outcomes.length]!);
    const signIn = () => Promise.reject(failed);
    const handlers = commandHandlers({
      manager: {
        ...{ send: () => {}, getSession: () => session, getAllSessions: () => [session] },
        ...{ status: connectionStatus('connected.live'), whyNot: () => (turn === 1 ? refused : undefined) },
        ...{ getFreshness: () => undefined, onConnectionUpdate: () => () => {} },
        onSessionsUpdate: () => () => {},
        ...{ nextCommand: send, cancelSession: send, setExecutionMode: send, submitResult: send },
        refreshSessions: () => Promise.resolve(connectionStatus('polling.offline')),
      },
      ...{
        auth: { signIn, signOut: signIn, hasAccount: true },
        attention: { markSeen: () => {}, needOf: () => undefined },
      },
      view: { selected: undefined, arrangement: DEFAULT_ARRANGEMENT, arrange: () => {}, showMore: () => {} },
      tokens: { get: () => Promise.resolve(ok(undefined)) },
      workspaceState: new Memory(),
      ...{ record: connectionRecord(), extensionUri: Uri.parse('file:///extension') },
      ...{ log: { show: () => {} }, serverUrl: () => (turn ? SERVER_URL : 'λ'), version: '0' },
    });
    for (const [name, run] of Object.entries<(target?: unknown) => unknown>({ ...handlers })) {
      // It has a drive of its own; and what a failed sign-in says goes by nothing but its failure.
      if (name === 'codeMySpec.diagnose' || (turn >= 8 && name !== 'codeMySpec.signIn')) continue;
      const running = Promise.resolve(run(turn === 2 ? undefined : '3')).catch((error: unknown) => {
        if (error !== failed) throw error;
      });
      if (name === 'codeMySpec.filterSessions') recorded.inputs.at(-1)?.escape();
      await running;
    }
  }
  Object.assign(workspace, { isTrusted: true });
  // There is one at most, for as long as it is open.
  for (const panel of recorded.panels) panel.dispose();
  return [seen, recorded.terminals];
}

export async function ofNotifications(seen: readonly unknown[]): Promise<readonly unknown[]> {
  const active = sessions().map((update) => ({ ...update, status: 'active' }));
  const feed = new FakeFeed(...active);
  let ask: (notification: object) => void = () => {};
  let connect = () => {};
  const manager = Object.assign(feed, {
    status: connectionStatus('connected.live', { loaded: true }),
    onNotification: (listener: typeof ask) => ((ask = listener), () => {}),
    onConnectionUpdate: (listener: typeof connect) => ((connect = listener), () => {}),
  });
  const notifications = new Notifications({
    ...{ manager: manager as never, serverUrl, claims: { claim: () => Promise.resolve(true) } },
    windowActivity: { current: () => ({ focused: false, visible: false }) },
  });
  const tell = () => vi.advanceTimersByTimeAsync(BATCH_MS + 1);
  for (const message of ['Να;', undefined]) {
    ask({ sessionId: '2', type: 'permission_prompt', at: NOW, message });
    await tell();
  }
  for (const status of ['complete', 'failed']) {
    feed.put({ id: status === 'failed' ? '3' : '4', status });
    await tell();
  }
  feed.put(...active.map((update) => ({ ...update, status: 'complete' })));
  await tell();
  for (const failure of FAILURES.slice(1)) {
    for (const state of ['connected.live', 'signedOut'] as const) {
      manager.status = connectionStatus(state, { failure });
      connect();
    }
    await tell();
  }
  notifications.dispose();
  return seen;
}

/** Every way to sign in, as far as words go. */
export async function ofSignIn(seen: readonly unknown[]): Promise<readonly unknown[]> {
  const parsed = parseServerAddress(SERVER_URL);
  if (!parsed.ok) throw new Error('no address');
  const [address, { signal }] = [parsed.value, new AbortController()];
  const request = { signal, onAgain: () => ({ dispose: () => {} }) };
  const complaints: unknown[] = [];
  const type = async (text: string) => {
    const box = recorded.inputs.at(-1)!;
    box.enter(text);
    await vi.advanceTimersByTimeAsync(1);
    complaints.push([box.validationMessage, box.title, box.prompt]);
  };
  // The box ends with that one.
  const failures = (FAILURES.slice(1) as Failure[]).filter(({ kind }) => kind !== 'browserRefused');
  for (const prompt of [{}, { prompt: askForInstead }]) {
    let [outcome, failure] = ['refused', failures[0]!] as [string, Failure];
    const check = () => Promise.resolve({ outcome, failure } as never);
    const signingIn = signInWithToken({ check, failureMessage, ...prompt })(address, request);
    for (const text of ['', 'α β', 'é']) await type(text);
    for (failure of failures) await type('token');
    outcome = 'unchecked';
    await type('token');
    await signingIn;
  }
  const pasting = pastedCode(address).receive(new Secret('state'), signal);
  await type('');
  recorded.inputs.at(-1)!.escape();
  await pasting;
  const withToken = () => Promise.resolve(err({ kind: 'cancelled' as const, detail: '' }));
  const flow = {
    signIn: () =>
      new Promise((resolve) =>
        setTimeout(() => resolve(err({ kind: 'cancelled' })), OFFER_OTHER_WAYS_MS + 1),
      ),
  };
  const waiting = browserSignIn({ flow, withToken, host: {} } as never).browser(address, request);
  await vi.advanceTimersByTimeAsync(OFFER_OTHER_WAYS_MS + 2);
  await waiting;
  return [seen, complaints, recorded.progress, (await sessionOfUnnamed()).account.label];
}

/** What the Accounts menu names whose server tells no address. */
async function sessionOfUnnamed() {
  const log = createLog({ log: () => {} }, 'Auth');
  const accounts = {
    ...{ get: () => Promise.resolve(ok(undefined)), put: () => Promise.resolve(ok(undefined)) },
    onDidChange: () => ({ dispose: () => {} }),
  };
  const auth = new AuthProvider({
    accounts,
    serverUrl,
    failureMessage,
    log,
    servers: {},
    signIn: {},
  } as never);
  const credentials = { kind: 'personalAccessToken' as const, accessToken: new Secret('token') };
  const parsed = parseServerAddress(SERVER_URL);
  if (!parsed.ok) throw new Error('no address');
  return auth.adopt(parsed.value, { id: '1', userId: '2', label: '', credentials });
}

/** What a diagnosis says while it runs, but for the names of its steps, which are those of its report. */
export async function ofDiagnosis(): Promise<readonly unknown[]> {
  vi.useRealTimers();
  const tokens = { get: () => Promise.resolve(ok(undefined)) };
  await diagnose({ serverUrl: () => 'λ', tokens, version: '0' });
  return recorded.progress.map(({ title }) => title);
}
