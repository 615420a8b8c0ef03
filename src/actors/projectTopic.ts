import type { SessionsRef } from '../../machines/sessions';
import { PUSHES } from '../channel/channelPushes';
import { inSlices } from '../eventLoop';
import type { Log } from '../log';
import type { Clocks } from '../model/clocks';
import type { Failure } from '../model/failure';
import { sessionListSteps, type SessionUpdate } from '../model/parseSession';
import { plainText } from '../model/plainText';
import type { PhoenixChannelClient } from '../phoenixChannel';
import { Presence } from '../channel/presence';

export interface ProjectTopicOptions {
  readonly client: Pick<PhoenixChannelClient, 'offers' | 'joinTopic'>;
  readonly sessions: SessionsRef;
  readonly clocks: Clocks;
  readonly log: Log;
  /** An exception that nobody would catch. */
  readonly onBug: (error: unknown) => void;
}

const MAX_NAME_CHARS = 120;
/** After a crash of its channel; the socket and the channel of the user stay. */
export const REJOIN_AFTER_MS = 5_000;
const LONGEST_REJOIN_MS = 60_000;

const EVENTS = ['session_created', 'session_updated', 'session_deleted'] as const;

/**
 * Follows the topic of the project, where the server announced one, and tells the sessions actor of the sessions of
 * others and of who is there. Returns its end, after which nothing is told.
 */
export function followProject({ client, sessions, clocks, log, onBug }: ProjectTopicOptions): () => void {
  const { projectTopic: topic, userId } = client.offers ?? {};
  const { others } = sessions.getSnapshot().context;
  if (topic === undefined) {
    if (others.entries.size > 0) sessions.send({ type: 'others.ended' });
    return () => {};
  }
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = REJOIN_AFTER_MS;
  let presence = new Presence();
  let leave = () => {};

  const join = () => {
    const requestedAt = sessions.getSnapshot().context.others.arrivals;
    const at = clocks.wall();
    presence = new Presence();
    leave = client.joinTopic(topic, {
      onJoined: (reply) => void takeList(reply, requestedAt, at).catch(onBug),
      events: [...EVENTS, 'presence_state', 'presence_diff'],
      onEvent: take,
      onEnded,
    });
  };

  const takeList = async (reply: unknown, requestedAt: number, at: number) => {
    const joined = presence;
    const list = await inSlices(sessionListSteps(reply));
    if (ended || joined !== presence) return;
    if (!list) log.warn(`${topic}: the list of sessions could not be read`);
    const listed = (list?.sessions ?? []).flatMap((update) => ofOther(update) ?? []);
    sessions.send({ type: 'others.listed', requestedAt, at, sessions: listed });
  };

  const take = (event: string, payload: unknown) => {
    const before = presence.present;
    if (event === 'presence_state') presence.sync(payload);
    else if (event === 'presence_diff') presence.apply(payload);
    else takeDelta(event as (typeof EVENTS)[number], payload);
    if (presence.present !== before) sessions.send({ type: 'presence.changed', present: presence.present });
  };

  const takeDelta = (event: (typeof EVENTS)[number], payload: unknown) => {
    const delta = PUSHES[event](payload);
    const at = clocks.wall();
    if (delta?.type === 'session.deleted') sessions.send({ type: 'others.deleted', id: delta.id, at });
    else if (delta) {
      const update = ofOther(delta.update);
      if (update) sessions.send({ type: 'others.upserted', update, at });
    } else log.warn(`ignored ${topic} ${event}: unreadable payload`);
  };

  /** Undefined where it is of this user, whose own topic tells of it, or of nobody. */
  const ofOther = (update: SessionUpdate): SessionUpdate | undefined => {
    const { user_id: id } = update;
    if (id == null || id === userId) return undefined;
    const { user } = update as { user?: { email?: unknown } | null };
    const name = typeof user?.email === 'string' ? plainText(user.email, MAX_NAME_CHARS) : '';
    return { ...update, owner: { id, name: name || plainText(id, MAX_NAME_CHARS) } };
  };

  const onEnded = (failure: Failure) => {
    log.warn(failure.detail);
    sessions.send({ type: 'presence.changed', present: [] });
    const isForNow = failure.kind === 'crashed' || failure.retryAfterMs !== undefined;
    sessions.send({ type: isForNow ? 'others.unfollowed' : 'others.ended' });
    if (!isForNow) return;
    timer = setTimeout(rejoin, Math.max(waitMs, failure.retryAfterMs ?? 0));
    waitMs = Math.min(2 * waitMs, LONGEST_REJOIN_MS);
  };

  const rejoin = () => {
    try {
      join();
    } catch (error) {
      onBug(error);
    }
  };

  join();
  return () => {
    ended = true;
    clearTimeout(timer);
    leave();
  };
}
