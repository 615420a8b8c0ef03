import { createHash } from 'node:crypto';
import { listed } from '../routes';
import { AGENT_TASKS, SESSION_TYPES } from '../samples';
import type { Id, IdKind, Session, World } from '../world';
import type { Generation } from './generation';
import { loadedBy, NOT_LOADED, type Relations } from './relations';

type Kind = Parameters<Generation['showId']>[0];
type CommonPart = Omit<Generation, 'refusal' | 'routes' | 'crashesOnCreated' | 'presence'>;

const USER_TOPIC = 'vscode:user';
export const INTEGER = /^[+-]?\d+$/;
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the generations after the first have in common. */
export function laterGeneration(ids: IdKind, environmentField: Generation['environmentField']): CommonPart {
  const showId = (kind: Kind, id: Id) =>
    ids === 'uuid' && typeof id === 'number' ? namedUuid(kind, id) : id;

  return {
    ids,
    parseId:
      ids === 'uuid'
        ? (text) => (UUID.test(text) ? text.toLowerCase() : undefined)
        : (text) => (INTEGER.test(text) ? Number(text) : undefined),
    showId,
    environmentField,
    sessionTypes: [...SESSION_TYPES, ...AGENT_TASKS],

    userTopic: () => USER_TOPIC,
    serves: (topic) => /^(vscode|session):/.test(topic),

    push(broadcast, world) {
      const { event, session, payload } = broadcast;
      switch (event) {
        case 'session_created':
          return { event, payload: { data: show(session, NOT_LOADED) } };
        case 'session_updated':
          return { event, payload: { data: restSession(session, world) } };
        case 'session_deleted':
          return { event, payload: { id: session.id } };
        case 'session_activity':
        case 'session_mode_updated':
        case 'notification_hook':
          return { event, payload };
        case 'conversation_id_set':
          return 'ignored';
        default:
          return 'crash';
      }
    },
    call(topic, event, payload, user, world) {
      if (topic !== USER_TOPIC || event !== 'list_sessions') return undefined;
      const statuses = askedStatuses(payload);
      const sessions = statuses && listed(world, user, statuses);
      if (!sessions) return undefined;
      return { status: 'ok', response: { data: sessions.map((session) => restSession(session, world)) } };
    },

    restSession,
    createsWithCommand: true,
    restCreatedSession: restSession,
    pendingInteraction: 'replaced',
  };

  function restSession(session: Session, world: World): Record<string, unknown> {
    return show(session, loadedBy(world)(session));
  }

  function show(session: Session, { project, component }: Relations): Record<string, unknown> {
    const { environment, type, project_id, component_id, account_id, ...same } = session;
    const shown: Partial<Session> = same;
    delete shown.session_id;
    const idOf = (kind: Kind, id: Id | null) => (id === null ? null : showId(kind, id));
    return {
      ...shown,
      [environmentField]: environment,
      type: type.split('.').at(-1),
      display_name: displayName(type),
      project_id: idOf('project', project_id),
      component_id: idOf('component', component_id),
      account_id: showId('account', account_id),
      project: project && { ...project, id: showId('project', project.id) },
      component: component && { ...component, id: showId('component', component.id) },
    };
  }
}

/** A channel of a session asks neither whether there is such a session nor whose it is. */
export function refusalOf(topic: string, sessionId: RegExp): string | undefined {
  if (!topic.startsWith('session:')) return topic === USER_TOPIC ? undefined : 'invalid topic';
  return sessionId.test(topic.slice('session:'.length)) ? undefined : 'invalid session_id';
}

/** Statuses that are neither a text nor a list are as none; what is no object at all crashes the channel. */
function askedStatuses(payload: unknown): string[] | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const { status } = payload as { status?: unknown };
  if (typeof status === 'string') return [status];
  return Array.isArray(status) ? status.map(String) : ['active'];
}

function displayName(type: string): string {
  const name = type.split('.').at(-1) ?? '';
  return name.replace(/Sessions$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

/** The same UUID for the same name, as version 5 has it. */
function namedUuid(kind: string, id: number): string {
  const hash = createHash('sha1').update(`${kind}:${id}`).digest('hex');
  const variant = ((parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `${variant}${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
