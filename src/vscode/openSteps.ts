import { l10n, window, type Memento } from 'vscode';
import { isEnded, type Interaction, type Session } from '../model/session';
import type { SessionManager } from '../sessionManager';
import { serverOf } from '../model/serverAddress';
import { clockTime } from '../views/clockTime';
import { messageText, pickText } from '../views/messageText';
import { stepName } from '../views/sessionName';
import type { StepRunner } from './runStep';
import { nameOf } from './sendCommand';
import { StepIntents, type StepIntent } from './stepIntents';

export interface OpenStepTargets {
  readonly manager: Pick<
    SessionManager,
    'status' | 'getSession' | 'getFreshness' | 'onConnectionUpdate' | 'onSessionsUpdate'
  >;
  readonly workspaceState: Memento;
  readonly serverUrl: () => string;
}

interface OpenStep {
  readonly intent: StepIntent;
  readonly session: Session;
  readonly step: Interaction;
}

const MAX_NAMED = 3;

/**
 * Asks for the results of the steps that were started before now, each once, as soon as a list of its server holds its
 * session. A step whose result is in the list, or whose session has ended, is forgotten; one whose session is not there
 * is kept, since it may be another account's. Ends with the manager.
 */
export function askForOpenSteps(targets: OpenStepTargets, steps: StepRunner): void {
  const { manager, serverUrl } = targets;
  const intents = new StepIntents(targets.workspaceState);
  const waiting = new Set(intents.all());
  const look = (): void => {
    if (!manager.status.loaded) return;
    const open: OpenStep[] = [];
    for (const intent of waiting) {
      const session = manager.getSession(intent.session);
      if (!session || manager.getFreshness(session.id) || intent.server !== serverOf(serverUrl())) continue;
      waiting.delete(intent);
      const step = session.interactions.find(({ id }) => id === intent.interaction);
      if (!steps.isOpen(intent)) continue;
      if (step?.result || isEnded(session)) void intents.forget(intent);
      else if (step && !session.owner) open.push({ intent, session, step });
    }
    if (waiting.size === 0) for (const end of subscriptions) end();
    tell(open, steps);
  };
  const subscriptions = [manager.onConnectionUpdate(look), manager.onSessionsUpdate(look)];
  look();
}

function tell(open: readonly OpenStep[], steps: StepRunner): void {
  if (open.length > MAX_NAMED) void askTogether(open, steps);
  else for (const each of open) void ask(each, steps);
}

async function ask({ intent, session, step }: OpenStep, steps: StepRunner): Promise<void> {
  const isKnown = intent.result?.code !== undefined;
  const submit = isKnown ? l10n.t('Review Result') : l10n.t('Enter Result');
  const discard = l10n.t('Discard');
  const [name, what, at] = [nameOf(session), messageText(stepName(step)), clockTime(intent.startedAt)];
  const text = isKnown
    ? l10n.t('{0}: {1}, started here at {2}, has ended, and its result was not submitted.', name, what, at)
    : l10n.t('{0}: {1} was started here at {2}, and has no result. It is not run again.', name, what, at);
  const chosen = await window.showWarningMessage(text, submit, discard);
  if (chosen === submit) await steps.enter(session, intent);
  if (chosen === discard) await steps.discard(intent);
}

/** One after another, as long as the user chooses. */
async function askTogether(open: readonly OpenStep[], steps: StepRunner): Promise<void> {
  const show = l10n.t('Choose a Step');
  const text = l10n.t('{0} steps were started here and have no result. None is run again.', open.length);
  if ((await window.showWarningMessage(text, show)) !== show) return;
  const items = open.map((each) => ({
    ...{ each, label: pickText(stepName(each.step)), description: pickText(nameOf(each.session)) },
    detail: l10n.t('Started at {0}', clockTime(each.intent.startedAt)),
  }));
  const title = l10n.t('Steps without a Result');
  const chosen = await window.showQuickPick(items, { title, ignoreFocusOut: true });
  if (!chosen) return;
  await steps.askAgain(chosen.each.session, chosen.each.intent);
  tell(
    open.filter((each) => each !== chosen.each && steps.isOpen(each.intent)),
    steps,
  );
}
