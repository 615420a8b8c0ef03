import { createHash } from 'node:crypto';
import { access, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, type Log } from './log';

/** Of all windows of a machine the one that claims a thing first has it. */
export interface Claims {
  /**
   * Whether it is this window's. What nobody can share is everybody's. A thing is claimed once a day; one that has
   * nothing of its own to be known by, and that all windows hear of `withinMs`, is another one as soon as a window
   * claims it once more.
   */
  claim(thing: string, withinMs?: number): Promise<boolean>;
}

const KEPT_MS = 86_400_000;
const MAX_KNOWN = 1_000;

/** Claims as files of a folder that the windows share; creating one is the compare-and-set. */
export function claimFolder({ folder, log, now = Date.now }: ClaimFolderOptions): Claims {
  let ready: Promise<void> | undefined;
  /** How many claims of a thing and turn this window knows of, its own or another's: the next one is another thing. */
  const known = new Map<string, number>();
  const know = (key: string, count: number): void => {
    known.set(key, count);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  };
  const claimOnce = async (thing: string): Promise<boolean> => {
    const turn = Math.floor(now() / KEPT_MS);
    // Another window may have claimed it at the end of the turn before.
    if (await exists(fileOf(folder, thing, turn - 1))) return false;
    return await creates(fileOf(folder, thing, turn));
  };
  const claimNext = async (thing: string, withinMs: number): Promise<boolean> => {
    const turn = Math.floor(now() / withinMs);
    const next = (at: number) => {
      const key = fileOf(folder, thing, at);
      const count = known.get(key) ?? 0;
      return { key, count: count + 1, file: fileOf(folder, `${count} ${thing}`, at) };
    };
    // Another window may have claimed it at the end of the turn before.
    const before = next(turn - 1);
    if (await exists(before.file)) {
      know(before.key, before.count);
      return false;
    }
    const { key, count, file } = next(turn);
    know(key, count);
    return await creates(file);
  };
  return {
    async claim(thing, withinMs) {
      try {
        await (ready ??= prepare(folder, now()));
        return await (withinMs === undefined ? claimOnce(thing) : claimNext(thing, withinMs));
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
