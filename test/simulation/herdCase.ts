import { assign, createActor, fromCallback, type EventObject } from 'xstate';
import { connectionMachine, type Fact } from '../../machines/connectionMachine';
import { jitteredDelays } from '../../machines/delays';
import type { Failure } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { seededRandom } from '../faults/seededRandom';
import { SimulatedTime } from './simulatedTime';

export interface HerdCase {
  readonly clients: number;
  /** From the loss of every link to the server's return. */
  readonly downMs: number;
  /** The server says that it restarts (close 1012); else every connection breaks. */
  readonly planned?: boolean;
  /** Connections that the server accepts in any second; it refuses the others. */
  readonly acceptsPerSecond?: number;
}

export interface HerdOutcome {
  /** Most connection attempts within any second after the loss. */
  readonly peak: number;
  /** The same within any tenth of a second. */
  readonly peakOfTenth: number;
  /** Most attempts within any second once the server is back. */
  readonly peakOnceBack: number;
  readonly attempts: number;
  /** Most joins within any second. */
  readonly peakJoins: number;
  /** Most lists asked for within any second, and within any second once the server is back; phoenix.js asks for none. */
  readonly peakLists: number;
  readonly peakListsOnceBack: number;
  /** When half of the clients, and the last one, were joined again; undefined where some never were. */
  readonly halfBackMs: number | undefined;
  readonly allBackMs: number | undefined;
}

export type Schedule = (herd: Herd) => () => void;

const ROUND_TRIP_MS = 20;
/** Longer than a join needs to be stable. */
const BEFORE_MS = 30_000;
const AFTER_MS = 120_000;
/** After the last join. */
const LISTS_FOLLOW_MS = 12_000;
const PHOENIX_MS = [10, 50, 100, 150, 200, 250, 500, 1000, 2000];
const PHOENIX_LATER_MS = 5_000;

const UNREACHABLE: Failure = { kind: 'unreachable', detail: 'refused' };
const RESTARTING: Failure = { kind: 'restarting', detail: 'closed (1012)' };
const OVERLOADED: Failure = { kind: 'upgradeRefused', detail: 'HTTP 503' };

/** The server and everybody's links to it. */
class Herd {
  readonly attempts: number[] = [];
  readonly lists: number[] = [];
  readonly joins: number[] = [];
  readonly lost = new Set<(why: Failure) => void>();
  private running = true;
  private acceptsPerSecond = Infinity;
  private readonly accepted: number[] = [];

  constructor(
    readonly time: SimulatedTime,
    readonly random: () => number,
  ) {}

  connect(): 'accepted' | 'away' | 'overloaded' {
    const { now } = this.time;
    this.attempts.push(now);
    if (!this.running) return 'away';
    while (this.accepted[0] !== undefined && this.accepted[0] <= now - 1_000) this.accepted.shift();
    if (this.accepted.length >= this.acceptsPerSecond) return 'overloaded';
    this.accepted.push(now);
    return 'accepted';
  }

  list(): boolean {
    this.lists.push(this.time.now);
    return this.running;
  }

  restart(downMs: number, why: Failure, acceptsPerSecond: number): void {
    this.acceptsPerSecond = acceptsPerSecond;
    this.running = downMs === 0;
    this.time.schedule('world', downMs, () => (this.running = true));
    this.attempts.length = this.lists.length = this.joins.length = this.accepted.length = 0;
    const links = [...this.lost];
    this.lost.clear();
    for (const lose of links) lose(why);
  }
}

