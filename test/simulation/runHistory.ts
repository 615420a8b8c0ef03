import { ServerContracts } from '../../src/actors/serverContracts';
import { createActor } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/connectionMachine';
import { restartDelays } from '../../machines/delays';
import { stateName, wholeStateName } from '../../machines/selectors';
import { connectionOf, supervisor } from '../../machines/supervisor';
import { inheritance } from '../../src/inheritance';
import { apply } from './apply';
import type { History } from './history';
import type { Mutant } from './mutants';
import { PlantedThrow } from './plantedThrow';
import { seededRandom } from '../faults/seededRandom';
import { replaceGlobals } from './simulatedGlobals';
import { SimulatedHost } from './simulatedHost';
import { simulatedMachine, TrippingScope } from './simulatedMachine';
import { SimulatedNetwork } from './simulatedNetwork';
import { SimulatedServer, type SimulatedGeneration } from './simulatedServer';
import { RequestBudget } from '../../src/actors/requestBudget';
import { SimulatedTime } from './simulatedTime';
import { TokenStore } from './tokenStore';
import { SIMULATED_BUDGET, Oracle } from './oracle';
import type { World } from './world';

/** A link as good as can be is live again in this time: a dead link noticed, a full backoff, the attempt itself. */
const BACK_WITHIN_MS = 120_000;
/** The same where only the next look at a refused server leads on. */
const REFUSED_BACK_WITHIN_MS = 6 * 60_000 + 30_000;
/** A reconcile has taken place. */
const RECONCILED_WITHIN_MS = 7 * 60_000;
/** Every session has had its turn, some at each snapshot. */
const CONFIRMED_WITHIN_MS = 60 * 60_000;
const SYNCED_WITHIN_MS = 10_000;
/** A created session has crashed the channel. */
const REJOINED_WITHIN_MS = 60_000;
const ENTRIES_AT_MOST = 20_000;

export interface Outcome {
  readonly violation: string | undefined;
  /** At which simulated time. */
  readonly at: number;
  readonly entries: number;
  readonly peak: Oracle['peak'];
}

