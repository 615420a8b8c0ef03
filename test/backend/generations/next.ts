import type { RestResponse } from '../answer';
import type { CallReply } from '../commandAnswers';
import { ROUTES } from '../routes';
import type { Id, Session, User, World } from '../world';
import { g3 } from './g3';
import type { Generation } from './generation';
import { UUID } from './laterGeneration';

export const PROJECT_TOPIC = 'vscode:project:';

/** Each does what the route does, and takes what that takes. */
const COMMANDS = {
  next: 'GET /api/sessions/:id/next-command',
  cancel: 'POST /api/sessions/:id/cancel',
  mode: 'PUT /api/sessions/:id/execution_mode/:mode',
  submit: 'POST /api/sessions/:id/submit-result/:interaction_id',
  start: 'POST /api/sessions',
  conversation: 'PUT /api/sessions/:id/external_conversation_id',
} as const;

/** A proposal: the third generation, with commands on the channel and a topic for each project. README.md has its rules. */
export const next: Generation = {
  ...g3,
  presence: 'off',
  crashesOnCreated: false,
  refusal(topic, user) {
    if (!topic.startsWith(PROJECT_TOPIC)) return g3.refusal(topic, user);
    return user.projects.some(({ id }) => topicOf(id) === topic) ? undefined : 'unauthorized';
  },
  joinReply(topic, user, world) {
    if (topic.startsWith(PROJECT_TOPIC)) return { data: othersOn(topic, user, world) };
    if (topic !== g3.userTopic(user.id)) return {};
    const { active_project_id: project } = user;
    return {
      user_id: user.id,
      commands: Object.keys(COMMANDS),
      project_topic: project === null ? null : topicOf(project),
    };
  },
  push(broadcast, world) {
    // Whole, unlike the generations before it.
    if (broadcast.event !== 'session_created') return g3.push(broadcast, world);
    return { event: broadcast.event, payload: { data: g3.restSession(broadcast.session, world) } };
  },
  pushToProject({ event, session }, world) {
    if (session.project_id === null) return undefined;
    const topic = topicOf(session.project_id);
    if (event === 'session_deleted') return { topic, event, payload: { id: session.id } };
    const isTold = event === 'session_created' || event === 'session_updated';
    return isTold ? { topic, event, payload: { data: ownedSession(session, world) } } : undefined;
  },
  call(topic, event, payload, user, world) {
    const isCommand = topic === g3.userTopic(user.id) && event === 'command';
    return isCommand ? command(payload, user, world) : g3.call(topic, event, payload, user, world);
  },
};

export const topicOf = (projectId: Id) => `${PROJECT_TOPIC}${g3.showId('project', projectId)}`;

const ownedSession = (session: Session, world: World) => {
  const { id, email } = world.user(session.user_id);
  return { ...g3.restSession(session, world), user: { id, email } };
};

function othersOn(topic: string, { id }: User, world: World) {
  return world
    .allSessions()
    .filter(
      ({ user_id, project_id }) => user_id !== id && project_id !== null && topicOf(project_id) === topic,
    )
    .map((session) => ownedSession(session, world));
}

function command(payload: unknown, user: User, world: World): CallReply {
  const asked = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<string, unknown>;
  const text = (field: string) => (typeof asked[field] === 'string' ? asked[field] : '');
  if (!UUID.test(text('id'))) return refusal('invalid', { id: ['is no UUID'] });
  const name = text('name');
  if (!isCommandName(name)) return refusal('unknown_command');
  return world.answers.once(user.id, text('id').toLowerCase(), () => {
    const params = {
      ...{ id: text('session_id'), interaction_id: text('interaction_id'), mode: text('execution_mode') },
    };
    const { active_project_id } = user;
    if (name === 'start' && active_project_id === null) return refusal('no_active_project');
    const query = new URLSearchParams();
    return replyOf(ROUTES[COMMANDS[name]]({ user, params, query, body: asked, world, generation: next }));
  });
}

const isCommandName = (name: string): name is keyof typeof COMMANDS => Object.hasOwn(COMMANDS, name);

function replyOf({ status, body }: RestResponse): CallReply {
  if (status < 300) return { status: 'ok', response: body };
  const { error, errors } = body as { error?: string; errors?: unknown };
  if (status === 404) return refusal(error === 'Session not found' ? 'session_not_found' : 'not_found');
  return refusal('invalid', errors ?? { detail: [error] });
}

const refusal = (reason: string, errors?: unknown): CallReply => ({
  status: 'error',
  response: { reason, ...(errors !== undefined && { errors }) },
});
