import { randomUUID } from 'node:crypto';
import { CommandAnswers } from './commandAnswers';

export type Id = number | string;

/** What the ids of sessions are; those of everything else are integers here, however a generation shows them. */
export type IdKind = 'integer' | 'uuid';

export const STATUSES = ['active', 'complete', 'failed', 'cancelled'];

export interface Project {
  id: Id;
  name: string;
  module_name: string;
  status: string;
}

export interface Component {
  id: Id;
  name: string;
  type: string;
  module_name: string;
}

export interface User {
  id: number;
  email: string;
  account_id: Id;
  projects: Project[];
  active_project_id: Id | null;
}

export interface Command {
  module: string;
  command: string | null;
  pipe: string | null;
  metadata: Record<string, unknown>;
  timestamp: string;
}

export interface Result {
  id: string;
  status: string;
  data: Record<string, unknown> | null;
  code: number | null;
  error_message: string | null;
  stdout: string | null;
  stderr: string | null;
  duration_ms: number | null;
  timestamp: string;
}

export interface Interaction {
  id: string;
  step_name?: string;
  command: Command | null;
  result: Result | null;
  completed_at: string | null;
}

export interface Session {
  id: Id;
  type: string;
  agent: string | null;
  environment: string | null;
  execution_mode: string | null;
  status: string;
  state: Record<string, unknown> | null;
  project_id: Id | null;
  account_id: Id;
  user_id: number;
  component_id: Id | null;
  session_id: Id | null;
  external_conversation_id: string | null;
  interactions: Interaction[];
  inserted_at: string;
  updated_at: string;
}

/** `session` is the state right after the change; sessions are replaced, never mutated. */
export interface Broadcast {
  userId: number;
  event: string;
  session: Session;
  /** Which channels are subscribed to it: the one of the user, the one of the session, or both. */
  to: 'user' | 'session' | 'both';
  /** What an event carries that is not about the whole session. */
  payload: Record<string, unknown>;
}

/** The truth the server holds. Everything clients can see is derived from it. */
export class World {
  private readonly users = new Map<number, User>();
  readonly components = new Map<Id, Component>();
  /** Kept with what the commands did, so that a restart forgets neither or both. */
  readonly answers = new CommandAnswers();
  /** Also broadcast the step events that no channel of the server handles: each crashes the user's channel. */
  stepBroadcasts = false;
  private sessions = new Map<string, Session>();
  private readonly listeners = new Set<(broadcast: Broadcast) => void>();
  private lastInteger = 0;

  constructor(private ids: IdKind = 'integer') {
    for (const id of [1, 2, 3, 4]) this.addComponent(id);
  }

  /** A user comes to be, with two projects, when first asked for. */
  user(id: number): User {
    const known = this.users.get(id);
    if (known) return known;
    const projects = [1, 2].map((n) => projectNumbered(id * 100 + n));
    const user: User = {
      id,
      email: `user${id}@example.test`,
      account_id: id * 10 + 1,
      projects,
      active_project_id: projects[0]?.id ?? null,
    };
    this.users.set(id, user);
    return user;
  }

  /** One that somebody has, and this user not yet. */
  joinProject(userId: number, projectId: Id | null): void {
    const { projects } = this.user(userId);
    const project = this.project(projectId);
    if (project && !projects.includes(project)) projects.push(project);
  }

  leaveProject(userId: number, projectId: Id): void {
    const { projects } = this.user(userId);
    const index = projects.findIndex(({ id }) => id === projectId);
    if (index >= 0) projects.splice(index, 1);
  }

  addComponent(id: Id, fields: Partial<Component> = {}): void {
    const component = { id, name: `Component${id}`, type: 'context', module_name: `MyApp.Component${id}` };
    this.components.set(id, { ...component, ...fields });
  }

  project(id: Id | null): Project | null {
    const all = [...this.users.values()].flatMap((user) => user.projects);
    return all.find((project) => project.id === id) ?? null;
  }

