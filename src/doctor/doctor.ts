import { loadedPart } from '../loadedPart';
import { ok } from '../model/failure';
import type { TokenSource } from '../model/tokenSource';
import { SocketProbe } from './channelProbe';
import { diagnose, type DoctorTools } from './diagnose';
import { firstFailure, type Localization } from './advice';
import type { StepName } from './finding';
import { nodeNetwork } from './network';
import type { ProxySetting } from './networkSteps';
import { report } from './report';

export interface DoctorOptions {
  /** As typed. */
  readonly serverUrl: string;
  readonly tokens: TokenSource;
  readonly proxies: readonly ProxySetting[];
  /** Of the extension, and of what it runs in. */
  readonly versions: readonly string[];
  readonly l10n: Localization;
  readonly signal: AbortSignal;
  readonly onStep: (name: StepName) => void;
}

export interface Diagnosis {
  /** Markdown without a secret in it. */
  readonly report: string;
  readonly failed: boolean;
}

/** Examines the way to the server, from the address to the list of sessions. */
export async function doctor(
  { signal, versions, l10n, ...given }: DoctorOptions,
  tools: Partial<DoctorTools> = {},
): Promise<Diagnosis> {
  const part = await loadedPart(() => import(/* webpackChunkName: "channel" */ '../channel/channelPart'));
  const openProbe: DoctorTools['openProbe'] = (address, token) =>
    part.ok ? ok(new SocketProbe({ address, token, transport: part.value.webSocketTransport })) : part;
  const steps = await diagnose(
    {
      ...{ network: nodeNetwork, openProbe, now: () => performance.now() },
      fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
      ...given,
      ...tools,
    },
    signal,
  );
  const { serverUrl } = given;
  return {
    report: report({ steps, serverUrl, versions, l10n }),
    failed: firstFailure(steps) !== undefined,
  };
}
