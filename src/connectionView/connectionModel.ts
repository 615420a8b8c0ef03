import { env, l10n } from 'vscode';
import { MOST_KEPT, type ConnectionRecord, type RecordedTransition } from '../connectionRecord';
import { redact } from '../log';
import { plainText } from '../model/plainText';
import type { ConnectionStatus } from '../sessionManager';
import { durationText } from '../sessionView/timeline';
import { clockTime, clockTimeInSeconds } from '../views/clockTime';
import { presentationOf } from '../views/connectionPresentation';
import { activeStates } from './activeStates';
import type { ConnectionModel, TransitionShown, Words } from './pageModel';

/** What is read of the record. */
export type Recorded = Pick<ConnectionRecord, 'transitions' | 'eventTimes' | 'values' | 'joins' | 'lookUps'>;

export interface ModelInput {
  readonly status: ConnectionStatus;
  readonly record: Recorded;
  readonly now: number;
}

const MINUTE_MS = 60_000;
const MAX_REASON_CHARS = 200;

/** All that the page shows; no text in it came from outside as it was. */
export function connectionModel({ status, record, now }: ModelInput): ConnectionModel {
  const { icon, text, explanation } = presentationOf(status);
  const [name = icon, turns] = icon.split('~');
  const longest = Math.max(...record.transitions.map(({ lasted }) => lasted), 1);
  // A key outlives the ring's shift: of two in one millisecond the order tells them apart.
  let [last, same] = [0, 0];
  const transitions = record.transitions.map((each) => {
    same = each.at === last ? same + 1 : 0;
    last = each.at;
    return transitionShown(each, `${each.at}-${same}`, longest);
  });
  return {
    words: words(),
    ...{ icon: name, turns: turns !== undefined, text, explanation },
    facts: factsOf(status, record, now),
    active: activeStates(record.values),
    transitions: transitions.reverse(),
  };
}

/** Changes of sessions in the last minute; estimated where there were more than are recorded. */
export function eventsPerMinute(times: readonly number[], now: number): number {
  const recent = times.filter((at) => now - at < MINUTE_MS);
  if (recent.length < MOST_KEPT) return recent.length;
  return Math.round((recent.length * MINUTE_MS) / Math.max(1, now - (recent[0] ?? now)));
}

/** How long the last socket took to open and join, in ms, as far back as is recorded. */
export const lastJoin = ({ transitions }: Recorded): number | undefined =>
  transitions.findLast(({ to }) => to === 'open.joined')?.lasted;

/** Of a reason, what may be shown: one line, bounded, without what looks like a secret. */
export const shownReason = (reason: string | undefined): string =>
  reason === undefined ? '' : plainText(redact(reason), MAX_REASON_CHARS);

function factsOf({ since }: ConnectionStatus, record: Recorded, now: number): ConnectionModel['facts'] {
  const number = (value: number) => value.toLocaleString(env.language);
  const { joins, lookUps, eventTimes } = record;
  const joinedAfter = lastJoin(record);
  return [
    { label: l10n.t('In this state since'), value: clockTime(since, now) },
    { label: l10n.t('Events per minute'), value: number(eventsPerMinute(eventTimes, now)) },
    {
      label: l10n.t('Round trip of the last join'),
      value: joinedAfter === undefined ? '–' : duration(joinedAfter),
    },
    { label: l10n.t('Reconnects'), value: number(Math.max(0, joins - 1)) },
    { label: l10n.t('Look-ups of single sessions'), value: number(lookUps) },
  ];
}

const duration = (ms: number, unitDisplay: 'narrow' | 'long' = 'narrow'): string =>
  ms < 1000
    ? new Intl.NumberFormat(env.language, { style: 'unit', unit: 'millisecond', unitDisplay }).format(ms)
    : durationText(ms, env.language, unitDisplay);

function transitionShown(
  { at, ofLink, from, to, event, lasted, reason }: RecordedTransition,
  key: string,
  longest: number,
): TransitionShown {
  const time = clockTimeInSeconds(at);
  const shown = shownReason(reason);
  const region = ofLink ? l10n.t('Link') : l10n.t('List');
  const spoken = l10n.t(
    '{0}, {1}: from {2} to {3} on {4}, after {5}',
    ...[time, region, from, to, event, duration(lasted, 'long')],
  );
  return {
    ...{ key, time, ofLink, from, to, event },
    duration: duration(lasted),
    share: Math.log10(1 + lasted) / Math.log10(1 + longest),
    reason: shown,
    spoken: shown ? l10n.t('{0}. Reason: {1}', spoken, shown) : spoken,
  };
}

function words(): Words {
  return {
    title: l10n.t('CodeMySpec Connection'),
    actions: l10n.t('Actions'),
    copyReport: l10n.t('Copy Report'),
    runDoctor: l10n.t('Diagnose Connection'),
    states: l10n.t('States of the connection'),
    active: l10n.t('active'),
    transitions: l10n.t('Last transitions'),
    noTransitions: l10n.t('No transitions yet.'),
    details: l10n.t('What the rules say'),
    link: l10n.t('Link'),
    list: l10n.t('List'),
  };
}
