import { l10n, ProgressLocation, window, workspace, type Memento, type WorkspaceFolder } from 'vscode';
import { equalJson, type Session } from '../model/session';
import type { CommandResult } from '../model/sessionCommand';
import type { SessionManager } from '../sessionManager';
import { serverOf } from '../model/serverAddress';
import { clockTime } from '../views/clockTime';
import { messageText } from '../views/messageText';
import { foldersToRunIn, runnableStep, whyNoRunHere } from '../views/runnableStep';
import type { Row } from '../views/sessionRows';
import { stepName } from '../views/sessionName';
import { askToRun, chooseFolder } from './askToRun';
import { nameOf, refusal, sendCommand } from './sendCommand';
import { stepCommandOf, type StepCommand } from './stepCommand';
import { StepIntents, type StepIntent } from './stepIntents';
import { enterResult, resultOf, reviewResult } from './stepResult';
import { runInShell, startClaude } from './stepRun';

export interface RunStepTargets {
  readonly manager: Pick<SessionManager, 'getSession' | 'whyNot' | 'submitResult'>;
  readonly workspaceState: Memento;
  readonly serverUrl: () => string;
}

type Step = NonNullable<ReturnType<typeof runnableStep>>;

/** Runs the steps of sessions in manual mode, each after a yes, at most once for it; so are results submitted. */
export class StepRunner {
  private readonly underway = new Set<string>();
  private readonly intents: StepIntents;

  constructor(private readonly targets: RunStepTargets) {
    this.intents = new StepIntents(targets.workspaceState);
  }

  async run(session: Session, row?: Row): Promise<void> {
    const step = runnableStep(session);
    if (!step || (row?.kind === 'step' && row.interaction.id !== step.id)) {
      warn(l10n.t('{0}: no step is waiting to be run here.', nameOf(session)));
      return;
    }
    let unwatched: StepIntent | undefined;
    await this.alone(session, step.id, async () => {
      const intent = this.intents.get(this.idOf(session, step.id));
      if (intent) await this.askForResult(session, intent);
      else unwatched = await this.askAndRun(session, step);
    });
    if (unwatched) this.offerToEnter(session, unwatched);
  }

  /** It is as it was then: neither dealt with meanwhile nor being so. */
  isOpen(intent: StepIntent): boolean {
    return this.kept(intent) !== undefined && !this.underway.has(keyOf(intent.session, intent.interaction));
  }

  /** Has the result of a step that was started entered, or looked at where it is known, and submitted. */
  async enter(session: Session, intent: StepIntent): Promise<void> {
    await this.whileKept(session, intent, (kept) =>
      kept.result?.code === undefined
        ? this.enterAndReview(session, kept)
        : this.review(session, kept, kept.result),
    );
  }

  async askAgain(session: Session, intent: StepIntent): Promise<void> {
    await this.whileKept(session, intent, (kept) => this.askForResult(session, kept));
  }

  /** It can be run again, after another yes. */
  async discard(intent: StepIntent): Promise<void> {
    if (this.isOpen(intent)) await this.intents.forget(intent);
  }

  /** That of its project; undefined where none was chosen, or it is not open any more. */
  chosenFolder({ project_id }: Session): WorkspaceFolder | undefined {
    if (project_id === null) return undefined;
    const chosen = this.intents.folderOf(serverOf(this.targets.serverUrl()), project_id);
    return foldersToRunIn().find(({ uri }) => uri.toString() === chosen);
  }

  /** Asks for it, and keeps it for the project; undefined on Escape. */
  async chooseFolder(session: Session): Promise<WorkspaceFolder | undefined> {
    const folder = await chooseFolder(session);
    const { project_id } = session;
    if (folder && project_id !== null)
      await this.intents.chooseFolder(serverOf(this.targets.serverUrl()), project_id, folder.uri);
    return folder;
  }

  /** Undefined once it is settled, be it that the step was started anew. */
  private kept(intent: StepIntent): StepIntent | undefined {
    const kept = this.intents.get(intent);
    return kept?.startedAt === intent.startedAt ? kept : undefined;
  }

  private async whileKept(
    session: Session,
    intent: StepIntent,
    act: (kept: StepIntent) => Promise<void>,
  ): Promise<void> {
    const kept = this.kept(intent);
    if (!kept) return;
    await this.alone(session, intent.interaction, () =>
      this.hasArrived(intent) ? this.leaveArrived(session, intent) : act(kept),
    );
  }

  /** One thing at a time with each step. */
  private async alone(session: Session, step: string, act: () => Promise<void>): Promise<void> {
    const key = keyOf(session.id, step);
    const reason = this.targets.manager.whyNot('submit', session.id);
    if (reason) warn(refusal(session, reason));
    else if (this.underway.has(key)) warn(l10n.t('{0}: this step is already being run.', nameOf(session)));
    else {
      this.underway.add(key);
      try {
        await act();
      } finally {
        this.underway.delete(key);
      }
    }
  }

