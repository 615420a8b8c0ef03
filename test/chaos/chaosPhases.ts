import { randomChaosFault, randomLoss, type ChaosFault, type FaultClass } from './chaosFaults';
import type { ChaosWorld } from './chaosWorld';
import { pause, until } from './until';

/** From the end of the fault until live and equal. */
const LIMIT_MS = 60_000;
/** How long a list on a sound link may be called live without being right, while the last bytes arrive. */
const WRONG_MS = 3_000;
const STABLE_MS = 10_100;

export interface Recovery {
  /** A link that had been joined for 10 s, and one that had not, start at different backoffs. */
  readonly faultClass: FaultClass | 'lostAgain';
  readonly ms: number;
  readonly after: string;
}

export interface PhaseRecord {
  readonly faults: ChaosFault[];
  readonly recoveries: Recovery[];
}

export class ChaosViolation extends Error {}

/** Fault on, fault off, live and equal again; over and over until the time is up. */
export async function runPhases(world: ChaosWorld, endsAt: number, record: PhaseRecord): Promise<void> {
  await settle(world, 'at the start', true);
  while (performance.now() < endsAt) {
    await calm(world);
    await onePhase(world, record);
  }
}

async function calm(world: ChaosWorld): Promise<void> {
  const { random } = world;
  const long = random() < 0.4;
  if (long) await until(() => world.liveForMs() > STABLE_MS, STABLE_MS * 2);
  else await pause(random.between(100, 600));
  world.changeSomething();
  // The last fault's close may arrive only now: a link that is lost again is no wrong list.
  await settle(world, 'a change in the calm', true);
}

async function onePhase(world: ChaosWorld, record: PhaseRecord): Promise<void> {
  const { random, site } = world;
  const stable = world.liveForMs() > STABLE_MS;
  const faults = stable && random() < 0.6 ? [randomLoss(random)] : [randomChaosFault(random)];
  if (random() < 0.2) faults.push(randomChaosFault(random));
  const momentary = faults.every(({ faultClass }) => faultClass === 'lost');
  record.faults.push(...faults);

  const ends = faults.map((fault) => fault.begin(site));
  if (!momentary) await makeEvents(world, random.between(200, 6_000));
  for (const end of ends) await end();

  const startedAt = performance.now();
  world.changeSomething();
  const deaf = faults.some(({ faultClass }) => faultClass === 'halfOpen');
  const after = faults.map(describe).join(' and ');
  await settle(world, after, !deaf);
  const faultClass = classOf(faults);
  record.recoveries.push({
    faultClass: faultClass === 'lost' && !stable ? 'lostAgain' : faultClass,
    ms: performance.now() - startedAt,
    after,
  });
}

async function makeEvents(world: ChaosWorld, forMs: number): Promise<void> {
  const { random } = world;
  const endsAt = performance.now() + forMs;
  const gapMs = random.between(5, 200);
  while (performance.now() < endsAt) {
    world.changeSomething();
    await pause(random() * gapMs);
  }
}

/** Waits until the list is called live and is right. */
async function settle(world: ChaosWorld, after: string, soundLink: boolean): Promise<void> {
  const { core, problems } = world;
  const startedAt = performance.now();
  const wrongForMs = () => Math.min(world.liveForMs(), performance.now() - startedAt);
  const settled = await until(() => {
    if (problems[0] !== undefined) throw new ChaosViolation(`${problems[0]} (${after})`);
    const right = core.status.state === 'connected.live' && world.differences().length === 0;
    if (!right && soundLink && wrongForMs() > WRONG_MS && world.untruths().length > 0)
      throw new ChaosViolation(`live, but wrong after ${after}: ${world.untruths().join('; ')}`);
    return right;
  }, LIMIT_MS);
  if (settled) return;
  throw new ChaosViolation(
    `${core.status.state} ${LIMIT_MS / 1000} s after ${after}: ${world.differences().join('; ')}`,
  );
}

const SEVERITY: readonly FaultClass[] = ['lost', 'other', 'outage', 'halfOpen'];

function classOf(faults: readonly ChaosFault[]): FaultClass {
  const worst = Math.max(...faults.map(({ faultClass }) => SEVERITY.indexOf(faultClass)));
  return SEVERITY[worst] ?? 'other';
}

export const describe = ({ name, detail }: ChaosFault): string => (detail ? `${name} (${detail})` : name);
