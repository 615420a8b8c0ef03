import type { WindowActivity } from '../src/model/windowActivity';
import type { Failure } from '../src/model/failure';
import type { RenewalTimes } from '../src/model/tokenSource';

/** Every number of the lifecycle, in milliseconds, and the jitter on it. Randomness is given in. README.md says which live elsewhere. */

export const GRACE_MS = 4_000;
/** Longer than a window may wait for another one's renewal and then renew by itself. */
export const TOKEN_TIMEOUT_MS = 30_000;
/** After that long without a token it is no start any more, but a connection that is not there. */
export const SIGN_IN_PATIENCE_MS = 15_000;
/** Longer than REST waits for an answer, which tells more than a timeout does; so is that of a verification. */
export const IDENTITY_TIMEOUT_MS = 12_000;
/** Longer than the handshake of a socket may take. */
export const JOIN_TIMEOUT_MS = 8_000;
export const VERIFICATION_TIMEOUT_MS = 12_000;
/** Bounds a list whose bytes keep trickling in; idle time is bounded far sooner by the REST client. */
export const SNAPSHOT_TIMEOUT_MS = 120_000;
export const BACKOFF_FIRST_MS = 250;
export const BACKOFF_CAP_MS = 30_000;
/** With a sleep noticed within a second, a dead link is replaced within three. */
export const CHECK_LIMIT_MS = 1_200;
/** The longest wait for an attempt while lists arrive and somebody looks. */
export const WATCHED_BACKOFF_MS = 7_000;
export const STABLE_MS = 10_000;
export const POLL_FOCUSED_MS = 15_000;
export const POLL_UNFOCUSED_MS = 60_000;
/** After a list that did not arrive, while somebody is there. */
export const OFFLINE_RETRY_MS = 7_000;
export const ABSENCE_MS = 10 * 60_000;
/** Quiet times after the last event, and then after each list, until the next list. */
export const RECONCILE_MS = [30_000, 60_000, 120_000, 300_000] as const;
/** However much goes on, a list is never older than this. */
export const RECONCILE_LATEST_MS = 300_000;
export const RECONCILE_RETRY_MS = 5_000;
export const OLD_LIST_MS = 60_000;
export const REFUSED_RECHECK_MS = 5 * 60_000;
/** Attempts since the last stable join after which a loss goes straight to polling. */
export const ATTEMPTS_BEFORE_POLLING = 5;
/** A token is renewed ahead no sooner than this after the last time, however short it lives. */
export const RENEWAL_SOONEST_MS = 3_000;
/** After a renewal that failed while the token is still good. */
export const RENEWAL_RETRY_MS = 10_000;
/** A token is renewed when a fifth of its life is left, or five minutes. */
export const RENEWAL_MARGIN_OF_LIFE = 0.2;
export const LONGEST_RENEWAL_MARGIN_MS = 5 * 60_000;
/** Between two tries to get a token while there is none. */
export const TOKEN_RETRY_MS = 5_000;
/** The wait after a live channel crashed, which later servers do all day, is never longer than this. */
export const CRASH_BACKOFF_CAP_MS = 5_000;
/** Lists that crashed the channel in a row, after which it is joined without one. */
export const LIST_CRASHES_BEFORE_WAIT = 3;
/** A socket lists the project that was active when it was opened: how old it may be while somebody looks … */
export const PROJECT_AGE_MS = 5 * 60_000;
/** … and where a user asks. */
export const ASKED_PROJECT_AGE_MS = 2_000;
/** Reasons to try sooner that are followed at once; each further one waits for its refill. */
export const TRIGGERS_AT_ONCE = 3;
export const TRIGGER_REFILL_MS = 5_000;
/** After a planned restart: everybody's first attempts and lists are spread over these. */
export const LINK_SLOTS_MS = 5_000;
export const LIST_SLOTS_MS = 10_000;
/** Of clients whose first attempt came before the server was back, from the end of their grace. */
export const POLL_SLOTS_BEGIN_MS = 4_000;
/** Waits after a first attempt that came before the server was back. */
export const RESTART_BACKOFF_MS = 12_000;

/** Bugs of our own within `FAILURE_AGE_MS` after which the work stops for minutes instead of moments. */
export const FAILURES_BEFORE_STOP = 3;
export const FAILURE_AGE_MS = 60_000;
export const RESTART_FIRST_MS = 500;

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface DelayFacts {
  readonly token: unknown;
  readonly renewInMs: number | undefined;
  /** Attempts since the last stable join. */
  readonly attempt: number;
  /** Snapshots in a row that failed or left a resync due. */
  readonly syncAttempt: number;
  /** Lists since the last event. */
  readonly reconciles: number;
  readonly windowActivity: WindowActivity;
  readonly linkFailure: Failure | undefined;
  readonly listFailure: Failure | undefined;
  /** The server said that it restarts, and has not been seen whole since. */
  readonly serverRestarts: boolean;
  /** The last link that was joined got as far as live. */
  readonly wasLive: boolean;
  /** This client's share of everybody's time after a planned restart, in [0, 1). */
  readonly slot: number;
}

interface Facts {
  readonly context: DelayFacts;
}

/** Full jitter under a cap: a wait between 0 and min(cap, first · 2^n). The jitter comes after the cap (R2). */
export function fullJitterMs(attempt: number, random: () => number): number {
  return random() * backoffMs(attempt);
}

function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_CAP_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 30));
}

/** `ms` ± 20 %. */
export function around(ms: number, random: () => number): number {
  return ms * (0.8 + 0.4 * random());
}

const askedOf = (failure: Failure | undefined): number => failure?.retryAfterMs ?? 0;

