import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OutputEvent, SessionOutput } from '../../src/model/sessionOutput';
import type { GenerationName } from '../backend/generations/generations';
import type { Id } from '../backend/world';
import { startFaultyCore, type FaultyCore, type FaultyCoreOptions } from './faultyCore';

let started: FaultyCore | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

/** A live core, what became of its connection since, and the topics of sessions that the server has joined. */
async function start(generation: GenerationName, options: FaultyCoreOptions = {}) {
  const faulty = (started = await startFaultyCore({ backend: { generation }, ...options }));
  await faulty.reach('connected.live');
  const { core, control, transitions } = faulty;
  const ids = control.dump().sessions.map(({ id }) => String(id));
  const ofSessions = (topics: string[]) => topics.filter((topic) => topic.startsWith('session:'));
  const before = transitions.length;
  const joined = () => ofSessions(control.joinedTopics());
  return {
    ...{ ...faulty, ids, joined, own: ids[0]!, id: control.dump().sessions[0]!.id as Id },
    asked: () => ofSessions(control.stats().joins.map(({ topic }) => topic)),
    untilJoined: (...expected: string[]) =>
      vi.waitFor(() => expect(joined()).toEqual(expected.map((id) => `session:${id}`).sort()), {
        timeout: 5_000,
        interval: 5,
      }),
    /** Of the connection nothing has changed since it was live. */
    expectUndisturbed: () =>
      expect([core.status.state, transitions.slice(before)]).toEqual(['connected.live', []]),
    listen: () => {
      const heard: SessionOutput[] = [];
      core.onSessionOutput(ids[0]!, (output) => heard.push(output));
      return heard;
    },
    pushSession: (event: string, payload: unknown) =>
      control.sendRawFrame(JSON.stringify([null, null, `session:${ids[0]}`, event, payload])),
    equal: () => vi.waitFor(() => expect(faulty.differences()).toEqual([]), { timeout: 5_000, interval: 5 }),
  };
}

const eventsOf = (heard: readonly SessionOutput[]): OutputEvent[] => heard.flatMap(({ events }) => events);
const SENT_AT = '2026-01-01T00:00:00.000000Z';

