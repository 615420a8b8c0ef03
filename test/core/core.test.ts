import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/model/session';
import { startBackend, type Backend } from '../backend/backend';
import type { Id } from '../backend/world';
import { asksForUserId, fallbackState, listsOverRest, ownTopic } from './generation';
import { listDifferences } from './listDifferences';
import { startCore } from './startedCore';

let backend: Backend;
let started: ReturnType<typeof startCore> | undefined;

beforeEach(async () => {
  backend = await startBackend();
  backend.control.bulk(3);
});
afterEach(async () => {
  started?.core.dispose();
  started = undefined;
  await backend.stop();
});

const start = (...args: Parameters<typeof startCore> extends [unknown, ...infer Rest] ? Rest : never) =>
  (started = startCore(backend, ...args));

describe('the main job', () => {
  it('goes live and shows what the server holds', async () => {
    const { core, reach, states } = start();
    await reach('connected.live');
    expect(states()).toEqual(['authenticating', 'loading', 'connected.syncing', 'connected.live']);
    expect(listDifferences(core, backend)).toEqual([]);
  });

  it('follows sessions that come, change and go, and tells each subscriber what concerns it', async () => {
    const { core, reach } = start();
    await reach('connected.live');
    const [held] = backend.control.dump().sessions as [{ id: Id }];
    const first = String(held.id);
    const all = vi.fn<(changed: readonly string[]) => void>();
    const one = vi.fn<(session: Session | undefined) => void>();
    const endAll = core.onSessionsUpdate((_, changed) => all(changed));
    core.onSessionUpdate(first, one);

    const { id } = backend.control.createSession(1);
    await vi.waitFor(() => expect(core.getSession(String(id))?.project?.name).toBe('Project 101'));
    backend.control.updateSession(held.id, { status: 'complete' });
    await vi.waitFor(() => expect(core.getSession(first)?.status).toBe('complete'));
    backend.control.deleteSession(held.id);
    await vi.waitFor(() => expect(core.getSession(first)).toBeUndefined());

    expect([...new Set(all.mock.calls.flat(2))]).toEqual([String(id), first]);
    expect(one.mock.calls.map(([session]) => session?.status)).toEqual(['complete', undefined]);
    endAll();
    const { length } = all.mock.calls;
    backend.control.deleteSession(id);
    await vi.waitFor(() => expect(core.getSession(String(id))).toBeUndefined());
    expect(all).toHaveBeenCalledTimes(length);
  });

  it('[D10] a subscriber that throws is logged and disturbs nobody', async () => {
    const { core, reach, lines } = start();
    const seen = vi.fn<() => void>();
    core.onSessionsUpdate(() => {
      throw new Error('on purpose');
    });
    core.onSessionsUpdate(seen);
    await reach('connected.live');
    expect(seen).toHaveBeenCalled();
    expect(lines.filter((line) => line.includes('on purpose'))).not.toEqual([]);
  });

  it('[D10] is not made deaf by garbage on the socket', async () => {
    const { core, reach, lines } = start();
    await reach('connected.live');
    for (const frame of [
      '',
      '{',
      '[]',
      '[1,2,3,4,5]',
      'null',
      `["1","1","${ownTopic}","session_updated",null]`,
    ]) {
      backend.control.sendRawFrame(frame);
    }
    backend.control.broadcastRaw(1, 'session_updated', { no: 'id' });
    backend.control.broadcastRaw(1, 'session_deleted', []);
    backend.control.broadcastRaw(1, 'step_unheard_of', { id: 1 });
    const { id } = backend.control.createSession(1);
    await vi.waitFor(() => expect(core.getSession(String(id))).toBeDefined());
    await reach('connected.live');
    expect(listDifferences(core, backend)).toEqual([]);
    expect(lines.some((line) => line.includes(`ignored ${ownTopic} session_updated without id`))).toBe(true);
  });

  it('says which transition happened, from where, on what, at which attempt and after how long', async () => {
    const { reach, lines } = start();
    await reach('connected.live');
    const transitions = lines.filter((line) => line.startsWith('info [Connection]'));
    expect(transitions).toHaveLength(4);
    for (const line of transitions) {
      expect(line).toMatch(/^info \[Connection\] \S+ → \S+ on \S+, attempt \d+, after \d+ ms/);
    }
  });

  it('[X3] writes no token and no query string, whatever happens', async () => {
    const token = backend.issueToken({ userId: 1 });
    const { core, reach, lines } = start({ token });
    await reach('connected.live');
    backend.control.refuseUpgrades(true);
    backend.control.dropSockets();
    await reach(fallbackState, 8_000);
    core.send('disconnect');
    expect(lines.length).toBeGreaterThan(20);
    expect(
      lines.filter((line) => line.includes(token) || line.includes('?') || line.includes('token=')),
    ).toEqual([]);
  });

  it('takes the user id from /api/me, or from a session, where the token does not tell', async () => {
    const opaque = backend.issueToken({ userId: 1, opaque: true });
    const { reach } = start({ token: opaque });
    await reach('connected.live');
    const other = await startBackend({ me: true });
    const second = startCore(other, { token: other.issueToken({ userId: 7, opaque: true }) });
    await second.reach('connected.live');
    second.core.dispose();
    await other.stop();
  });

  it.runIf(asksForUserId)(
    'polls while nobody tells the user id, and goes live once somebody does',
    async () => {
      const { reach } = start({ token: backend.issueToken({ userId: 9, opaque: true }), random: () => 0 });
      await reach('polling.fresh');
      backend.control.createSession(9);
      await reach('connected.live');
    },
  );
});

describe('fallback', () => {
  it.runIf(listsOverRest)(
    '[F1] polls when sockets are refused, refreshes by hand, and goes back to live by itself',
    async () => {
      const { core, reach, states } = start();
      await reach('connected.live');
      backend.control.refuseUpgrades(true);
      backend.control.dropSockets();
      await reach('reconnecting');
      await reach('polling.fresh');
      const { id } = backend.control.createSession(1);
      expect(core.getSession(String(id))).toBeUndefined();
      expect((await core.refreshSessions()).state).toBe('polling.fresh');
      expect(listDifferences(core, backend)).toEqual([]);
      backend.control.refuseUpgrades(false);
      core.send('reconnect');
      await reach('connected.live');
      expect(states().at(-2)).toBe('connected.syncing');
    },
  );

  it('[A1][A2] a bad token ends signed out, a refusal of a good one does not', async () => {
    const { reach } = start();
    await reach('connected.live');
    backend.control.expireTokens();
    backend.control.dropSockets();
    await reach('signedOut');
    expect(started!.core.getAllSessions()).toEqual([]);
  });
});

describe('a server that is none', () => {
  it('[F5][C17] answers with a web page: offline for whoever has an account there, and live once it is itself', async () => {
    backend.control.refuseUpgrades(503);
    backend.control.failRest({ status: 'html' });
    const { core, reach } = start();
    await reach('polling.offline');
    expect(core.status.failure?.kind).toBe('notCodeMySpec');
    backend.control.refuseUpgrades(false);
    backend.control.healRest();
    core.send('refresh');
    await reach('connected.live');
  });

  it('[X2] is refused when it asks for the token in plain text', async () => {
    const { core, reach } = start({ serverUrl: () => 'http://code.example' });
    await reach('invalidServer');
    expect(core.status.failure?.kind).toBe('insecureAddress');
    expect(backend.control.stats().counts.requests).toEqual({});
  });
});
