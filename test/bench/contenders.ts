import { REALTIME_SUBSCRIBE_STATES, RealtimeClient } from '@supabase/realtime-js';
import { Socket } from 'phoenix';
import WebSocket, { type ClientOptions } from 'ws';
import { createCore } from '../../src/core';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { REALTIME_TOPIC, type Stamp, USER_TOPIC } from './benchFrames';

/** What follows the same stream of updates: this core, and what else one would do it with. */

interface Told {
  readonly id: string;
  readonly state: Stamp;
}

interface Contender {
  /** Resolves once it holds what the server lists, and updates come. */
  start(): Promise<void>;
  /** Undefined where it holds nothing. */
  held(): readonly Told[] | undefined;
  /** How many hear of each update beside the first. */
  subscribe?(more: number): void;
  /** Resolves once the connection was lost and is live again. */
  liveAgain?(): Promise<void>;
}

export type ContenderName = keyof typeof CONTENDERS;

type Make = (url: string, onUpdate: (stamp: Stamp) => void, onRows: () => void) => Contender;

const TOKEN = 'bench';

const core: Make = (url, onUpdate, onRows) => {
  const manager = createCore({
    serverUrl: () => url,
    tokens: { get: () => Promise.resolve(ok({ token: new Secret(TOKEN) })) },
    sink: { log: () => {}, isEnabled: () => false },
  });
  const reached = (isReached: (state: string) => boolean) =>
    new Promise<void>((resolve) => {
      const end = manager.onConnectionUpdate(({ state }) => {
        if (!isReached(state)) return;
        end();
        resolve();
      });
    });
  const live = () => reached((state) => state === 'connected.live');
  const told = (id: string) => manager.getSession(id) as Told | undefined;
  let extra: (() => void)[] = [];
  manager.onSessionsUpdate((_, changed) => {
    onRows();
    for (const id of changed) onUpdate(told(id)!.state);
  });
  return {
    start() {
      const started = live();
      manager.initialize();
      return started;
    },
    held: () => manager.getAllSessions() as unknown as readonly Told[],
    subscribe(more) {
      for (const end of extra) end();
      let heard = 0;
      extra = Array.from({ length: more }, () =>
        manager.onSessionsUpdate((_, changed) => (heard += changed.length)),
      );
    },
    liveAgain: () => reached((state) => !state.startsWith('connected')).then(live),
  };
};

/** All of them with the same socket: the one of this core. */
class PlainWebSocket extends WebSocket {
  constructor(url: string | URL) {
    super(url, { perMessageDeflate: false } satisfies ClientOptions);
  }
}

const phoenix: Make = (url, onUpdate) => ({
  start: () => joinWithPhoenix(url, ({ state }) => onUpdate(state)),
  held: () => undefined,
});

const phoenixWithMap: Make = (url, onUpdate, onRows) => {
  const sessions = new Map<string, Told>();
  const take = (session: Told) => {
    sessions.set(session.id, session);
    onUpdate(session.state);
  };
  return {
    async start() {
      await joinWithPhoenix(url, take);
      for (const session of await list(url)) sessions.set(session.id, session);
      onRows();
    },
    held: () => [...sessions.values()],
  };
};

const realtime: Make = (url, onUpdate, onRows) => {
  const sessions = new Map<string, Told>();
  return {
    async start() {
      const client = new RealtimeClient(`${url.replace('http', 'ws')}/socket`, {
        transport: PlainWebSocket as never,
        params: { apikey: TOKEN, token: TOKEN },
      });
      const channel = client.channel(REALTIME_TOPIC.replace('realtime:', ''));
      channel.on('broadcast', { event: 'session_updated' }, ({ payload }) => {
        const session = (payload as { data: Told }).data;
        sessions.set(session.id, session);
        onUpdate(session.state);
      });
      await new Promise<void>((resolve, reject) =>
        channel.subscribe((status, error) => {
          if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) resolve();
          else reject(error ?? new Error(status));
        }),
      );
      for (const session of await list(url)) sessions.set(session.id, session);
      onRows();
    },
    held: () => [...sessions.values()],
  };
};

function joinWithPhoenix(url: string, take: (session: Told) => void): Promise<void> {
  const socket = new Socket(`${url.replace('http', 'ws')}/socket`, {
    transport: PlainWebSocket,
    params: { token: TOKEN },
  });
  socket.connect();
  const channel = socket.channel(USER_TOPIC);
  channel.on('session_updated', ({ data }: { data: Told }) => take(data));
  return new Promise((resolve, reject) => {
    channel
      .join()
      .receive('ok', () => resolve())
      .receive('error', (reason) => reject(new Error(JSON.stringify(reason))));
  });
}

async function list(url: string): Promise<Told[]> {
  const answer = await fetch(`${url}/api/sessions`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return ((await answer.json()) as { data: Told[] }).data;
}

/** In the order in which they run. */
export const CONTENDERS = {
  core,
  phoenix,
  'phoenix + Map': phoenixWithMap,
  'realtime-js + Map': realtime,
} satisfies Record<string, Make>;
