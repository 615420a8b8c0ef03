import { parseArgs } from 'node:util';
import manifest from '../package.json';
import { doctor } from './doctor/doctor';
import { ok } from './model/failure';
import { Secret } from './model/secret';

const USAGE = `Finds out where the way to a CodeMySpec server ends, and prints a report without a secret in it.
  --server URL   address of a CodeMySpec server
  --token T      access token (or in the environment: CODEMYSPEC_TOKEN); without one the steps that need it are skipped
The exit code is 1 where a step failed.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { env, versions, platform, arch } = process;
  const typed = values.token ?? env.CODEMYSPEC_TOKEN;
  const { server } = values;
  if (values.help || !server) {
    console.error(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  const { report, failed } = await doctor({
    serverUrl: server,
    tokens: { get: () => Promise.resolve(ok(typed ? { token: new Secret(typed) } : undefined)) },
    proxies: Object.entries(env).flatMap(([name, url]) =>
      url && /^https?_proxy$/i.test(name) ? [{ name, url, isUsed: env.NODE_USE_ENV_PROXY === '1' }] : [],
    ),
    versions: [`CodeMySpec ${manifest.version}`, `Node ${versions.node}`, `${platform} ${arch}`],
    l10n: { t: (message) => message },
    signal: ending.signal,
    onStep: (name) => console.error(`${name} …`),
  });
  process.stdout.write(report);
  if (failed) process.exitCode = 1;
}

void main();
