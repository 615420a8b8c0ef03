import type { AnyActorRef, AnyEventObject, InspectionEvent, Snapshot } from 'xstate';
import { redact } from '../log';
import { oneLine } from '../model/plainText';
import { Secret } from '../model/secret';

/** The only texts that pass, of events and of context: names and ids, and what a failure says. */
const TEXTS: ReadonlySet<string> = new Set([
  'type',
  'kind',
  'detail',
  'id',
  'userId',
  'accountId',
  'listsHeld',
  'first',
]);
/** The only objects that are looked into. */
const OBJECTS: ReadonlySet<string> = new Set(['failure', 'linkFailure', 'listFailure', 'windowActivity']);

/**
 * What an inspector may be told outside this process: states, ids, types, numbers and failures; no token, no text of a
 * session, and of a collection its size. Undefined for what Stately's inspector does not show.
 */
export function withoutContents(inspected: InspectionEvent): InspectionEvent | undefined {
  switch (inspected.type) {
    case '@xstate.actor':
      return { ...inspected, actorRef: bareActor(inspected.actorRef as AnyActorRef) };
    case '@xstate.event':
      return { ...inspected, event: bareEvent(inspected.event) };
    case '@xstate.snapshot':
      return {
        ...inspected,
        event: bareEvent(inspected.event),
        snapshot: bareSnapshot(inspected.snapshot),
      };
    default:
      return undefined;
  }
}

/** Its snapshot is read late: there is none while it is made. */
function bareActor(ref: AnyActorRef) {
  const { id, sessionId, logic, _parent: parent } = ref as AnyActorRef & { logic: { config?: unknown } };
  return {
    id,
    sessionId,
    _parent: parent && { sessionId: parent.sessionId },
    logic: { config: logic.config },
    getSnapshot: () => bareSnapshot(ref.getSnapshot() as Snapshot<unknown>),
  } as unknown as AnyActorRef;
}

const bareEvent = (event: AnyEventObject) => bareObject(event) as AnyEventObject;

function bareSnapshot(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  const { status, value, context } = snapshot as { status: string; value?: unknown; context?: object };
  return {
    status,
    ...(value !== undefined && { value }),
    ...(context && { context: bareObject(context) }),
  } as Snapshot<unknown>;
}

function bareObject(object: object): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, bareValue(key, value)]));
}

function bareValue(key: string, value: unknown): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return TEXTS.has(key) ? redact(oneLine(value)) : undefined;
  if (value instanceof Secret) return value.toJSON();
  if (Array.isArray(value)) return `${value.length} elements`;
  if (value instanceof Map || value instanceof Set) return `${value.size} elements`;
  return typeof value === 'object' && OBJECTS.has(key) ? bareObject(value) : undefined;
}
