import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../../../src/auth/lockFolder';
import { recordedLog } from './signedIn';

const BASE = 'https://mine.example';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'locks-'));
  folder = join(root, 'not', 'there', 'yet');
});

afterEach(() => rm(root, { recursive: true }));

describe('a refresh lock', () => {
  test('[A8] is one window’s at a time, and each server has its own', async () => {
    const { acquire } = openWindow();
    const first = await acquire();
    expect(first).toBeDefined();
    expect(await openWindow().acquire(0)).toBeUndefined();
    expect(await openWindow().acquire(0, 'https://other.example')).toBeDefined();
    const waiting = openWindow().acquire(5_000);
    await first?.release();
    expect(await waiting).toBeDefined();
  });

  test('[A8] of many windows never overlaps another', async () => {
    let inside = 0;
    let most = 0;
    const seen: number[] = [];
    const enter = async (): Promise<void> => {
      const lock = await openWindow().acquire(20_000);
      most = Math.max(most, ++inside);
      const count = (lock?.lastRevision?.revision ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(count);
      inside--;
      await lock?.release({ account: 'a', revision: count });
    };
    await Promise.all(Array.from({ length: 12 }, enter));
    expect([most, seen]).toEqual([1, Array.from({ length: 12 }, (_, index) => index + 1)]);
  });

  test('tells the next which revision it left, until there is another', async () => {
    const first = await openWindow().acquire();
    expect(first?.lastRevision).toBeUndefined();
    await first?.release({ account: 'a', revision: 3 });
    const second = await openWindow().acquire();
    expect(second?.lastRevision).toEqual({ account: 'a', revision: 3 });
    await second?.release();
    expect((await openWindow().acquire())?.lastRevision).toEqual({ account: 'a', revision: 3 });
  });

  test('leaves nothing else behind', async () => {
    const lock = await openWindow().acquire();
    await lock?.release({ account: 'a', revision: 1 });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^refresh-[0-9a-f]{16}\.1$/)]);
    expect(await readFile(join(folder, (await readdir(folder))[0]!), 'utf8')).not.toContain('mine.example');
  });
});

describe('a window that crashed with the lock', () => {
  test('[A8] is waited for no longer than its lease', async () => {
    await openWindow(100).acquire();
    expect(await openWindow(100).acquire(5_000)).toBeDefined();
  });

  test('[A8] has one heir, however many wait', async () => {
    for (let round = 0; round < 20; round++) {
      await openWindow(1).acquire();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const heirs = await Promise.all(Array.from({ length: 8 }, () => openWindow(60_000).acquire(0)));
      expect(heirs.filter(Boolean)).toHaveLength(1);
      await heirs.find(Boolean)?.release();
    }
  });

  test('and wakes up late takes nobody’s lock away', async () => {
    const late = await openWindow(1).acquire();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const heir = await openWindow().acquire();
    await late?.release();
    expect(await openWindow().acquire(0)).toBeUndefined();
    await heir?.release();
  });

  test.each(['', '{', '{"owner":"x"}'])('is inherited from when it left %j', async (text) => {
    const lock = await openWindow().acquire();
    const [name] = await readdir(folder);
    await lock?.release();
    const path = join(folder, name!);
    await writeFile(path, text);
    expect(await openWindow(60_000).acquire(0)).toBeUndefined();
    const past = new Date(Date.now() - 61_000);
    await utimes(path, past, past);
    expect(await openWindow(60_000).acquire(0)).toBeDefined();
  });

  test('is inherited from when the clock was set back since', async () => {
    await openWindow(3_600_000).acquire();
    expect(await openWindow(15_000).acquire(0)).toBeDefined();
  });
});

test('a folder that cannot be made leaves each window to itself, and that is told', async () => {
  await writeFile(join(root, 'not'), 'a file');
  const { acquire, lines } = openWindow();
  expect(await acquire()).toBeDefined();
  expect(lines).toEqual([expect.stringMatching(/^warn .*no lock can be shared/)]);
});

function openWindow(leaseMs?: number) {
  const { log, lines } = recordedLog();
  const locks = lockFolder({ folder, log, ...(leaseMs !== undefined && { leaseMs }) });
  return { lines, acquire: (waitMs = 1_000, base = BASE) => locks.acquire(base, waitMs) };
}
