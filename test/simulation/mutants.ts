import { type jitteredDelays } from '../../machines/delays';
import { stateName } from '../../machines/selectors';
import { sessionsLogic, type SessionsState } from '../../machines/sessions';
import type { SessionsEvent } from '../../machines/sessionsEvents';
import type { Granted } from '../../src/model/tokenSource';
import { ok, type Result } from '../../src/model/failure';
import type { SessionList } from '../../src/model/parseSession';
import type { Secret } from '../../src/model/secret';
import type { Api } from '../../src/actors/restAccess';
import type { SyncFact } from '../../src/actors/syncSessions';
import { PhoenixChannelClient } from '../../src/phoenixChannel';
import { BUDGET_WINDOW_MS, RequestBudget } from '../../src/actors/requestBudget';
import { singly } from './singly';
import type { World } from './world';

/** A bug put around the real parts, to show that the simulation finds it. */
export interface Mutant {
  readonly delays?: Partial<ReturnType<typeof jitteredDelays>>;
  readonly sessions?: typeof sessionsLogic;
  readonly api?: (api: Api, world: World) => Api;
  readonly tokens?: (world: World) => World['tokens'];
  readonly snapshot?: (
    world: World,
    take: () => Promise<SyncFact | undefined>,
  ) => Promise<SyncFact | undefined>;
  readonly client?: typeof PhoenixChannelClient;
  /** What a broken connection left running is not ended. */
  readonly leavesActors?: boolean;
  readonly completesNothing?: boolean;
  readonly budget?: () => RequestBudget;
}

/** Each by what the client does wrong. */
export const mutants: Record<string, Mutant> = {
  'a snapshot overrides the deltas that arrived after its request': {
    sessions: sessionsThat((event, state) =>
      'requestedAt' in event ? { ...event, requestedAt: state.arrivals } : event,
    ),
  },
  'a deletion leaves no tombstone': {
    sessions: sessionsThat(undefined, (event, state) => {
      if (event.type === 'session.deleted') entries(state).delete(event.id);
    }),
  },
  'an older delta is taken over a newer one': {
    sessions: sessionsThat((event, state) => {
      if (event.type === 'session.upserted' && state.entries.get(event.update.id)?.session)
        entries(state).delete(event.update.id);
      return event;
    }),
  },
  'absence from the list of one project removes the sessions of the others': {
    sessions: sessionsThat(undefined, (event, state) => {
      if (event.type !== 'snapshot.arrived') return;
      for (const id of state.unverified) entries(state).delete(id);
      (state.unverified as Set<string>).clear();
    }),
  },
  'what an event leaves out is never asked for': { completesNothing: true },
  'what has come of a list is taken for all of it': {
    sessions: sessionsThat((event) =>
      event.type === 'snapshot.began' ? { ...event, type: 'snapshot.arrived' } : event,
    ),
  },
  'a session that is not asked for bears no mark': { sessions: sessionsThat(without('snapshot.ended')) },
  'every session outside the list is asked for at every snapshot': {
    sessions: sessionsThat(undefined, (event, state) => {
      if (event.type === 'snapshot.requested') Object.assign(state, { gapAt: state.arrivals + 1 });
    }),
  },
  'times are compared as text': {
    sessions: sessionsThat((event, state) => {
      if (event.type !== 'session.upserted') return event;
      const before = state.entries.get(event.update.id)?.session?.updated_at ?? '';
      return before > (event.update.updated_at ?? '') ? NOTHING : event;
    }),
  },
  'look-ups know no budget': { budget: unlimited },
  'the backoff is reset by a join that was not yet stable': { delays: { stable: 0 } },
  'the grace never ends': { delays: { grace: () => 2 ** 31 - 1 } },
  'a token is reused for the next attempt': {
    tokens: (world) => ({
      get: async ({ renew }): Promise<Result<Granted>> => {
        const kept = lastTokens.get(world.network);
        if (kept && !renew) return ok({ token: kept });
        const answer = await world.tokens.get({ renew });
        if (answer.ok) lastTokens.set(world.network, answer.value.token);
        return answer;
      },
    }),
  },
  'a connection that failed leaves its socket open': { leavesActors: true },
  'what an old socket had on its way is taken': {
    client: class extends PhoenixChannelClient {
      override close(): void {
        setTimeout(() => super.close(), 500);
      }
    },
  },
  'a rejoin is live without a snapshot of its own': {
    snapshot: (world, take) => {
      const { connection } = world;
      const known = connection?.getSnapshot().context.syncedAt !== undefined;
      const joined = connection && stateName(connection.getSnapshot()).startsWith('connected');
      return known && joined
        ? Promise.resolve({ type: 'snapshot.folded', at: world.time.monotonic })
        : take();
    },
  },
  'a list from before the join is good enough': {
    api: (api, world) => ({
      ...api,
      list: async (signal) => {
        const kept = lastLists.get(world.network);
        if (kept && world.time.now - kept.at < 3_000) return ok(kept.list);
        const answer = await api.list(signal);
        if (answer.ok) lastLists.set(world.network, { at: world.time.now, list: answer.value });
        return answer;
      },
    }),
  },
};

const NOTHING: SessionsEvent = { type: 'lookup.refused', ids: [] };

function without(type: SessionsEvent['type']): (event: SessionsEvent) => SessionsEvent {
  return (event) => (event.type === type ? NOTHING : event);
}

/** Each look at its clock is a minute later. */
function unlimited(): RequestBudget {
  let at = 0;
  return new RequestBudget(() => (at += BUDGET_WINDOW_MS));
}

const lastTokens = new WeakMap<object, Secret>();
const lastLists = new WeakMap<object, { at: number; list: SessionList }>();

function entries(state: SessionsState): Map<string, unknown> {
  return state.entries as Map<string, unknown>;
}

function sessionsThat(
  before: ((event: SessionsEvent, state: SessionsState) => SessionsEvent) | undefined,
  after: (event: SessionsEvent, state: SessionsState) => void = () => {},
): typeof sessionsLogic {
  return {
    ...sessionsLogic,
    transition: (snapshot, whole, scope) => {
      const changed: string[] = [];
      let next = snapshot;
      for (const event of singly(whole)) {
        next = sessionsLogic.transition(next, before?.(event, next.context) ?? event, scope);
        after(event, next.context);
        changed.push(...next.context.changed);
      }
      return { ...next, context: { ...next.context, changed } };
    },
  };
}