function linkWaitMs(context: DelayFacts, random: () => number): number {
  const { attempt, linkFailure, slot, serverRestarts, wasLive } = context;
  const retry = attempt - 1;
  if (linkFailure?.kind === 'restarting') {
    return Math.max(slot * LINK_SLOTS_MS, retry > 0 ? fullJitterMs(retry, random) : 0);
  }
  if (serverRestarts) return random() * Math.max(RESTART_BACKOFF_MS, backoffMs(retry));
  if (wasLive && linkFailure?.kind === 'crashed')
    return random() * Math.min(CRASH_BACKOFF_CAP_MS, backoffMs(retry));
  return fullJitterMs(retry, random);
}

const isWatched = ({ focused, visible }: WindowActivity) => focused && visible;

/** How old the socket may be that a list is asked for on. */
export function socketAgeMs(context: { refreshAsked: boolean; windowActivity: WindowActivity }): number {
  if (context.refreshAsked) return ASKED_PROJECT_AGE_MS;
  return isWatched(context.windowActivity) ? PROJECT_AGE_MS : Infinity;
}

/** The machine's delays; `random` yields numbers in [0, 1). */
export function jitteredDelays(random: () => number) {
  return bounded({
    grace: ({ context }: Facts) =>
      around(GRACE_MS, random) +
      (context.linkFailure?.kind === 'restarting' ? context.slot * LINK_SLOTS_MS : 0),
    tokenTimeout: TOKEN_TIMEOUT_MS,
    signInPatience: SIGN_IN_PATIENCE_MS,
    identityTimeout: IDENTITY_TIMEOUT_MS,
    joinTimeout: JOIN_TIMEOUT_MS,
    verificationTimeout: VERIFICATION_TIMEOUT_MS,
    snapshotTimeout: SNAPSHOT_TIMEOUT_MS,
    checkLimit: CHECK_LIMIT_MS,
    stable: STABLE_MS,
    renewal: ({ context: { token, renewInMs = LONGEST_TIMER_MS } }: Facts) =>
      token === undefined
        ? around(TOKEN_RETRY_MS, random)
        : Math.min(Math.max(renewInMs, RENEWAL_SOONEST_MS), LONGEST_TIMER_MS),
    askedWait: ({ context }: Facts) => askedOf(context.linkFailure),
    backoff: ({ context }: Facts) => Math.max(askedOf(context.linkFailure), linkWaitMs(context, random)),
    watchedBackoff: () => around(WATCHED_BACKOFF_MS, random),
    askedListWait: ({ context }: Facts) => askedOf(context.listFailure),
    listSlot: ({ context }: Facts) => context.slot * LIST_SLOTS_MS,
    pollSlot: ({ context }: Facts) => POLL_SLOTS_BEGIN_MS + context.slot * LIST_SLOTS_MS,
    syncBackoff: ({ context }: Facts) =>
      Math.max(askedOf(context.listFailure), fullJitterMs(context.syncAttempt, random)),
    pollInterval: ({ context }: Facts) =>
      around(isWatched(context.windowActivity) ? POLL_FOCUSED_MS : POLL_UNFOCUSED_MS, random),
    offlineRetry: ({ context }: Facts) => {
      if (context.listFailure?.kind === 'noFallback') return around(POLL_UNFOCUSED_MS, random);
      const soon = context.serverRestarts ? POLL_FOCUSED_MS : OFFLINE_RETRY_MS;
      const wait = around(isWatched(context.windowActivity) ? soon : POLL_UNFOCUSED_MS, random);
      return Math.max(askedOf(context.listFailure), wait);
    },
    reconcile: ({ context: { listFailure, reconciles } }: Facts) =>
      listFailure
        ? Math.max(askedOf(listFailure), around(RECONCILE_RETRY_MS, random))
        : around(RECONCILE_MS[Math.min(reconciles, RECONCILE_MS.length - 1)] ?? RECONCILE_LATEST_MS, random),
    reconcileLatest: ({ context }: Facts) =>
      Math.max(askedOf(context.listFailure), around(RECONCILE_LATEST_MS, random)),
    recheck: () => around(REFUSED_RECHECK_MS, random),
    absence: ABSENCE_MS,
    triggerRefill: TRIGGER_REFILL_MS,
  });
}

/** When tokens are renewed; one draw for all margins, so that windows differ and one never disagrees with itself. */
export function renewalTimes(random: () => number): RenewalTimes {
  const draw = 1 + random();
  return {
    marginMs: (lifeMs) => Math.min(lifeMs * RENEWAL_MARGIN_OF_LIFE, LONGEST_RENEWAL_MARGIN_MS) * draw,
    retryMs: () => RENEWAL_RETRY_MS * (1 + random()),
  };
}

/** The supervisor's delays: after a first failure about half a second, after a second about two. */
export function restartDelays(random: () => number) {
  return bounded({
    restart: ({ context }: { context: { readonly failures: number } }) =>
      around(RESTART_FIRST_MS * 4 ** Math.max(0, context.failures - 1), random),
    recheck: () => around(REFUSED_RECHECK_MS, random),
  });
}

type Delays = Record<string, number | ((args: never) => number)>;

/** Every delay of the machines passes here. */
function bounded<T extends Delays>(delays: T): T {
  const entries = Object.entries(delays).map(([name, delay]) => [
    name,
    typeof delay === 'number' ? timerMs(delay) : (args: never) => timerMs(delay(args)),
  ]);
  return Object.fromEntries(entries) as T;
}

/** What a timer can keep; what is no number waits as long as the longest backoff. */
export function timerMs(ms: number): number {
  return Number.isNaN(ms) ? BACKOFF_CAP_MS : Math.min(Math.max(ms, 0), LONGEST_TIMER_MS);
}
