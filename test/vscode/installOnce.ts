import fs from 'node:fs/promises';
import path from 'node:path';
import type { Log } from './log';

const WAIT_MS = 300;
const REPORT_WAIT_MS = 5_000;

/**
 * Fills `folder` by `install` unless it already holds this `recipe`. The work is done in a folder
 * beside it and moved into place when complete; a second process waits for the first.
 */
export async function installOnce(options: {
  folder: string;
  recipe: string;
  log: Log;
  install: (temporaryFolder: string) => Promise<void>;
}): Promise<void> {
  const { folder, recipe, log, install } = options;
  if (await holds(folder, recipe)) return;
  await fs.mkdir(path.dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`, log);
  try {
    if (await holds(folder, recipe)) return;
    await removeLeftovers(folder);
    const temporary = `${folder}.new-${process.pid}`;
    try {
      await install(temporary);
      await fs.writeFile(markerOf(temporary), recipe);
      await replace(folder, temporary);
    } finally {
      await remove(temporary);
    }
  } finally {
    await unlock();
  }
}

async function holds(folder: string, recipe: string): Promise<boolean> {
  return (await fs.readFile(markerOf(folder), 'utf8').catch(() => undefined)) === recipe;
}

const markerOf = (folder: string): string => path.join(folder, 'recipe');

async function replace(folder: string, replacement: string): Promise<void> {
  const outdated = `${folder}.old-${process.pid}`;
  await fs.rename(folder, outdated).catch(ignoreMissing);
  await fs.rename(replacement, folder);
  await remove(outdated);
}

async function removeLeftovers(folder: string): Promise<void> {
  const name = path.basename(folder);
  const siblings = await fs.readdir(path.dirname(folder));
  const leftovers = siblings.filter(
    (one) => one.startsWith(`${name}.new-`) || one.startsWith(`${name}.old-`),
  );
  await Promise.all(leftovers.map((one) => remove(path.join(path.dirname(folder), one))));
}

async function remove(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function lock(file: string, log: Log): Promise<() => Promise<void>> {
  for (let waitedMs = 0; ; waitedMs += WAIT_MS) {
    try {
      await fs.writeFile(file, String(process.pid), { flag: 'wx' });
      return () => fs.rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await fs.readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && !isRunning(owner)) {
      await fs.rm(file, { force: true });
      continue;
    }
    if (waitedMs % REPORT_WAIT_MS < WAIT_MS)
      log(`Waiting for process ${owner}, which is installing ${path.basename(file, '.lock')}…`);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