  /** Sessions whose ids are of another kind get new ones, as an upgrade gives them; nothing is broadcast. */
  useIds(ids: IdKind): void {
    if (ids === this.ids) return;
    this.ids = ids;
    const renamed = new Map([...this.sessions.values()].map(({ id }) => [id, this.newId()]));
    const newIdOf = (id: Id | null) => (id === null ? null : (renamed.get(id) ?? null));
    this.sessions = new Map(
      [...this.sessions.values()].map((session) => {
        const id = renamed.get(session.id) ?? session.id;
        return [String(id), { ...session, id, session_id: newIdOf(session.session_id) }];
      }),
    );
  }

  find(id: Id): Session | undefined {
    return this.sessions.get(String(id));
  }

  allSessions(): Session[] {
    return [...this.sessions.values()];
  }

  sessionsOf(userId: number): Session[] {
    return this.allSessions().filter((session) => session.user_id === userId);
  }

  createSession(userId: number, fields: Partial<Session> = {}): Session {
    const user = this.user(userId);
    const now = nowInSeconds();
    return this.put('session_created', {
      id: this.newId(),
      type: 'ComponentCodingSessions',
      agent: 'claude_code',
      environment: 'vscode',
      execution_mode: 'manual',
      status: 'active',
      state: null,
      project_id: user.active_project_id,
      account_id: user.account_id,
      user_id: userId,
      component_id: null,
      session_id: null,
      external_conversation_id: null,
      interactions: [],
      inserted_at: now,
      updated_at: now,
      ...fields,
    });
  }

  updateSession(id: Id, fields: Partial<Session> = {}): Session {
    return this.put('session_updated', { ...this.known(id), updated_at: nowInSeconds(), ...fields });
  }

  /** Changes a session of which no `session_updated` tells. */
  patchSession(id: Id, fields: Partial<Session>): Session {
    const session = { ...this.known(id), updated_at: nowInSeconds(), ...fields };
    this.sessions.set(String(session.id), session);
    return session;
  }

  /** Broadcasts what is not about the whole session; the payload gets the session's id. */
  announce(id: Id, event: string, payload: Record<string, unknown> = {}, to: Broadcast['to'] = 'user'): void {
    this.broadcast(event, this.known(id), to, { session_id: id, ...payload });
  }

  deleteSession(id: Id): void {
    const session = this.known(id);
    this.sessions.delete(String(id));
    this.broadcast('session_deleted', session);
  }

  addInteraction(sessionId: Id, fields: Partial<Interaction>): Interaction {
    const interaction = { id: randomUUID(), command: null, result: null, completed_at: null, ...fields };
    if (this.stepBroadcasts) this.broadcast('step_started', this.known(sessionId));
    this.updateSession(sessionId, { interactions: [interaction, ...this.known(sessionId).interactions] });
    return interaction;
  }

  completeInteraction(sessionId: Id, interactionId: string, fields: Partial<Result>): Session {
    const now = nowInSeconds();
    const result: Result = {
      id: randomUUID(),
      status: 'ok',
      data: {},
      code: null,
      error_message: null,
      stdout: null,
      stderr: null,
      duration_ms: null,
      timestamp: now,
      ...fields,
    };
    if (this.stepBroadcasts) this.broadcast('step_completed', this.known(sessionId));
    const interactions = this.known(sessionId).interactions.map((interaction) =>
      interaction.id === interactionId
        ? { ...interaction, result, completed_at: nowInMicroseconds() }
        : interaction,
    );
    return this.updateSession(sessionId, { interactions });
  }

  /** Returns its own unsubscribe. */
  onBroadcast(listener: (broadcast: Broadcast) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private known(id: Id): Session {
    const session = this.find(id);
    if (!session) throw new Error(`no session ${id}`);
    return session;
  }

  private put(event: string, session: Session): Session {
    this.sessions.set(String(session.id), session);
    this.broadcast(event, session);
    return session;
  }

  private newId(): Id {
    return this.ids === 'integer' ? ++this.lastInteger : randomUUID();
  }

  private broadcast(
    event: string,
    session: Session,
    to: Broadcast['to'] = 'user',
    payload: Record<string, unknown> = {},
  ): void {
    for (const listener of this.listeners) listener({ userId: session.user_id, event, session, to, payload });
  }
}

/** The server's timestamps have a resolution of one second. */
export function nowInSeconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

export function nowInMicroseconds(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

function projectNumbered(id: number): Project {
  return { id, name: `Project ${id}`, module_name: `Project${id}`, status: 'active' };
}
