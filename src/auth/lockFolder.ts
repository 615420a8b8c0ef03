import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { messageOf, type Log } from '../log';
import { TURNS_OF_THIS_WINDOW, type RefreshTurns, type Turn, type TurnNote } from './refreshTurns';

/** Longer than any turn takes: a lock that is older was left by a window that crashed. */
export const LEASE_MS = 15_000;
const LOOK_AGAIN_MS = 50;

export interface LockFolderOptions {
  readonly folder: string;
  readonly log: Log;
  readonly leaseMs?: number;
}

interface Lease {
  readonly owner: string;
  readonly until: number;
}

const leaseSchema = v.object({ owner: v.pipe(v.string(), v.uuid()), until: v.number() });
const noteSchema = v.object({ account: v.string(), revision: v.number() });

/**
 * Turns that all windows of the user share, by a lock file for each origin in a folder of theirs. The secret storage
 * cannot be the lock: it has no compare-and-set, and other windows see a change only a while later.
 */
export function lockFolder({ folder, log, leaseMs = LEASE_MS }: LockFolderOptions): RefreshTurns {
  return {
    async take(origin, waitMs) {
      try {
        await mkdir(folder, { recursive: true });
        return await new OriginLock(pathOf(folder, origin), leaseMs).take(waitMs);
      } catch (error) {
        log.warn(`no lock can be shared with other windows: ${messageOf(error)}`);
        return TURNS_OF_THIS_WINDOW.take(origin, waitMs);
      }
    },
  };
}

function pathOf(folder: string, origin: string): string {
  return join(folder, `refresh-${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`);
}

class OriginLock {
  private readonly owner = randomUUID();
  private readonly lockFile: string;
  private readonly noteFile: string;

  constructor(
    path: string,
    private readonly leaseMs: number,
  ) {
    this.lockFile = `${path}.lock`;
    this.noteFile = `${path}.json`;
  }

  async take(waitMs: number): Promise<Turn | undefined> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      if ((await this.create(this.lockFile)) || (await this.takeOver())) return this.turn();
      if (Date.now() > deadline) return undefined;
      await pause(LOOK_AGAIN_MS * (0.5 + Math.random()));
    }
  }

  private async turn(): Promise<Turn> {
    const note = await readJson(this.noteFile, noteSchema);
    return {
      note,
      leave: async (left?: TurnNote) => {
        if (left) await this.write(this.noteFile, left);
        const lease = await this.readLease();
        // Past its lease the lock belongs to whoever takes it over.
        if (lease?.owner === this.owner && lease.until > Date.now()) await rm(this.lockFile, { force: true });
      },
    };
  }

  /**
   * The lock of a crashed owner is replaced under a second lock that bears the owner's name, and only while it is
   * still that owner's: two windows that both saw it stale cannot both end up with it.
   */
  private async takeOver(): Promise<boolean> {
    const stale = await this.readLease();
    if (!stale || !this.isOver(stale)) return false;
    const marker = `${this.lockFile}.${stale.owner}`;
    if (!(await this.create(marker))) {
      if (await this.isOld(marker)) await rm(marker, { force: true });
      return false;
    }
    try {
      const current = await this.readLease();
      if (current?.owner !== stale.owner) return false;
      await this.write(this.lockFile, this.lease());
      return true;
    } finally {
      await rm(marker, { force: true });
    }
  }

  private lease(): Lease {
    return { owner: this.owner, until: Date.now() + this.leaseMs };
  }

  private isOver({ until }: Lease): boolean {
    const left = until - Date.now();
    return left <= 0 || left > this.leaseMs * 2;
  }

  private async create(path: string): Promise<boolean> {
    try {
      await writeFile(path, JSON.stringify(this.lease()), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  private async write(path: string, value: object): Promise<void> {
    const draft = `${path}.${this.owner}.new`;
    await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
    await rename(draft, path);
  }

  /** A lock without readable content is either just being written or was left half written. */
  private async readLease(): Promise<Lease | undefined> {
    const lease = await readJson(this.lockFile, leaseSchema);
    if (lease) return lease;
    return (await this.isOld(this.lockFile)) ? { owner: 'nobody', until: 0 } : undefined;
  }

  private async isOld(path: string): Promise<boolean> {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.NaN }));
    return Date.now() - mtimeMs > this.leaseMs;
  }
}

/** Windows answers EPERM or EACCES while another process replaces or removes the file. */
function isBusy(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EEXIST' || (process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES'));
}

async function readJson<T>(
  path: string,
  schema: v.BaseSchema<unknown, T, v.BaseIssue<unknown>>,
): Promise<T | undefined> {
  try {
    return v.parse(schema, JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
