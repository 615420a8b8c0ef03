// Bootstrap of `npm start` and `npm test`: needs nothing but Node, so that it works in a fresh clone.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const parent = process.ppid;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const scripts = { start: 'test/start.ts', test: 'test/all.ts' };

const [name, ...args] = process.argv.slice(2);
const script = scripts[name];
if (script === undefined) fail(`usage: node test/run.mjs ${Object.keys(scripts).join('|')} …`, 2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  fail(`Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.`, 1);
}
if (!dependenciesAreThere()) await installDependencies();
process.exitCode = await run(process.execPath, ['--import', 'tsx', script, ...args]);

function dependenciesAreThere() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  return Object.entries(wanted ?? {}).every(
    ([location, { version, integrity, optional, devOptional, peer }]) => {
      if (!location.includes('node_modules/')) return true;
      const there = installed[location];
      if (there === undefined) return Boolean(optional || devOptional || peer);
      return there.version === version && (integrity === undefined || there.integrity === integrity);
    },
  );
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function installDependencies() {
  const start = Date.now();
  console.log('Installing the dependencies (about 20 s the first time)…');
  const timer = setInterval(() => {
    console.log(`Installing the dependencies… ${Math.round((Date.now() - start) / 1000)} s`);
  }, 5_000);
  const npm = process.env.npm_execpath;
  const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await (npm ? run(process.execPath, [npm, ...flags]) : run('npm', flags));
  clearInterval(timer);
  if (code !== 0) fail(`npm ci ended with code ${code}.`, code);
}

function run(command, commandArgs) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const watch = setInterval(() => {
      if (isOrphan()) child.kill('SIGTERM');
    }, 300);
    const finish = (code) => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${command} did not start: ${error.message}`);
      finish(1);
    });
    child.once('exit', (code, signal) => finish(code ?? 128 + (os.constants.signals[signal] ?? 0)));
  });
}

// A signal to npm ends the shell between npm and this process, and is not passed on.
function isOrphan() {
  return process.env.npm_lifecycle_event !== undefined && process.ppid !== parent;
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}
