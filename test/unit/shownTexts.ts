import { window, type MarkdownString, type TreeItem } from 'vscode';
import { VIEW_ID } from '../../src/views/commandIds';
import { adviceOf, type Localization } from '../../src/doctor/advice';
import { report } from '../../src/doctor/report';
import type { StepName } from '../../src/doctor/finding';
import { finishedPage } from '../../src/auth/vscode/finishedPage';
import { err, type Failure } from '../../src/model/failure';
import type { SessionUpdate } from '../../src/model/parseSession';
import { mergeSession, type Freshness, type Session } from '../../src/model/session';
import type { ConnectionState, ConnectionStatus } from '../../src/sessionManager';
import { actionsOf } from '../../src/sessionView/actions';
import type { Standing } from '../../src/sessionView/followedSession';
import type { PageModel } from '../../src/sessionView/pageModel';
import { outputUriOf } from '../../src/sessionView/outputDocuments';
import { pageModel, type Shown } from '../../src/sessionView/sessionModel';
import { sessionOpener } from '../../src/sessionView/registerSessionView';
import type { Attention } from '../../src/views/attention';
import {
  PRESENTED_STATES,
  presentationOf,
  reasonsFor,
  refreshedMessage,
} from '../../src/views/connectionPresentation';
import { failureMessage, listFailureMessage } from '../../src/views/failureMessage';
import { DEFAULT_ARRANGEMENT, GROUPINGS } from '../../src/views/grouping';
import { itemOf, tooltipOf, UNSEEN_MARKS } from '../../src/views/sessionItems';
import type { Row } from '../../src/views/sessionRows';
import { SessionListProvider } from '../../src/views/sessionList';
import { noteOf, SessionsView } from '../../src/views/sessionsView';
import { StatusBar } from '../../src/views/statusBar';
import { registerTools } from '../../src/vscode/registerTools';
import { connectionStatus } from './views/connectionStatus';
import { failureKinds } from './views/failureKinds';
import { Memory } from './views/memory';
import { FakeFeed, openerOf } from './views/sessionFeed';
import { recorded, type TreeView } from './vscodeStandIn';

/** What users read, driven over all states. Data is in Greek, so that it is told from words of the extension. */

export const SERVER_URL = 'https://mine.example';
export const serverUrl = () => SERVER_URL;
export const NOW = Date.UTC(2026, 0, 5);
const at = (hoursAgo: number) => new Date(NOW - hoursAgo * 3_600_000).toISOString();
export const FAILURES: readonly (Failure | undefined)[] = [
  undefined,
  ...failureKinds().map((kind) => ({ kind, detail: '' })),
];

/** The states whose words go by the failure too. */
const TELLING: readonly ConnectionState[] = [
  ...(['signedOut', 'invalidServer', 'connected.retryWait', 'polling.offline'] as const),
];

export const statuses = (): ConnectionStatus[] =>
  PRESENTED_STATES.flatMap((state) =>
    FAILURES.slice(0, TELLING.includes(state) ? FAILURES.length : 2).flatMap((failure) => [
      connectionStatus(state, { failure, listFailure: failure, loaded: true, nextTryAt: NOW, syncedAt: NOW }),
      connectionStatus(state, { linkFailure: failure }),
    ]),
  );

export function ofConnection(): unknown[] {
  return statuses().flatMap((status) => {
    const { text, explanation, click } = presentationOf(status);
    return [text, explanation, click.title, reasonsFor(status), refreshedMessage(status), noteOf(status)];
  });
}

export const ofFailures = (): unknown[] =>
  failureKinds().flatMap((kind) => [failureMessage({ kind }), listFailureMessage({ kind })]);

export function ofStatusBar(): unknown[] {
  return statuses().map((status, index) => {
    const manager = { status, onConnectionUpdate: () => () => {} };
    const bar = new StatusBar(manager, { count: index % 3, onCount: () => () => {} }, serverUrl);
    const { text, tooltip, accessibilityInformation } = recorded.statusBarItems.at(-1)!;
    bar.dispose();
    return [text, markdown(tooltip), accessibilityInformation?.label];
  });
}

