import { moduleOf, SESSION_TYPES } from '../samples';
import type { Interaction, Session } from '../world';
import type { Generation } from './generation';
import { loadedBy, NOT_LOADED, type Relations } from './relations';

const USER_TOPIC = 'vscode:user:';

export const g1: Generation = {
  ids: 'integer',
  parseId: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  showId: (_kind, id) => id,
  environmentField: 'environment',
  sessionTypes: SESSION_TYPES,

  userTopic: (userId) => `${USER_TOPIC}${userId}`,
  serves: (topic) => topic.startsWith('vscode:'),
  refusal(topic, user) {
    if (!topic.startsWith(USER_TOPIC)) return 'invalid topic';
    const id = topic.slice(USER_TOPIC.length);
    if (!/^\d+$/.test(id)) return 'invalid user_id';
    return Number(id) === user.id ? undefined : 'unauthorized';
  },
  presence: 'off',

  push({ event, session }) {
    switch (event) {
      case 'session_created':
      case 'session_updated':
        return { event, payload: channelSession(session) };
      case 'session_deleted':
        return { event, payload: { id: session.id } };
      default:
        return 'crash';
    }
  },
  crashesOnCreated: false,
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
  restSession: (session, world) => restSession(session, loadedBy(world)(session)),
  createsWithCommand: false,
  restCreatedSession: (session) => restSession(session, NOT_LOADED),
  pendingInteraction: 'returned',
};

function channelSession(session: Session): Record<string, unknown> {
  return { ...inSeconds(session), type: moduleOf(session.type) };
}

function restSession(session: Session, relations: Relations): Record<string, unknown> {
  const shown: Partial<Session> = { ...inSeconds(session), ...relations };
  delete shown.session_id;
  return shown;
}

function inSeconds(session: Session): Session {
  const interactions = session.interactions.map((interaction): Interaction => {
    const { completed_at } = interaction;
    return completed_at === null
      ? interaction
      : { ...interaction, completed_at: completed_at.replace(/\.\d+Z$/, 'Z') };
  });
  return { ...session, interactions };
}
