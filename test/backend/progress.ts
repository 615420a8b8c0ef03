import { finishStep, sampleSession, startStep } from './samples';
import { sessionEvent } from './sessionEvents';
import type { Session, World } from './world';

const STEPS_TO_COMPLETE = 5;
const ACTIVE_SESSIONS = 3;

/** Each call moves one session of the user a step on, the same way for the same seed; those in manual mode wait for the user. */
export function createProgress(world: World, userId: number, seed: number): () => void {
  const random = randomFrom(seed);
  let created = 0;
  let printed = 0;

  return () => {
    const { active_project_id } = world.user(userId);
    const active = world
      .sessionsOf(userId)
      .filter(
        ({ status, execution_mode, project_id }) =>
          status === 'active' && execution_mode !== 'manual' && project_id === active_project_id,
      );
    for (const session of active) printOutput(session);
    if (active.length < ACTIVE_SESSIONS)
      world.createSession(userId, { ...sampleSession(created++), execution_mode: 'auto' });
    else advance(active[Math.floor(random() * active.length)] as Session);
  };

  /** A step that runs prints its next line, for whoever follows the session. */
  function printOutput({ id, interactions: [newest] }: Session): void {
    if (newest?.result !== null) return;
    printed += 1;
    const data = { tool_name: 'Bash', stdout: `${newest.command?.command ?? ''} … ${printed}` };
    world.announce(id, 'session_event_received', { event: sessionEvent({ data }) }, 'session');
  }

  function advance(session: Session): void {
    const [newest] = session.interactions;
    if (newest?.result === null) {
      const fails = newest.command?.module.endsWith('RunTests') && random() < 0.3;
      finishStep(world, session, fails ? 'error' : 'ok');
      return;
    }
    if (newest?.result?.status === 'error') world.updateSession(session.id, { status: 'failed' });
    else if (session.interactions.length >= STEPS_TO_COMPLETE) {
      world.updateSession(session.id, { status: 'complete' });
    } else startStep(world, session);
  }
}

/** The mulberry32 generator: numbers from 0 up to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