/** Sessions that differ in all that changes a word. */
export function sessions(): SessionUpdate[] {
  const named = (id: string, more: Partial<SessionUpdate> = {}): SessionUpdate => ({
    ...{ id, type: 'Εργασία', status: 'active', inserted_at: at(3), updated_at: at(2), account_id: '1' },
    component: { id, name: `Μέρος${id}`, type: null, module_name: null },
    ...more,
  });
  const step = (id: string, status: string | null, more: object = {}) => ({
    ...{ id, step_name: null, completed_at: null },
    command: { id, module: null, command: 'α', pipe: 'β', metadata: { γ: 1 }, timestamp: at(2) },
    result: status === null ? null : { ...RESULT, status, ...more },
  });
  const steps = [step('1', 'ok'), step('2', 'warning'), step('3', 'error', { code: 2 }), step('4', null)];
  return [
    named('1', { interactions: steps, component: null, project: null, type: null }),
    named('2', { execution_mode: 'manual', inserted_at: at(0) }),
    named('3', { execution_mode: 'manual', interactions: [step('5', null)], inserted_at: at(0.5) }),
    named('4', { execution_mode: 'auto', inserted_at: at(50), external_conversation_id: '4-2' }),
    named('5', { execution_mode: 'agentic', owner: { id: '2', name: 'Άλλος' } }),
    named('6', { status: 'complete' }),
    named('7', { status: 'failed', interactions: [step('6', null)] }),
    named('8', { status: 'failed', interactions: [step('7', 'error')] }),
    named('9', { status: 'cancelled', leftOut: { interactions: 3, places: 0 } }),
    named('10', { status: null, leftOut: { interactions: 0, places: 0 } }),
    named('11', { component: { id: '1', name: 'Μέρος4', type: null, module_name: null } }),
    named('12', { project_id: '1', component_id: '1' }),
    named('13', { project_id: null, component_id: null }),
  ];
}

const RESULT = {
  ...{ id: null, data: { ε: [1] }, code: 0, error_message: 'ζ', stdout: 'η\nθ', stderr: 'ι' },
  ...{ duration_ms: 1500, timestamp: at(1) },
};

const FRESHNESS: Freshness[] = [{ kind: 'incomplete' }, { kind: 'stale', confirmedAt: NOW }];

const NEEDS = [undefined, 'asks', 'result', 'next', 'failed'] as const;

/** Of each row, as each need and each freshness has it. */
export function ofTree(): unknown[] {
  const feed = new FakeFeed(...sessions());
  return GROUPINGS.flatMap((grouping) =>
    NEEDS.flatMap((need) => {
      const attention = {
        needOf: () => need,
        askedOf: (id: string) => ({ message: id === '2' ? undefined : 'Να;', at: NOW, isCertain: true }),
        ...{ isUnseen: () => need === 'failed', onChange: () => () => {} },
      };
      for (const [index, { id }] of feed.getAllSessions().entries())
        feed.mark(id, need ? undefined : FRESHNESS[index % 3]);
      const list = new SessionListProvider(feed, attention, openerOf, { ...DEFAULT_ARRANGEMENT, grouping });
      const under = (row?: Row): Row[] =>
        list.getChildren(row).flatMap((each) => [each, ...(each.kind === 'more' ? [] : under(each))]);
      const texts = under().flatMap((row) => [itemTexts(itemOf(row, NOW)), markdown(tooltipOf(row))]);
      list.dispose();
      return texts;
    }),
  );
}

export function ofMoreRowsAndMarks(): unknown[] {
  const many = Array.from({ length: 201 }, (_, n) => ({ id: String(n), type: 'Εργασία', status: 'active' }));
  const attention = { needOf: () => undefined, askedOf: () => undefined, isUnseen: () => false };
  const list = new SessionListProvider(
    new FakeFeed(...many),
    { ...attention, onChange: () => () => {} },
    openerOf,
  );
  const [group] = list.getChildren();
  const [more] = list.getChildren(group).slice(-1);
  const mark = UNSEEN_MARKS.provideFileDecoration(
    { scheme: 'codemyspec-row' } as never,
    undefined as never,
  ) as { tooltip?: string };
  const opener = sessionOpener(serverUrl)(mergeSession(undefined, many[0]!));
  return [
    itemTexts(list.getTreeItem(more!)),
    list.getTreeItem(more!).command?.title,
    mark.tooltip,
    opener.title,
  ];
}

export function ofView(): unknown[] {
  const feed = new FakeFeed(...sessions());
  return statuses().flatMap((status) => {
    const manager = Object.assign(feed, { status, onConnectionUpdate: () => () => {} });
    const attention = {
      count: 2,
      onCount: () => () => {},
      onChange: () => () => {},
      needOf: () => undefined,
    };
    const view = new SessionsView(
      manager,
      feed,
      serverUrl,
      { ...attention, askedOf: () => undefined, isUnseen: () => false } as unknown as Attention,
      new Memory(),
      openerOf,
      (rows) => window.createTreeView(VIEW_ID, { treeDataProvider: rows, showCollapseAll: true }),
    );
    view.arrange({ ...DEFAULT_ARRANGEMENT, filter: 'Μέρος' });
    const { title, description, message, badge } = view.tree as unknown as TreeView & { title?: string };
    view.dispose();
    return [title, description, message, badge?.tooltip];
  });
}

