import type { AnyActorRef, EventObject, InspectionEvent } from 'xstate';
import type { ConnectionSnapshot } from '../machines/connectionMachine';
import { failuresOf, linkName, stateName, wholeStateName } from '../machines/selectors';
import type { SupervisorSnapshot } from '../machines/supervisor';
import type { Log, LogSink } from './log';
import { logError } from './logError';
import type { Failure } from './model/failure';

export interface Transition {
  readonly from: string;
  readonly to: string;
  /** Type of the event that caused it. */
  readonly event: string;
}

/** What the log says of a transition besides. */
export interface TransitionDetail {
  readonly attempt: number;
  /** How long the state before lasted, in ms. */
  readonly lasted: number;
  /** Of the failure, the first time it is the reason; in the words of the log, not redacted. */
  readonly reason: string | undefined;
}

type TransitionListener = (transition: Transition, detail: TransitionDetail) => void;

export function unfailing(sink: LogSink): LogSink {
  return {
    ...sink,
    log: (level, line) => {
      try {
        sink.log(level, line);
      } catch {
        // The line is lost: there is nowhere to say so.
      }
    },
  };
}

/** Whoever watches may fail without harm to what is watched. */
export function guarded<T>(log: Log, watch: (seen: T) => void): (seen: T) => void {
  return (seen) => {
    try {
      watch(seen);
    } catch (error) {
      logError(log, 'a watcher failed', error);
    }
  };
}

export interface TransitionListeners {
  /** Of what users see. */
  readonly onTransition?: TransitionListener | undefined;
  /** Of the link, from and to `none` where none is wanted. */
  readonly onLinkTransition?: TransitionListener | undefined;
}

/** One line for each transition of what users see; the link's own go to the debug level. */
export function transitionLog(log: Log, { onTransition, onLinkTransition }: TransitionListeners = {}) {
  let state = 'disconnected';
  let link: string | undefined;
  let entered = performance.now();
  let linkEntered = entered;
  let blamed: Failure | undefined;
  let linkBlamed: Failure | undefined;
  const note = (next: string, caused: EventObject, connection: ConnectionSnapshot | undefined) => {
    if (next === state) return;
    const event = eventName(caused);
    const attempt = connection?.context.attempt ?? 0;
    const failure = connection && failuresOf(connection).failure;
    const reason = newReason(failure, blamed);
    const why = reason === undefined ? '' : ` (${reason})`;
    blamed = failure;
    const lasted = Math.round(performance.now() - entered);
    log.info(`${state} → ${next} on ${event}, attempt ${attempt}, after ${lasted} ms${why}`);
    const transition = { from: state, to: next, event };
    state = next;
    entered = performance.now();
    onTransition?.(transition, { attempt, lasted, reason });
  };
  return (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.snapshot') return;
    const { event } = inspected;
    const actor = inspected.actorRef as AnyActorRef;
    if (actor.sessionId === inspected.rootId) {
      const whole = inspected.snapshot as SupervisorSnapshot;
      if (whole.value !== 'running') note(wholeStateName(whole), event, undefined);
    } else if (actor.id === 'connection') {
      const connection = inspected.snapshot as ConnectionSnapshot;
      const nextLink = linkName(connection);
      if (nextLink !== link) {
        const { attempt, linkFailure } = connection.context;
        const [from, to] = [link ?? 'none', nextLink ?? 'none'];
        const cause = eventName(event);
        log.debug(`link ${from} → ${to} on ${cause}, attempt ${attempt}`);
        link = nextLink;
        const reason = newReason(linkFailure, linkBlamed);
        linkBlamed = linkFailure;
        const lasted = Math.round(performance.now() - linkEntered);
        linkEntered = performance.now();
        onLinkTransition?.({ from, to, event: cause }, { attempt, lasted, reason });
      }
      note(stateName(connection), event, connection);
    }
  };
}

const newReason = (failure: Failure | undefined, known: Failure | undefined): string | undefined =>
  failure === known ? undefined : failure?.detail;

/** As the machine's own document names it: `after.backoff`, whatever the state that waits. */
export function eventName({ type }: EventObject): string {
  return type.replace(/^xstate\.after\.(\w+)\..*/, 'after.$1');
}