describe('the topic of a session', () => {
  it.each<GenerationName>(['2', '2-late'])(
    '[S15] is joined while somebody shows it, on generation %s',
    async (generation) => {
      const { core, own, untilJoined, joined, asked, expectUndisturbed } = await start(generation);
      expect(joined()).toEqual([]);
      const ends = [core.followSession(own), core.followSession(own)];
      await untilJoined(own);
      ends[0]!();
      ends[0]!();
      core.followSession('999')();
      await vi.waitFor(() => expect(asked().length).toBeGreaterThan(1));
      await untilJoined(own);
      ends[1]!();
      await untilJoined();
      expect(asked().filter((topic) => topic === `session:${own}`)).toHaveLength(1);
      expectUndisturbed();
      expect(core.listenerCount).toBe(0);
    },
  );

  it('[S15] is joined for the last eight that were shown', async () => {
    const { core, ids, untilJoined } = await start('2', { sessions: 10 });
    const ends = ids.map((id) => core.followSession(id));
    await untilJoined(...ids.slice(2));
    core.followSession(ids[0]!);
    await untilJoined(ids[0]!, ...ids.slice(3));
    ends[9]!();
    await untilJoined(ids[0]!, ...ids.slice(2, 9));
  });

  it('[S15][J10] that takes integers alone is asked for once where ids are others, and nothing is lost', async () => {
    const { core, control, lines, ids, asked, joined, own, id, expectUndisturbed, equal } = await start('3');
    core.followSession(own);
    await vi.waitFor(() => expect(asked()).toEqual([`session:${own}`]));
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(/session:.* invalid session_id/));
    core.followSession(ids[1]!);
    control.updateSession(id, { status: 'failed' });
    await vi.waitFor(() => expect(core.getSession(own)?.status).toBe('failed'));
    await equal();
    expect([asked().length, joined()]).toEqual([1, []]);
    expectUndisturbed();
  });

  it('[S15] is not asked for where there is none', async () => {
    const { core, own, id, control, asked, expectUndisturbed } = await start('1');
    core.followSession(own);
    control.updateSession(id, { status: 'failed' });
    await vi.waitFor(() => expect(core.getSession(own)?.status).toBe('failed'));
    expect(asked()).toEqual([]);
    expectUndisturbed();
  });

  it('[S15][J10] that crashes is joined again after a while, and the connection is as it was', async () => {
    const { core, own, id, control, untilJoined, asked, expectUndisturbed, listen } = await start('2');
    const heard = listen();
    core.followSession(own);
    await untilJoined(own);
    control.crashSessionChannel(id);
    await untilJoined();
    expect(asked()).toHaveLength(1);
    await untilJoined(own);
    control.sessionEvent(id);
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect(asked()).toHaveLength(2);
    expectUndisturbed();
  });

  it('[S15][R6] is joined on every new socket while it is shown', async () => {
    const { core, own, control, untilJoined, asked, liveAgain } = await start('2');
    const end = core.followSession(own);
    await untilJoined(own);
    await liveAgain(() => control.dropSockets());
    await untilJoined(own);
    await liveAgain(() => control.crashChannel());
    await untilJoined(own);
    await liveAgain(() => core.send('reconnect'));
    await untilJoined(own);
    end();
    await untilJoined();
    await liveAgain(() => control.dropSockets());
    expect(asked()).toHaveLength(4);
  });

  it('[S15][C32] is joined on the socket that takes over to list another project', async () => {
    const { core, own, id, control, untilJoined, asked, listen } = await start('2');
    control.removeRoutes(['GET /api/sessions', 'GET /api/sessions/:id']);
    const heard = listen();
    core.followSession(own);
    await untilJoined(own);
    await vi.waitFor(
      async () => {
        await core.refreshSessions();
        expect(asked()).toHaveLength(2);
      },
      { timeout: 10_000, interval: 100 },
    );
    await untilJoined(own);
    control.sessionEvent(id);
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect(core.status.state).toBe('connected.live');
  });
});

describe('what the topic of a session says of it', () => {
  it('[S15] is shown, and equal to what the server has', async () => {
    const { core, own, id, control, untilJoined, equal, expectUndisturbed } = await start('2');
    core.followSession(own);
    await untilJoined(own);
    control.setField(id, 'external_conversation_id', 'conversation-1');
    await vi.waitFor(() => expect(core.getSession(own)?.external_conversation_id).toBe('conversation-1'));
    await equal();
    expectUndisturbed();
  });

  it('[S15][D11] is put right by the server where it is late, and whatever else was told meanwhile', async () => {
    const { core, own, id, control, untilJoined, pushSession, equal, expectUndisturbed } = await start('2');
    core.followSession(own);
    await untilJoined(own);
    pushSession('session_status_changed', { session_id: id, status: 'failed' });
    await vi.waitFor(() => expect(core.getSession(own)?.status).toBe('failed'));
    control.updateSession(id, { state: { n: 1 } });
    pushSession('session_updated', { session_id: id, field: 'state', value: { n: 0 } });
    pushSession('session_updated', { session_id: id, field: 'a_later_one', value: 1 });
    pushSession('session_updated', { session_id: id, field: 'updated_at', value: '2999-01-01T00:00:00Z' });
    await equal();
    expect(core.getSession(own)).not.toHaveProperty('a_later_one');
    expectUndisturbed();
  });

  it('[S15][S6] of one that is not held has that session asked for', async () => {
    const { core, control, untilJoined, liveAgain } = await start('2');
    core.send('disconnect');
    const { id } = control.createSession(1, { project_id: 102 });
    await liveAgain(() => core.send('connect'));
    const shown = String(id);
    expect(core.getSession(shown)).toBeUndefined();
    core.followSession(shown);
    await untilJoined(shown);
    control.setField(id, 'external_conversation_id', 'conversation-1');
    await vi.waitFor(() => expect(core.getSession(shown)?.external_conversation_id).toBe('conversation-1'));
  });
});

