import type { AnyStateMachine, InspectionEvent } from 'xstate';
import type { Transition, TransitionDetail, TransitionListeners } from './transitionLog';

/** Of transitions, and of times. */
export const MOST_KEPT = 200;

export interface RecordedTransition extends Transition, TransitionDetail {
  /** In ms since the epoch. */
  readonly at: number;
  readonly ofLink: boolean;
}

/** What the connection did last, for whoever looks later: names, reasons and counts, and nothing of what events carry. */
export interface ConnectionRecord extends TransitionListeners {
  /** Oldest first, 200 at most; of the link and of what users see. */
  readonly transitions: readonly RecordedTransition[];
  /** When the last changes of sessions arrived, in ms since the epoch; oldest first, 200 at most. */
  readonly eventTimes: readonly number[];
  /** The state values of the machines, by the ids of these. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly joins: number;
  /** Single sessions that the server answered. */
  readonly lookUps: number;
  readonly inspect: (inspected: InspectionEvent) => void;
  /** Called in the midst of a transition: it only notes that there may be news. */
  onChange?: (() => void) | undefined;
}

export function connectionRecord(): ConnectionRecord {
  const transitions: RecordedTransition[] = [];
  const eventTimes: number[] = [];
  const values: Record<string, unknown> = {};
  const add = (ofLink: boolean) => (transition: Transition, detail: TransitionDetail) => {
    keep(transitions, { ...transition, ...detail, ofLink, at: Date.now() });
    if (transition.to === 'open.joined') record.joins += 1;
  };
  const record = {
    ...{ transitions, eventTimes, values, joins: 0, lookUps: 0 },
    onTransition: add(false),
    onLinkTransition: add(true),
    inspect: (inspected: InspectionEvent) => {
      if (inspected.type === '@xstate.event') {
        const { event } = inspected;
        if (event.type === 'lookup.arrived') record.lookUps += 1;
        for (let n = changesIn(event); n > 0; n -= 1) keep(eventTimes, Date.now());
      } else if (inspected.type === '@xstate.snapshot') {
        const { machine, value } = inspected.snapshot as { machine?: AnyStateMachine; value?: unknown };
        if (machine) values[machine.id] = value;
      }
      (record as ConnectionRecord).onChange?.();
    },
  };
  return record;
}

function keep<T>(kept: T[], next: T): void {
  if (kept.push(next) > MOST_KEPT) kept.shift();
}

const changesIn = (event: { type: string; deltas?: readonly unknown[] }): number =>
  event.deltas?.length ?? (event.type.startsWith('session.') ? 1 : 0);
