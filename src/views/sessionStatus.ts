import { l10n } from 'vscode';
import { plainText } from '../model/plainText';
import { isByHand, type Session } from '../model/session';
import type { Asked, Need } from './attention';
import { stepName } from './sessionName';

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
  ['active', { label: () => l10n.t('Active'), icon: 'loading~spin', color: 'charts.blue' }],
  ['complete', { label: () => l10n.t('Complete'), icon: 'pass', color: 'charts.green' }],
  ['failed', { label: () => l10n.t('Failed'), icon: 'error', color: 'charts.red' }],
  ['cancelled', { label: () => l10n.t('Cancelled'), icon: 'circle-slash', color: 'descriptionForeground' }],
]);

const PENDING: Presentation = { label: () => l10n.t('Running'), icon: 'loading~spin' };
const ABANDONED: Presentation = {
  label: () => l10n.t('No result'),
  icon: 'circle-outline',
  color: 'disabledForeground',
};

const NEEDS: Record<Need, Presentation> = {
  asks: { label: () => l10n.t('Asks'), icon: 'question', color: 'list.warningForeground' },
  result: { label: () => l10n.t('Waits for you'), icon: 'play-circle', color: 'list.warningForeground' },
  next: { label: () => l10n.t('Waits for you'), icon: 'play-circle', color: 'list.warningForeground' },
  failed: { label: () => l10n.t('Failed'), icon: 'error', color: 'charts.red' },
};

const RESULT_LOOKS = new Map<string, Presentation>([
  ['ok', { label: () => l10n.t('OK'), icon: 'check', color: 'charts.green' }],
  ['warning', { label: () => l10n.t('Warning'), icon: 'warning', color: 'list.warningForeground' }],
  ['error', { label: () => l10n.t('Error'), icon: 'error', color: 'charts.red' }],
]);

const MODES = new Map<string, () => string>([
  ['manual', () => l10n.t('Manual')],
  ['auto', () => l10n.t('Automatic')],
  ['agentic', () => l10n.t('Agentic')],
]);

/** How a session goes on; a mode that is not known as the server names it. */
export const modeText = (mode: string | null): string =>
  MODES.get(mode ?? '')?.() ?? plainText(mode ?? '', 60);

export function sessionPresentation(status: string | null): StatusPresentation {
  return presentationOfStatus(SESSION_LOOKS.get(status ?? ''), status);
}

/** Of a session that waits for the user. */
export function needPresentation(need: Need): StatusPresentation {
  return presentationOfStatus(NEEDS[need], need);
}

/** What a session waits for. */
export function needText(need: Need, { interactions: [step] }: Session, asked: Asked | undefined): string {
  switch (need) {
    case 'asks':
      return asked?.message ? l10n.t('asks: {0}', plainText(asked.message, 60)) : l10n.t('asks');
    case 'result':
      return step ? l10n.t('{0} waits for its result', stepName(step)) : '';
    case 'next':
      return l10n.t('waits for its next step');
    case 'failed':
      return step ? l10n.t('{0} failed', stepName(step)) : '';
  }
}

/** How many sessions wait for the user. */
export function needingText(count: number): string {
  return count === 1 ? l10n.t('1 session needs you') : l10n.t('{0} sessions need you', count);
}

/** A step without a result runs only while its session does; one that is taken by hand waits. */
export function resultPresentation(status: string | null, session: Session): StatusPresentation {
  if (status !== null && status !== 'pending') return presentationOfStatus(RESULT_LOOKS.get(status), status);
  if (isByHand(session)) return needPresentation('result');
  return presentationOfStatus(session.status === 'active' ? PENDING : ABANDONED, status);
}

function presentationOfStatus(look: Presentation | undefined, status: string | null): StatusPresentation {
  if (look) return { label: look.label(), icon: look.icon, color: look.color };
  return {
    label: plainText(status ?? '', 40) || l10n.t('No status'),
    icon: 'circle-outline',
    color: undefined,
  };
}
