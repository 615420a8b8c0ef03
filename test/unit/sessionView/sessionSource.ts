import type { SessionUpdate } from '../../../src/model/parseSession';
import type { Failure } from '../../../src/model/failure';
import { mergeSession, type Freshness, type Interaction, type Session } from '../../../src/model/session';
import type { ConnectionListener, ConnectionState, ConnectionStatus } from '../../../src/sessionManager';
import type { OutputListener } from '../../../src/sessionState';
import type { SessionSource } from '../../../src/sessionView/followedSession';
import type { Asked, Need } from '../../../src/views/attention';
import { connectionStatus } from '../views/connectionStatus';

export const SERVER = 'https://mine.example';
const ASKED: Asked = { message: 'May I?', at: 0, isCertain: true };

/** Sessions and a connection that a test changes. */
export class FakeSource implements SessionSource {
  private readonly sessions = new Map<string, Session>();
  private readonly listeners = new Map<string, Set<(session: Session | undefined) => void>>();
  private readonly connectionListeners = new Set<ConnectionListener>();
  private status = connectionStatus('connected.live', { loaded: true, syncedAt: 0 });
  private readonly outputListeners = new Set<OutputListener>();
  freshness: Freshness | undefined;
  reason: Failure | undefined;
  readonly followed = new Set<string>();
  server = SERVER;
  readonly serverUrl = () => this.server;
  readonly manager: SessionSource['manager'];
  readonly connection: SessionSource['connection'];
  private readonly needs = new Map<string, Need>();
  private readonly attentionListeners = new Set<(ids: readonly string[]) => void>();
  /** Those whose end was seen, each time. */
  readonly seen: string[] = [];
  readonly attention: SessionSource['attention'] = {
    markEndSeen: (id) => void this.seen.push(id),
    needOf: ({ id }) => this.needs.get(id),
    askedOf: (id) => (this.needs.get(id) === 'asks' ? ASKED : undefined),
    onChange: (listener) => {
      this.attentionListeners.add(listener);
      return () => this.attentionListeners.delete(listener);
    },
  };

  constructor(...sessions: SessionUpdate[]) {
    for (const update of sessions) this.sessions.set(update.id, mergeSession(undefined, update));
    this.manager = {
      getSession: (id) => this.sessions.get(id),
      getFreshness: () => this.freshness,
      whyNot: () => this.reason,
      followSession: (id) => {
        this.followed.add(id);
        return () => this.followed.delete(id);
      },
      onSessionOutput: (_, listener) => {
        this.outputListeners.add(listener);
        return () => this.outputListeners.delete(listener);
      },
      onSessionUpdate: (id, listener) => {
        const listeners = this.listeners.get(id) ?? new Set();
        this.listeners.set(id, listeners.add(listener));
        return () => listeners.delete(listener);
      },
    };
    const status = () => this.status;
    this.connection = {
      get status() {
        return status();
      },
      onConnectionUpdate: (listener) => {
        this.connectionListeners.add(listener);
        return () => this.connectionListeners.delete(listener);
      },
    };
  }

  get listenerCount(): number {
    return [
      ...this.listeners.values(),
      this.connectionListeners,
      this.outputListeners,
      this.attentionListeners,
    ].reduce((sum, { size }) => sum + size, 0);
  }

  put(update: SessionUpdate): void {
    this.sessions.set(update.id, mergeSession(this.sessions.get(update.id), update));
    this.tell(update.id);
  }

  take(id: string): void {
    this.sessions.delete(id);
    this.tell(id);
  }

  call(id: string, need: Need): void {
    this.needs.set(id, need);
    for (const listener of this.attentionListeners) listener([id]);
  }

  print(...data: unknown[]): void {
    const events = data.map((each) => ({ type: 'post_tool_use', sentAt: null, data: each }));
    for (const listener of this.outputListeners) listener({ sessionId: '42', at: 0, events, leftOut: 0 });
  }

  become(state: ConnectionState, more: Partial<ConnectionStatus> = {}): void {
    this.status = connectionStatus(state, more);
    for (const listener of this.connectionListeners) listener(this.status);
  }

  private tell(id: string): void {
    for (const listener of this.listeners.get(id) ?? []) listener(this.sessions.get(id));
  }
}

/** `at` counts in seconds from the beginning of 2026; without `took` it still runs. */
export function step(name: string, at: number, took?: number, result: object = {}): Interaction {
  const time = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  return {
    ...{ id: `id-of-${name}`, step_name: name },
    command: {
      ...{ id: null, module: null, pipe: null, metadata: null },
      ...{ command: `run ${name}`, timestamp: time(at) },
    },
    result:
      took === undefined
        ? null
        : {
            ...{ id: null, status: 'ok', data: null, code: 0, error_message: null },
            ...{ stdout: null, stderr: null, duration_ms: took * 1000, timestamp: time(at + took) },
            ...result,
          },
    completed_at: took === undefined ? null : time(at + took),
  };
}

/** Of steps from the oldest to the newest. */
export const sessionWith = (...steps: Interaction[]): SessionUpdate => ({
  ...{ id: '42', type: 'ComponentCodingSessions', status: 'active', account_id: '11' },
  interactions: steps.toReversed(),
});