/** The page of a session, and the titles of the documents that it opens. */
export function ofSessionView(): unknown[] {
  const standings: Standing[] = ['here', 'waiting', 'gone', 'signedOut', 'elsewhere'];
  const all: (Session | undefined)[] = sessions().map((update) => mergeSession(undefined, update));
  const [parent] = all;
  const many = mergeSession(undefined, {
    ...sessions()[0]!,
    interactions: Array.from({ length: 201 }, () => sessions()[0]!.interactions![2]!),
  });
  const long = mergeSession(undefined, {
    ...sessions()[0]!,
    interactions: [
      { ...sessions()[0]!.interactions![0]!, result: { ...RESULT, stdout: 'η\n'.repeat(300), status: 'ok' } },
    ],
  });
  const model = (session: Session | undefined, more: Partial<Shown>) =>
    pageModel({
      ...{ session, standing: 'here', freshness: undefined, liveOutput: 'κ', parent, now: NOW },
      ...{ need: undefined, asked: undefined },
      ...{ status: connectionStatus('connected.live'), selected: null, whyNot: () => undefined },
      ...more,
    });
  return [
    ...[...all, many, long].map((session) => model(session, {})),
    ...FRESHNESS.map((freshness) => model(parent, { freshness })),
    ...NEEDS.map((need) => model(parent, { need })),
    ...[undefined, parent].flatMap((session) =>
      standings.flatMap((standing) =>
        PRESENTED_STATES.map((state) => model(session, { standing, status: connectionStatus(state) })),
      ),
    ),
  ].flatMap(pageTexts);
}

function pageTexts({
  words,
  note,
  title,
  facts,
  look,
  steps,
  counts,
  earlier,
  detail,
}: PageModel): unknown[] {
  return [
    ...[Object.values(words), note, title, look.label, Object.values(counts), earlier],
    ...facts.map((fact) => (fact.kind === 'elapsed' ? '' : fact.text)),
    ...steps.flatMap((step) => [step.name, step.look.label, step.outcome]),
    ...(detail ? [detail.outcome, detail.times, detail.look.label, ...detail.metadata.flat()] : []),
    ...(detail?.outputs.flatMap(({ label, note: howMuch }) => [label, howMuch]) ?? []),
  ];
}

export function ofSessionActions(): unknown[] {
  return sessions()
    .map((update) => mergeSession(undefined, update))
    .flatMap((session) =>
      FAILURES.flatMap((failure) =>
        actionsOf(session, () => failure).flatMap(({ label, reason }) => [label, reason]),
      ),
    );
}

/** Without their endings, by which an editor chooses the language. */
export function ofDocuments(): unknown[] {
  const session = mergeSession(undefined, sessions()[0]!);
  const ref = { server: SERVER_URL, account: '1', id: '1' };
  return (['stdout', 'stderr', 'command', 'json'] as const).map((part) =>
    outputUriOf(ref, session, part, part === 'json' ? '' : '1').path.replace(/\.(log|sh|json)$/, ''),
  );
}

const STEPS: StepName[] = [
  ...(['address', 'DNS', 'TLS', 'proxy', 'discovery', 'token', 'REST', 'upgrade', 'join'] as const),
  ...(['heartbeat', 'list', 'generation'] as const),
];

/** What a report advises; its steps are in English for whoever reads the issue. */
export function ofReports(l10n: Localization): unknown[] {
  const reported = (steps: Parameters<typeof report>[0]['steps']) =>
    report({ steps, serverUrl: SERVER_URL, versions: [], l10n }).split('## ')[1];
  const failed = STEPS.flatMap((name) =>
    failureKinds().map((kind) => ({ name, verdict: 'failed' as const, ms: 1, detail: '', kind })),
  );
  const without = { name: 'token', verdict: 'skipped', ms: undefined, detail: '' } as const;
  return [...failed, without]
    .flatMap((step) => [adviceOf([step], l10n), reported([step])])
    .concat(
      reported([]),
      adviceOf([failed[0]!, { ...failed[0]!, name: 'generation', kind: 'notCodeMySpec' }], l10n),
    );
}

export function ofTools(): unknown[] {
  registerTools(() => Promise.resolve(err({ kind: 'incompleteInstall', detail: '' })));
  return [...recorded.tools.values()].map((tool) => tool.prepareInvocation?.().invocationMessage);
}

export function ofFinishedPage(): unknown[] {
  return [true, false].map((isInBrowser) =>
    finishedPage({ isInBrowser, uriScheme: 'ν', appName: 'Ξ' }, 'ξ')
      .html.replace(/[^]*<main>|<\/main>[^]*/g, '')
      .replace(/<[^>]+>/g, ' '),
  );
}

function itemTexts({ label, description, tooltip, accessibilityInformation }: TreeItem): unknown[] {
  return [label, description, tooltip, accessibilityInformation?.label];
}

const markdown = (text: MarkdownString | { value: string } | undefined): string =>
  (text?.value ?? '').replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
