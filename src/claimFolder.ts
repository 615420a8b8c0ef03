import { createHash } from 'node:crypto';
import { access, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type Log } from './log';

/** Of all windows of a machine the one that claims a thing first has it. */
export interface Claims {
  /**
   * Whether it is this window's. What nobody can share is everybody's. After `untilMs`, a day unless given, the same
   * thing is another one.
   */
  claim(thing: string, untilMs?: number): Promise<boolean>;
}

const KEPT_MS = 86_400_000;

/** Claims as files of a folder that the windows share; creating one is the compare-and-set. */
export function claimFolder({ folder, log, now = Date.now }: ClaimFolderOptions): Claims {
  let ready: Promise<void> | undefined;
  return {
    async claim(thing, untilMs = KEPT_MS) {
      try {
        await (ready ??= prepare(folder, now()));
        const turn = Math.floor(now() / untilMs);
        // Another window may have claimed it at the end of the turn before.
        if (await exists(fileOf(folder, thing, turn - 1))) return false;
        return await creates(fileOf(folder, thing, turn));
      } catch (error) {
        log.warn(`nothing can be shared with other windows: ${messageOf(error)}`);
        return true;
      }
    },
  };
}

export interface ClaimFolderOptions {
  readonly folder: string;
  readonly log: Log;
  readonly now?: () => number;
}

const fileOf = (folder: string, thing: string, turn: number) =>
  join(folder, createHash('sha256').update(`${turn} ${thing}`).digest('hex'));

async function creates(file: string): Promise<boolean> {
  try {
    await writeFile(file, '', { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

async function prepare(folder: string, now: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > KEPT_MS) await rm(file, { force: true });
  }
}
