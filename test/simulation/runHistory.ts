import { createActor } from 'xstate';
import { stateName } from '../../machines/selectors';
import type { Happening, History } from './history';
import type { PlantedBug } from './plantedBugs';
import { seededRandom } from './seededRandom';
import { simulatedMachine } from './simulatedMachine';
import { SimulatedNetwork } from './simulatedNetwork';
import { SimulatedServer } from './simulatedServer';
import { SimulatedTime } from './simulatedTime';
import { TokenStore } from './tokenStore';
import { Watch } from './watch';
import type { World } from './world';

/** A link as good as can be is live again in this time: silence noticed, a full backoff, the attempt itself. */
const BACK_WITHIN_MS = 120_000;
/** The same where only the next look at a refused server leads on. */
const REFUSED_BACK_WITHIN_MS = 6 * 60_000 + 30_000;
/** A reconcile has taken place. */
const RECONCILED_WITHIN_MS = 7 * 60_000;
const SYNCED_WITHIN_MS = 10_000;
const ENTRIES_AT_MOST = 20_000;

export interface Outcome {
  readonly violation: string | undefined;
  /** At which simulated time. */
  readonly at: number;
  readonly entries: number;
  readonly peak: Watch['peak'];
}

/** A simulation that runs one history after another through the same machine. */
export function createSimulation(bug: PlantedBug = {}) {
  let current: World | undefined;
  const machine = simulatedMachine(() => current!, bug);

  return async function runHistory(
    { seed, tokenLifeMs, delaysMs, steps }: History,
    trace?: (line: string) => void,
  ): Promise<Outcome> {
    let violation: string | undefined;
    let violatedAt = 0;
    const time = new SimulatedTime();
    const server = new SimulatedServer(time, tokenLifeMs);
    const network = new SimulatedNetwork(time, server, delaysMs);
    const tokens = new TokenStore(network);
    const fail = (what: string) => {
      if (violation === undefined) violatedAt = time.now;
      violation ??= what;
    };
    const world: World = {
      time,
      server,
      network,
      tokens,
      lastList: { sessions: [] },
      random: seededRandom(seed),
      connection: undefined,
      tell: () => {},
      fail,
    };
    current = world;
    const connection = createActor(machine, { clock: time.clock });
    world.connection = connection;
    const watch = new Watch(world, connection, tokens);
    if (trace) traceStates(world, trace);
    const onRejection = (error: unknown) => fail(`unhandled rejection: ${String(error)}`);
    process.on('unhandledRejection', onRejection);

    let entries = 0;
    const runUntil = async (at: number) => {
      while (violation === undefined && time.step(at)) {
        if (network.settled) {
          network.settled = false;
          await reactions();
        }
        watch.look();
        if ((entries += 1) > ENTRIES_AT_MOST) fail('it never rests');
      }
    };
    const liveWithin = async (ms: number) => {
      const from = time.now;
      let until = from + ms;
      do {
        await runUntil(Math.min(time.now + 5_000, until));
        if (name() === 'signedOut') connection.send({ type: 'signIn' });
        if (name() === 'refused') until = from + REFUSED_BACK_WITHIN_MS;
      } while (time.now < until && violation === undefined && !watch.quiet);
      if (!watch.quiet) fail(`${name()} ${(until - from) / 1000} s after the link became quiet`);
    };
    const name = () => stateName(connection.getSnapshot());

    try {
      server.create(0);
      server.create(1);
      connection.start();
      watch.impulse();
      connection.send({ type: 'connect' });
      await reactions();
      for (const { afterMs, happening } of steps) {
        await runUntil(time.now + afterMs);
        if (violation !== undefined) break;
        trace?.(`${stamp(time.now)} ${JSON.stringify(happening)}`);
        bringAbout(happening, world, watch);
        if (network.settled) {
          network.settled = false;
          await reactions();
        }
        watch.look();
      }

      await runUntil(time.awakeAt);
      trace?.(`${stamp(time.now)} from here on the link is quiet`);
      network.calm();
      server.running = true;
      server.doubling = false;
      watch.impulse();
      if (name() === 'disconnected') connection.send({ type: 'connect' });
      await liveWithin(BACK_WITHIN_MS);
      watch.compare(server.listedProject);
      if (server.listedProject !== server.activeProject) await runUntil(time.now + RECONCILED_WITHIN_MS);
      const created = server.create(server.activeProject === 101 ? 0 : 1);
      await runUntil(time.now + 5_000);
      server.update(created.id);
      await liveWithin(SYNCED_WITHIN_MS);
      watch.compare(server.activeProject);
    } finally {
      process.off('unhandledRejection', onRejection);
      watch.sessions.dispose();
      connection.stop();
      await reactions();
    }
    return { violation, at: violatedAt, entries, peak: watch.peak };
  };
}

