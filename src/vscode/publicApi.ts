import { lazyArray } from '../model/lazyArray';
import { equalJson, type Interaction, type Session } from '../model/session';
import type { ConnectionStatus, SessionManager } from '../sessionManager';
import type { CodeMySpecApi, CodeMySpecConnection, CodeMySpecSession, CodeMySpecStep } from './codeMySpecApi';

type Source = Pick<
  SessionManager,
  | 'status'
  | 'getAllSessions'
  | 'onSessionsUpdate'
  | 'onSessionUpdate'
  | 'onConnectionUpdate'
  | 'refreshSessions'
>;

/** What other extensions get: copies, which they cannot reach anything through. */
export function publicApi(manager: Source): CodeMySpecApi {
  const listOf = (sessions: readonly Session[]) => lazyArray(() => sessions.map(publicSession));
  return Object.freeze<CodeMySpecApi>({
    apiVersion: 1,
    get connectionState() {
      return publicConnection(manager.status);
    },
    onConnectionState: (listener) => {
      let told = publicConnection(manager.status);
      const tell = (status: ConnectionStatus) => {
        const next = publicConnection(status);
        if (equalJson(next, told)) return;
        told = next;
        listener(next);
      };
      return ending(manager.onConnectionUpdate(tell));
    },
    getAllSessions: () => listOf(manager.getAllSessions()),
    onSessionsUpdate: (listener) =>
      ending(manager.onSessionsUpdate((sessions, changedIds) => listener(listOf(sessions), [...changedIds]))),
    onSessionUpdate: (id, listener) =>
      ending(manager.onSessionUpdate(id, (session) => listener(session && publicSession(session)))),
    refreshSessions: async () => publicConnection(await manager.refreshSessions()),
  });
}

const ending = (dispose: () => void) => Object.freeze({ dispose });

const publicConnection = ({ state, tags, since, syncedAt }: ConnectionStatus): CodeMySpecConnection =>
  Object.freeze({ state, isLive: tags.includes('live'), since, syncedAt });

function publicSession(session: Session): CodeMySpecSession {
  const { id, type, status, project, component } = session;
  return Object.freeze<CodeMySpecSession>({
    ...{ id, type, status },
    displayName: session.display_name,
    executionMode: session.execution_mode,
    projectId: session.project_id,
    projectName: project?.name ?? null,
    componentName: component?.name ?? null,
    parentId: session.session_id,
    owner: session.owner ? Object.freeze({ ...session.owner }) : null,
    insertedAt: session.inserted_at,
    updatedAt: session.updated_at,
    steps: lazyArray(() => session.interactions.map(publicStep)),
  });
}

function publicStep({ id, step_name: name, result, completed_at: completedAt }: Interaction): CodeMySpecStep {
  return Object.freeze<CodeMySpecStep>({
    ...{ id, name, completedAt },
    status: result?.status ?? null,
    exitCode: result?.code ?? null,
    durationMs: result?.duration_ms ?? null,
  });
}
