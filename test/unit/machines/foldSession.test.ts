import { expect, it } from 'vitest';
import {
  boundEntry,
  charsOf,
  foldAnswer,
  foldDelta,
  foldPatch,
  type Entry,
} from '../../../machines/foldSession';
import { sizeOf } from '../../../src/model/lightSession';
import { MAX_HELD_CHARS } from '../../../src/model/limits';
import { mergeSession } from '../../../src/model/session';

it('[S1] a delta is late by up to a minute; a greater distance shows that the time held is wrong', () => {
  const held = entryOf({ updated_at: '2026-01-01T00:01:00.000Z' });
  const fold = (updated_at: string) => foldDelta(held, { id: '1', updated_at }, { arrival: 2, at: 0 });
  expect(fold('2026-01-01T00:00:00.000Z')).toBe(held);
  expect(fold('2025-12-31T23:59:59.999Z').session?.updated_at).toBe('2025-12-31T23:59:59.999Z');
});

it('[S3][S6] a late patch, and an answer that a later event has made old, leave the entry itself in place', () => {
  const held = entryOf({ updated_at: '2026-01-01T00:01:00Z' });
  const late = { id: '1', updated_at: '2026-01-01T00:00:30Z' };
  expect(foldPatch(held, late, { arrival: 2, at: 5 })).toBe(held);
  expect(foldAnswer(held, late, { arrival: 0, at: 5 })).toBe(held);
});

it('[S13] where there is no room left, a session that stays as large is held whole, and a larger one is not', () => {
  const [before, next, larger] = ['one', 'two', 'more'].map((state) => entryOf({ state }));
  expect(charsOf(next)).toBe(charsOf(before));
  expect(boundEntry(before, next!, MAX_HELD_CHARS)).toBe(next);
  expect(boundEntry(before, larger!, MAX_HELD_CHARS).session?.leftOut).toEqual({
    interactions: 0,
    places: 1,
  });
});

function entryOf(fields: { updated_at?: string; state?: string }): Entry {
  const session = mergeSession(undefined, { id: '1', ...fields });
  return { session, chars: sizeOf(session), arrival: 1, confirmed: 1, confirmedAt: 0, untold: [] };
}
