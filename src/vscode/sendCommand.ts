import { l10n, window } from 'vscode';
import type { Failure, Result } from '../model/failure';
import type { Session } from '../model/session';
import type { CommandName, CommandOutcome } from '../model/sessionCommand';
import type { SessionManager } from '../sessionManager';
import { VIEW_ID } from '../views/commandIds';
import { failureMessage } from '../views/failureMessage';
import { messageText } from '../views/messageText';
import { kindOf, sessionName } from '../views/sessionName';

/** Names the session wherever something is said of it: another may be selected by then. */
export function nameOf(session: Session): string {
  const [name, kind] = [sessionName(session), kindOf(session)].map(messageText) as [string, string];
  return name === kind ? kind : l10n.t('{0}, {1}', name, kind);
}

export const refusal = (session: Session, failure: Failure) =>
  `${nameOf(session)}: ${failureMessage(failure)}`;

/** Once, telling what came of it where users do not see it anyway. True where it has surely happened. */
export async function sendCommand(
  manager: Pick<SessionManager, 'whyNot'>,
  session: Session,
  command: CommandName,
  carryOut: () => Promise<Result<CommandOutcome>>,
): Promise<boolean> {
  const reason = manager.whyNot(command, session.id);
  if (reason) {
    void window.showWarningMessage(refusal(session, reason));
    return false;
  }
  const result = await window.withProgress({ location: { viewId: VIEW_ID } }, carryOut);
  if (!result.ok) {
    void window.showErrorMessage(refusal(session, result.failure));
    return false;
  }
  if (result.value.outcome !== 'unknown') return true;
  const name = nameOf(session);
  void window.showWarningMessage(
    l10n.t(
      '{0}: the answer of the server was lost. The command is not sent again; its outcome is being looked up.',
      name,
    ),
  );
  const fates = {
    happened: l10n.t('{0}: it was done after all.', name),
    didNotHappen: l10n.t('{0}: it was not done. You can try again.', name),
    unknown: l10n.t('{0}: the server does not say whether it was done. Check before you try again.', name),
  };
  const fate = await result.value.settled;
  void window.showInformationMessage(fates[fate]);
  return fate === 'happened';
}
