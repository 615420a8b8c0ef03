import { expect, it } from 'vitest';
import { describeFailure, hostileTable } from './hostileTable';
import { failuresOf, runHostile } from './runHostile';

/** `npm run test:all` looks further. */
const INPUTS = process.env.CODEMYSPEC_EVERY_GENERATION ? 100 : 60;
const TIMEOUT_MS = 180_000;

it(
  `[H1][H2][H5] ${INPUTS} hostile inputs end with an honest update shown or an honest state said`,
  { timeout: TIMEOUT_MS },
  async () => {
    const outcomes = await runHostile({ seed: 1, inputs: INPUTS, hosts: 4 });
    console.log(hostileTable(outcomes));
    const failed = outcomes.filter((outcome) => failuresOf(outcome).length > 0);
    expect(failed.map(describeFailure)).toEqual([]);
    expect(outcomes).toHaveLength(INPUTS);
  },
);
