import { err, type Failure, type Result } from '../model/failure';
import type { SessionList } from '../model/parseSession';
import type { Secret } from '../model/secret';
import type { SessionSource } from './lookUp';
import type { Api } from './restAccess';
import type { ServerContracts } from './serverContracts';

/** The channel that is joined, where its server is known to list sessions over it. */
export interface ListingChannel {
  readonly lists: boolean;
  list(request: ChannelListRequest): Promise<Result<SessionList>>;
}

export interface ChannelListRequest {
  readonly signal: AbortSignal;
  /** A socket lists the project that was active when it was opened: how old it may be, in ms. */
  readonly maxAgeMs: number;
  /** For another socket, where this one is older. */
  readonly token: Secret;
}

export interface SourceDependencies {
  readonly base: () => string | undefined;
  /** Each request with what is good at its time. */
  readonly api: () => Result<Api>;
  readonly joined: () => ListingChannel | undefined;
  readonly contracts: ServerContracts;
  readonly token: () => Secret | undefined;
  readonly maxAgeMs: number;
}

const NO_FALLBACK: Failure = {
  kind: 'noFallback',
  detail: 'this server lists sessions over its channel alone, and that is not joined',
};
const NO_LIST: Failure = {
  kind: 'incompatible',
  detail: 'the server has no list of sessions, neither over REST nor over its channel',
};
export const NO_SINGLES: Failure = { kind: 'unsupported', detail: 'this server tells of no single session' };

/** A gateway that is set up anew answers 404 for a moment, and the routes of a server come before it is whole. */
const DOUBTED_WHILE_JOINED = 1;
const DOUBTED_OF_A_DEPLOYMENT = 5;

/** Sessions by the way that the server offers: REST wherever it has a list, else the channel. */
export function sessionSource(dependencies: SourceDependencies): SessionSource {
  const { base, api, joined, contracts, token, maxAgeMs } = dependencies;
  const server = () => base() ?? '';
  // A 404 says that a session is gone only where single sessions can be asked for at all.
  const hasSingles = () => contracts.of(server()).lists !== 'channel';
  return {
    hasSingles,
    async list(signal, onRead) {
      const channel = joined();
      if (!(channel?.lists && contracts.isWithoutRest(server()))) {
        const rest = api();
        if (!rest.ok) return rest;
        const list = await rest.value.list(signal, onRead);
        if (list.ok) contracts.found(server(), { lists: 'rest' });
        if (list.ok || list.failure.kind !== 'noFallback') return list;
        const doubted = channel ? DOUBTED_WHILE_JOINED : DOUBTED_OF_A_DEPLOYMENT;
        if (contracts.denied(server()) <= doubted)
          return err({ kind: 'unavailable', detail: list.failure.detail });
        contracts.found(server(), { lists: 'channel' });
      }
      const [now, as] = [joined(), token()];
      if (!now || !as) return err(NO_FALLBACK);
      return now.lists ? now.list({ signal, maxAgeMs, token: as }) : err(NO_LIST);
    },
    async get(id, signal) {
      if (!hasSingles()) return err(NO_SINGLES);
      const rest = api();
      return rest.ok ? rest.value.get(id, signal) : rest;
    },
  };
}