describe('live output', () => {
  it('[S15][D13] comes in order, whatever the envelope, to who listens to that session', async () => {
    const { core, own, id, ids, control, untilJoined, listen, pushSession, expectUndisturbed } =
      await start('2');
    control.sessionEvent(id);
    core.onSessionOutput(own, () => {
      throw new Error('on purpose');
    });
    const heard = listen();
    const others: unknown[] = [];
    core.onSessionOutput(ids[1]!, (output) => others.push(output));
    core.followSession(own);
    await untilJoined(own);
    const sessions = core.getAllSessions();
    const event = (n: number) => ({ event_type: 'line', sent_at: SENT_AT, data: { n } });
    control.sessionEvent(id, event(1));
    control.sessionEvents(id, [event(2), event(3)]);
    pushSession('session_event_received', { session_id: id, ...event(4) });
    pushSession('session_event_received', { event: { something: 'later', n: 5 } });
    await vi.waitFor(() => expect(eventsOf(heard)).toHaveLength(5));
    const line = (n: number) => ({ type: 'line', sentAt: SENT_AT, data: { n } });
    expect(eventsOf(heard)).toEqual([
      ...[1, 2, 3, 4].map(line),
      { type: null, sentAt: null, data: { something: 'later', n: 5 } },
    ]);
    expect(heard.map(({ sessionId, leftOut }) => [sessionId, leftOut])).toEqual(heard.map(() => [own, 0]));
    expect([others, core.getAllSessions() === sessions]).toEqual([[], true]);
    expectUndisturbed();
  });

  it('[S15][D10][H1] that cannot be read is counted and skipped, and what is too much is left out', async () => {
    const { core, own, id, control, untilJoined, listen, pushSession, lines, expectUndisturbed } =
      await start('2');
    const heard = listen();
    core.followSession(own);
    await untilJoined(own);
    const sessions = core.getAllSessions();
    const hostile: [string, unknown][] = [
      ['session_event_received', 'text'],
      ['session_event_received', null],
      ['session_event_received', {}],
      ['session_event_received', { session_id: id, event: [] }],
      ['session_event_received', { session_id: 'another', event: { event_type: 'x' } }],
      ['session_events_received', { session_id: id, events: [null, 7, 'x', []] }],
      ['session_status_changed', { session_id: id }],
      ['session_status_changed', { session_id: {}, status: 'failed' }],
      ['session_updated', { session_id: id, field: { a: 1 }, value: 1 }],
      ['conversation_id_set', []],
    ];
    for (const [event, payload] of hostile) pushSession(event, payload);
    const many = Array.from({ length: 2_003 }, (_, n) => ({ event_type: String(n) }));
    pushSession('session_events_received', { session_id: id, events: [null, ...many] });
    const deep = `{"event":{"event_type":"deep\\n\\u202e","data":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`;
    control.sendRawFrame(`[null,null,"session:${own}","session_event_received",${deep}]`);
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect([heard[0]!.events.length, heard[0]!.events[0]?.type, heard[0]!.leftOut]).toEqual([2_000, '3', 4]);
    expect([heard[1]!.events[0]?.type, JSON.stringify(heard[1]!.events[0]?.data).length < 1_000]).toEqual([
      'deep',
      true,
    ]);
    expect(lines.filter((line) => /on topics of sessions so far/.test(line)).length).toBe(8);
    expect(lines.join('\n')).toContain('8 on topics of sessions so far');
    expect(core.getAllSessions()).toBe(sessions);
    expectUndisturbed();
  });
});
