import type { Control } from '../backend/control';
import type { Id, World } from '../backend/world';
import type { SeededRandom } from '../faults/seededRandom';

const MOST_SESSIONS = 40;
const STATUSES = ['active', 'active', 'complete', 'failed', 'cancelled'] as const;

/** One random change of what the server holds. */
export function changeSomething(world: World, control: Control, random: SeededRandom): void {
  const sessions = world.sessionsOf(1);
  const [first, ...more] = sessions;
  const create = () => control.createSession(1, { project_id: random.pick([101, 101, 101, 102]) });
  if (!first) {
    create();
    return;
  }
  const session = random.pick([first, ...more]);
  const pending = session.interactions.some(({ result }) => result === null);
  const change = (id: Id) => control.updateSession(id, { state: { at: random() } });
  random.pick([
    () => (sessions.length < MOST_SESSIONS ? create() : control.deleteSession(session.id)),
    () => control.deleteSession(session.id),
    () => change(session.id),
    () => change(session.id),
    () => control.updateSession(session.id, { status: random.pick(STATUSES) }),
    () => (pending ? control.completeInteraction(session.id) : control.addInteraction(session.id)),
    () => (pending ? control.completeInteraction(session.id) : control.addInteraction(session.id)),
    () => create(),
  ])();
}
