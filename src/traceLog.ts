import type { AnyActorRef, AnyMachineSnapshot, InspectionEvent } from 'xstate';
import type { Log } from './log';
import { eventName } from './transitionLog';

type Inspected<T extends InspectionEvent['type']> = Extract<InspectionEvent, { type: T }>;

/**
 * What the machines do between two states: their microsteps, the events they ignore, the actors that come and go. One
 * line each at the trace level, of names, ids and types alone: never what an event carries. Nothing that happens with
 * every change of a session is asked about the level.
 */
export function traceLog(log: Log): (inspected: InspectionEvent) => void {
  const trace = (line: () => string | undefined) => {
    const text = log.isEnabled('trace') && line();
    if (text) log.trace(text);
  };
  return (inspected) => {
    if (inspected.type === '@xstate.microstep') trace(() => stepLine(inspected));
    else if (inspected.type === '@xstate.event') {
      if (inspected.event.type.startsWith('xstate.')) trace(() => actorLine(inspected));
    } else if (inspected.type === '@xstate.snapshot') {
      if (inspected.event.type === 'xstate.stop') trace(() => `${actorName(inspected.actorRef)} stopped`);
    }
  };
}

/** The same guards; each tells its outcome at the trace level. A guard made of others has no name, and stays as it is. */
export function tracedGuards<Guards extends object>(guards: Guards, log: Log): Guards {
  const traced = Object.entries(guards).map(([name, guard]: [string, unknown]) => {
    if (typeof guard !== 'function' || 'check' in guard) return [name, guard];
    const asked = guard as (...given: unknown[]) => unknown;
    const outcome = (...given: unknown[]) => {
      const holds = asked(...given);
      if (log.isEnabled('trace')) log.trace(`guard ${name} is ${holds ? 'true' : 'false'}`);
      return holds;
    };
    return [name, outcome];
  });
  return Object.fromEntries(traced) as Guards;
}

/** Undefined for the last step of a machine that ends. */
function stepLine({ event, snapshot, _transitions }: Inspected<'@xstate.microstep'>): string | undefined {
  const { machine, status } = snapshot as AnyMachineSnapshot;
  const name = eventName(event);
  if (_transitions.length > 0) {
    const steps = _transitions.map(({ source, target }) =>
      target ? `${source.id} → ${target.map(({ id }) => id).join(' and ')}` : `${source.id} stays`,
    );
    return `microstep on ${name}: ${steps.join(', ')}`;
  }
  return status === 'active' ? `${machine.id} ignored ${name}` : undefined;
}

function actorLine({ event, actorRef, sourceRef }: Inspected<'@xstate.event'>): string | undefined {
  if (event.type === 'xstate.init') return `${actorName(actorRef)} started`;
  if (sourceRef && event.type.startsWith('xstate.error.actor.')) return `${actorName(sourceRef)} failed`;
  return undefined;
}

/** The one at the top has no id of its own. */
function actorName(ref: object): string {
  const { id, sessionId, src } = ref as AnyActorRef;
  const source = typeof src === 'string' ? src : ((src as { id?: string }).id ?? 'unnamed');
  return id === sessionId ? `actor ${source}` : `actor ${id} (${source})`;
}
