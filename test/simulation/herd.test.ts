import { expect, it } from 'vitest';
import { ours, phoenix, simulateHerd } from './herdCase';

const CLIENTS = 200;

it.each([0, 2_000, 10_000, 30_000])(
  '[R1] after a restart of %d ms the clients come back with a lower peak than phoenix.js makes',
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
