import { BAD_REQUEST, data, invalid, SERVER_ERROR, SESSION_NOT_FOUND, type RestResponse } from './answer';
import type { Generation } from './generations/generation';
import { nextStep, SESSION_TYPES } from './samples';
import { nowInSeconds, STATUSES, type Result, type Session, type User, type World } from './world';

export interface Call {
  user: User;
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  world: World;
  generation: Generation;
}

const ALLOWED: Record<string, readonly unknown[]> = {
  agent: ['claude_code'],
  environment: ['local', 'vscode', 'cli'],
  execution_mode: ['manual', 'auto', 'agentic'],
};

/** Every route any generation has; each generation names the ones it serves. */
export const ROUTES = {
  'GET /api/me': ({ user }: Call): RestResponse => ({
    status: 200,
    body: { id: user.id, email: user.email },
  }),
  'GET /api/sessions': listSessions,
  'POST /api/sessions': createSession,
  'GET /api/sessions/:id': (call: Call) => withSession(call, (session) => show(call, session)),
  'GET /api/sessions/:id/next-command': (call: Call) =>
    withSession(call, (session) => nextCommand(call, session)),
  'POST /api/sessions/:id/submit-result/:interaction_id': (call: Call) =>
    withSession(call, (session) => submitResult(call, session)),
  'POST /api/sessions/:id/cancel': (call: Call) => withSession(call, (session) => cancel(call, session)),
  'PUT /api/sessions/:id/external_conversation_id': (call: Call) =>
    withSession(call, (session) => setConversation(call, session)),
};

export type RouteName = keyof typeof ROUTES;

/** The list as a client sees it: the active project only; nothing where the server would fail. */
export function listed(world: World, user: User, statuses: readonly string[]): Session[] | undefined {
  if (user.active_project_id === null) return undefined;
  if (!statuses.every((status) => STATUSES.includes(status))) return undefined;
  return world
    .sessionsOf(user.id)
    .filter((session) => session.project_id === user.active_project_id && statuses.includes(session.status));
}

function listSessions({ world, generation, user, query }: Call): RestResponse {
  const asked = query.has('status') ? [query.get('status') ?? ''] : query.getAll('status[]');
  const sessions = listed(world, user, asked.length > 0 ? asked : ['active']);
  return sessions ? data(sessions.map((session) => generation.restSession(session, world))) : SERVER_ERROR;
}

function createSession({ world, generation, user, body }: Call): RestResponse {
  const { session: asked } = body;
  if (!isRecord(asked)) return BAD_REQUEST;
  if (user.active_project_id === null) return SERVER_ERROR;
  const errors: Record<string, string[]> = {};
  const type = typeof asked.type === 'string' ? asked.type.replace(/^Elixir\.CodeMySpec\./, '') : '';
  if (type === '') errors.type = ["can't be blank"];
  else if (!SESSION_TYPES.includes(type)) errors.type = ['is invalid'];
  const fields: Record<string, unknown> = {};
  for (const [field, values] of Object.entries(ALLOWED)) {
    if (asked[field] === undefined) continue;
    if (values.includes(asked[field])) fields[field] = asked[field];
    else errors[field] = ['is invalid'];
  }
  if (Object.keys(errors).length > 0) return invalid(errors);
  const component = [...world.components.values()].find(({ id }) => id === asked.component_id);
  const session = world.createSession(user.id, { ...fields, type, component_id: component?.id ?? null });
  return {
    ...data(generation.restCreatedSession(session, world), 201),
    headers: { location: `/api/sessions/${session.id}` },
  };
}

function nextCommand(call: Call, session: Session): RestResponse {
  const pending = session.interactions.find((interaction) => interaction.result === null);
  if (session.status !== 'active') return show(call, session);
  if (pending) {
    if (call.generation.pendingInteraction === 'returned') return show(call, session);
    const interactions = session.interactions.filter((interaction) => interaction !== pending);
    call.world.updateSession(session.id, { interactions });
  }
  call.world.addInteraction(session.id, { command: nextStep(session).command });
  return show(call, session);
}

function submitResult(call: Call, session: Session): RestResponse {
  const { world, params, body } = call;
  if (!isRecord(body.result)) return BAD_REQUEST;
  const interaction = session.interactions.find(({ id }) => id === params.interaction_id);
  if (!interaction) return { status: 404, body: { error: 'Interaction not found', status: 'not_found' } };
  const fields: Partial<Result> = { ...body.result };
  delete fields.id;
  world.completeInteraction(session.id, interaction.id, { ...fields, timestamp: nowInSeconds() });
  // One submitted result sends two updates, most often with the same updated_at.
  world.updateSession(session.id);
  return show(call, session);
}

function cancel(call: Call, session: Session): RestResponse {
  if (session.status === 'active') call.world.updateSession(session.id, { status: 'cancelled' });
  return show(call, session);
}

function setConversation(call: Call, session: Session): RestResponse {
  const { external_conversation_id } = call.body;
  if (typeof external_conversation_id !== 'string') return BAD_REQUEST;
  call.world.updateSession(session.id, { external_conversation_id });
  return show(call, session);
}

function show({ world, generation }: Call, { id }: Session): RestResponse {
  const session = world.find(id);
  return session ? data(generation.restSession(session, world)) : SESSION_NOT_FOUND;
}

function withSession(
  { world, generation, user, params }: Call,
  answer: (session: Session) => RestResponse,
): RestResponse {
  const id = generation.parseId(params.id ?? '');
  if (id === undefined) return BAD_REQUEST;
  const session = world.find(id);
  return session?.user_id === user.id ? answer(session) : SESSION_NOT_FOUND;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
