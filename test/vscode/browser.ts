import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cacheFolder';
import { installOnce } from './installOnce';
import { logProgress, type Log } from './log';
import { npmInstall } from './npmInstall';
import { runProcess } from './runProcess';

const NAMES_ON_PATH = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'microsoft-edge-stable',
];
const USUAL_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  '/opt/google/chrome/chrome',
  '/opt/microsoft/msedge/msedge',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
];
const QUIET_ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
// It asks for a single process, which ends as soon as a second window opens.
const UNWANTED_ARGUMENTS = ['--single-process', '--no-zygote'];
const BROWSER_PACKAGE = '@sparticuz/chromium@153';

export interface Browser {
  readonly executablePath: string;
  readonly args: readonly string[];
}

/** `CHROME_PATH`, else a Chrome, Chromium or Edge of this machine, else one from npm. */
export async function findBrowser(options: { log: Log; candidates?: readonly string[] }): Promise<Browser> {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    if (await starts(chosen)) return { executablePath: chosen, args: QUIET_ARGUMENTS };
    throw new Error(`CHROME_PATH is ${chosen}, which does not start.`);
  }
  for (const executablePath of options.candidates ?? candidatesOnThisMachine()) {
    if (await starts(executablePath)) return { executablePath, args: QUIET_ARGUMENTS };
  }
  return browserFromNpm(options.log);
}

function candidatesOnThisMachine(): string[] {
  const folders = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder));
  const onPath = NAMES_ON_PATH.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [...new Set([...onPath, ...USUAL_PLACES])].filter((file) => fs.existsSync(file));
}

// Some of these names are shell scripts that only tell how to install the browser.
async function starts(executablePath: string): Promise<boolean> {
  try {
    await runProcess(executablePath, ['--version'], { timeoutMs: 10_000 });
    return true;
  } catch {
    return false;
  }
}

async function browserFromNpm(log: Log): Promise<Browser> {
  if (process.platform !== 'linux') {
    throw new Error('No Chrome, Chromium or Edge was found. Install one, or name it in CHROME_PATH.');
  }
  const folder = path.join(cacheFolder(), 'browser');
  await installOnce({
    folder,
    recipe: `${BROWSER_PACKAGE} 1`,
    log,
    install: (temporary) =>
      logProgress(log, 'Downloading a browser (64 MB, the first time)', () =>
        npmInstall(temporary, [BROWSER_PACKAGE]),
      ),
  });
  return unpackBrowser(folder);
}

// The package unpacks into the temporary folder of the process that asks, and only into that.
async function unpackBrowser(folder: string): Promise<Browser> {
  const script = `
    const { default: chromium } = await import('@sparticuz/chromium');
    console.log(JSON.stringify({ executablePath: await chromium.executablePath(), args: chromium.args }));`;
  const output = await runProcess(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  });
  const found = JSON.parse(output.slice(output.lastIndexOf('\n{') + 1)) as Browser;
  const args = found.args.filter((arg) => !UNWANTED_ARGUMENTS.includes(arg));
  return { executablePath: found.executablePath, args: [...args, ...QUIET_ARGUMENTS] };
}
