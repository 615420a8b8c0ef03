import { l10n } from 'vscode';
import { pendingInteraction, type Session } from '../model/session';
import type { CommandName } from '../model/sessionCommand';
import type { SessionManager } from '../sessionManager';
import { failureMessage } from '../views/failureMessage';
import { runnableStep, whyNoRunHere } from '../views/runnableStep';
import type { ActionShown } from './pageModel';

const COMMANDS = ['nextCommand', 'runStep', 'setExecutionMode', 'cancelSession'] as const;

/** What the page may ask for, by name; it is a command of the extension with `codeMySpec.` before it. */
export const isAction = (name: unknown): name is ActionShown['name'] =>
  name === 'resumeConversation' || (COMMANDS as readonly unknown[]).includes(name);

/** What can be done to the session, as the menu of its row has it; what cannot be done now has its reason. */
export function actionsOf(
  session: Session | undefined,
  whyNot: SessionManager['whyNot'],
): readonly ActionShown[] {
  if (!session || session.owner) return [];
  const action = (
    name: ActionShown['name'],
    icon: string,
    label: string,
    command?: CommandName,
    otherReason = '',
  ): ActionShown => {
    const failure = command && whyNot(command, session.id);
    return { name, icon, label, reason: failure ? failureMessage(failure) : otherReason };
  };
  const resume = session.external_conversation_id
    ? [action('resumeConversation', 'comment-discussion', l10n.t('Resume Conversation in Terminal'))]
    : [];
  if (session.status !== 'active') return resume;
  return [
    ...(session.execution_mode === 'manual' && !pendingInteraction(session)
      ? [action('nextCommand', 'debug-step-over', l10n.t('Advance Session'), 'next')]
      : []),
    ...(runnableStep(session)
      ? [action('runStep', 'run', l10n.t('Run Waiting Step Here…'), 'submit', whyNoRunHere())]
      : []),
    action('setExecutionMode', 'settings', l10n.t('Change Mode…'), 'mode'),
    ...resume,
    action('cancelSession', 'stop-circle', l10n.t('Cancel Session…'), 'cancel'),
  ];
}
