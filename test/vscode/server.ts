import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEntrance, type Entrance } from './entrance';
import { freePort } from './freePort';
import { installVSCode, type InstalledVSCode } from './install';
import { addLanguages, type Language } from './languages';
import { keepsTraces, keepTrace } from '../traces';
import type { Log } from './log';
import { ProcessGroup } from './processGroup';
import { runProcess } from './runProcess';

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const NO_GALLERY = JSON.stringify({ serviceUrl: '', itemUrl: '', resourceUrlTemplate: '' });

const quietSettings: Readonly<Record<string, unknown>> = {
  'workbench.reduceMotion': 'on',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'window.commandCenter': false,
  // Whatever else listens on this machine is no business of this window.
  'remote.autoForwardPorts': false,
};

export interface VSCodeServerOptions {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: Log;
  readonly vsix?: string;
  /** Extensions that stand ready as folders. */
  readonly extensionFolders?: readonly string[];
  readonly port?: number;
  /** The folder that is open. Without it an empty one is made. */
  readonly workspace?: string;
  /** Further arguments for the server, before VS Code starts. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Those that a window can be in, besides English. */
  readonly languages?: readonly Language[];
}

export async function startVSCode(options: VSCodeServerOptions): Promise<VSCodeServer> {
  const vscode = await installVSCode({ log: options.log });
  const port = options.port ?? (await freePort());
  const entrance = await openEntrance({ origin: `http://127.0.0.1:${port}` });
  const server = new VSCodeServer(vscode, options, port, entrance);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export class VSCodeServer {
  readonly workspace: string;
  /** What a user opens; whoever has it is let in. */
  readonly url: string;
  readonly origin: string;
  readonly logDir: string;
  readonly #runFolder: string;
  readonly #userData: string;
  readonly #extensions: string;
  readonly #outputFile: string;
  readonly #env: NodeJS.ProcessEnv;
  #process: ProcessGroup | undefined;
  readonly #removeRunFolder = (): void => {
    fs.rmSync(this.#runFolder, { recursive: true, force: true, maxRetries: 5 });
  };

  constructor(
    private readonly vscode: InstalledVSCode,
    private readonly options: VSCodeServerOptions,
    readonly port: number,
    private readonly entrance: Entrance,
  ) {
    // Short, because VS Code makes sockets in it and a socket's path ends at 107 characters.
    this.#runFolder = fs.mkdtempSync(path.join(shortTemporaryFolder(), 'cms-'));
    process.once('exit', this.#removeRunFolder);
    this.#userData = this.#folder('d');
    this.#extensions = this.#folder('x');
    this.#outputFile = path.join(this.#runFolder, 'server.log');
    this.workspace = options.workspace ?? this.#folder('workspace');
    this.logDir = path.join(this.#userData, 'logs');
    this.origin = `http://127.0.0.1:${port}`;
    this.url = `${entrance.url}?folder=${encodeURIComponent(this.workspace)}`;
    this.#env = this.#environment();
  }

  async start(): Promise<void> {
    this.writeSettings(this.options.settings);
    for (const folder of this.options.extensionFolders ?? []) {
      fs.symlinkSync(folder, path.join(this.#extensions, path.basename(folder)));
    }
    if (this.options.vsix !== undefined) await this.installExtension(this.options.vsix);
    addLanguages(this.options.languages ?? [], { userData: this.#userData, extensions: this.#extensions });
    const running = new ProcessGroup(
      this.vscode.node,
      [this.vscode.entry, ...this.#folders(), ...this.#serverArguments()],
      this.#env,
      this.#outputFile,
    );
    this.#process = running;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(`${this.origin}/healthz`))) {
      if (!running.isRunning) throw new Error(`VS Code's server ended at once:\n${this.output()}`);
      if (Date.now() > deadline) {
        throw new Error(`VS Code's server is silent after ${START_TIMEOUT_MS / 1000} s:\n${this.output()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Ends the server and all it started, and removes its folder. */
  async stop(): Promise<void> {
    await this.entrance.stop();
    await this.#process?.end();
    keepTrace(this.everyLog());
    this.#process = undefined;
    this.#removeRunFolder();
    process.off('exit', this.#removeRunFolder);
  }

  onceEnded(listener: () => void): void {
    this.#process?.onceEnded(listener);
  }

  /** VS Code takes up the change in open windows at once. */
  writeSettings(settings: Readonly<Record<string, unknown>>): void {
    const folder = path.join(this.#userData, 'User');
    fs.mkdirSync(folder, { recursive: true });
    const all = { ...quietSettings, ...settings };
    fs.writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(all, null, 2));
  }

  async installExtension(vsix: string): Promise<void> {
    const args = [this.vscode.entry, ...this.#folders(), '--install-extension', vsix, '--force'];
    await runProcess(this.vscode.node, args, { env: this.#env, timeoutMs: START_TIMEOUT_MS });
  }

  /** What the extensions wrote to this log channel, all windows in the order in which they opened. */
  logText(channelName: string): string {
    return this.logFiles(channelName)
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('');
  }

  logFiles(channelName: string): string[] {
    if (!fs.existsSync(this.logDir)) return [];
    const ending = `${path.sep}${channelName}.log`;
    return fs
      .readdirSync(this.logDir, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .sort()
      .map((file) => path.join(this.logDir, file));
  }

  /** Everything that VS Code, its extension hosts and all extensions logged, to search for what must not be there. */
  everyLog(): string {
    return fs
      .readdirSync(this.#runFolder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.log'))
      .map((file) => fs.readFileSync(path.join(this.#runFolder, file), 'utf8'))
      .join('\n');
  }

  output(): string {
    return fs.existsSync(this.#outputFile) ? fs.readFileSync(this.#outputFile, 'utf8').slice(-4_000) : '';
  }

  #folder(name: string): string {
    const folder = path.join(this.#runFolder, name);
    fs.mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  #folders(): string[] {
    const config = path.join(this.#runFolder, 'config.yaml');
    return ['--config', config, '--user-data-dir', this.#userData, '--extensions-dir', this.#extensions];
  }

  #serverArguments(): string[] {
    return [
      ...['--bind-addr', `127.0.0.1:${this.port}`],
      ...['--auth', 'password'],
      ...['--welcome-text', 'Open the whole address that npm start printed: no password opens this page.'],
      // What is looked through for secrets; at trace the server writes its own cookies too.
      ...['--log', keepsTraces() ? 'debug' : 'info'],
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      '--ignore-last-opened',
      ...(this.options.args ?? []),
    ];
  }

  #environment(): NodeJS.ProcessEnv {
    const home = this.#folder('h');
    const temporary = this.#folder('t');
    const usersPath = (process.env['PATH'] ?? '/usr/bin:/bin').split(path.delimiter);
    const searched = usersPath.filter((folder) => !folder.includes('node_modules'));
    return {
      PATH: [path.dirname(this.vscode.node), ...searched].join(path.delimiter),
      HOME: home,
      XDG_CONFIG_HOME: path.join(home, 'c'),
      XDG_DATA_HOME: path.join(home, 'd'),
      XDG_RUNTIME_DIR: temporary,
      TMPDIR: temporary,
      LANG: process.env['LANG'] ?? 'C.UTF-8',
      EXTENSIONS_GALLERY: NO_GALLERY,
      ...this.entrance.env,
      ...this.options.env,
    };
  }
}

const LONGEST_TEMPORARY_FOLDER = 40;

function shortTemporaryFolder(): string {
  const folder = fs.realpathSync(os.tmpdir());
  return folder.length > LONGEST_TEMPORARY_FOLDER ? '/tmp' : folder;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
