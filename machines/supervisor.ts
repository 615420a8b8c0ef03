import { assign, forwardTo, raise, sendTo, setup, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import {
  connectionMachine,
  type Command,
  type ConnectionRef,
  type ConnectionSnapshot,
  type ConnectionTag,
  type Inheritance,
} from './connectionMachine';
import { FAILURE_AGE_MS, FAILURES_BEFORE_STOP, restartDelays } from './delays';

/** A bug of our own that came up outside the connection's actors; one inside arrives as the actor's error. */
export interface Bug {
  readonly type: 'connection.failed';
  readonly error: unknown;
}

type SupervisorEvent = Command | Bug | { type: 'connection.began' } | { type: 'failure.aged' };

/** What of a connection that failed may be trusted by the next one; pure, and it may throw. */
export type Inherit = (failed: ConnectionSnapshot) => Inheritance;

export interface Supervision {
  readonly inherit: Inherit;
  /** Writes the bug down and ends what the broken connection left running. */
  readonly clearUp: (bug: unknown) => void;
}

export interface SupervisorContext extends Supervision {
  /** Failures within the last minute. */
  readonly failures: number;
  /** What the next connection is told first; undefined where none is wanted. */
  readonly first: Command['type'] | undefined;
  readonly inheritance: Inheritance;
}

const NOTHING: Inheritance = { sessions: [], syncedAt: undefined };

const { createMachine } = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as Supervision,
    tags: {} as ConnectionTag,
    children: {} as { connection: 'connection' },
  },
  actors: { connection: connectionMachine },
  delays: restartDelays(() => 0.5),
  guards: {
    failedTooOften: ({ context }) => context.failures + 1 >= FAILURES_BEFORE_STOP,
  },
  actions: {
    clearUp: ({ context }, bug: unknown) => context.clearUp(bug),
    takeOver: assign(({ context, self }) => {
      const failed = connectionOf(self.getSnapshot())?.getSnapshot();
      return {
        failures: context.failures + 1,
        first: failed ? wishOf(failed, context.first) : context.first,
        inheritance: inheritanceOf(failed, context),
      };
    }),
    remember: raise({ type: 'failure.aged' }, { delay: FAILURE_AGE_MS }),
    ageFailure: assign({ failures: ({ context }) => context.failures - 1 }),
    wantConnection: assign(({ context }) => ({ first: context.first === 'signIn' ? 'signIn' : 'connect' })),
    wantNone: assign({ first: undefined }),
    wantReset: assign((_, first: 'signIn' | 'signOut') => ({ first, inheritance: NOTHING })),
    wantOtherServer: assign(({ context }) => ({
      first: context.first && ('connect' as const),
      inheritance: NOTHING,
    })),
    tellFirst: sendTo('connection', ({ context }) => ({ type: context.first ?? 'connect' })),
    forward: forwardTo('connection'),
  },
});

const clearUp = {
  type: 'clearUp',
  params: ({ event }: { event: { error: unknown } }) => event.error,
} as const;

const takingOver = ['takeOver', clearUp, 'remember'] as const;

const failing = [
  { guard: 'failedTooOften' as const, target: 'stopped' as const, actions: [...takingOver] },
  { target: 'restarting' as const, actions: [...takingOver] },
];

const forwarding = {
  connect: { actions: 'forward' },
  reconnect: { actions: 'forward' },
  refresh: { actions: 'forward' },
  signIn: { actions: 'forward' },
  serverChanged: { actions: 'forward' },
  signOut: { actions: 'forward' },
  disconnect: { actions: 'forward' },
} as const;

const begin = {
  connect: { target: 'running', actions: 'wantConnection' },
  reconnect: { target: 'running', actions: 'wantConnection' },
  refresh: 'running',
  signIn: { target: 'running', actions: { type: 'wantReset', params: 'signIn' } },
  serverChanged: { target: 'running', actions: 'wantOtherServer' },
  signOut: { target: 'running', actions: { type: 'wantReset', params: 'signOut' } },
  disconnect: { target: 'running', actions: 'wantNone' },
} as const;

export const supervisor = createMachine({
  id: 'supervisor',
  description:
    'One connection after another: a bug of our own ends one, never the work. The rules V… are in README.md.',
  context: ({ input }) => ({ ...input, failures: 0, first: undefined, inheritance: NOTHING }),
  initial: 'running',
  on: {
    'failure.aged': { actions: 'ageFailure' },
    'connection.failed': { actions: clearUp },
  },
  states: {
    running: {
      description: 'A connection is at work; its state is the one that users see.',
      entry: raise({ type: 'connection.began' }),
      invoke: {
        id: 'connection',
        src: 'connection',
        input: ({ context }) => context.inheritance,
        onError: failing,
      },
      on: {
        'connection.failed': failing,
        'connection.began': { guard: ({ context }) => context.first !== undefined, actions: 'tellFirst' },
        ...forwarding,
      },
    },
    restarting: {
      tags: 'stale',
      description:
        'A bug ended the connection; the sessions stay as they were until the next one has its own.',
      on: begin,
      after: { restart: 'running' },
    },
    stopped: {
      tags: ['needsUser', 'stale'],
      description: 'That came too often: the next connection begins after minutes, or when somebody asks.',
      on: begin,
      after: { recheck: 'running' },
    },
  },
});

export type Supervisor = typeof supervisor;
export type SupervisorRef = ActorRefFrom<Supervisor>;
export type SupervisorSnapshot = SnapshotFrom<Supervisor>;

/** The connection at work; undefined where a failed one has no successor yet. */
export function connectionOf(snapshot: { readonly children?: object }): ConnectionRef | undefined {
  return (snapshot.children as { connection?: ConnectionRef } | undefined)?.connection;
}

/** One that failed before it had a state keeps the wish it was begun with. */
function wishOf(
  failed: ConnectionSnapshot,
  before: Command['type'] | undefined,
): Command['type'] | undefined {
  const value = failed.value as ConnectionSnapshot['value'] | undefined;
  if (value === undefined) return before;
  if (value === 'disconnected') return undefined;
  return value === 'signedOut' ? 'signOut' : 'connect';
}

function inheritanceOf(failed: ConnectionSnapshot | undefined, { inherit, inheritance }: SupervisorContext) {
  try {
    return failed ? inherit(failed) : inheritance;
  } catch {
    return inheritance;
  }
}
