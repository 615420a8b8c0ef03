import { expect, it } from 'vitest';
import type { Failure } from '../../../src/model/failure';
import {
  BACKOFF_CAP_MS,
  IDENTITY_TIMEOUT_MS,
  JOIN_TIMEOUT_MS,
  jitteredDelays,
  renewalTimes,
  SIGN_IN_PATIENCE_MS,
  SNAPSHOT_TIMEOUT_MS,
  timerMs,
  TOKEN_TIMEOUT_MS,
  VERIFICATION_TIMEOUT_MS,
  type DelayFacts,
} from '../../../machines/delays';
import {
  LOCK_WAIT_MS,
  REFRESH_TIMEOUT_MS,
  STORAGE_LAG_MS,
  STORE_WAIT_MS,
} from '../../../src/auth/accountTokenSource';
import { LEASE_MS } from '../../../src/auth/refreshLock';
import { IDLE_TIMEOUT_MS } from '../../../src/http/exchange';
import { LIST_TIMEOUT_MS } from '../../../src/channel/channelFailures';
import { HANDSHAKE_TIMEOUT_MS } from '../../../src/channel/webSocket';

const LONGEST_MS = 2 ** 31 - 1;
const ODD = [Number.NaN, Infinity, -Infinity, -1, 1e308, 1e12, 2 ** 31, 0, 5] as const;

it('[H2] a timer gets no number that makes it fire at once because it was too long', () => {
  expect(ODD.map(timerMs)).toEqual([
    ...[BACKOFF_CAP_MS, LONGEST_MS, 0, 0],
    ...[LONGEST_MS, LONGEST_MS, LONGEST_MS, 0, 5],
  ]);
});

it('[H2] every delay of the machine is one that a timer can keep, whatever it is made of', () => {
  for (const odd of ODD) {
    const failure: Failure = { kind: 'rateLimited', detail: '', retryAfterMs: odd };
    const context: DelayFacts = {
      token: 'some',
      ...{ renewInMs: odd, attempt: odd, syncAttempt: odd, reconciles: odd, slot: odd },
      ...{ linkFailure: failure, listFailure: failure, serverRestarts: false, wasLive: true },
      windowActivity: { focused: true, visible: true },
    };
    for (const [name, delay] of Object.entries(jitteredDelays(() => 0.99))) {
      const ms = typeof delay === 'number' ? delay : delay({ context });
      expect([name, ms >= 0 && ms <= LONGEST_MS]).toEqual([name, true]);
    }
  }
});

it('[C16] no delay contradicts another: who waits for something waits longer than it may take', () => {
  expect(JOIN_TIMEOUT_MS).toBeGreaterThan(HANDSHAKE_TIMEOUT_MS);
  for (const ms of [IDENTITY_TIMEOUT_MS, VERIFICATION_TIMEOUT_MS])
    expect(ms).toBeGreaterThan(IDLE_TIMEOUT_MS);
  const underLock = STORAGE_LAG_MS + REFRESH_TIMEOUT_MS + Math.max(STORAGE_LAG_MS, STORE_WAIT_MS);
  expect(LEASE_MS).toBeGreaterThan(underLock);
  expect(LOCK_WAIT_MS).toBeGreaterThan(LEASE_MS);
  expect(TOKEN_TIMEOUT_MS).toBeGreaterThan(LOCK_WAIT_MS + underLock);
  for (const ms of [IDLE_TIMEOUT_MS, LIST_TIMEOUT_MS]) expect(SNAPSHOT_TIMEOUT_MS).toBeGreaterThan(ms);
  expect(SIGN_IN_PATIENCE_MS).toBeLessThan(TOKEN_TIMEOUT_MS);
});

it('[C22] a token is renewed when a fifth of its life is left, five minutes at most, twice that at the latest draw', () => {
  const margins = (draw: number) => [60_000, 7_200_000].map(renewalTimes(() => draw).marginMs);
  expect([margins(0), margins(0.5)]).toEqual([
    [12_000, 300_000],
    [18_000, 450_000],
  ]);
  expect([0, 0.5].map((draw) => renewalTimes(() => draw).retryMs())).toEqual([10_000, 15_000]);
});
