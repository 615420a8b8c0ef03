import { TOO_MANY } from './boundSession';
import { MAX_DEPTH } from './limits';
import type { Component, Project, Session } from './session';

const CHARS_A_VALUE = 16;
/** Of each text that is kept of a light session. */
const LIGHT_CHARS = 200;

/** About what a session, or a value in it, takes of memory, in UTF-16 units; `depth` bounds the recursion. */
export function sizeOf(value: unknown, depth = MAX_DEPTH): number {
  if (typeof value === 'string') return CHARS_A_VALUE + value.length;
  if (typeof value !== 'object' || value === null || depth === 0) return CHARS_A_VALUE;
  let chars = CHARS_A_VALUE;
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) chars += sizeOf(element, depth - 1);
    return chars;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    chars += key.length;
    if (typeof member === 'string') chars += CHARS_A_VALUE + member.length;
    else if (typeof member !== 'object' || member === null) chars += CHARS_A_VALUE;
    else chars += sizeOf(member, depth - 1);
  }
  return chars;
}

/** The session without what makes it large: its interactions, its state, fields of its own, the ends of long texts. */
export function lightSession(session: Session): Session {
  const { interactions, leftOut, project, component, owner } = session;
  return {
    ...{ id: session.id, status: short(session.status), type: short(session.type) },
    ...{ display_name: short(session.display_name), agent: short(session.agent) },
    ...{ environment: short(session.environment), execution_mode: short(session.execution_mode) },
    ...{ project_id: session.project_id, account_id: session.account_id, user_id: session.user_id },
    ...{ component_id: session.component_id, session_id: session.session_id },
    external_conversation_id: short(session.external_conversation_id),
    ...{ inserted_at: short(session.inserted_at), updated_at: short(session.updated_at) },
    state: session.state === null ? null : TOO_MANY,
    project: project && lightProject(project),
    component: component && lightComponent(component),
    ...(owner && { owner }),
    interactions: [],
    leftOut: {
      interactions: interactions.length + (leftOut?.interactions ?? 0),
      places: 1 + (leftOut?.places ?? 0),
    },
  };
}

const lightProject = ({ id, name, module_name, status }: Project): Project => ({
  ...{ id, name: short(name), module_name: short(module_name), status: short(status) },
});

const lightComponent = ({ id, name, type, module_name }: Component): Component => ({
  ...{ id, name: short(name), type: short(type), module_name: short(module_name) },
});

/** The start of a text, as a text of its own: a part of one keeps the whole in memory. */
function short(text: string | null): string | null {
  if (text === null || text.length <= LIGHT_CHARS) return text;
  return JSON.parse(JSON.stringify(text.slice(0, LIGHT_CHARS))) as string;
}