/** Clients as they are: the real machine with its real delays, on a link that answers at once. */
export const ours: Schedule = (herd) => {
  const { time } = herd;
  const after = (ms: number, tell: (fact: Fact) => void, fact: () => Fact) => {
    const timer = time.schedule('input', ms, () => tell(fact()));
    return () => time.cancel(timer);
  };
  const token = new Secret('herd');
  const idle = fromCallback<EventObject, never>(() => {});
  const machine = connectionMachine.provide({
    actors: {
      fetchToken: fromCallback(({ sendBack }) =>
        after(1, sendBack, () => ({ type: 'token.granted', token })),
      ),
      findUser: fromCallback(() => {}),
      identifyUser: fromCallback(({ sendBack }) =>
        after(0, sendBack, () => ({ type: 'user.identified', userId: '1' })),
      ),
      syncSessions: fromCallback(({ sendBack }) => {
        const answered = herd.list();
        return after(ROUND_TRIP_MS, sendBack, () =>
          answered
            ? { type: 'snapshot.folded', at: time.now }
            : { type: 'snapshot.failed', failure: UNREACHABLE },
        );
      }),
      openChannel: fromCallback(({ sendBack }) => {
        const lose = (failure: Failure) => sendBack({ type: 'channel.lost', failure });
        const answer = herd.connect();
        const timer = time.schedule('input', ROUND_TRIP_MS, () => {
          if (answer === 'accepted') {
            herd.lost.add(lose);
            herd.joins.push(time.now);
            sendBack({ type: 'channel.joined' });
          } else sendBack({ type: 'channel.lost', failure: answer === 'away' ? UNREACHABLE : OVERLOADED });
        });
        return () => {
          time.cancel(timer);
          herd.lost.delete(lose);
        };
      }),
      completeSessions: idle as never,
      verifyToken: idle as never,
      watchHost: idle as never,
    },
    delays: jitteredDelays(herd.random),
    actions: { drawSlot: assign({ slot: () => herd.random() }) },
  });
  return () => {
    const actor = createActor(machine, { clock: time.clock }).start();
    actor.send({ type: 'connect' });
  };
};

/** What phoenix.js does by itself: a fixed table of waits, the same for everybody. */
export const phoenix: Schedule = (herd) => () => {
  const { time } = herd;
  let tries = 0;
  const retry = () => {
    const wait = PHOENIX_MS[(tries += 1) - 1] ?? PHOENIX_LATER_MS;
    time.schedule('timer', wait, connect);
  };
  const connect = () => {
    const accepted = herd.connect() === 'accepted';
    time.schedule('input', ROUND_TRIP_MS, () => {
      if (!accepted) {
        retry();
        return;
      }
      tries = 0;
      herd.joins.push(time.now);
      herd.lost.add(retry);
    });
  };
  connect();
};

/** Every link is cut at once; what the clients then do until everybody is back. */
export function simulateHerd(
  { clients, downMs, planned = false, acceptsPerSecond = Infinity }: HerdCase,
  schedule: Schedule,
): HerdOutcome {
  const time = new SimulatedTime();
  const herd = new Herd(time, seededRandom(1));
  const start = schedule(herd);
  for (let n = 0; n < clients; n += 1) time.schedule('world', (n / clients) * 10_000, start);
  while (time.step(BEFORE_MS));
  herd.restart(downMs, planned ? RESTARTING : UNREACHABLE, acceptsPerSecond);
  const end = BEFORE_MS + downMs + AFTER_MS;
  while (herd.joins.length < clients && time.step(end));
  const listed = time.now + LISTS_FOLLOW_MS;
  while (time.step(listed));

  const since = (at: number | undefined) => (at === undefined ? undefined : at - BEFORE_MS);
  return {
    peak: busiest(herd.attempts),
    peakOfTenth: busiest(herd.attempts, 100),
    peakOnceBack: busiest(herd.attempts.filter((at) => at >= BEFORE_MS + downMs)),
    attempts: herd.attempts.length,
    peakJoins: busiest(herd.joins),
    peakLists: busiest(herd.lists),
    peakListsOnceBack: busiest(herd.lists.filter((at) => at >= BEFORE_MS + downMs)),
    halfBackMs: since(herd.joins[Math.ceil(clients / 2) - 1]),
    allBackMs: since(herd.joins[clients - 1]),
  };
}

function busiest(times: readonly number[], windowMs = 1_000): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last += 1) {
    while (times[first]! <= times[last]! - windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