/** A simulation that runs one history after another through the same machine. */
export function createSimulation(bug: Mutant = {}, generation: SimulatedGeneration = '1') {
  let current: World | undefined;
  const scope = new TrippingScope(
    () => current!,
    (error) => current?.whole?.send({ type: 'connection.failed', error }),
  );
  const machine = supervisor.provide({
    actors: { connection: simulatedMachine(() => current!, scope, bug) },
    delays: restartDelays(() => current!.random()),
  });

  return async function runHistory(
    { seed, tokenLifeMs, delaysMs, steps }: History,
    trace?: (line: string) => void,
  ): Promise<Outcome> {
    let violation: string | undefined;
    let violatedAt = 0;
    const time = new SimulatedTime();
    const server = new SimulatedServer(time, tokenLifeMs, generation);
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
      lastList: {},
      budget: new RequestBudget(() => time.monotonic, SIMULATED_BUDGET),
      contracts: new ServerContracts(),
      random: seededRandom(seed),
      whole: undefined,
      connection: undefined,
      planted: undefined,
      trip: (place) => {
        if (world.planted !== place) return;
        world.planted = undefined;
        watch.trigger();
        thrown += 1;
        throw new PlantedThrow(place);
      },
      host: new SimulatedHost(),
      fail,
    };
    current = world;
    let thrown = 0;
    const clearUp = (error: unknown) => {
      // The machine wraps what a guard throws.
      if (thrown === 0) fail(`the machine failed: ${String(error)}`);
      thrown = 0;
      trace?.(`${stamp(time.now)}     a throw in ${String(error)}`);
      if (!bug.leavesActors) scope.endAll();
    };
    const whole = createActor(machine, { clock: time.clock, input: { inherit: inheritance, clearUp } });
    world.whole = whole;
    world.connection = connectionOf(whole.getSnapshot())!;
    const watch = new Oracle(world, world.connection, tokens);
    whole.subscribe({
      next: () => {
        const connection = connectionOf(whole.getSnapshot());
        if (connection && connection !== world.connection) {
          world.connection = connection;
          watch.attach(connection);
          if (trace) traceStates(world, trace);
        }
        watch.enter(name());
      },
      error: (error) => fail(`the supervisor failed: ${String(error)}`),
    });
    if (trace) traceStates(world, trace);
    const restoreGlobals = replaceGlobals(world);
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
        if (name() === 'signedOut') whole.send({ type: 'signIn' });
        if (name() === 'invalidServer' || name() === 'stopped') until = from + REFUSED_BACK_WITHIN_MS;
      } while (time.now < until && violation === undefined && !watch.quiet);
      if (!watch.quiet) fail(`${name()} ${(until - from) / 1000} s after the link became quiet`);
    };
    const name = () => wholeStateName(whole.getSnapshot());

    try {
      server.create(0);
      server.create(1);
      whole.start();
      watch.trigger();
      whole.send({ type: 'connect' });
      await reactions();
      for (const { afterMs, happening } of steps) {
        await runUntil(time.now + afterMs);
        if (violation !== undefined) break;
        trace?.(`${stamp(time.now)} ${JSON.stringify(happening)}`);
        apply(happening, world, watch);
        if (network.settled) {
          network.settled = false;
          await reactions();
        }
        watch.look();
      }

      await runUntil(time.awakeAt);
      trace?.(`${stamp(time.now)} from here on the link is quiet`);
      network.calm();
      world.planted = undefined;
      server.running = true;
      server.doubling = false;
      watch.trigger();
      if (name() === 'disconnected') whole.send({ type: 'connect' });
      await liveWithin(BACK_WITHIN_MS);
      watch.compare(server.listedProject);
      const calmAt = time.now;
      while (
        violation === undefined &&
        watch.staleSince(calmAt) > 0 &&
        time.now < calmAt + CONFIRMED_WITHIN_MS
      )
        await runUntil(time.now + RECONCILED_WITHIN_MS);
      const waiting = watch.staleSince(calmAt);
      if (waiting > 0) fail(`${waiting} sessions were never confirmed`);
      // Where the token is refused no second socket opens, and the first goes on.
      const mayOpen = () => server.listsOverChannel && server.accepts(tokens.token.reveal());
      if (mayOpen()) server.switchProject();
      if (server.listedProject !== server.activeProject) {
        await runUntil(time.now + 5_000);
        if (mayOpen()) {
          watch.trigger();
          whole.send({ type: 'refresh' });
          await liveWithin(BACK_WITHIN_MS);
          watch.compare(server.activeProject);
          if (server.listedProject !== server.activeProject) fail('a refresh shows the project of before');
          if (network.sockets.size > 1) fail('a socket was left open for the next one');
        } else await runUntil(time.now + RECONCILED_WITHIN_MS);
      }
      const created = server.create(server.activeProject === 101 ? 0 : 1);
      await runUntil(time.now + 5_000);
      server.update(created.id);
      await liveWithin(server.listsOverChannel ? REJOINED_WITHIN_MS : SYNCED_WITHIN_MS);
      watch.compare(server.activeProject);
    } finally {
      process.off('unhandledRejection', onRejection);
      watch.sessions.dispose();
      whole.stop();
      await reactions();
      restoreGlobals();
    }
    return { violation, at: violatedAt, entries, peak: watch.peak };
  };
}

const turnOfTheLoop = setImmediate;

/** Ends when every promise that is settled has been reacted to. */
function reactions(): Promise<void> {
  return new Promise((resolve) => turnOfTheLoop(resolve));
}

const stamp = (ms: number) => `${(ms / 1000).toFixed(3).padStart(9)} s`;

function traceStates({ connection, time }: World, trace: (line: string) => void): void {
  let last = '';
  const next = (snapshot: ConnectionSnapshot) => {
    const link = typeof snapshot.value === 'string' ? '' : JSON.stringify(snapshot.value.active.link);
    const now = `${stateName(snapshot)} ${link} attempt ${snapshot.context.attempt}`;
    if (now !== last) trace(`${stamp(time.now)}     ${now}`);
    last = now;
  };
  connection?.subscribe({ next, error: () => {} });
}
