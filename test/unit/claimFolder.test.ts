import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimFolder } from '../../src/claimFolder';
import { createLog } from '../../src/log';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'claims-')), 'notified');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const lines: string[] = [];
const log = createLog({ log: (_level, line) => void lines.push(line) }, 'Notifications');
let now = 100_000;
const window = () => claimFolder({ folder, log, now: () => now });

test('[T3] of many windows that claim a thing at once, one has it', async () => {
  const claims = await Promise.all(Array.from({ length: 20 }, () => window().claim('failed 7')));
  expect(claims.filter(Boolean)).toEqual([true]);
  expect(await window().claim('failed 8')).toBe(true);
});

test('[T3] a thing is not claimed again at the turn of the time, and is another one later', async () => {
  now = 109_999;
  expect(await window().claim('asks 7', 10_000)).toBe(true);
  now = 110_001;
  expect(await window().claim('asks 7', 10_000)).toBe(false);
  now = 130_000;
  expect(await window().claim('asks 7', 10_000)).toBe(true);
});

test.each([
  ['in the same turn', 102_000],
  ['in the next', 111_000],
  ['in the one after', 125_000],
])(
  '[T3] a thing that a window hears of again is another one, and one window has it: %s',
  async (_, later) => {
    const [one, other] = [window(), window()];
    const claimed = async (...windows: ReturnType<typeof window>[]) => {
      const all: boolean[] = [];
      for (const each of windows) all.push(await each.claim('asks 7', 10_000));
      return all;
    };
    now = 101_000;
    expect(await claimed(one, other)).toEqual([true, false]);
    now = later;
    expect(await claimed(other, one)).toEqual([true, false]);
    expect(await claimed(one, other)).toEqual([true, false]);
    expect(await Promise.all([one, other, one, other].map((each) => each.claim('asks 8', 10_000)))).toEqual(
      expect.arrayContaining([true, true, false, false]),
    );
  },
);

test('[T3] a window that was opened later takes what it hears of for what another has claimed', async () => {
  now = 101_000;
  const [one, late] = [window(), window()];
  for (let turn = 0; turn < 3; turn++) expect(await one.claim('asks 7', 10_000)).toBe(true);
  expect(await late.claim('asks 7', 10_000)).toBe(false);
  expect(await one.claim('asks 7', 10_000)).toBe(true);
  now = 125_000;
  expect(await late.claim('asks 7', 10_000)).toBe(true);
  expect(await one.claim('asks 7', 10_000)).toBe(false);
});

test('[T3] an end that another window hears of minutes later is claimed already', async () => {
  now = 100_000;
  expect(await window().claim('failed 7')).toBe(true);
  now += 600_000;
  expect(await window().claim('failed 7')).toBe(false);
});

test('[T3][X3] what is claimed stands in no file and no name, and is forgotten after a day', async () => {
  now = Date.now();
  await window().claim('a secret of session 7');
  const [name] = readdirSync(folder);
  expect([name, statSync(join(folder, name!)).size]).toEqual([expect.stringMatching(/^[\da-f]{64}$/), 0]);
  const old = join(folder, 'old');
  writeFileSync(old, '');
  utimesSync(old, (now - 90_000_000) / 1000, (now - 90_000_000) / 1000);
  await window().claim('another');
  expect([existsSync(old), existsSync(join(folder, name!))]).toEqual([false, true]);
});

test('[T3] where nothing can be shared, each window tells', async () => {
  writeFileSync(folder, 'a file in its place');
  expect(await window().claim('failed 7')).toBe(true);
  expect(lines.at(-1)).toMatch(/nothing can be shared with other windows/);
});
