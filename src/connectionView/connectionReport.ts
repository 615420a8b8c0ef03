import { activeStates } from './activeStates';
import { eventsPerMinute, lastJoin, shownReason, type ModelInput } from './connectionModel';

/** In the words of the log, to be pasted into an issue: states, counts and the last transitions, oldest first. */
export function connectionReport({ status, record, now }: ModelInput, versions: readonly string[]): string {
  const { joins, lookUps, eventTimes, transitions, values } = record;
  const time = (at: number) => new Date(at).toISOString();
  const joinedAfter = lastJoin(record);
  const active = activeStates(values);
  const innermost = active.filter((id) => !active.some((other) => other.startsWith(`${id}.`)));
  return [
    `CodeMySpec connection, ${time(now)}`,
    ...versions,
    '',
    `state: ${status.state} since ${time(status.since)}`,
    ...innermost.map((id) => `active: ${id}`),
    `events in the last minute: ${eventsPerMinute(eventTimes, now)}`,
    `last join: ${joinedAfter === undefined ? 'none' : `${joinedAfter} ms`}`,
    `reconnects: ${Math.max(0, joins - 1)}`,
    `look-ups: ${lookUps}`,
    '',
    `the last ${transitions.length} transitions:`,
    ...transitions.map(({ at, ofLink, from, to, event, attempt, lasted, reason }) => {
      const why = shownReason(reason);
      const what = `${from} → ${to} on ${event}, attempt ${attempt}, after ${lasted} ms`;
      return `${time(at)} ${ofLink ? 'link ' : ''}${what}${why && ` (${why})`}`;
    }),
    '',
  ].join('\n');
}
