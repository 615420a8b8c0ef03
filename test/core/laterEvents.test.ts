import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GenerationName } from '../backend/generations/generations';
import type { Id } from '../backend/world';
import { startFaultyCore, type FaultyCore } from './faultyCore';

let started: FaultyCore;

afterEach(() => started.stop());

async function start(generation: GenerationName) {
  started = await startFaultyCore({ backend: { generation } });
  await started.reach('connected.live');
  const { core, control } = started;
  const counts = () => core.presence.map(({ key, count }) => `${key} ${count}`).sort();
  return {
    ...started,
    present: (...expected: string[]) =>
      vi.waitFor(() => expect(counts()).toEqual(expected), { timeout: 5_000, interval: 5 }),
    own: core.getAllSessions()[0]!.id,
    asked: () => [control.stats().requests.length, control.stats().calls.length],
  };
}

describe.each<GenerationName>(['2', '3'])('a server of generation %s', (generation) => {
  it('[S14] an agent that asks for a user is heard by who listens, though one fails', async () => {
    const { control, core, own, lines, asked } = await start(generation);
    const heard: unknown[] = [];
    core.onNotification(() => {
      throw new Error('on purpose');
    });
    core.onNotification((notification) => heard.push(notification));
    const before = { asked: asked(), sessions: core.getAllSessions() };
    const now = Date.now();
    const { id } = control.dump().sessions.find((each) => String(each.id) === own)!;
    control.notify(id as Id, 'permission_prompt', { message: 'Claude needs\nyour permission' });
    control.notify(id as Id, 'something_later');
    control.broadcastRaw(1, 'notification_hook', { session_id: 'unknown', notification_type: 'idle_prompt' });
    control.broadcastRaw(1, 'notification_hook', { session_id: {} });
    await vi.waitFor(() => expect(heard).toHaveLength(3));
    const at = expect.any(Number) as number;
    expect(heard).toEqual([
      { sessionId: own, type: 'permission_prompt', message: 'Claude needs your permission', at },
      { sessionId: own, type: 'something_later', at },
      { sessionId: 'unknown', type: 'idle_prompt', at },
    ]);
    expect(Math.abs((heard[0] as { at: number }).at - now)).toBeLessThan(10_000);
    await vi.waitFor(() => expect(lines.join('\n')).toMatch(/ignored vscode:user notification_hook/));
    expect([core.status.state, core.getAllSessions() === before.sessions, asked()]).toEqual([
      'connected.live',
      true,
      before.asked,
    ]);
    expect(lines.filter((line) => line.includes('on purpose'))).not.toEqual([]);
  });

  it('[S14] activity changes nothing and asks for nothing, of whatever session', async () => {
    const { control, core, own, lines, asked } = await start(generation);
    const before = { asked: asked(), sessions: core.getAllSessions() };
    const heard = () => lines.filter((line) => line.includes('received session_activity')).length;
    for (const session_id of [own, 'unknown', '__proto__', {}, null]) {
      control.broadcastRaw(1, 'session_activity', { session_id });
    }
    await vi.waitFor(() => expect(heard()).toBe(5));
    expect([core.status.state, core.getAllSessions() === before.sessions, asked()]).toEqual([
      'connected.live',
      true,
      before.asked,
    ]);
  });

  it('[S6] the mode of a session that is not held has that session asked for, where it can be', async () => {
    const { control, core, reach } = await start(generation);
    core.send('disconnect');
    await reach('disconnected');
    const { id } = control.createSession(1, { project_id: 102 });
    core.send('connect');
    await reach('connected.live');
    expect(core.getSession(String(id))).toBeUndefined();
    control.setMode(id, 'auto');
    const shown = core.getAllSessions()[0]!.id;
    control.broadcastRaw(1, 'session_mode_updated', { session_id: shown, execution_mode: 'agentic' });
    await vi.waitFor(() => expect(core.getSession(shown)?.execution_mode).toBe('agentic'));
    if (generation === '2') {
      await vi.waitFor(() => expect(core.getSession(String(id))?.execution_mode).toBe('auto'));
    } else expect(core.getSession(String(id))).toBeUndefined();
    expect(core.status.state).toBe('connected.live');
  });

  it.each(['on', 'diff', 'state', 'late'] as const)(
    '[D5] who watches is known, as they come and go, where presence is told by %s',
    async (mode) => {
      const { control, present, liveAgain } = await start(generation);
      control.presence(mode);
      await liveAgain(() => control.dropSockets());
      await present('user:1 1');
      control.presenceJoin('user:2');
      control.presenceJoin('user:2');
      control.presenceJoin('__proto__');
      await present('__proto__ 1', 'user:1 1', 'user:2 2');
      control.presenceLeave('__proto__');
      control.releasePresence();
      await present('user:1 1', 'user:2 2');
      control.presenceLeave('user:2');
      await present('user:1 1');
    },
  );

  it('[D5][S14] nobody is there once the channel is left, and subscribers hear that once', async () => {
    const { control, core, present, reach, liveAgain } = await start(generation);
    await present('user:1 1');
    const heard: string[] = [];
    core.onPresence((now) => heard.push(now.map(({ key, count }) => `${key} ${count}`).join()));
    await liveAgain(() => control.dropSockets());
    await present('user:1 1');
    expect(heard).toEqual(['', 'user:1 1']);
    core.send('disconnect');
    await reach('disconnected');
    expect([core.presence, heard.slice(2)]).toEqual([[], ['']]);
  });
});

it('[S14] a server of the first generation tells nothing of it', async () => {
  const { core, present } = await start('1');
  await present();
  expect(core.presence).toEqual([]);
});

it('[D10] who subscribed to one step hears of that step alone', async () => {
  const { control, core } = await start('2');
  const { id } = control.createSession(1);
  const step = control.addInteraction(id);
  const heard: unknown[] = [];
  core.onInteractionUpdate(String(id), step.id, (now) => heard.push(now && now.result !== null));
  await vi.waitFor(() => expect(heard).toEqual([false]));
  control.updateSession(id, { state: { other: 1 } });
  control.completeInteraction(id);
  control.addInteraction(id);
  await vi.waitFor(() => expect(core.getSession(String(id))?.interactions).toHaveLength(2));
  control.deleteSession(id);
  await vi.waitFor(() => expect(heard).toEqual([false, true, undefined]));
});
