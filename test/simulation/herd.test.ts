import { expect, it } from 'vitest';
import { ours, phoenix, simulateHerd } from './herdCase';

const CLIENTS = 200;

it.each([0, 2_000, 10_000, 30_000])(
  '[R1] after an outage of %d ms the clients come back with a lower peak than phoenix.js makes',
  (downMs) => {
    const [mine, theirs] = [ours, phoenix].map((schedule) =>
      simulateHerd({ clients: CLIENTS, downMs }, schedule),
    );
    expect(mine!.peakOfTenth).toBeLessThan(theirs!.peakOfTenth);
    expect(mine!.peakOnceBack).toBeLessThanOrEqual(theirs!.peakOnceBack);
    // Back at once, each client comes back within the first second, whatever the waits.
    if (downMs === 0) expect(mine!.peak).toBe(theirs!.peak);
    else expect(mine!.peak).toBeLessThan(theirs!.peak);
    expect(mine!.allBackMs).toBeLessThan(downMs + 60_000);
  },
);

it('[R1] a server that accepts only some a second is asked less often, and takes everybody back', () => {
  const herd = { clients: CLIENTS, downMs: 2_000, acceptsPerSecond: CLIENTS / 20 };
  const [mine, theirs] = [simulateHerd(herd, ours), simulateHerd(herd, phoenix)];
  expect(mine.peak).toBeLessThan(theirs.peak);
  expect(mine.attempts).toBeLessThan(theirs.attempts);
  expect(mine.allBackMs).toBeDefined();
});

it.each([0, 2_000, 10_000])(
  '[H7][C24] after a planned restart of %d ms neither joins nor lists come in a wave',
  (downMs) => {
    const clients = 1_000;
    const herd = simulateHerd({ clients, downMs, planned: true }, ours);
    // The goals of 2,500 joins and 1,500 lists a second for 10,000 clients, and what chance adds to a tenth of them.
    expect(herd.peakJoins).toBeLessThan(0.25 * clients + 50);
    expect(herd.peakListsOnceBack).toBeLessThan(0.15 * clients + 50);
    if (downMs === 0) expect(herd.allBackMs).toBeLessThan(5_100);
    else expect(herd.allBackMs).toBeLessThan(downMs + 30_000);
  },
  60_000,
);
