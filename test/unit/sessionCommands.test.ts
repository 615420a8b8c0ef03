import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createActor } from 'xstate';
import { sessionsLogic, sessionsOf } from '../../machines/sessions';
import { createLog } from '../../src/log';
import { err, ok, type Failure, type Result } from '../../src/model/failure';
import type { SessionUpdate } from '../../src/model/parseSession';
import type { Interaction } from '../../src/model/session';
import type { CommandOutcome, CommandReply, SessionCommand } from '../../src/model/sessionCommand';
import { FATE_TIMEOUT_MS, SessionCommands, type CommandApi } from '../../src/sessionCommands';

const LOST: Failure = { kind: 'timeout', detail: 'no answer' };
const AWAY: Failure = { kind: 'unreachable', detail: 'away' };
const CANCEL: SessionCommand = { name: 'cancel', id: '7' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Status = Host['status'];
type Host = ConstructorParameters<typeof SessionCommands>[1];

/** A live connection, session 7, and a server that answers each command and each look-up when it is told to. */
function start(session: SessionUpdate = { id: '7', status: 'active', interactions: [] }) {
  const sessions = createActor(sessionsLogic).start();
  sessions.send({ type: 'channel.joined' });
  sessions.send({ type: 'session.upserted', update: session, at: 0 });
  const listeners = new Set<(status: Status) => void>();
  const sent: SessionCommand[] = [];
  const lookUps: string[] = [];
  const refreshes: string[] = [];
  const lacking: string[] = [];
  const world = {
    status: { state: 'connected.live', failure: undefined, syncedAt: 1 } as Status,
    base: 'https://a.example',
    api: undefined as Failure | undefined,
    takes: true as boolean | undefined,
    owner: sessions,
    reply: deferred<CommandReply>(),
    found: deferred<Result<SessionUpdate | undefined>>(),
  };
  const api = (): CommandApi => ({
    base: world.base,
    send: (command) => {
      sent.push(command);
      return world.reply.promise;
    },
    get: (id) => {
      lookUps.push(id);
      return world.found.promise;
    },
  });
  const state = () => sessions.getSnapshot().context;
  const commands = new SessionCommands(
    {
      api: () => (world.api ? err(world.api) : ok(api())),
      takes: () => world.takes,
      lacks: (base, command) => lacking.push(`${base} ${command}`),
      sessions: () => world.owner,
    },
    {
      get status() {
        return world.status;
      },
      getSession: (id) => state().entries.get(id)?.session,
      getFreshness: (id) => (state().stale.has(id) ? { kind: 'stale', confirmedAt: 0 } : undefined),
      onConnectionUpdate: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      send: (command) => refreshes.push(command),
    },
    createLog({ log: () => {} }, 'SessionState'),
    () => Date.now(),
  );
  return {
    ...{ commands, sessions, world, sent, lookUps, refreshes, lacking, listeners },
    status: () => sessionsOf(state()).find(({ id }) => id === '7')?.status,
    tell: (status: Partial<Status>) => {
      world.status = { ...world.status, ...status };
      for (const listener of [...listeners]) listener(world.status);
    },
    /** The command, with this reply. */
    replied: (command: SessionCommand, reply: CommandReply) => {
      world.reply.resolve(reply);
      return commands.send(command);
    },
  };
}

const pending = (id: string): Interaction => ({
  ...{ id, step_name: null, command: null, result: null, completed_at: null },
});
const done = (id: string): Interaction => ({
  ...pending(id),
  result: {
    ...{ id: null, status: 'ok', data: null, code: 0, error_message: null },
    ...{ stdout: null, stderr: null, duration_ms: null, timestamp: null },
  },
});

/** A promise that is settled from outside. */
function deferred<T>() {
  let settle: { resolve: (value: T) => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
}

async function settledOf(result: Result<CommandOutcome>) {
  if (!result.ok || result.value.outcome !== 'unknown') throw new Error('not lost');
  return result.value.settled;
}

describe('an answer', () => {
  it('[D3] is folded as one of the time of its request', async () => {
    const { replied, status } = start();
    const session = { id: '7', status: 'cancelled' };
    expect(await replied(CANCEL, { kind: 'done', session })).toEqual(ok({ outcome: 'done', session }));
    expect(status()).toBe('cancelled');
  });

  it('[D3] gives way to an event that came after the request', async () => {
    const { commands, world, sessions, status } = start();
    const answer = commands.send({ name: 'next', id: '7' });
    sessions.send({ type: 'session.upserted', update: { id: '7', status: 'failed' }, at: 0 });
    world.reply.resolve({ kind: 'done', session: { id: '7', status: 'active' } });
    await answer;
    expect(status()).toBe('failed');
  });

  it.each([
    ['another server', (it: ReturnType<typeof start>) => (it.world.base = 'https://b.example')],
    [
      'another owner',
      (it: ReturnType<typeof start>) => (it.world.owner = createActor(sessionsLogic).start()),
    ],
    ['another account', (it: ReturnType<typeof start>) => it.sessions.send({ type: 'sessions.cleared' })],
  ])('[D3][X1] is folded into the sessions of no other: %s', async (_, change) => {
    const started = start();
    const answer = started.commands.send(CANCEL);
    change(started);
    const before = started.status();
    started.world.reply.resolve({ kind: 'done', session: { id: '7', status: 'cancelled' } });
    await answer;
    expect(started.status()).toBe(before);
  });

  it('[D3] to a start does not tell all, so that its session is looked up', async () => {
    const { replied, world, lookUps, sessions } = start();
    world.found.resolve(ok({ id: '8', status: 'active', project: null }));
    await replied({ name: 'start', fields: { type: 'T' } }, { kind: 'done', session: { id: '8' } });
    expect([lookUps, sessions.getSnapshot().context.entries.get('8')?.session?.status]).toEqual([
      ['8'],
      'active',
    ]);
  });

  it('[A7] that refuses the token has a list asked for, which renews it', async () => {
    const { replied, refreshes } = start();
    const failure: Failure = { kind: 'unauthorized', detail: '401' };
    expect(await replied(CANCEL, { kind: 'refused', failure })).toEqual(err(failure));
    expect(refreshes).toEqual(['refresh']);
  });
});

describe('what is not found', () => {
  const failure: Failure = { kind: 'commandRefused', detail: '404' };
  it.each([
    ['the command, where the session is there', false, ok({ id: '7' }), 'unsupported', 1],
    ['what the server says, where the session is there', true, ok({ id: '7' }), 'commandRefused', 0],
    ['the session, where it is not', false, ok(undefined), 'sessionNotFound', 0],
    ['not known, where nobody answers', false, err(AWAY), 'commandRefused', 0],
  ] as const)('[D3] is %s', async (_, isSaid, found, kind, lacks) => {
    const { replied, world, lacking, sent } = start();
    world.found.resolve(found);
    const result = await replied(CANCEL, { kind: 'notFound', isSaid, failure });
    expect([result.ok || result.failure.kind, lacking.length, sent.length]).toEqual([kind, lacks, 1]);
  });

  it('[D3] is the command, where that is to no session', async () => {
    const { replied, lacking, lookUps } = start();
    await replied({ name: 'start', fields: { type: 'T' } }, { kind: 'notFound', isSaid: false, failure });
    expect([lacking, lookUps]).toEqual([['https://a.example start'], []]);
  });
});

describe('a lost answer', () => {
  const submit: SessionCommand = { name: 'submit', id: '7', interactionId: 'i', result: { status: 'ok' } };
  const mode: SessionCommand = { name: 'mode', id: '7', mode: 'auto' };
  const conversation: SessionCommand = { name: 'conversation', id: '7', conversationId: 'c' };
  const next: SessionCommand = { name: 'next', id: '7' };
  it.each<[SessionCommand, Partial<SessionUpdate> | undefined, string]>([
    [CANCEL, { status: 'cancelled' }, 'happened'],
    [CANCEL, { status: 'complete' }, 'didNotHappen'],
    [CANCEL, {}, 'unknown'],
    [CANCEL, undefined, 'unknown'],
    [mode, { execution_mode: 'auto' }, 'happened'],
    [mode, { execution_mode: null }, 'didNotHappen'],
    [conversation, { external_conversation_id: 'c' }, 'happened'],
    [conversation, { external_conversation_id: 'd' }, 'didNotHappen'],
    [submit, { interactions: [done('i')] }, 'happened'],
    [submit, { interactions: [pending('i')] }, 'didNotHappen'],
    [submit, { interactions: [] }, 'unknown'],
    [next, { interactions: [pending('j'), done('i')] }, 'happened'],
    [next, { interactions: [pending('i')] }, 'didNotHappen'],
    [next, { interactions: [done('j'), pending('i')] }, 'didNotHappen'],
    [next, {}, 'unknown'],
  ])('[D3] of %o: a session that says %o means %s', async (command, after, fate) => {
    const { replied, world, sent, lookUps } = start({
      ...{ id: '7', status: 'active', interactions: [pending('i')] },
    });
    world.found.resolve(ok(after && { id: '7', ...after }));
    const result = await replied(command, { kind: 'lost', failure: LOST });
    expect(await settledOf(result)).toBe(fate);
    expect([sent.length, lookUps]).toEqual([1, ['7']]);
  });

  it('[D3] of a start may have been started', async () => {
    const { replied, lookUps } = start();
    const result = await replied({ name: 'start', fields: { type: 'T' } }, { kind: 'lost', failure: LOST });
    expect([await settledOf(result), lookUps]).toEqual(['unknown', []]);
  });

  it('[D3] stands in the way of the same command until its fate is known, which the next list tells', async () => {
    const { replied, world, commands, sent, lookUps, tell, sessions, listeners } = start();
    world.found.resolve(err(AWAY));
    const result = await replied(CANCEL, { kind: 'lost', failure: LOST });
    const settled = settledOf(result);
    await vi.advanceTimersByTimeAsync(10);
    expect(await commands.send(CANCEL)).toMatchObject({ failure: { kind: 'commandUnderway' } });
    expect(commands.whyNot('next', '7')).toBeUndefined();
    tell({ state: 'reconnecting' });
    sessions.send({ type: 'session.upserted', update: { id: '7', status: 'cancelled' }, at: 0 });
    tell({ state: 'connected.live', syncedAt: Date.now() });
    expect([await settled, sent.length, lookUps, listeners.size]).toEqual(['happened', 1, ['7'], 0]);
    expect(commands.whyNot('cancel', '7')?.kind).toBe('sessionFinished');
  });

  it.each([
    ['no list comes', () => void vi.advanceTimersByTime(FATE_TIMEOUT_MS)],
    ['the work ends', (it: ReturnType<typeof start>) => it.commands.dispose()],
    [
      'the list leaves the session open',
      (it: ReturnType<typeof start>) => {
        it.sessions.send({ type: 'channel.joined' });
        it.sessions.send({ type: 'lookup.refused', ids: ['7'] });
        it.tell({ syncedAt: Date.now() });
      },
    ],
    [
      'the list is of another server',
      (it: ReturnType<typeof start>) => {
        it.world.base = 'https://b.example';
        it.tell({ syncedAt: Date.now() });
      },
    ],
  ])('[D3] stays unknown where %s, and leaves nothing behind', async (_, end) => {
    const started = start();
    const { replied, world, commands, listeners } = started;
    world.found.resolve(err(AWAY));
    const settled = settledOf(await replied(CANCEL, { kind: 'lost', failure: LOST }));
    await vi.advanceTimersByTimeAsync(10);
    end(started);
    await vi.advanceTimersByTimeAsync(0);
    expect([await settled, listeners.size, vi.getTimerCount()]).toEqual(['unknown', 0, 0]);
    world.base = 'https://a.example';
    expect(commands.whyNot('cancel', '7')).toBeUndefined();
  });
});

describe('a command', () => {
  it('[D3] that is on its way is not sent again', async () => {
    const { commands, world, sent } = start();
    const first = commands.send(CANCEL);
    expect(await commands.send(CANCEL)).toMatchObject({ failure: { kind: 'commandUnderway' } });
    world.reply.resolve({ kind: 'refused', failure: LOST });
    await first;
    expect(commands.whyNot('cancel', '7')).toBeUndefined();
    expect(sent).toEqual([CANCEL]);
  });

  it('[H5] that a bug of ours ended can be given again', async () => {
    const { commands, world } = start();
    world.reply.reject(new Error('a bug'));
    await expect(commands.send(CANCEL)).rejects.toThrow('a bug');
    expect(commands.whyNot('cancel', '7')).toBeUndefined();
  });

  it.each<[string, (it: ReturnType<typeof start>) => unknown, string]>([
    ['signed out', (it) => it.tell({ state: 'signedOut' }), 'signedOut'],
    [
      'the server ended the sign-in',
      (it) => it.tell({ state: 'signedOut', failure: { kind: 'signInEnded', detail: '' } }),
      'signInEnded',
    ],
    ['disconnected', (it) => it.tell({ state: 'disconnected' }), 'notConnected'],
    ['loading', (it) => it.tell({ state: 'loading' }), 'notConnected'],
    ['offline', (it) => it.tell({ state: 'polling.offline', failure: AWAY }), 'unreachable'],
    ['there is no token', (it) => (it.world.api = { kind: 'tokenPending', detail: '' }), 'tokenPending'],
    ['nothing is known of the server', (it) => (it.world.takes = undefined), 'notConnected'],
    ['the server lacks it', (it) => (it.world.takes = false), 'unsupported'],
    [
      'the session is gone',
      (it) => it.sessions.send({ type: 'session.deleted', id: '7', at: 0 }),
      'sessionNotFound',
    ],
    [
      'it is of another user',
      (it) => {
        it.sessions.send({
          ...{ type: 'session.upserted', at: 0 },
          update: { id: '7', owner: { id: '2', name: 'ada' } },
        });
      },
      'readOnly',
    ],
    [
      'it is finished',
      (it) => it.sessions.send({ type: 'session.upserted', update: { id: '7', status: 'failed' }, at: 0 }),
      'sessionFinished',
    ],
  ])('[D3][F4] is not sent, and disabled with the reason, where %s', async (_, change, kind) => {
    const started = start();
    change(started);
    expect(started.commands.whyNot('cancel', '7')?.kind).toBe(kind);
    expect(await started.commands.send(CANCEL)).toMatchObject({ ok: false, failure: { kind } });
    expect(started.sent).toEqual([]);
  });

  it.each(['connected.syncing', 'polling.fresh', 'reconnecting'] as const)(
    '[D3] goes by REST, so that it can be given while %s',
    (state) => {
      const { tell, commands } = start();
      tell({ state });
      expect(commands.whyNot('cancel', '7')).toBeUndefined();
    },
  );

  it('[D3] of a status that is not known, or of a finished session as far as it makes sense, can be given', () => {
    const { commands, sessions } = start();
    const become = (status: string) =>
      sessions.send({ type: 'session.upserted', update: { id: '7', status }, at: 0 });
    become('resting');
    expect(commands.whyNot('next', '7')).toBeUndefined();
    become('complete');
    expect(
      (['next', 'cancel', 'mode', 'submit', 'conversation'] as const).map(
        (name) => commands.whyNot(name, '7')?.kind,
      ),
    ).toEqual(['sessionFinished', 'sessionFinished', 'sessionFinished', undefined, undefined]);
  });
});
