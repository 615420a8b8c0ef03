/** Every number of the lifecycle, in milliseconds, and the jitter on it. Randomness is given in. */

export const GRACE_MS = 4_000;
export const TOKEN_TIMEOUT_MS = 15_000;
export const IDENTITY_TIMEOUT_MS = 10_000;
export const JOIN_TIMEOUT_MS = 8_000;
export const PROBE_TIMEOUT_MS = 10_000;
/** Bounds a list whose bytes keep trickling in; silence is bounded far sooner by the REST client. */
export const SNAPSHOT_TIMEOUT_MS = 120_000;
export const BACKOFF_FIRST_MS = 250;
export const BACKOFF_CAP_MS = 30_000;
export const STABLE_MS = 10_000;
export const POLL_FOCUSED_MS = 15_000;
export const POLL_UNFOCUSED_MS = 60_000;
export const RECONCILE_MS = 5 * 60_000;
export const OLD_PICTURE_MS = 60_000;
export const REFUSED_RECHECK_MS = 5 * 60_000;
/** Bugs of our own within `FAILURE_AGE_MS` after which the work stops for minutes instead of moments. */
export const FAILURES_BEFORE_STOP = 3;
export const FAILURE_AGE_MS = 60_000;
export const RESTART_FIRST_MS = 500;
/** Attempts since the last stable join after which a loss goes straight to polling. */
export const ATTEMPTS_BEFORE_POLLING = 5;

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface DelayFacts {
  readonly renewInMs: number | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Snapshots in a row that failed or left a doubt. */
  readonly syncAttempt: number;
  readonly retryAfterMs: number;
  readonly attention: { readonly focused: boolean };
}

/** Full jitter under a cap: a wait between 0 and min(cap, first · 2^n). The jitter comes after the cap (R2). */
export function fullJitterMs(attempt: number, random: () => number): number {
  return random() * Math.min(BACKOFF_CAP_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 30));
}

/** `ms` ± 20 %. */
export function around(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}

/** The machine's delays; `random` yields numbers in [0, 1). */
export function jitteredDelays(random: () => number) {
  return {
    grace: () => around(GRACE_MS, random),
    tokenTimeout: TOKEN_TIMEOUT_MS,
    identityTimeout: IDENTITY_TIMEOUT_MS,
    joinTimeout: JOIN_TIMEOUT_MS,
    probeTimeout: PROBE_TIMEOUT_MS,
    snapshotTimeout: SNAPSHOT_TIMEOUT_MS,
    stable: STABLE_MS,
    renewal: ({ context }: { context: DelayFacts }) =>
      Math.min(context.renewInMs ?? LONGEST_TIMER_MS, LONGEST_TIMER_MS),
    backoff: ({ context }: { context: DelayFacts }) =>
      Math.max(context.retryAfterMs, fullJitterMs(context.attempt - 1, random)),
    syncBackoff: ({ context }: { context: DelayFacts }) =>
      Math.max(context.retryAfterMs, fullJitterMs(context.syncAttempt, random)),
    pollInterval: ({ context }: { context: DelayFacts }) =>
      Math.max(
        context.retryAfterMs,
        around(context.attention.focused ? POLL_FOCUSED_MS : POLL_UNFOCUSED_MS, random),
      ),
    reconcile: () => around(RECONCILE_MS, random),
    recheck: () => around(REFUSED_RECHECK_MS, random),
  };
}

/** The supervisor's delays: after a first failure about half a second, after a second about two. */
export function restartDelays(random: () => number) {
  return {
    restart: ({ context }: { context: { readonly failures: number } }) =>
      around(RESTART_FIRST_MS * 4 ** Math.max(0, context.failures - 1), random),
    recheck: () => around(REFUSED_RECHECK_MS, random),
  };
}
