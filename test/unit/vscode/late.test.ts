import { expect, test } from 'vitest';
import { err, ok, type Result } from '../../../src/model/failure';
import { Late } from '../../../src/vscode/late';

const MISSING = err({ kind: 'incompleteInstall', detail: 'a file of the extension is missing' });

/** Each load waits for the test to settle it. */
function open() {
  const loads: ((loaded: Result<string>) => void)[] = [];
  const late = new Late(() => new Promise<Result<string>>((resolve) => void loads.push(resolve)));
  return { late, loads };
}

test('[B1] what is loaded late is loaded with the first need, and once', async () => {
  const { late, loads } = open();
  expect([late.here, loads.length]).toEqual([undefined, 0]);
  const both = Promise.all([late.need(), late.need()]);
  expect([late.here, loads.length]).toEqual([undefined, 1]);
  loads[0]?.(ok('part'));
  expect(await both).toEqual([ok('part'), ok('part')]);
  expect([late.here, await late.need(), loads.length]).toEqual(['part', ok('part'), 1]);
});

test('[B2] a load that failed is told to all who waited for it, and the next need tries again', async () => {
  const { late, loads } = open();
  const both = Promise.all([late.need(), late.need()]);
  loads[0]?.(MISSING);
  expect([await both, late.here, loads.length]).toEqual([[MISSING, MISSING], undefined, 1]);
  const again = late.need();
  loads[1]?.(ok('part'));
  expect([await again, late.here, loads.length]).toEqual([ok('part'), 'part', 2]);
});

test('[B1] who waits for it needs nothing, and is told once, over a load that failed too', async () => {
  const { late, loads } = open();
  const told: string[] = [];
  late.whenHere((part) => told.push(`before: ${part}`));
  const stop = late.whenHere((part) => told.push(`stopped: ${part}`));
  expect(loads.length).toBe(0);
  const failed = late.need();
  loads[0]?.(MISSING);
  await failed;
  stop();
  const loaded = late.need();
  loads[1]?.(ok('part'));
  await loaded;
  expect(told).toEqual(['before: part']);
  late.whenHere((part) => told.push(`after: ${part}`));
  await late.need();
  expect(told).toEqual(['before: part', 'after: part']);
});
