import { expect, it } from 'vitest';
import type { Failure } from '../../../src/model/failure';
import { BACKOFF_CAP_MS, jitteredDelays, timerMs, type DelayFacts } from '../../../machines/delays';

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
      ...{ linkFailure: failure, listFailure: failure, serverRestarts: false },
      windowActivity: { focused: true, visible: true },
    };
    for (const [name, delay] of Object.entries(jitteredDelays(() => 0.99))) {
      const ms = typeof delay === 'number' ? delay : delay({ context });
      expect([name, ms >= 0 && ms <= LONGEST_MS]).toEqual([name, true]);
    }
  }
});
