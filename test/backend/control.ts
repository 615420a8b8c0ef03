import type { CallFault } from './callFaults';
import type { Contract } from './contract';
import type { GenerationName } from './generations/generations';
import { topicOf } from './generations/next';
import type { OAuth, OAuthFault } from './oauth/oauth';
import type { Mute, PhoenixServer } from './phoenixServer';
import type { PresenceMode } from './presence';
import { createProgress } from './progress';
import type { RestFault, RestFaults } from './restFaults';
import { listed, ROUTES, type RouteName } from './routes';
import { finishStep, nextStep, sampleSession } from './samples';
import { sessionEvent, setField, takeEvent, type SessionEvent } from './sessionEvents';
import type { Stats } from './stats';
import type { Timers } from './timers';
import type { TokenRequest, Tokens } from './tokens';
import { type Id, type Interaction, type Result, type Session, type World } from './world';

export interface ControlParts {
  world: World;
  tokens: Tokens;
  oauth: OAuth;
  contract: Contract;
  phoenix: PhoenixServer;
  faults: RestFaults;
  stats: Stats;
  timers: Timers;
}

export type Control = ReturnType<typeof createControl>;

/** What a test or a user can make the server do. Arguments and results are plain JSON. */
export function createControl(parts: ControlParts) {
  const { world, tokens, oauth, contract, phoenix, faults, stats, timers } = parts;
  let stopProgress = () => {};

  return {
    issueToken: (request?: TokenRequest): string => tokens.issue(request),
    /** The tokens issued so far are refused by REST and by new upgrades; open sockets stay. */
    expireTokens: (userId?: number): void => tokens.expire(userId),
    /** One of another user is shared from then on. */
    setActiveProject(userId: number, projectId: Id | null): void {
      world.joinProject(userId, projectId);
      world.user(userId).active_project_id = projectId;
    },
    /** Their channels of its topic are closed. */
    leaveProject(userId: number, projectId: Id): void {
      world.leaveProject(userId, projectId);
      phoenix.closeChannels(userId, topicOf(projectId));
    },

    createSession: (userId = 1, fields: Partial<Session> = {}): Session =>
      world.createSession(userId, fields),
    updateSession: (id: Id, fields: Partial<Session> = {}): Session => world.updateSession(id, fields),
    deleteSession: (id: Id): void => world.deleteSession(id),
    addInteraction(sessionId: Id, fields: Partial<Interaction> = {}): Interaction {
      return world.addInteraction(sessionId, { command: nextStep(session(sessionId)).command, ...fields });
    },
    /** Ends the newest pending interaction; without a result, with the one its step usually has. */
    completeInteraction(sessionId: Id, result?: Partial<Result>): Session {
      const held = session(sessionId);
      const pending = held.interactions.find((interaction) => interaction.result === null);
      if (!pending) throw new Error(`no pending interaction in session ${sessionId}`);
      if (result) world.completeInteraction(sessionId, pending.id, result);
      else finishStep(world, held);
      return session(sessionId);
    },
    bulk(count: number, userId = 1): Id[] {
      return Array.from({ length: count }, (_, n) => world.createSession(userId, sampleSession(n)).id);
    },

    activity: (id: Id): void => world.announce(id, 'session_activity'),
    /** Told as a change of the mode alone. */
    setMode(id: Id, execution_mode: string): void {
      world.patchSession(id, { execution_mode });
      world.announce(id, 'session_mode_updated', { execution_mode });
    },
    notify: (id: Id, notification_type: string, data: Record<string, unknown> = {}): void =>
      world.announce(id, 'notification_hook', { notification_type, data }),
    /** Told to the channel of the session; the channel of the user crashes of all but a conversation. */
    setField: (id: Id, field: string, value: unknown): void => setField(world, id, field, value),
    /** What an agent reports, as if it had been posted. */
    report: (id: Id, event: Partial<SessionEvent> = {}): void => takeEvent(world, id, sessionEvent(event)),
    /** What an agent does, live, for the channel of the session alone. */
    sessionEvent: (id: Id, event: Partial<SessionEvent> = {}): void =>
      world.announce(id, 'session_event_received', { event: sessionEvent(event) }, 'session'),
    sessionEvents(id: Id, events: Partial<SessionEvent>[]): void {
      world.announce(id, 'session_events_received', { events: events.map(sessionEvent) }, 'session');
    },

    /** Updates the user's sessions in turn; `state` carries the number and the time in epoch milliseconds. */
    burst: ({ perSecond, seconds, userId = 1 }: { perSecond: number; seconds: number; userId?: number }) =>
      new Promise<{ sent: number }>((resolve) => {
        const ids = world.sessionsOf(userId).map(({ id }) => id);
        const total = ids.length === 0 ? 0 : Math.round(perSecond * seconds);
        const startedAt = performance.now();
        let sent = 0;
        const end = timers.every(2, () => {
          const due = Math.min(total, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
          for (; sent < due; sent += 1) {
            const id = ids[sent % ids.length] as Id;
            if (world.find(id)) world.updateSession(id, { state: { burst: sent, sent_at_ms: Date.now() } });
          }
          if (sent < total) return;
          end();
          resolve({ sent });
        });
      }),
    /** Sample sessions that go on by themselves, the same way for the same seed. */
    progress({ everyMs, userId = 1, seed = 1 }: { everyMs: number; userId?: number; seed?: number }): void {
      stopProgress();
      stopProgress = timers.every(everyMs, createProgress(world, userId, seed));
    },
    stopProgress: (): void => stopProgress(),

    dropSockets: ({ code = 1006, userId }: { code?: number; userId?: number } = {}): void =>
      phoenix.drop(code, userId),
    /** `true` refuses with 403. */
    refuseUpgrades(refuse: boolean | number): void {
      phoenix.refuseWith = refuse === true ? 403 : refuse === false ? undefined : refuse;
    },
    /** `true` or `open` makes the sockets open now half-open, `all` the later ones too. */
    muteSockets(mute: boolean | Mute): void {
      phoenix.mute(mute === true ? 'open' : mute === false ? 'none' : mute);
    },
    crashChannel: (userId = 1): void => phoenix.crashChannels(userId),
    /** The channels of that session alone; those of its user stay. */
    crashSessionChannel: (id: Id): void => phoenix.crashTopic(`session:${id}`),
    /** Whoever has joined it. */
    crashTopic: (topic: string): void => phoenix.crashTopic(topic),
    /** Topics that are joined, as often as there are sockets that have them. */
    joinedTopics: (): string[] => phoenix.joinedTopics,
    /** Every step that starts or ends crashes its user's channel, before the update it announces. */
    stepBroadcasts(on: boolean): void {
      world.stepBroadcasts = on;
    },
    broadcastRaw: (userId: number, event: string, payload: unknown): void =>
      phoenix.push(userId, event, payload),
    sendRawFrame: (text: string): void => phoenix.sendRaw(text),
    slowBroadcasts(ms: number): void {
      phoenix.slowMs = ms;
    },

    /** Another generation in the place of this one, with the same world: every socket ends, as at a restart. */
    setGeneration(name: GenerationName): void {
      contract.become(name);
      world.useIds(contract.generation.ids);
      phoenix.restart();
    },
    /** Whatever the generation does. */
    crashOnCreated: (crashes: boolean): void => contract.crashOnCreated(crashes),
    /** These routes are 404 until the next call; an empty list gives all back. */
    removeRoutes(names: RouteName[]): void {
      const unknown = names.filter((name) => !Object.hasOwn(ROUTES, name));
      if (unknown.length > 0) throw new Error(`no such route: ${unknown.join(', ')}`);
      contract.removeRoutes(names);
    },

    /** What joins from now on tell; until the generation changes. */
    presence(mode: PresenceMode): void {
      if (contract.generation.presence === 'off') throw new Error('this generation tracks no presence');
      phoenix.presence.mode = mode;
    },
    releasePresence: (): void => phoenix.presence.releaseStates(),
    /** Somebody who is on another node, under any key; that of a user is `user:` and the id. */
    presenceJoin: (key: string, meta?: Record<string, unknown>): void =>
      phoenix.presence.guestJoins(key, meta),
    presenceLeave: (key: string): void => phoenix.presence.guestLeaves(key),

    /** What clients ask on a channel crashes it, or gets no answer or an error. */
    failCalls: (fault: CallFault): void => phoenix.callFaults.add(fault),
    slowCalls(ms: number): void {
      phoenix.callFaults.slowMs = ms;
    },
    healCalls: (): void => phoenix.callFaults.clear(),

    failRest: (fault: RestFault): void => faults.add(fault),
    retryAfter: (retryAfterS: number, status = 429, times = 1): void =>
      faults.add({ status, retryAfterS, times }),
    slowRest(ms: number): void {
      faults.slowMs = ms;
    },
    /** Every answer, those of OAuth too, becomes a redirect to the same path at that origin. */
    redirectRest(origin: string): void {
      faults.redirectTo = origin;
    },
    /** Ends the faults, the slowness and the redirect. */
    healRest: (): void => faults.clear(),

    failOAuth: (fault: OAuthFault): void => oauth.fail(fault),
    slowOAuth(ms: number): void {
      oauth.faults.slowMs = ms;
    },
    /** As after a restart without its data: no registered client is known any more. */
    clearClients: (): void => oauth.clearClients(),
    healOAuth: (): void => oauth.heal(),
    /** So many token requests do their work, and their connection is cut before the reply. */
    loseTokenReply: (times = 1): void => oauth.loseTokenReply(times),
    /** Ends the user's access and refresh tokens. */
    revokeAll: (userId = 1): void => oauth.revokeAll(userId),
    /** Who consents on the server's page from now on. */
    signInAs: (userId: number): void => oauth.signInAs(userId),
    oauthStats: () => oauth.stats.snapshot(),

    stats: () => ({ ...stats.snapshot(), openSockets: phoenix.openSockets }),
    /** The truth in the shape of lists: what the plain one shows, and every session of the user. */
    dump(userId = 1) {
      const { generation } = contract;
      const show = (each: Session) => generation.restSession(each, world);
      const user = world.user(userId);
      return {
        activeProject:
          user.active_project_id === null ? null : generation.showId('project', user.active_project_id),
        listed: (listed(world, user, ['active']) ?? []).map(show),
        sessions: world.sessionsOf(userId).map(show),
      };
    },
  };

  function session(id: Id): Session {
    const found = world.find(id);
    if (!found) throw new Error(`no session ${id}`);
    return found;
  }
}
