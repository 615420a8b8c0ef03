import { LoopbackProof } from '../http/loopbackProof';
import { RestClient } from '../http/restClient';
import { createLog } from '../log';
import type { Failure, Result } from '../model/failure';
import type { Secret } from '../model/secret';
import type { ServerAddress } from '../model/serverAddress';
import type { TokenSource } from '../model/tokenSource';
import type { ChannelProbe } from './channelProbe';
import { checkHeartbeat, checkJoin, checkList, checkUpgrade, judgeGeneration } from './channelSteps';
import { factOf, failed, type Finding, type Step, type StepName } from './finding';
import { checkAddress, checkDns, checkProxy, checkTls, type NetworkTools } from './networkSteps';
import { checkDiscovery, checkRest, checkToken } from './serverSteps';

/** A step that takes longer has failed. */
const STEP_TIMEOUT_MS = 10_000;

export interface DoctorTools extends NetworkTools {
  /** As typed. */
  readonly serverUrl: string;
  readonly tokens: TokenSource;
  readonly fetch: typeof fetch;
  readonly openProbe: (address: ServerAddress, token: Secret) => Result<ChannelProbe>;
  /** In ms, from anywhere. */
  readonly now: () => number;
  /** How long a step may take, in ms. */
  readonly limitOf?: (name: StepName) => number;
  readonly onStep?: (name: StepName) => void;
}

/** All steps in their order; the signal ends the one at work and skips the rest. */
export async function diagnose(tools: DoctorTools, signal: AbortSignal): Promise<readonly Step[]> {
  const { steps, run } = examination(tools, signal);
  const log = createLog({ log: () => {}, isEnabled: () => false }, 'Http');
  const proof = new LoopbackProof(tools.fetch);
  const restOf = (address: ServerAddress) => new RestClient(address, log, tools.fetch, proof);
  let probe: ChannelProbe | undefined;

  const address = await run('address', {}, () => checkAddress(tools.serverUrl));
  const dns = await run('DNS', { address }, ({ address }) => checkDns(tools, address));
  const tls = await run('TLS', { address, DNS: dns }, ({ address }, end) => checkTls(tools, address, end));
  await run('proxy', { address }, () => checkProxy(tools.proxies));
  const discovery = await run('discovery', { address, DNS: dns, TLS: tls }, ({ address }, end) =>
    checkDiscovery(tools.fetch, address, end),
  );
  const token = await run('token', { address }, ({ address }) => checkToken(tools.tokens, address));
  const user = await run('REST', { address, discovery, token }, ({ address, token }, end) =>
    checkRest(restOf(address), token, end),
  );
  const open = await run('upgrade', { address, token, REST: user }, async ({ address, token }, end) => {
    const proven = await proof.of(address);
    if (!proven.ok) return failed(proven.failure);
    end.throwIfAborted();
    const opening = tools.openProbe(address, token);
    if (!opening.ok) return failed(opening.failure);
    probe = opening.value;
    return checkUpgrade(probe, end);
  });
  const topic = await run(
    'join',
    { address, token, REST: user, upgrade: open },
    ({ address, token, REST: user, upgrade: probe }, end) =>
      checkJoin({ rest: restOf(address), token, probe, user }, end),
  );
  await run('heartbeat', { upgrade: open }, ({ upgrade: probe }, end) => checkHeartbeat(probe, end));
  const list = await run('list', { address, token, REST: user }, ({ address, token }, end) =>
    checkList({ rest: restOf(address), token }, open && topic && { probe: open, topic }, end),
  );
  await run('generation', { join: topic }, ({ join: topic }) => judgeGeneration(topic, list));
  probe?.close();
  return steps;
}

type Needs = Partial<Record<StepName, unknown>>;
type Met<N extends Needs> = { [Name in keyof N]: NonNullable<N[Name]> };

function examination({ now, onStep, limitOf = () => STEP_TIMEOUT_MS }: DoctorTools, signal: AbortSignal) {
  const steps: Step[] = [];
  const isCancelled = () => signal.aborted;

  /** Runs the step where all that it needs of others is there; gives what later steps need of it. */
  const run = async <N extends Needs, T>(
    name: StepName,
    needs: N,
    work: (met: Met<N>, end: AbortSignal) => Finding<T> | Promise<Finding<T>>,
  ): Promise<T | undefined> => {
    const missing = Object.keys(needs).find((each) => needs[each as StepName] === undefined);
    if (isCancelled() || missing !== undefined) {
      const detail = isCancelled() ? 'cancelled' : `needs the step ${missing}`;
      steps.push({ name, verdict: 'skipped', ms: undefined, detail });
      return undefined;
    }
    onStep?.(name);
    const began = now();
    const limitMs = limitOf(name);
    const late = AbortSignal.timeout(limitMs);
    const end = AbortSignal.any([signal, late]);
    const over = aborted(end);
    const finding = await Promise.race([over, settled(() => work(needs as Met<N>, end))]).catch(
      (): Finding<T> => failed(late.aborted ? tooLate(limitMs) : BUG),
    );
    if (isCancelled()) steps.push({ name, verdict: 'skipped', ms: undefined, detail: 'cancelled' });
    else steps.push(stepOf(name, finding, Math.round(now() - began)));
    return finding.value;
  };
  return { steps, run };
}

function stepOf(name: StepName, finding: Finding<unknown>, ms: number): Step {
  if (finding.verdict === 'failed') {
    const { failure } = finding;
    return { name, verdict: 'failed', ms, detail: factOf(failure), kind: failure.kind };
  }
  const { verdict, detail } = finding;
  return { name, verdict, ms: verdict === 'skipped' ? undefined : ms, detail };
}

const settled = async <T>(work: () => T | Promise<T>): Promise<T> => work();

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );

const tooLate = (ms: number): Failure => ({ kind: 'timeout', detail: `no answer in ${ms / 1000} s` });
const BUG: Failure = { kind: 'internal', detail: 'a bug of the doctor' };
