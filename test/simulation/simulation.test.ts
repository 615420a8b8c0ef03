import { describe, expect, it } from 'vitest';
import { checkHistories, describeViolation } from './checkHistories';
import { mutants } from './mutants';

/** `npm run test:all` looks further. */
const [RUNS, RUNS_OVER_THE_CHANNEL] = process.env.CODEMYSPEC_EVERY_GENERATION ? [2_000, 300] : [1_200, 200];

it('[S9][C3] no random history of changes, faults and users breaks a promise', async () => {
  const { violation, runs } = await checkHistories({ runs: RUNS });
  expect(violation && (await describeViolation(violation))).toBeUndefined();
  expect(runs).toBe(RUNS);
}, 300_000);

it('[S9][H6] nor any with a server that lists over its channel alone', async () => {
  const generation = '3';
  const { violation, runs } = await checkHistories({ runs: RUNS_OVER_THE_CHANNEL, generation });
  expect(violation && (await describeViolation(violation, { generation }))).toBeUndefined();
  expect(runs).toBe(RUNS_OVER_THE_CHANNEL);
}, 120_000);

describe('the simulation finds that', () => {
  it.each(Object.entries(mutants))(
    '%s',
    async (_name, bug) => {
      const { violation } = await checkHistories({ runs: 400, seed: 2, shrink: false, bug });
      expect(violation?.what).toBeDefined();
    },
    120_000,
  );
});
