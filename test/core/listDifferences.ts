import { parseSession } from '../../src/model/parseSession';
import { equalJson, type Session } from '../../src/model/session';
import type { SessionManager } from '../../src/sessionManager';
import type { Backend } from '../backend/backend';

export type ShownList = Pick<SessionManager, 'getAllSessions' | 'getFreshness'>;

/** The same without the sessions that are marked: what is called live and is not. */
export function untruths(core: ShownList, backend: Pick<Backend, 'control'>): string[] {
  return listDifferences(core, backend).filter((difference) => {
    const [id = ''] = difference.split(/[ .]/, 1);
    return core.getFreshness(id) === undefined;
  });
}

/**
 * Where what is shown differs from what the server holds, field by field; empty where they are equal and no session is
 * marked. Sessions outside the active project may be unknown, but what is held of them has to be right.
 */
export function listDifferences(
  core: ShownList,
  { control }: Pick<Backend, 'control'>,
  userId = 1,
): string[] {
  const shown = new Map(core.getAllSessions().map((session) => [session.id, session]));
  const { activeProject, sessions } = control.dump(userId);
  const differences: string[] = [];
  if (shown.size !== core.getAllSessions().length) differences.push('a session is shown twice');
  for (const sent of sessions) {
    const update = parseSession(structuredClone(sent));
    if (!update) throw new Error('the server sends a session without id');
    const held = shown.get(update.id);
    shown.delete(update.id);
    const freshness = held && core.getFreshness(held.id);
    if (freshness) differences.push(`${update.id} is ${freshness.kind}`);
    if (held) differences.push(...fieldDifferences(held, update));
    else if (update.project_id === String(activeProject)) differences.push(`${update.id} is not shown`);
  }
  for (const id of shown.keys()) differences.push(`${id} is shown, but gone`);
  return differences;
}

function fieldDifferences(held: Session, update: object): string[] {
  return Object.entries(update).flatMap(([field, value]) => {
    const own: unknown = held[field as keyof Session];
    if (value === undefined || equalJson(own, value)) return [];
    return [`${held.id}.${field} is ${brief(own)} instead of ${brief(value)}`];
  });
}

const brief = (value: unknown): string => JSON.stringify(value).slice(0, 120);
