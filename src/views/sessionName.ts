import { l10n } from 'vscode';
import { plainText } from '../model/plainText';
import type { Interaction, Session } from '../model/session';

const MAX_NAME = 60;

/** What tells sessions apart: the component, else the project, else what kind it is. One line. */
export function sessionName(session: Session, maxLength = MAX_NAME): string {
  const { component, project } = session;
  return (
    plainText(component?.name ?? '', maxLength) ||
    plainText(project?.name ?? '', maxLength) ||
    kindOf(session)
  );
}

/** Equal for sessions of equal names; cheaper. */
export function nameKey({ component, project, display_name, type }: Session): string {
  return component?.name || project?.name || display_name || type || '';
}

/** `ContextSpecSessions` reads `Context Spec`. */
export function kindOf({ display_name, type }: Session): string {
  const readable = type && spaced(type.replace(/Sessions?$/, ''));
  return (
    plainText(display_name ?? '') || plainText(readable ?? '') || plainText(type ?? '') || l10n.t('Session')
  );
}

/** `RunAPITests` reads `Run API Tests`. */
function spaced(name: string): string {
  return name.slice(0, 200).replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$2 ');
}

export function stepName({ step_name, command }: Interaction): string {
  const module = spaced(command?.module?.slice(command.module.lastIndexOf('.') + 1) ?? '');
  return plainText(step_name ?? '') || plainText(module) || l10n.t('Step');
}