/** Ends when every promise that is settled has been reacted to. */
function reactions(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function bringAbout(happening: Happening, world: World, watch: Watch): void {
  const { time, server, network } = world;
  const command = (type: 'refresh' | 'reconnect' | 'disconnect' | 'connect') => {
    time.schedule('input', 0, () => {
      watch.impulse();
      world.connection?.send({ type });
    });
  };
  const picked = (pick: number) => [...server.rows.keys()][pick % Math.max(1, server.rows.size)];
  switch (happening.kind) {
    case 'create':
      server.create(happening.project);
      return;
    case 'updateBeforeCreate':
      server.updateBeforeCreate(happening.project);
      return;
    case 'update':
    case 'undo':
    case 'submit': {
      const id = picked(happening.pick);
      if (id !== undefined) server[happening.kind](id);
      return;
    }
    case 'delete': {
      const id = picked(happening.pick);
      if (id !== undefined) server.delete(id, happening.late);
      return;
    }
    case 'switchProject':
      server.switchProject();
      return;
    case 'revokeTokens':
      server.revokeTokens();
      return;
    case 'crash':
      for (const socket of network.sockets) socket.crash();
      return;
    case 'crashLoop':
      network.crashAfterJoin = { until: time.now + happening.forMs, afterMs: happening.afterMs };
      for (const socket of network.sockets) socket.crash();
      return;
    case 'close':
      for (const socket of network.sockets) socket.closeByServer(happening.code);
      return;
    case 'restart':
      server.running = false;
      network.cut({ kind: 'closed', detail: 'the server closed the connection (1012)' });
      time.schedule('world', happening.forMs, () => (server.running = true));
      return;
    case 'refuseJoins':
      network.joinsToRefuse = happening.count;
      return;
    case 'cut':
      network.cut();
      return;
    case 'halfOpen':
      for (const socket of network.sockets) socket.breakSilently();
      return;
    case 'garble':
      network.framesToGarble = 1;
      return;
    case 'silence':
      network.silentUntil = Math.max(network.silentUntil, time.now + happening.forMs);
      return;
    case 'offline':
      network.offlineUntil = Math.max(network.offlineUntil, time.now + happening.forMs);
      return;
    case 'double':
      server.doubling = true;
      time.schedule('world', happening.forMs, () => (server.doubling = false));
      return;
    case 'slow':
      network.slowUntil = time.now + happening.forMs;
      network.slowByMs = happening.byMs;
      return;
    case 'loseRequests':
      network.requestsToLose = happening.count;
      return;
    case 'loseReplies':
      network.repliesToLose = happening.count;
      return;
    case 'answerRest':
      network.restAnswers = Array.from({ length: happening.count }, () => happening.answer);
      return;
    case 'refuseUpgrades':
      network.upgradeAnswers = Array.from({ length: happening.count }, () => happening.answer);
      return;
    case 'sleep':
      fallAsleep(happening, world, watch);
      return;
    case 'refresh':
    case 'reconnect':
      command(happening.kind);
      return;
    case 'changeNetwork':
      time.schedule('input', 0, () => {
        watch.impulse();
        world.tell({ type: 'network.changed' });
      });
      return;
    case 'disconnect':
      command('disconnect');
      time.schedule('world', happening.forMs, () => command('connect'));
      return;
    case 'attend': {
      const { focused, visible } = happening;
      time.schedule('input', 0, () => {
        watch.impulse();
        world.tell({ type: 'attention.changed', focused, visible, at: time.monotonic });
      });
    }
  }
}

/** The surroundings look at the clock every second, and take a gap of more than 5 s for a sleep. */
function fallAsleep(
  { forMs, stopsClock, socket }: Happening & { kind: 'sleep' },
  { time, network, tell }: World,
  watch: Watch,
): void {
  if (time.asleep) return;
  time.schedule('timer', 500, () => {
    watch.impulse();
    const failure = { kind: 'clockJumped', detail: 'this machine slept' } as const;
    if (forMs > 6_000) tell({ type: 'clock.jumped', failure });
  });
  time.sleep(forMs, stopsClock);
  if (socket === 'cut') network.cut();
  if (socket === 'halfOpen') for (const each of network.sockets) each.breakSilently();
}

const stamp = (ms: number) => `${(ms / 1000).toFixed(3).padStart(9)} s`;

function traceStates({ connection, time }: World, trace: (line: string) => void): void {
  let last = '';
  connection?.subscribe((snapshot) => {
    const link = typeof snapshot.value === 'string' ? '' : JSON.stringify(snapshot.value.active.link);
    const now = `${stateName(snapshot)} ${link} attempt ${snapshot.context.attempt}`;
    if (now !== last) trace(`${stamp(time.now)}     ${now}`);
    last = now;
  });
}
