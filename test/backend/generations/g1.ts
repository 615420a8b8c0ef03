import type { Session, World } from '../world';
import type { Generation } from './generation';

const USER_TOPIC = 'vscode:user:';

export const g1: Generation = {
  ids() {
    let last = 0;
    return () => ++last;
  },
  parseId: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),

  userTopic: (userId) => `${USER_TOPIC}${userId}`,
  serves: (topic) => topic.startsWith('vscode:'),
  refusal(topic, userId) {
    if (!topic.startsWith(USER_TOPIC)) return 'invalid topic';
    const id = topic.slice(USER_TOPIC.length);
    if (!/^\d+$/.test(id)) return 'invalid user_id';
    return Number(id) === userId ? undefined : 'unauthorized';
  },

  push({ event, session }) {
    switch (event) {
      case 'session_created':
      case 'session_updated':
        return { event, payload: channelSession(session) };
      case 'session_deleted':
        return { event, payload: { id: session.id } };
      default:
        return undefined;
    }
  },
  call: () => undefined,

  routes: [
    'GET /api/sessions',
    'POST /api/sessions',
    'GET /api/sessions/:id',
    'GET /api/sessions/:id/next-command',
    'POST /api/sessions/:id/submit-result/:interaction_id',
    'POST /api/sessions/:id/cancel',
    'PUT /api/sessions/:id/external_conversation_id',
  ],
  me: false,
  restSession: (session, world) =>
    restSession(session, {
      project: world.project(session.project_id),
      component: session.component_id === null ? null : (world.components.get(session.component_id) ?? null),
    }),
  restCreatedSession: (session) => restSession(session, { project: null, component: null }),
  pendingInteraction: 'returned',
};

function channelSession(session: Session): Record<string, unknown> {
  return { ...session, type: `Elixir.CodeMySpec.${session.type}` };
}

function restSession(
  session: Session,
  loaded: { project: ReturnType<World['project']>; component: unknown },
): Record<string, unknown> {
  const shown: Partial<Session> = { ...session, ...loaded };
  delete shown.session_id;
  return shown;
}
