import { env, l10n } from 'vscode';
import { instantOf } from '../model/instant';
import { plainText } from '../model/plainText';
import { isByHand, type Freshness, type Session } from '../model/session';
import type { ConnectionStatus, SessionManager } from '../sessionManager';
import type { Asked, Need } from '../views/attention';
import { clockTime } from '../views/clockTime';
import { presentationOf } from '../views/connectionPresentation';
import { kindOf, sessionName } from '../views/sessionName';
import { noteOf } from '../views/sessionsView';
import { modeText, needPresentation, needText, sessionPresentation } from '../views/sessionStatus';
import { actionsOf } from './actions';
import type { Standing } from './followedSession';
import type { Fact, Look, PageModel, StepShown, Tone, Words } from './pageModel';
import { stepDetail } from './stepDetail';
import { stepOfInterest, stepsShown } from './steps';

export interface Shown {
  readonly session: Session | undefined;
  readonly standing: Standing;
  readonly freshness: Freshness | undefined;
  readonly need: Need | undefined;
  readonly asked: Asked | undefined;
  /** Of the step that runs. */
  readonly liveOutput: string;
  readonly status: ConnectionStatus;
  readonly parent: Session | undefined;
  /** The step that the user has chosen. */
  readonly selected: string | null;
  /** In ms since the epoch. */
  readonly now: number;
  readonly whyNot: SessionManager['whyNot'];
}

const MAX_TITLE = 120;

/** All that the page shows: plain texts, of a bounded size. */
export function pageModel(shown: Shown): PageModel {
  const { session, standing, status, selected, now } = shown;
  const isLive = standing === 'here' && status.tags.includes('live');
  const actions = actionsOf(standing === 'here' ? session : undefined, shown.whyNot);
  const common = { words: words(), note: noteOn(shown), isLive, now, actions };
  if (!session) {
    const look: Look = { icon: 'circle-outline', tone: 'dim', label: '' };
    const nothing = { facts: [], steps: [], counts: { steps: '', errors: '' }, earlier: '' };
    return { ...common, ...nothing, look, title: l10n.t('Session'), selected: null, detail: null };
  }
  const steps = stepsShown(session);
  const step = steps.find(({ key }) => key === selected) ?? stepOfInterest(steps);
  return {
    ...common,
    title: sessionName(session, MAX_TITLE),
    look: lookOfSession(session, shown.need),
    facts: factsOf(session, steps, shown),
    ...{ steps, counts: countsOf(session, steps), earlier: earlierOf(session, steps) },
    selected: step?.key ?? null,
    detail: step ? stepDetail(session, step.key, shown.liveOutput) : null,
  };
}

/** Why this is not, or may not be, what the server holds. */
function noteOn({ standing, status, freshness, session }: Shown): string {
  const connection = noteOf(status);
  switch (standing) {
    case 'elsewhere':
      return l10n.t('This session is on another server than the one in the settings.');
    case 'signedOut':
      return l10n.t('Sign in to see this session.');
    case 'waiting':
      return l10n.t(
        'Waiting for the first list of sessions. {0}: {1}',
        presentationOf(status).text,
        presentationOf(status).explanation,
      );
    case 'gone':
      return session
        ? l10n.t('This session is no longer available to you. This is its last known state.')
        : l10n.t(
            'This session is not available to you: it may have been deleted, or belong to another project.',
          );
    case 'here':
      if (connection !== undefined) return connection;
      if (freshness?.kind === 'stale') return l10n.t('as of {0}', clockTime(freshness.confirmedAt));
      return freshness ? l10n.t('Some of its details are on their way.') : '';
  }
}

const SESSION_TONES = new Map<string, Tone>([
  ['active', 'run'],
  ['complete', 'ok'],
  ['failed', 'bad'],
]);

function lookOfSession({ status }: Session, need: Need | undefined): Look {
  const { icon, label } = need ? needPresentation(need) : sessionPresentation(status);
  const tone = need && need !== 'failed' ? 'wait' : SESSION_TONES.get(status ?? '');
  return { icon: icon.replace(/~spin$/, ''), tone: tone ?? 'dim', label };
}

function factsOf(session: Session, steps: readonly StepShown[], { need, asked, parent }: Shown): Fact[] {
  const running = steps.findLast(({ look }) => look.tone === 'run');
  const { label } = sessionPresentation(session.status);
  const goesOn = session.status === 'active' && !isByHand(session);
  const texts = [
    kindOf(session),
    need ? needText(need, session, asked) || label : running ? l10n.t('Running {0}', running.name) : label,
    session.component ? session.project?.name : undefined,
    session.execution_mode && l10n.t('Mode: {0}', modeText(session.execution_mode)),
    `#${plainText(session.id, 40)}`,
  ].flatMap((text): Fact[] => (text ? [{ kind: 'text', text: plainText(text) }] : []));
  const times = steps.flatMap(({ start, end }) => [start, end]).filter((at) => at !== null);
  const start = times.length > 0 ? Math.min(...times) : instantOf(session.inserted_at);
  const end = goesOn || times.length === 0 ? null : Math.max(...times);
  const isTold = !Number.isNaN(start) && (goesOn || (end !== null && end > start));
  const name = parent && (parent.component?.name ?? kindOf(parent));
  return [
    ...texts.slice(0, 2),
    ...(isTold ? [{ kind: 'elapsed', start, end } as const] : []),
    ...texts.slice(2),
    ...(name === undefined
      ? []
      : [{ kind: 'parent', text: l10n.t('Child of {0}', plainText(name)) } as const]),
  ];
}

function countsOf({ interactions, leftOut }: Session, steps: readonly StepShown[]): PageModel['counts'] {
  const all = interactions.length + (leftOut?.interactions ?? 0);
  const errors = steps.filter(({ look }) => look.tone === 'bad').length;
  return {
    steps: all === 1 ? l10n.t('1 step') : l10n.t('{0} steps', number(all)),
    errors: errors === 0 ? '' : errors === 1 ? l10n.t('1 error') : l10n.t('{0} errors', number(errors)),
  };
}

function earlierOf({ interactions, leftOut }: Session, steps: readonly StepShown[]): string {
  const earlier = interactions.length + (leftOut?.interactions ?? 0) - steps.length;
  return earlier > 0 ? l10n.t('{0} earlier steps are not shown', number(earlier)) : '';
}

const number = (value: number): string => value.toLocaleString(env.language);

function words(): Words {
  return {
    actions: l10n.t('Session actions'),
    openInBrowser: l10n.t('Open Project in Browser'),
    rawJson: l10n.t('Open as JSON'),
    steps: l10n.t('Steps, oldest first'),
    time: l10n.t('Duration'),
    nextError: l10n.t('Select Next Error'),
    previousStep: l10n.t('Select Previous Step'),
    nextStep: l10n.t('Select Next Step'),
    step: l10n.t('Step'),
    command: l10n.t('Command'),
    copyCommand: l10n.t('Copy Command'),
    openCommand: l10n.t('Open Command in Editor'),
    openOutput: l10n.t('Open in Editor'),
    metadata: l10n.t('Metadata'),
    noSteps: l10n.t('No steps yet.'),
    noOutput: l10n.t('There is no output.'),
  };
}
