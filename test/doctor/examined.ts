import { doctor, type DoctorOptions } from '../../src/doctor/doctor';
import type { DoctorTools } from '../../src/doctor/diagnose';
import { ok } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { keepTrace } from '../traces';

type Examining = Partial<DoctorOptions> & { token?: string; tools?: Partial<DoctorTools> };

/** The doctor's report of a server, where every step takes a millisecond. */
export async function examined(serverUrl: string, { token, tools, ...options }: Examining = {}) {
  let clock = 0;
  const { report, failed } = await doctor(
    {
      serverUrl,
      tokens: {
        get: () => Promise.resolve(ok(token === undefined ? undefined : { token: new Secret(token) })),
      },
      proxies: [],
      versions: ['CodeMySpec 0.1.0', 'Node 20'],
      l10n: { t: (message) => message },
      signal: new AbortController().signal,
      onStep: () => {},
      ...options,
    },
    { now: () => clock++, ...tools },
  );
  keepTrace(report);
  const lines = report.split('\n');
  return {
    report,
    failed,
    /** `step | verdict | time | what was found`, one a line. */
    rows: lines.flatMap((line) => /^\| ([a-zA-Z]+ \| (?:ok|failed|skipped) \| .+) \|$/.exec(line)?.[1] ?? []),
    first: lines.find((line) => line.startsWith('- First failure: '))?.slice(17),
    advice: lines[lines.findIndex((line) => line.startsWith('## ')) + 2],
  };
}

/** The rows of the steps from there on, which need one that did not come about. */
export const needing = (needs: Record<string, string>): string[] =>
  Object.entries(needs).map(([name, missing]) => `${name} | skipped | – | needs the step ${missing}`);

/** What a report says of a local server that is there, as far as the name of each. */
export const LOCAL = [
  'address | ok | 1 ms | plain http to this computer',
  'DNS | skipped | – | the address is a number',
  'TLS | skipped | – | plain http',
  'proxy | ok | 1 ms | none is set',
];
export const SIGNED_IN = [
  ...LOCAL,
  'discovery | ok | 1 ms | OAuth metadata',
  'token | ok | 1 ms | there, and names its user',
];
export const TAKEN = [...SIGNED_IN, 'REST | ok | 1 ms | GET /api/me takes the token'];
export const OPEN = 'upgrade | ok | 1 ms | the WebSocket is open';
export const BEAT = 'heartbeat | ok | 1 ms | there and back';
export const AFTER_REST = {
  upgrade: 'REST',
  join: 'REST',
  heartbeat: 'upgrade',
  list: 'REST',
  generation: 'join',
};
