import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scanTraces } from '../traces';

it('[X3] the scan of a run finds a secret that was written somewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'traces-'));
  expect(scanTraces(folder)).toEqual({ secrets: 0, bytes: 0, leaks: [] });
  writeFileSync(join(folder, 'secrets.txt'), 'abcd-secret\nother-secret\nabcd-secret\n');
  writeFileSync(join(folder, 'trace-1.txt'), 'fine');
  writeFileSync(join(folder, 'trace-2.txt'), 'GET /x?token=abcd-secret');
  expect(scanTraces(folder)).toEqual({ secrets: 2, bytes: 28, leaks: ['trace-2.txt: abcd…'] });
  rmSync(folder, { recursive: true });
});
