import { commands, env, l10n, window, workspace, type MessageItem, type QuickPickItem } from 'vscode';
import { pendingInteraction, type Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import { sessionUri } from '../sessionView/sessionUri';
import type { Attention } from '../views/attention';
import type { CommandId } from '../views/commandIds';
import { GROUPINGS, type Grouping } from '../views/grouping';
import { foldersToRunIn } from '../views/runnableStep';
import { modeText } from '../views/sessionStatus';
import type { SessionsView } from '../views/sessionsView';
import type { Row } from '../views/sessionRows';
import { openServer } from './openServer';
import type { RunStepTargets, StepRunner } from './runStep';
import { nameOf, sendCommand } from './sendCommand';
import { CONVERSATION_ID } from './stepCommand';

export interface SessionActionTargets extends RunStepTargets {
  readonly manager: RunStepTargets['manager'] &
    Pick<SessionManager, 'nextCommand' | 'cancelSession' | 'setExecutionMode'>;
  readonly attention: Pick<Attention, 'markSeen'>;
  readonly view: Pick<SessionsView, 'arrangement' | 'arrange' | 'showMore' | 'selected'>;
}

/** What can be done to a session: to that of the row or the id that is given, else to the one that is selected. */
export function sessionActions(targets: SessionActionTargets, steps: StepRunner) {
  const { manager, attention, view } = targets;
  const onSession =
    (act: (session: Session, row: Row | undefined) => unknown) => async (target?: unknown) => {
      const row = isRow(target) ? target : typeof target === 'string' ? undefined : view.selected;
      const id = typeof target === 'string' ? target : row && sessionOf(row)?.id;
      // A row may be of the last time, which nothing else knows.
      const session = id === undefined ? undefined : (manager.getSession(id) ?? (row && sessionOf(row)));
      if (session) await act(session, row);
      else await window.showWarningMessage(l10n.t('Select a session first.'));
    };
  return {
    'codeMySpec.openSession': onSession((session) =>
      commands.executeCommand('vscode.open', sessionUri(targets.serverUrl(), session)),
    ),
    'codeMySpec.nextCommand': onSession((session) =>
      sendCommand(manager, session, 'next', () => manager.nextCommand(session.id)),
    ),
    'codeMySpec.cancelSession': onSession((session) => cancel(targets, session)),
    'codeMySpec.setExecutionMode': onSession((session) => chooseMode(targets, session)),
    'codeMySpec.markAsSeen': onSession(({ id }) => attention.markSeen(id)),
    'codeMySpec.copySessionId': onSession(({ id }) => env.clipboard.writeText(id)),
    'codeMySpec.copyCommand': onSession(copyCommand),
    'codeMySpec.openInBrowser': onSession((session) => openServer(targets.serverUrl(), pageOf(session))),
    'codeMySpec.resumeConversation': onSession((session) => resumeConversation(session, steps)),
    'codeMySpec.runStep': onSession((session, row) => steps.run(session, row)),
    'codeMySpec.filterSessions': () => filter(view),
    'codeMySpec.clearFilter': () => view.arrange({ ...view.arrangement, filter: '' }),
    'codeMySpec.groupSessions': () => chooseGrouping(view),
    'codeMySpec.showMore': (row?: unknown) => isRow(row) && row.kind === 'more' && view.showMore(row),
  } satisfies Partial<Record<CommandId, (target?: unknown) => unknown>>;
}

const isRow = (target: unknown): target is Row =>
  typeof target === 'object' && target !== null && 'kind' in target && 'id' in target;

function sessionOf(row: Row): Session | undefined {
  if (row.kind === 'session') return row.session;
  return row.kind === 'step' ? row.parent.session : undefined;
}

/** Cannot be undone: it names the session and asks. */
async function cancel(targets: SessionActionTargets, session: Session): Promise<void> {
  const yes: MessageItem = { title: l10n.t('Cancel Session') };
  // In place of VS Code's own "Cancel", which would be read as the answer.
  const no: MessageItem = { title: l10n.t('Keep Running'), isCloseAffordance: true };
  const chosen = await window.showWarningMessage(
    l10n.t('Cancel the session {0}?', nameOf(session)),
    { modal: true, detail: l10n.t('This cannot be undone. Session {0}', session.id) },
    yes,
    no,
  );
  if (chosen === yes) {
    await sendCommand(targets.manager, session, 'cancel', () => targets.manager.cancelSession(session.id));
  }
}

async function chooseMode(targets: SessionActionTargets, session: Session): Promise<void> {
  const modes: (QuickPickItem & { mode: string })[] = [
    { mode: 'manual', label: modeText('manual'), detail: l10n.t('Each step waits for you.') },
    { mode: 'auto', label: modeText('auto'), detail: l10n.t('Steps run one after another.') },
    { mode: 'agentic', label: modeText('agentic'), detail: l10n.t('An agent decides what comes next.') },
  ];
  const current = l10n.t('current');
  const chosen = await window.showQuickPick(
    modes.map((each) => (each.mode === session.execution_mode ? { ...each, description: current } : each)),
    { title: l10n.t('Mode of {0}', nameOf(session)) },
  );
  if (chosen && chosen.mode !== session.execution_mode)
    await sendCommand(targets.manager, session, 'mode', () =>
      targets.manager.setExecutionMode(session.id, chosen.mode),
    );
}

/** That of the step, else the one that waits for its result, else the last. */
async function copyCommand(session: Session, row: Row | undefined): Promise<void> {
  const interaction =
    row?.kind === 'step' ? row.interaction : (pendingInteraction(session) ?? session.interactions[0]);
  const text = interaction?.command?.command;
  if (text) await env.clipboard.writeText(text);
  else void window.showInformationMessage(l10n.t('There is no command to copy.'));
}

const PAGE_ID = /^[\w-]{1,64}$/;

/** That of its project: a session has none of its own. */
const pageOf = ({ project_id }: Session): string =>
  project_id !== null && PAGE_ID.test(project_id) ? `/projects/${project_id}` : '';

/** Without a shell: the id comes from outside. Claude keeps conversations with the folder that they were held in. */
async function resumeConversation(session: Session, steps: StepRunner): Promise<void> {
  const id = session.external_conversation_id;
  if (!workspace.isTrusted) {
    void window.showWarningMessage(l10n.t('A conversation is resumed only in a trusted workspace.'));
  } else if (id === null || !CONVERSATION_ID.test(id)) {
    void window.showWarningMessage(l10n.t('{0} has no conversation that can be resumed.', nameOf(session)));
  } else {
    const folders = foldersToRunIn();
    const [first] = folders;
    const known = steps.chosenFolder(session) ?? (folders.length === 1 ? first : undefined);
    const folder = known ?? (first && (await steps.chooseFolder(session)));
    if (first && !folder) return;
    const name = l10n.t('Claude: {0}', nameOf(session));
    const place = { name, ...(folder && { cwd: folder.uri }) };
    window.createTerminal({ ...place, shellPath: 'claude', shellArgs: ['--resume', id] }).show();
    await commands.executeCommand('workbench.action.terminal.focus');
  }
}

/** Followed while it is typed; left as it was on Escape. */
async function filter(view: SessionActionTargets['view']): Promise<void> {
  const before = view.arrangement;
  const box = window.createInputBox();
  box.title = l10n.t('Filter Sessions');
  box.placeholder = l10n.t('Words, and @active, @complete, @failed or @cancelled');
  box.value = before.filter;
  const isTaken = await new Promise<boolean>((resolve) => {
    box.onDidChangeValue((value) => view.arrange({ ...view.arrangement, filter: value.trim() }));
    box.onDidAccept(() => resolve(true));
    box.onDidHide(() => resolve(false));
    box.show();
  });
  box.dispose();
  if (!isTaken) view.arrange(before);
}

async function chooseGrouping(view: SessionActionTargets['view']): Promise<void> {
  const labels: Record<Grouping, string> = {
    attention: l10n.t('By Attention'),
    status: l10n.t('By Status'),
    project: l10n.t('By Project'),
    component: l10n.t('By Component'),
    none: l10n.t('None'),
  };
  const current = l10n.t('current');
  const chosen = await window.showQuickPick(
    GROUPINGS.map((grouping) => ({
      ...{ grouping, label: labels[grouping] },
      ...(grouping === view.arrangement.grouping && { description: current }),
    })),
    { title: l10n.t('Group Sessions') },
  );
  if (chosen) view.arrange({ ...view.arrangement, grouping: chosen.grouping });
}
