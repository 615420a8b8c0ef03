import type { RestClient } from '../http/restClient';
import { listSessions } from '../http/sessions';
import type { Failure } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ChannelProbe } from './channelProbe';
import { failed, found, skipped, type Finding } from './finding';
import { userOfSessions, type KnownUser } from './serverSteps';

const SHARED_TOPIC = 'vscode:user';

/** How the server names the topic of a user, or that it has no such topic. */
export type JoinedTopic = 'vscode:user' | 'vscode:user:{id}' | 'refused' | 'unmatched';

export type ListSource = 'REST' | 'channel';

export interface Server {
  readonly rest: RestClient;
  readonly token: Secret;
  readonly probe: ChannelProbe;
  readonly user: KnownUser;
}

export async function checkUpgrade(probe: ChannelProbe, signal: AbortSignal): Promise<Finding<ChannelProbe>> {
  const opened = await probe.upgrade(signal);
  return opened.ok ? found('the WebSocket is open', probe) : failed(opened.failure);
}

/** The topic without an id first: a server that has it refuses the other, and the other way round. */
export async function checkJoin(
  { rest, token, probe, user }: Server,
  signal: AbortSignal,
): Promise<Finding<JoinedTopic>> {
  const shared = await probe.join(SHARED_TOPIC, signal);
  if (!shared.ok) return failed(shared.failure);
  if (shared.value === 'joined') return found('vscode:user', 'vscode:user');
  const id = user.id ?? (await userOfSessions(rest, token, signal));
  if (id === undefined) {
    return failed({ kind: 'userUnknown', detail: 'the server does not tell whose token this is' });
  }
  const own = await probe.join(`${SHARED_TOPIC}:${id}`, signal);
  if (!own.ok) return failed(own.failure);
  if (own.value === 'joined') return found('vscode:user:{id}', 'vscode:user:{id}');
  const refusals = [shared.value.refusal, own.value.refusal];
  const failure: Failure = {
    kind: 'joinRefused',
    detail: `vscode:user is refused (${refusals[0]}), vscode:user:{id} is refused (${refusals[1]})`,
  };
  return failed(
    failure,
    refusals.every((refusal) => refusal === 'unmatched topic') ? 'unmatched' : 'refused',
  );
}

export async function checkHeartbeat(probe: ChannelProbe, signal: AbortSignal): Promise<Finding<true>> {
  const beat = await probe.heartbeat(signal);
  return beat.ok ? found('there and back', true) : failed(beat.failure);
}

/** `topic`: the channel is asked only where it is known to have an answer, since others crash of the question. */
export async function checkList(
  { rest, token }: Pick<Server, 'rest' | 'token'>,
  joined: { readonly probe: ChannelProbe; readonly topic: JoinedTopic } | undefined,
  signal: AbortSignal,
): Promise<Finding<ListSource>> {
  const list = await listSessions(rest, token, signal);
  if (list.ok) return found(`GET /api/sessions lists ${list.value.sessions.length}`, 'REST');
  if (list.failure.kind === 'serverError') return failed(list.failure, 'REST');
  if (list.failure.kind !== 'noFallback') return failed(list.failure);
  if (joined?.topic !== 'vscode:user') return skipped('no GET /api/sessions, and no channel to ask');
  const count = await joined.probe.list(signal);
  return count.ok
    ? found(`no GET /api/sessions; list_sessions lists ${count.value}`, 'channel')
    : failed(count.failure, 'channel');
}

export function judgeGeneration(topic: JoinedTopic, list: ListSource | undefined): Finding<true> {
  if (topic === 'unmatched') {
    return failed({ kind: 'notCodeMySpec', detail: 'a Phoenix server without the channels of CodeMySpec' });
  }
  if (topic === 'refused') {
    return failed({ kind: 'incompatible', detail: 'a newer server than this version knows' });
  }
  if (list === undefined) return skipped('the list did not tell');
  if (topic === 'vscode:user:{id}') {
    return found('sessions over REST, live updates on vscode:user:{id} (first generation)', true);
  }
  return list === 'REST'
    ? found('sessions over REST, live updates on vscode:user (second generation)', true)
    : found('sessions and live updates on vscode:user (third generation)', true);
}
