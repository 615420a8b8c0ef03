import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../../../src/auth/lockFolder';
import { recordedLog } from './signedIn';

const ORIGIN = 'https://mine.example';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'turns-'));
  folder = join(root, 'not', 'there', 'yet');
});

afterEach(() => rm(root, { recursive: true }));

describe('a turn', () => {
  test('[A8] is one window’s at a time, and each origin has its own', async () => {
    const { take } = openWindow();
    const first = await take();
    expect(first).toBeDefined();
    expect(await openWindow().take(0)).toBeUndefined();
    expect(await openWindow().take(0, 'https://other.example')).toBeDefined();
    const waiting = openWindow().take(5_000);
    await first?.leave();
    expect(await waiting).toBeDefined();
  });

  test('[A8] of many windows never overlaps another', async () => {
    let inside = 0;
    let most = 0;
    const seen: number[] = [];
    const visit = async (): Promise<void> => {
      const turn = await openWindow().take(20_000);
      most = Math.max(most, ++inside);
      const count = (turn?.note?.revision ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(count);
      inside--;
      await turn?.leave({ account: 'a', revision: count });
    };
    await Promise.all(Array.from({ length: 12 }, visit));
    expect([most, seen]).toEqual([1, Array.from({ length: 12 }, (_, index) => index + 1)]);
  });

  test('leaves its note for the next, which stays until there is another', async () => {
    const first = await openWindow().take();
    expect(first?.note).toBeUndefined();
    await first?.leave({ account: 'a', revision: 3 });
    const second = await openWindow().take();
    expect(second?.note).toEqual({ account: 'a', revision: 3 });
    await second?.leave();
    expect((await openWindow().take())?.note).toEqual({ account: 'a', revision: 3 });
  });

  test('leaves nothing else behind', async () => {
    const turn = await openWindow().take();
    await turn?.leave({ account: 'a', revision: 1 });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^refresh-[0-9a-f]{16}\.json$/)]);
    expect(await readFile(join(folder, (await readdir(folder))[0]!), 'utf8')).not.toContain('mine.example');
  });
});

describe('a window that crashed in its turn', () => {
  test('[A8] is waited for no longer than its lease', async () => {
    await openWindow(100).take();
    expect(await openWindow(100).take(5_000)).toBeDefined();
  });

  test('[A8] has one heir, however many wait', async () => {
    for (let round = 0; round < 20; round++) {
      await openWindow(1).take();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const heirs = await Promise.all(Array.from({ length: 8 }, () => openWindow(60_000).take(0)));
      expect(heirs.filter(Boolean)).toHaveLength(1);
      await heirs.find(Boolean)?.leave();
    }
  });

  test('and wakes up late takes nobody’s turn away', async () => {
    const late = await openWindow(1).take();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const heir = await openWindow().take();
    await late?.leave();
    expect(await openWindow().take(0)).toBeUndefined();
    await heir?.leave();
  });

  test.each(['', '{', '{"owner":"x"}'])('is inherited from when it left %j', async (text) => {
    const turn = await openWindow().take();
    const [name] = await readdir(folder);
    await turn?.leave();
    const path = join(folder, name!);
    await writeFile(path, text);
    expect(await openWindow(60_000).take(0)).toBeUndefined();
    const past = new Date(Date.now() - 61_000);
    await utimes(path, past, past);
    expect(await openWindow(60_000).take(0)).toBeDefined();
  });

  test('is inherited from when the clock was set back since', async () => {
    await openWindow(3_600_000).take();
    expect(await openWindow(15_000).take(0)).toBeDefined();
  });
});

test('a folder that cannot be made leaves each window to itself, and that is told', async () => {
  await writeFile(join(root, 'not'), 'a file');
  const { take, lines } = openWindow();
  expect(await take()).toBeDefined();
  expect(lines).toEqual([expect.stringMatching(/^warn .*no lock can be shared/)]);
});

function openWindow(leaseMs?: number) {
  const { log, lines } = recordedLog();
  const turns = lockFolder({ folder, log, ...(leaseMs !== undefined && { leaseMs }) });
  return { lines, take: (waitMs = 1_000, origin = ORIGIN) => turns.take(origin, waitMs) };
}
