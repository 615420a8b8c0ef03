import { startBackend } from '../backend/backend';
import { until } from '../chaos/until';
import { untruths } from '../core/listDifferences';
import type { CoreHost } from './coreHost';
import type { Look } from './coreMessages';
import { HostileFront } from './hostileFront';
import type { HostileInput, Plan, Site } from './hostileInput';
import type { OAuthStep } from './oauthSteps';
import { TEMPLATES } from './templates';

export const GOALS = { stallMs: 50, largeStallMs: 200, heapMb: 400, sockets: 12 } as const;
const LARGE_MEGABYTES = 8;
const LIVE_MS = 10_000;
/** By itself; after that a user is asked, as the state says. */
const BY_ITSELF_MS = 5_000;
/** What the server sent before may still be on its way at the first. */
const LISTS_AFTER_LIES = 3;
const EQUAL_MS = 3_000;
const WATCH_MS = 400;
const OAUTH_STEP_MS = 12_000;
const LONGEST_DETAIL = 2_000;

export interface Outcome {
  readonly input: HostileInput;
  readonly problems: readonly string[];
  /** What it came to, such as `live by itself`. */
  readonly ending: string;
  readonly stallMs: number;
  readonly stallGoalMs: number;
  readonly heapMb: number;
  readonly sockets: number;
  readonly requests: number;
  readonly ms: number;
}

/** States that end by themselves in a moment, or say why by their name. */
const ON_ITS_WAY: ReadonlySet<string> = new Set([
  'authenticating',
  'loading',
  'connected.syncing',
  'polling.refreshing',
]);

let cores = 0;

