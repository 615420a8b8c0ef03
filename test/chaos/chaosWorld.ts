import { createCore } from '../../src/core';
import type { TokenSource } from '../../src/model/tokenSource';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import type { Session } from '../../src/model/session';
import { startBackend } from '../backend/backend';
import { GENERATIONS, type GenerationName } from '../backend/generations/generations';
import { ASKED_PROJECT_AGE_MS } from '../../machines/delays';
import { listDifferences, untruths } from '../core/listDifferences';
import { startFaultProxy } from '../faults/faultProxy';
import { seededRandom } from '../faults/seededRandom';
import type { FaultSite } from './chaosFaults';
import { changeSomething } from './serverEvents';
import { pause, until } from './until';

const LINES_KEPT = 80;
const RESTART_MS = 5_000;
const LIVE_WITHIN_MS = 60_000;

export type ChaosWorld = Awaited<ReturnType<typeof startChaosWorld>>;

/** One core, one server, a fault proxy between them, and a record of what came of it. */
export async function startChaosWorld(seed: number, generation: GenerationName) {
  const random = seededRandom(seed);
  let backend = await startBackend({ generation });
  const tellsOfSingles = GENERATIONS[generation].routes.includes('GET /api/sessions/:id');
  backend.control.bulk(8);
  const { world } = backend;
  const proxy = await startFaultProxy({ target: backend.url, seed });
  const lines: string[] = [];
  const problems: string[] = [];
  const requestedAt: number[] = [];
  const attemptedAt: number[] = [];
  let [reconnects, liveSince, changes] = [0, Infinity, 0];
  let token: string | undefined;

  const tokens: TokenSource = {
    get: ({ renew }) => {
      attemptedAt.push(performance.now());
      if (renew) token = undefined;
      token ??= backend.issueToken();
      return Promise.resolve(ok({ token: new Secret(token) }));
    },
  };
  const core = createCore({
    serverUrl: () => proxy.url,
    tokens,
    random: seededRandom(seed + 1),
    sink: {
      log: (level, line) => {
        lines.push(`${new Date().toISOString().slice(11, 23)} ${level} ${line}`);
        if (lines.length > LINES_KEPT) lines.shift();
      },
    },
    fetch: (input, init) => {
      requestedAt.push(performance.now());
      return fetch(input, init);
    },
    onTransition: ({ from, to }) => {
      if (to === 'connected.syncing' && !from.startsWith('connected')) reconnects += 1;
      liveSince = to === 'connected.live' ? performance.now() : Infinity;
    },
  });

  // Whatever is shown at any time is something that the server held at some time.
  const versions = new Set(world.sessionsOf(1).map(versionOf));
  world.onBroadcast(({ session }) => {
    versions.add(versionOf(session));
    changes += 1;
  });
  core.onSessionsUpdate((_, changed) => {
    changes += 1;
    for (const id of changed) {
      const shown = core.getSession(id);
      if (shown && !versions.has(versionOf(shown)))
        problems.push(`the server never held this: ${versionOf(shown)}`);
    }
  });

  let compared = { at: -1, differences: [] as string[] };
  const differences = (): string[] => {
    if (compared.at !== changes)
      compared = { at: changes, differences: listDifferences(core, backend).filter(isKnowable) };
    return compared.differences;
  };

  /** Where single sessions cannot be asked for, one outside the list is right as of the time that it bears. */
  const isKnowable = (difference: string): boolean => {
    const session = core.getSession(difference.split(/[ .]/, 1)[0] ?? '');
    if (tellsOfSingles || !session || core.getFreshness(session.id)?.kind !== 'stale') return true;
    return session.project_id === String(backend.control.dump(1).activeProject);
  };

  const site: FaultSite = {
    get backend() {
      return backend;
    },
    proxy,
    topic: GENERATIONS[generation].userTopic(1),
    async refresh() {
      if (!tellsOfSingles) {
        // A younger socket, or one on which a list is under way, shows the project of before.
        await pause(1.1 * ASKED_PROJECT_AGE_MS);
        await until(() => core.status.state === 'connected.live', LIVE_WITHIN_MS);
      }
      core.send('refresh');
    },
    takeDown() {
      const down = backend.stop();
      return async () => {
        await down;
        const { port } = backend;
        await until(async () => {
          try {
            backend = await startBackend({ port, generation, resume: backend });
            return true;
          } catch {
            return false;
          }
        }, RESTART_MS);
      };
    },
  };

  let lookAway = core.followSession('0');
  /** Somebody shows one session after another; of each agent something is heard, and some channels crash of it. */
  const lookElsewhere = () => {
    const shown = world.sessionsOf(1).at(-1);
    if (!shown) return;
    lookAway();
    lookAway = core.followSession(String(shown.id));
    backend.control.sessionEvent(shown.id);
    if (changes % 5 === 0) backend.control.crashSessionChannel(shown.id);
  };

  core.initialize();
  return {
    core,
    generation,
    site,
    random,
    lines,
    problems,
    requestedAt,
    attemptedAt,
    differences,
    untruths: () => untruths(core, backend),
    reconnects: () => reconnects,
    /** For how long the list has been called live, in ms. */
    liveForMs: () => Math.max(0, performance.now() - liveSince),
    changeSomething: () => {
      changeSomething(world, backend.control, random);
      lookElsewhere();
    },
    async stop(): Promise<void> {
      core.dispose();
      await proxy.stop();
      await backend.stop();
    },
  };
}

function versionOf({
  id,
  status,
  state,
  interactions,
}: Pick<Session, 'status' | 'state'> & {
  id: unknown;
  interactions: readonly { readonly id: string | null; readonly result: unknown }[];
}): string {
  const steps = interactions.map((step) => `${step.id}${step.result === null ? '?' : '!'}`);
  return `${String(id)} ${status} ${JSON.stringify(state)} ${steps.join(' ')}`;
}
