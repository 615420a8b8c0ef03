import { l10n } from 'vscode';
import { instantOf } from '../model/instant';
import { isByHand, type Interaction, type Session } from '../model/session';
import { stepName } from '../views/sessionName';
import { resultPresentation } from '../views/sessionStatus';
import type { Look, StepShown, Tone } from './pageModel';

/** The newest are drawn. */
const MAX_STEPS = 200;

const TONES = new Map<string, Tone>([
  ['ok', 'ok'],
  ['warning', 'wait'],
  ['error', 'bad'],
]);

/** The interactions of a session by keys that stay the same while newer ones come; oldest first. */
export function interactionsOf({ interactions }: Session): Map<string, Interaction> {
  const byKey = new Map<string, Interaction>();
  for (const [index, interaction] of interactions.toReversed().entries()) {
    const { id } = interaction;
    byKey.set(id === null || byKey.has(id) ? `#${index}` : id, interaction);
  }
  return byKey;
}

export function stepsShown(session: Session): StepShown[] {
  return [...interactionsOf(session)].slice(-MAX_STEPS).map(([key, interaction]) => {
    const look = lookOf(interaction, session);
    return {
      ...{ key, look, name: stepName(interaction), outcome: outcomeOf(interaction, look) },
      ...timesOf(interaction),
    };
  });
}

export function lookOf({ result }: Interaction, session: Session): Look {
  const { icon, label } = resultPresentation(result?.status ?? null, session);
  const tone = isPending(result?.status) ? toneOfPending(session) : undefined;
  return {
    ...{ icon: icon.replace(/~spin$/, ''), label },
    tone: tone ?? TONES.get(result?.status ?? '') ?? 'dim',
  };
}

const toneOfPending = (session: Session): Tone =>
  isByHand(session) ? 'wait' : session.status === 'active' ? 'run' : 'dim';

const isPending = (status: string | null | undefined) => status == null || status === 'pending';

export function outcomeOf({ result }: Interaction, { tone, label }: Look): string {
  if (result?.code) return l10n.t('exit {0}', result.code);
  return tone === 'ok' ? '' : label;
}

/** In ms since the epoch; null where the server does not tell. */
export function timesOf({ command, result, completed_at }: Interaction): Pick<StepShown, 'start' | 'end'> {
  const begun = known(instantOf(command?.timestamp));
  const duration = result?.duration_ms ?? null;
  if (begun !== null && duration !== null) return { start: begun, end: begun + Math.max(0, duration) };
  const completed = known(instantOf(completed_at)) ?? known(instantOf(result?.timestamp));
  const start = begun ?? (completed !== null && duration !== null ? completed - duration : completed);
  return { start, end: completed === null || start === null ? completed : Math.max(start, completed) };
}

const known = (instant: number): number | null => (Number.isNaN(instant) ? null : instant);

/** What is looked at unless the user chooses: the newest error, else what runs, else the newest step. */
export function stepOfInterest(steps: readonly StepShown[]): StepShown | undefined {
  return (
    steps.findLast(({ look }) => look.tone === 'bad') ??
    steps.findLast(({ look }) => look.tone === 'run') ??
    steps.at(-1)
  );
}
