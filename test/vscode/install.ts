import crypto from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './cacheFolder';
import { installOnce } from './installOnce';
import { logProgress, secondsSince, type Log } from './log';
import { npmInstall } from './npmInstall';

/** Of code-server: 4.139.1 is VS Code 1.139.1. The oldest is that of `engines` in package.json. */
const VERSIONS = {
  newest: { server: '4.139.1', node: '24.21.0' },
  oldest: { server: '4.105.1', node: '22.23.3' },
};
const NODE_FROM_NPM = ['linux-x64', 'linux-arm64'];
const STAND_INS = ['spdlog', 'native-watchdog', 'argon2'] as const;
/** That of older versions asks for a compiler; this one has the terminal of Linux in it. */
const TERMINAL = { package: 'node-pty', older: /^1\.[01]\./, taken: '1.2.0-beta.15' };
const UNNEEDED_PACKAGES =
  /(^|\/)(@github\/copilot-sdk[^/]*|@microsoft\/mxc-sdk|@vscode\/windows-[^/]*)(\/|$)/;
const UNNEEDED_FOLDERS = ['extensions/copilot', 'extensions/mermaid-markdown-features'];

export interface InstalledVSCode {
  readonly node: string;
  readonly entry: string;
}

export async function installVSCode({ log }: { log: Log }): Promise<InstalledVSCode> {
  const version = VERSIONS[process.env.CODEMYSPEC_VSCODE === 'oldest' ? 'oldest' : 'newest'];
  const folder = path.join(cacheFolder(), `vscode-${version.server}`);
  const [node] = await Promise.all([
    installNode(version.node, log),
    installOnce({
      folder,
      recipe: await recipeOf(version.server),
      log,
      install: (temporary) => installServer(temporary, version.server, log),
    }),
  ]);
  return { node, entry: path.join(folder, 'node_modules/code-server/out/node/entry.js') };
}

async function installNode(version: string, log: Log): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const major = version.split('.')[0];
  if (!NODE_FROM_NPM.includes(platform)) {
    if (process.versions.node.split('.')[0] === major) return process.execPath;
    throw new Error(
      `VS Code for the tests needs Node ${major}, and npm has none for ${platform}. ` +
        `This is Node ${process.versions.node}: run the same command with Node ${major}.`,
    );
  }
  const folder = path.join(cacheFolder(), `node-${version}`);
  const packageName = `node-${platform}`;
  await installOnce({
    folder,
    recipe: `${packageName} ${version} 1`,
    log,
    install: async (temporary) => {
      await npmInstall(temporary, [`${packageName}@${version}`]);
      await fs.rm(path.join(temporary, 'node_modules', packageName, 'include'), { recursive: true });
    },
  });
  return path.join(folder, 'node_modules', packageName, 'bin/node');
}

async function installServer(folder: string, version: string, log: Log): Promise<void> {
  const start = Date.now();
  const server = path.join(folder, 'node_modules/code-server');
  const vscode = path.join(server, 'lib/vscode');
  await logProgress(log, 'Downloading VS Code (about 30 s the first time)', async () => {
    await npmInstall(folder, [`code-server@${version}`]);
    await leaveOutUnneeded(vscode);
  });
  await logProgress(log, 'Downloading the packages of VS Code', () => npmInstall(vscode));
  const replaced = {
    spdlog: [path.join(vscode, 'node_modules/@vscode/spdlog/index.js')],
    'native-watchdog': ['@vscode/', ''].map((scope) =>
      path.join(vscode, `node_modules/${scope}native-watchdog/index.js`),
    ),
    argon2: [path.join(folder, 'node_modules/argon2/argon2.js')],
  };
  for (const name of STAND_INS) {
    for (const file of replaced[name].filter((one) => existsSync(one)))
      await fs.copyFile(standIn(name), file);
  }
  await keepOnlyOwnRipgrep(vscode);
  log(`VS Code is installed (${secondsSince(start)} s, kept in ${cacheFolder()}).`);
}

async function leaveOutUnneeded(vscode: string): Promise<void> {
  for (const name of ['package.json', 'npm-shrinkwrap.json']) {
    const file = path.join(vscode, name);
    const manifest = JSON.parse(await fs.readFile(file, 'utf8')) as Manifest;
    await fs.writeFile(file, JSON.stringify(slimmed(manifest)));
  }
  for (const unneeded of UNNEEDED_FOLDERS) {
    await fs.rm(path.join(vscode, unneeded), { recursive: true, force: true });
  }
}

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  /** Of a lock file: by location, `node_modules/…`. */
  packages?: Record<string, Manifest & { version?: string; resolved?: string }>;
}

function slimmed(manifest: Manifest): Manifest {
  const { dependencies, optionalDependencies, packages } = manifest;
  return {
    ...manifest,
    ...(dependencies && { dependencies: neededOf(dependencies) }),
    ...(optionalDependencies && { optionalDependencies: neededOf(optionalDependencies) }),
    ...(packages && {
      packages: Object.fromEntries(
        Object.entries(packages)
          .filter(([location]) => !UNNEEDED_PACKAGES.test(location))
          .filter(([location, one]) => !isFromGit(one.resolved) && !isOlderTerminal(location, one.version))
          .map(([location, one]) => [location, slimmed(one)]),
      ),
    }),
  };
}

// Older versions take the file watcher from its git repository, which asks for a compiler.
function neededOf(dependencies: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dependencies)
      .filter(([name]) => !UNNEEDED_PACKAGES.test(name))
      .map(([name, wanted]) => {
        if (isOlderTerminal(name, wanted)) return [name, TERMINAL.taken];
        return [name, isFromGit(wanted) ? 'latest' : wanted];
      }),
  );
}

function isOlderTerminal(location: string, version = ''): boolean {
  return path.basename(location) === TERMINAL.package && TERMINAL.older.test(version);
}

function isFromGit(source = ''): boolean {
  return /^git|^[\w-]+\/[\w.-]+#/.test(source);
}

async function keepOnlyOwnRipgrep(vscode: string): Promise<void> {
  const binaries = path.join(vscode, 'node_modules/@vscode/ripgrep-universal/bin');
  const platforms = await fs.readdir(binaries).catch((): string[] => []);
  const others = platforms.filter((platform) => platform !== `${process.platform}-${process.arch}`);
  await Promise.all(others.map((one) => fs.rm(path.join(binaries, one), { recursive: true })));
}

const standIn = (name: string): string => path.join(__dirname, 'standIns', `${name}.js`);

async function recipeOf(version: string): Promise<string> {
  const parts = [__filename, ...STAND_INS.map(standIn)].map((file) => fs.readFile(file));
  const hash = crypto.createHash('sha256');
  for (const part of await Promise.all(parts)) hash.update(part);
  return `${version} ${hash.digest('hex').slice(0, 16)}`;
}
