import { expect, it } from 'vitest';
import { chaosTable } from './chaosTable';
import { runChaos } from './runChaos';

const MINUTE_AND_RECOVERY_MS = 150_000;

it(
  '[H6] a minute of random faults and random events of a server of each generation ends equal to it each time',
  { timeout: MINUTE_AND_RECOVERY_MS },
  async () => {
    const report = await runChaos({ minutes: 1, seed: 1 });
    console.log(chaosTable(report));
    expect(report.violations).toEqual([]);
    expect(report.faultCount).toBeGreaterThan(20);
  },
);