/** One input against a fresh core, a fresh server and a fresh front; what `host` runs meanwhile is measured with it. */
export async function runInput(host: CoreHost, input: HostileInput): Promise<Outcome> {
  const template = TEMPLATES[input.template];
  if (!template) throw new Error(`no template ${input.template}`);
  const startedAt = performance.now();
  const plan = template.plan(input.params);
  const backend = await startBackend();
  backend.control.bulk(5);
  const front = await HostileFront.start(backend.url);
  const problems: string[] = [];
  let ending = '';
  const bugsBefore = host.bugs.length;
  try {
    await host.ask({ kind: 'measure' });
    ending =
      template.area === 'oauth'
        ? await meetOAuth(host, plan, { backend, front }, problems)
        : await meetCore(host, plan, { backend, front }, problems);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  problems.push(...host.bugs.slice(bugsBefore));
  const measured = host.alive ? await host.ask({ kind: 'measured' }) : { stallMs: 0, heapBytes: 0 };
  await front.stop();
  await backend.stop();
  const stallGoalMs = (plan.megabytes ?? 0) >= LARGE_MEGABYTES ? GOALS.largeStallMs : GOALS.stallMs;
  return {
    input,
    problems,
    ending,
    stallMs: Math.round(measured.stallMs),
    stallGoalMs,
    heapMb: Math.round(measured.heapBytes / 2 ** 20),
    sockets: front.mostSockets,
    requests: front.mostRequests,
    ms: Math.round(performance.now() - startedAt),
  };
}

async function meetCore(host: CoreHost, plan: Plan, site: Site, problems: string[]): Promise<string> {
  const core = (cores += 1);
  const { backend, front } = site;
  const look = () => host.ask({ kind: 'look', core });
  const live = async () => (await look()).state === 'connected.live';
  const differences = async () => {
    const shown = await host.ask({ kind: 'sessions', core });
    const sessions = shown.map(([session]) => session);
    const marks = new Map(shown.map(([{ id }, freshness]) => [id, freshness]));
    // A row that says as of when it is claims nothing of now.
    return untruths({ getAllSessions: () => sessions, getFreshness: (id) => marks.get(id) }, backend);
  };
  /** Live, and equal to the server. */
  const equal = async (withinMs: number): Promise<boolean> =>
    until(async () => (await live()) && (await differences()).length === 0 && (await live()), withinMs);

  if (plan.from === 'start') plan.begin(site);
  const token = backend.issueToken({ userId: 1, opaque: plan.opaqueToken === true });
  await host.ask({
    kind: 'start',
    core,
    start: {
      url: front.url,
      token,
      seed: core,
      ...(plan.renewInMs !== undefined && { renewInMs: plan.renewInMs }),
    },
  });
  try {
    if (plan.from === 'live') {
      if (!(await equal(LIVE_MS))) problems.push(`not live before the input: ${describe(await look())}`);
      plan.begin(site);
      if (plan.asked) await host.ask({ kind: 'command', core, command: 'refresh' });
    }
    await pause(plan.watchMs ?? WATCH_MS);
    await judgeWatched(await look());
    front.heal();
    return await recover();
  } finally {
    const lines = host.alive ? await host.ask({ kind: 'stop', core }) : [];
    if (problems.length > 0) problems.push(...lines.map((line) => `  ${line.slice(0, 300)}`));
  }

  async function judgeWatched(now: Look): Promise<void> {
    const claims = now.state === 'connected.live';
    if (!claims && !ON_ITS_WAY.has(now.state) && now.failure === undefined) {
      problems.push(`does not say why it is not live: ${describe(now)}`);
    }
    if (now.state === 'polling.fresh' && plan.truth !== 'lies') {
      const wrong = await differences();
      if (wrong.length > 0) problems.push(`a polled list that is wrong: ${wrong.slice(0, 3).join('; ')}`);
    }
    if (claims && plan.says) problems.push(`live, though it cannot be: ${describe(now)}`);
    if (!claims && plan.says && now.failure !== undefined && !plan.says.includes(now.failure)) {
      problems.push(`says something else than ${plan.says.join(' or ')}: ${describe(now)}`);
    }
    if (claims && plan.truth !== 'lies' && !(await equal(EQUAL_MS)) && (await live())) {
      problems.push(`live, but ${(await differences()).slice(0, 3).join('; ')}`);
    }
  }

  async function recover(): Promise<string> {
    // Only a later list can tell that a server has lied.
    const rounds = plan.truth === 'lies' ? LISTS_AFTER_LIES : 1;
    for (let round = 0; round < rounds; round += 1) {
      if (plan.truth === 'lies') await host.ask({ kind: 'command', core, command: 'refresh' });
      if (await equal(BY_ITSELF_MS / rounds)) return 'live by itself';
    }
    const honest = await look();
    if (honest.state === 'connected.live') {
      problems.push(`live, but ${(await differences()).slice(0, 3).join('; ')}`);
      return 'live and wrong';
    }
    const { state } = honest;
    await host.ask({ kind: 'token', core, token: backend.issueToken({ userId: 1 }) });
    await host.ask({ kind: 'command', core, command: state === 'signedOut' ? 'signIn' : 'reconnect' });
    if (await equal(LIVE_MS)) return `${state} (${honest.failure ?? 'no failure'}), live when asked`;
    problems.push(`never live again: ${describe(await look())}`);
    return 'stuck';
  }
}

async function meetOAuth(host: CoreHost, plan: Plan, site: Site, problems: string[]): Promise<string> {
  plan.begin(site);
  const steps = await host.ask({ kind: 'oauth', url: site.front.url });
  for (const step of steps) problems.push(...problemsOf(step));
  site.front.heal();
  const healed = await host.ask({ kind: 'oauth', url: site.front.url });
  for (const name of ['discovery', 'registration']) {
    if (!healed.some(({ step, outcome }) => step === name && outcome === 'ok'))
      problems.push(`${name} fails afterwards`);
  }
  return steps.map(({ step, outcome }) => `${step} ${outcome}`).join(', ');
}

function problemsOf({ step, outcome, detail, ms, expiresInMs, sendable }: OAuthStep): string[] {
  const problems: string[] = [];
  if (outcome === 'threw') problems.push(`${step} threw: ${detail.slice(0, 300)}`);
  if (detail.length > LONGEST_DETAIL) problems.push(`${step}: a detail of ${detail.length} characters`);
  if (/secret=eyJ|client-secret/.test(detail)) problems.push(`${step}: a secret in ${detail.slice(0, 100)}`);
  if (ms > OAUTH_STEP_MS) problems.push(`${step} took ${ms} ms`);
  if (expiresInMs !== undefined && !(Number.isFinite(expiresInMs) && expiresInMs >= 0)) {
    problems.push(`${step}: a token that expires in ${expiresInMs} ms`);
  }
  if (sendable === false) problems.push(`${step}: a token that no header can carry`);
  return problems;
}

const describe = ({ state, failure, detail, held, states }: Look): string =>
  `${state}, ${failure ?? 'no failure'} (${(detail ?? '').slice(0, 200)}), ${held} held, after ${states.slice(-6).join(' ')}`;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
