import { l10n, workspace, type WorkspaceFolder } from 'vscode';
import { isByHand, type Interaction, type Session } from '../model/session';

/** The newest step of a session in manual mode, where its command waits for somebody to run it. */
export function runnableStep(session: Session): (Interaction & { readonly id: string }) | undefined {
  const { interactions } = session;
  const [step] = interactions;
  if (!isByHand(session) || !step) return undefined;
  const { id, command, result } = step;
  const isOnly = interactions.filter((each) => each.id === id).length === 1;
  return id !== null && isOnly && command?.command?.trim() && !result ? { ...step, id } : undefined;
}

/** Those in which a terminal can be opened. */
export const foldersToRunIn = (): readonly WorkspaceFolder[] =>
  (workspace.workspaceFolders ?? []).filter(({ uri }) => ['file', 'vscode-remote'].includes(uri.scheme));

/** Why no step can be run in this window; empty where it can. */
export function whyNoRunHere(): string {
  if (!workspace.isTrusted) return l10n.t('A step is run only in a trusted workspace.');
  return foldersToRunIn().length === 0 ? l10n.t('Open the folder of the project to run its steps.') : '';
}
