import { l10n } from 'vscode';
import { plainText } from '../model/plainText';

/** How a status looks: of a session, or of an interaction's result. */
export interface StatusPresentation {
  readonly label: string;
  readonly icon: string;
  readonly color: string | undefined;
}

interface Presentation {
  readonly label: () => string;
  readonly icon: string;
  readonly color?: string;
}

const SESSION_LOOKS = new Map<string, Presentation>([
  ['active', { label: () => l10n.t('Active'), icon: 'play-circle', color: 'charts.blue' }],
  ['complete', { label: () => l10n.t('Complete'), icon: 'pass', color: 'testing.iconPassed' }],
  ['failed', { label: () => l10n.t('Failed'), icon: 'error', color: 'testing.iconFailed' }],
  ['cancelled', { label: () => l10n.t('Cancelled'), icon: 'circle-slash', color: 'disabledForeground' }],
]);

const PENDING: Presentation = { label: () => l10n.t('Running'), icon: 'loading~spin' };
const ABANDONED: Presentation = {
  label: () => l10n.t('No result'),
  icon: 'circle-outline',
  color: 'disabledForeground',
};

const RESULT_LOOKS = new Map<string, Presentation>([
  ['ok', { label: () => l10n.t('OK'), icon: 'check', color: 'testing.iconPassed' }],
  ['warning', { label: () => l10n.t('Warning'), icon: 'warning', color: 'list.warningForeground' }],
  ['error', { label: () => l10n.t('Error'), icon: 'error', color: 'testing.iconFailed' }],
]);

export function sessionPresentation(status: string | null): StatusPresentation {
  return presentationOfStatus(SESSION_LOOKS.get(status ?? ''), status);
}

/** A step without a result runs only while its session does. */
export function resultPresentation(status: string | null, sessionStatus: string | null): StatusPresentation {
  if (status === null || status === 'pending')
    return presentationOfStatus(sessionStatus === 'active' ? PENDING : ABANDONED, status);
  return presentationOfStatus(RESULT_LOOKS.get(status), status);
}

function presentationOfStatus(look: Presentation | undefined, status: string | null): StatusPresentation {
  if (look) return { label: look.label(), icon: look.icon, color: look.color };
  return {
    label: plainText(status ?? '', 40) || l10n.t('No status'),
    icon: 'circle-outline',
    color: undefined,
  };
}
