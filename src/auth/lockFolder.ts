import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { messageOf, type Log } from '../log';
import { LOCKS_OF_THIS_WINDOW, type RefreshLock, type RefreshLocks } from './refreshLock';

/** Longer than any refresh takes: a lock that is older was left by a window that crashed. */
const LEASE_MS = 15_000;
const LOOK_AGAIN_MS = 50;

export interface LockFolderOptions {
  readonly folder: string;
  readonly log: Log;
  readonly leaseMs?: number;
}

type Lease = v.InferOutput<typeof leaseSchema>;

const leaseSchema = v.object({
  /** In ms since 1970; 0 once released. */
  until: v.number(),
  lastRevision: v.optional(v.object({ account: v.string(), revision: v.number() })),
});

/**
 * Locks that all windows of the user share, by files in a folder of theirs. The secret storage cannot be the lock: it
 * has no compare-and-set, and other windows see a change only a while later.
 */
export function lockFolder({ folder, log, leaseMs = LEASE_MS }: LockFolderOptions): RefreshLocks {
  return {
    async acquire(base, waitMs) {
      try {
        await mkdir(folder, { recursive: true });
        return await new NumberedLeases(folder, base, leaseMs).acquire(waitMs);
      } catch (error) {
        log.warn(`no lock can be shared with other windows: ${messageOf(error)}`);
        return LOCKS_OF_THIS_WINDOW.acquire(base, waitMs);
      }
    },
  };
}

/**
 * Each lease of a server is a file with the next number, and the highest number counts. Creating a file is the
 * compare-and-set: of all windows that saw the same lease end, one can create the next.
 */
class NumberedLeases {
  private readonly prefix: string;

  constructor(
    private readonly folder: string,
    base: string,
    private readonly leaseMs: number,
  ) {
    this.prefix = `refresh-${createHash('sha256').update(base).digest('hex').slice(0, 16)}.`;
  }

  async acquire(waitMs: number): Promise<RefreshLock | undefined> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const last = Math.max(0, ...(await this.numbers()));
      const ended = last === 0 ? { until: 0 } : await this.endedLease(last);
      if (ended && (await this.create(last + 1, ended))) return this.lock(last + 1, ended);
      if (Date.now() > deadline) return undefined;
      await pause(LOOK_AGAIN_MS * (0.5 + Math.random()));
    }
  }

  private lock(number: number, { lastRevision }: Lease): RefreshLock {
    return {
      lastRevision,
      release: async (revision = lastRevision) => {
        const draft = `${this.path(number)}.new`;
        await writeFile(draft, JSON.stringify({ until: 0, lastRevision: revision }), { mode: 0o600 });
        await rename(draft, this.path(number));
      },
    };
  }

  /** Undefined while it is held. One without readable content is being written, or was left half written. */
  private async endedLease(number: number): Promise<Lease | undefined> {
    const lease = await readLease(this.path(number));
    const left = lease
      ? lease.until - Date.now()
      : (await modifiedAt(this.path(number))) + this.leaseMs - Date.now();
    // So far ahead only where the clock was set back since.
    return left <= 0 || left > this.leaseMs * 2 ? (lease ?? { until: 0 }) : undefined;
  }

  private async create(number: number, { lastRevision }: Lease): Promise<boolean> {
    const lease: Lease = { until: Date.now() + this.leaseMs, lastRevision };
    try {
      await writeFile(this.path(number), JSON.stringify(lease), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
    // A window that was held up meanwhile may create what others have left behind long ago.
    const numbers = await this.numbers();
    const isLast = Math.max(...numbers) === number;
    const outdated = isLast ? numbers.filter((each) => each < number) : [number];
    for (const each of outdated) await rm(this.path(each), { force: true }).catch(() => {});
    return isLast;
  }

  private async numbers(): Promise<number[]> {
    const names = (await readdir(this.folder)).filter((name) => name.startsWith(this.prefix));
    return names.map((name) => Number(name.slice(this.prefix.length))).filter(Number.isSafeInteger);
  }

  private path(number: number): string {
    return join(this.folder, `${this.prefix}${number}`);
  }
}

/** Windows answers EPERM or EACCES while another process replaces or removes the file. */
function isBusy(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EEXIST' || (process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES'));
}

async function readLease(path: string): Promise<Lease | undefined> {
  try {
    return v.parse(leaseSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** In ms since 1970; of a file that is gone by now, now. */
async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}