  /** Returns what was started and is watched by nobody but the user. */
  private async askAndRun(session: Session, step: Step): Promise<StepIntent | undefined> {
    const reason = whyNoRunHere();
    const command = stepCommandOf(step);
    if (reason || !command.ok) {
      warn(`${nameOf(session)}: ${reason || (command.ok ? '' : command.failure)}`);
      return undefined;
    }
    let folder = this.chosenFolder(session) ?? (await this.chooseFolder(session));
    while (folder) {
      const answer = await askToRun({ session, step, folder, command: command.value });
      if (answer === 'run') return this.start(session, step, command.value, folder);
      if (answer === undefined) return undefined;
      folder = await this.chooseFolder(session);
    }
    return undefined;
  }

  private async start(
    session: Session,
    step: Step,
    command: StepCommand,
    folder: WorkspaceFolder,
  ): Promise<StepIntent | undefined> {
    const name = nameOf(session);
    const id = this.idOf(session, step.id);
    if (!this.isAsShown(session, step) || this.intents.get(id)) {
      warn(l10n.t('{0}: the step has changed in the meantime. Nothing was run.', name));
      return undefined;
    }
    const intent: StepIntent = { ...id, startedAt: Date.now() };
    await this.intents.keep(intent);
    const place = { name: l10n.t('{0}, {1}', stepName(step), name), cwd: folder.uri };
    if (command.kind === 'claude') {
      startClaude(command.args, place);
      return intent;
    }
    const end = await window.withProgress(
      {
        ...{ location: ProgressLocation.Notification, cancellable: true },
        title: l10n.t('{0}: {1} runs in a terminal', name, messageText(stepName(step))),
      },
      (_, cancelled) => runInShell(command.text, place, cancelled),
    );
    if (end.kind === 'notStarted') {
      await this.intents.forget(intent);
      warn(l10n.t('{0}: nothing was run.', name));
      return undefined;
    }
    if (end.kind === 'unwatched') return intent;
    const result = resultOf(end);
    await this.intents.keep({ ...intent, result });
    const whole = end.code === undefined ? await enterResult(name, end) : result;
    if (whole) await this.review(session, intent, whole);
    return undefined;
  }

  /** What was shown is what would run, and this is still the place for it. */
  private isAsShown(session: Session, step: Step): boolean {
    const { manager } = this.targets;
    const now = manager.getSession(session.id);
    const waits = now && runnableStep(now);
    return (
      workspace.isTrusted &&
      waits?.id === step.id &&
      equalJson(waits.command, step.command) &&
      manager.whyNot('submit', session.id) === undefined
    );
  }

  /** It runs where nobody but the user sees what comes of it. */
  private offerToEnter(session: Session, intent: StepIntent): void {
    const enter = l10n.t('Enter Result');
    const text = l10n.t('{0}: the step was started. Enter its result once you see it.', nameOf(session));
    void window.showInformationMessage(text, enter).then((chosen) => {
      if (chosen === enter) return this.enter(session, intent);
    });
  }

  /** It was started, and no result is there: it is not started again before somebody says that this one is nothing. */
  private async askForResult(session: Session, intent: StepIntent): Promise<void> {
    const name = nameOf(session);
    if (intent.result?.code !== undefined) {
      await this.review(session, intent, intent.result);
      return;
    }
    const enter = l10n.t('Enter Result');
    const discard = l10n.t('Discard');
    const chosen = await window.showWarningMessage(
      l10n.t('{0}: this step was started here, and its result has not arrived.', name),
      {
        modal: true,
        detail: l10n.t(
          'Started at {0}. It is not run again: submit what you see, or discard it so that it can be run again.',
          clockTime(intent.startedAt),
        ),
      },
      enter,
      discard,
    );
    if (chosen === discard) await this.intents.forget(intent);
    if (chosen === enter) await this.enterAndReview(session, intent);
  }

  private async enterAndReview(session: Session, intent: StepIntent): Promise<void> {
    const { stdout, duration_ms: durationMs } = intent.result ?? {};
    const seen = { ...(stdout !== undefined && { stdout }), ...(durationMs !== undefined && { durationMs }) };
    const result = await enterResult(nameOf(session), seen);
    if (result) await this.review(session, intent, result);
  }

  private async review(session: Session, intent: StepIntent, result: CommandResult): Promise<void> {
    const { manager } = this.targets;
    await this.intents.keep({ ...intent, result });
    const chosen = await reviewResult(nameOf(session), result);
    if (chosen === undefined) return;
    if (this.hasArrived(intent)) {
      await this.leaveArrived(session, intent);
      return;
    }
    if (chosen === 'discard') {
      await this.intents.forget(intent);
      return;
    }
    await this.intents.keep({ ...intent, result: chosen });
    const hasHappened = await sendCommand(manager, session, 'submit', () =>
      manager.submitResult(session.id, intent.interaction, chosen),
    );
    if (hasHappened) await this.intents.forget(intent);
  }

  private hasArrived({ session, interaction }: StepIntent): boolean {
    const now = this.targets.manager.getSession(session);
    return now?.interactions.some(({ id, result }) => id === interaction && result) ?? false;
  }

  private async leaveArrived(session: Session, intent: StepIntent): Promise<void> {
    warn(l10n.t('{0}: its result has arrived already. Nothing was submitted.', nameOf(session)));
    await this.intents.forget(intent);
  }

  private idOf(session: Session, interaction: string) {
    return { server: serverOf(this.targets.serverUrl()), session: session.id, interaction };
  }
}

const keyOf = (session: string, step: string) => `${session} ${step}`;

const warn = (text: string): void => void window.showWarningMessage(text);
