/** Longer than any refresh takes: a lock that is older was left by a window that crashed. */
export const LEASE_MS = 15_000;

/** Which copy of an account a refresh left behind. */
interface Revision {
  readonly account: string;
  readonly revision: number;
}

export interface RefreshLock {
  /** What the refresh before left behind, in whatever window it was. */
  readonly lastRevision: Revision | undefined;
  /** Without a revision, the one before stays. */
  release(revision?: Revision): Promise<void>;
}

/** One refresh at a time for each server. */
export interface RefreshLocks {
  /** Undefined where it could not be had in time. */
  acquire(base: string, waitMs: number): Promise<RefreshLock | undefined>;
}

/** Where windows share no folder: the token source itself asks once at a time. */
export const LOCKS_OF_THIS_WINDOW: RefreshLocks = {
  acquire: () => Promise.resolve({ lastRevision: undefined, release: () => Promise.resolve() }),
};
