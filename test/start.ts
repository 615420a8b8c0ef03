import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { startBackend } from './backend/backend';
import { generationNamed, type GenerationName } from './backend/generations/generations';
import { createPlug } from './backend/plug';
import { seedSamples } from './backend/samples';
import { findBrowser } from './vscode/browser';
import { checkLive, type ListedSession } from './vscode/checkLive';
import { installVSCode } from './vscode/install';
import { onStopSignal } from './vscode/onStopSignal';
import { openForUser } from './vscode/openForUser';
import { packageVsix } from './vscode/package';
import { startVSCode } from './vscode/server';
import { signInOnPage, signInWithToken, trusting } from './vscode/signIn';
import { openWorkbench, type Workbench } from './vscode/workbench';

const HELP = `Starts VS Code with this extension, and a CodeMySpec server with sample sessions.

  npm start -- [options]

  --server URL   use the CodeMySpec server at URL instead of the embedded one
  --generation G what the embedded server is: 1, 2, 2-late, 3 or next
  --port N       the port of VS Code; without it, any free one
  --no-open      do not open the browser
  --check        sign in, wait until the sessions are live and equal the server's, and end;
                 with --server, the token is taken from CODEMYSPEC_TOKEN
  --help         this text

The address that is printed lets in whoever has it, and is all that keeps the other users of this machine out.`;
const STEP_EVERY_MS = 1_500;
const EVERY_STATUS = ['active', 'complete', 'failed', 'cancelled'];

interface Options {
  readonly server?: string;
  readonly generation: GenerationName;
  readonly port?: number;
  readonly open: boolean;
  readonly check: boolean;
  readonly help: boolean;
}

interface Server {
  readonly url: string;
  readonly token?: string;
  readonly sessions: () => Promise<readonly ListedSession[]>;
  readonly startProgress: () => void;
  /** Says what is so now. */
  readonly turnPlug?: () => string;
}

const log = (line: string): void => console.log(line);
const stops: (() => Promise<void>)[] = [];

void main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options instanceof Error) {
    console.error(`${options.message}\n\n${HELP}`);
    process.exit(2);
  }
  if (options.help) {
    log(HELP);
    return;
  }

  let isUp = false;
  onStopSignal(async (exitCode) => {
    log('Stopping…');
    await stopAll();
    process.exit(isUp ? 0 : exitCode);
  });
  try {
    if (options.check) {
      const count = await check(options);
      await stopAll();
      log(`check passed: live, ${count} sessions shown equal the server's`);
      process.exit(0);
    }
    await start(options);
    isUp = true;
  } catch (error) {
    await stopAll();
    const reason = error instanceof Error ? error.message : String(error);
    console.error(options.check ? `check failed: ${reason}` : reason);
    process.exit(1);
  }
}

async function start(options: Options): Promise<void> {
  const server = await reachServer(options);
  const vscode = await startVSCodeFor(server, options);
  server.startProgress();
  log('');
  log(`  open     ${vscode.url}`);
  log('  sign in  with the button in the CodeMySpec view');
  if (options.server === undefined) log(`           or with the token ${server.token ?? ''}`);
  log(`  server   ${server.url}`);
  if (offersPlug(server)) log('  plug     Enter pulls it: no live updates, then no server, then all is back');
  log('  stop     Ctrl-C');
  log('');
  if (options.open) openForUser(vscode.url);
  vscode.onceEnded(() => {
    if (stops.length === 0) return;
    console.error(`VS Code ended unexpectedly:\n${vscode.output()}`);
    void stopAll().finally(() => process.exit(1));
  });
}

/** Nothing is read in the background, where reading a terminal would stop this process. */
function offersPlug({ turnPlug }: Server): boolean {
  if (!turnPlug || (process.stdin.isTTY && !isInForeground())) return false;
  createInterface({ input: process.stdin }).on('line', () => log(turnPlug()));
  return true;
}

function isInForeground(): boolean {
  if (process.platform !== 'linux') return true;
  const [, , group, , , groupInForeground] = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return group === groupInForeground;
}

async function check(options: Options): Promise<number> {
  const server = await reachServer(options);
  const { token } = server;
  if (token === undefined) throw new Error('CODEMYSPEC_TOKEN holds no token for the server');
  const [vscode, browser] = await Promise.all([startVSCodeFor(server, options), findBrowser({ log })]);
  log('Signing in and waiting for the sessions…');
  const workbench = await openWorkbench({ url: vscode.url, browser });
  const signIn = (window: Workbench) =>
    options.server === undefined ? signInOnPage(window) : signInWithToken(window, token);
  stops.push(() => workbench.close());
  return checkLive(workbench, signIn, server.sessions);
}

async function startVSCodeFor({ url }: Server, { port }: Options) {
  const [vsix] = await Promise.all([packageVsix({ log }), installVSCode({ log })]);
  log('Starting VS Code…');
  const settings = { 'codeMySpec.serverUrl': url };
  const vscode = await startVSCode({
    vsix,
    settings,
    log,
    args: trusting(url),
    ...(port === undefined ? {} : { port }),
  });
  stops.push(() => vscode.stop());
  return vscode;
}

async function reachServer({ server, generation }: Options): Promise<Server> {
  if (server !== undefined) {
    const token = process.env['CODEMYSPEC_TOKEN'];
    return {
      url: server,
      ...(token ? { token } : {}),
      sessions: () => fetchSessions(server, token ?? ''),
      startProgress: () => undefined,
    };
  }
  const backend = await startBackend({ generation, me: true, seed: seedSamples });
  stops.push(() => backend.stop());
  return {
    url: backend.url,
    token: backend.issueToken({ userId: 1 }),
    sessions: () => Promise.resolve(backend.control.dump(1).sessions as unknown as ListedSession[]),
    startProgress: () => backend.control.progress({ everyMs: STEP_EVERY_MS }),
    turnPlug: createPlug(backend.control),
  };
}

async function fetchSessions(server: string, token: string): Promise<readonly ListedSession[]> {
  const url = new URL('/api/sessions', server);
  for (const status of EVERY_STATUS) url.searchParams.append('status[]', status);
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${url.origin} answers ${response.status} to the list of sessions`);
  return ((await response.json()) as { data: readonly ListedSession[] }).data;
}

async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

function readOptions(): Options | Error {
  try {
    const { values } = parseArgs({
      options: {
        server: { type: 'string' },
        generation: { type: 'string', default: '2' },
        port: { type: 'string' },
        'no-open': { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      ...(values.server === undefined ? {} : { server: addressOf(values.server) }),
      ...(values.port === undefined ? {} : { port: portOf(values.port) }),
      generation: generationNamed(values.generation),
      open: !values['no-open'],
      check: values.check,
      help: values.help,
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return text;
  throw new Error(`--server wants an address such as http://localhost:4000, not "${text}".`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`--port wants a number from 1 to 65535, not "${text}".`);
}
