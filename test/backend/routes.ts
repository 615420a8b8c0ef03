import { BAD_REQUEST, data, invalid, SERVER_ERROR, SESSION_NOT_FOUND, type RestResponse } from './answer';
import type { Generation } from './generations/generation';
import { nextStep } from './samples';
import { takeEvent } from './sessionEvents';
import { nowInSeconds, STATUSES, type Result, type Session, type User, type World } from './world';

export interface Call {
  user: User;
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  world: World;
  generation: Generation;
}

const AGENTS = ['claude_code'];
const ENVIRONMENTS = ['local', 'vscode', 'cli'];
const EXECUTION_MODES = ['manual', 'auto', 'agentic'];

/** Every route any generation has; each generation names the ones it serves. */
export const ROUTES = {
  'GET /api/me': ({ user }: Call): RestResponse => ({
    status: 200,
    body: { id: user.id, email: user.email },
  }),
  'GET /api/projects': ({ user, generation }: Call): RestResponse => ({
    status: 200,
    body: {
      projects: user.projects.map((project) => ({
        ...project,
        id: generation.showId('project', project.id),
        description: null,
        code_repo: null,
        docs_repo: null,
        client_api_url: null,
      })),
    },
  }),
  'GET /api/sessions': listSessions,
  'POST /api/sessions': createSession,
  'GET /api/sessions/:id': (call: Call) =>
    withSession(call, (session) => show(call, session), SESSION_NOT_FOUND),
  'GET /api/sessions/:id/next-command': (call: Call) =>
    withSession(call, (session) => nextCommand(call, session)),
  'POST /api/sessions/:id/submit-result/:interaction_id': (call: Call) =>
    withSession(call, (session) => submitResult(call, session)),
  'POST /api/sessions/:id/cancel': (call: Call) => withSession(call, (session) => cancel(call, session)),
  'PUT /api/sessions/:id/external_conversation_id': (call: Call) =>
    withSession(call, (session) => setConversation(call, session)),
  'PUT /api/sessions/:id/execution_mode/:mode': (call: Call) =>
    withSession(call, (session) => setExecutionMode(call, session)),
  'POST /api/sessions/:id/events': (call: Call) => withSession(call, (session) => addEvent(call, session)),
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
  const prefix = /^Elixir\.CodeMySpec\.(Sessions\.AgentTasks\.)?/;
  const type = typeof asked.type === 'string' ? asked.type.replace(prefix, '') : '';
  if (type === '') errors.type = ["can't be blank"];
  else if (!generation.sessionTypes.includes(type)) errors.type = ['is invalid'];
  const { environmentField } = generation;
  const choose = (field: string, values: string[]): string | undefined => {
    const value = values.find((each) => each === asked[field]);
    if (value === undefined && asked[field] !== undefined) errors[field] = ['is invalid'];
    return value;
  };
  const chosen = {
    agent: choose('agent', AGENTS),
    environment: choose(environmentField, ENVIRONMENTS),
    execution_mode: choose('execution_mode', EXECUTION_MODES),
  };
  if (Object.keys(errors).length > 0) return invalid(errors);
  const fields = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  const component = [...world.components.values()].find(
    ({ id }) => generation.showId('component', id) === asked.component_id,
  );
  const session = world.createSession(user.id, { ...fields, type, component_id: component?.id ?? null });
  if (generation.createsWithCommand) world.addInteraction(session.id, { command: nextStep(session).command });
  const shown = generation.restCreatedSession(world.find(session.id) ?? session, world);
  return { ...data(shown, 201), headers: { location: `/api/sessions/${session.id}` } };
}

function nextCommand(call: Call, session: Session): RestResponse {
  const pending = session.interactions.find((interaction) => interaction.result === null);
  if (session.status !== 'active') return show(call, session);
  if (pending && call.generation.pendingInteraction === 'returned') return show(call, session);
  beginStep(call, session);
  return show(call, session);
}

/** A new interaction, in the place of the one that is still pending. */
function beginStep({ world }: Call, session: Session): void {
  const interactions = session.interactions.filter(({ result }) => result !== null);
  const freed = world.patchSession(session.id, { interactions });
  world.addInteraction(session.id, { command: nextStep(freed).command });
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

function setExecutionMode(call: Call, session: Session): RestResponse {
  const { world, params } = call;
  const { mode: execution_mode = '' } = params;
  if (!EXECUTION_MODES.includes(execution_mode)) {
    return { status: 422, body: { error: 'Invalid execution mode', status: 'error' } };
  }
  const changed = world.patchSession(session.id, { execution_mode });
  if (changed.interactions.some(({ result }) => result === null)) beginStep(call, changed);
  else world.updateSession(session.id);
  world.announce(session.id, 'session_mode_updated', { execution_mode });
  return show(call, session);
}

function addEvent(call: Call, session: Session): RestResponse {
  const { event_type, sent_at, data: told } = call.body;
  const missing = Object.entries({ event_type, sent_at, data: told }).filter(
    ([, value]) => value === undefined,
  );
  if (missing.length > 0)
    return invalid(Object.fromEntries(missing.map(([field]) => [field, ["can't be blank"]])));
  if (typeof event_type !== 'string') return invalid({ event_type: ['is invalid'] });
  if (typeof sent_at !== 'string' || Number.isNaN(Date.parse(sent_at)))
    return invalid({ sent_at: ['is invalid'] });
  if (!isRecord(told)) return invalid({ data: ['is invalid'] });
  takeEvent(call.world, session.id, { event_type, sent_at, data: told });
  return show(call, session);
}

function show({ world, generation }: Call, { id }: Session): RestResponse {
  const session = world.find(id);
  return session ? data(generation.restSession(session, world)) : SESSION_NOT_FOUND;
}

function withSession(
  { world, generation, user, params }: Call,
  answer: (session: Session) => RestResponse,
  notFound: RestResponse = { status: 404, body: { error: 'Session not found', status: 'not_found' } },
): RestResponse {
  const id = generation.parseId(params.id ?? '');
  if (id === undefined) return BAD_REQUEST;
  const session = world.find(id);
  return session?.user_id === user.id ? answer(session) : notFound;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
