import fc from 'fast-check';
import { expect, it } from 'vitest';
import { instantOf, isSurelyNotEarlier } from '../../../src/model/instant';

it('[S1] reads every form in which servers write a time', () => {
  const midnight = Date.UTC(2026, 0, 1);
  expect(
    [
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00.000000Z',
      '2026-01-01T00:00:00',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00+00:00',
      '2025-12-31T22:30:00-01:30',
    ].map(instantOf),
  ).toEqual(Array.from({ length: 6 }, () => midnight));
  expect(instantOf('2026-01-01T00:00:00.000250Z') - midnight).toBeCloseTo(0.25, 3);
});

it('[S1] takes nothing else for a time', () => {
  const none = [
    null,
    undefined,
    '',
    '1',
    'soon',
    '2026-13-01T00:00:00Z',
    '2026-01-01',
    ' 2026-01-01T00:00:00Z',
  ];
  expect(none.map(instantOf)).toEqual(none.map(() => Number.NaN));
});

it('[S1] orders times as instants, whatever their offset', () => {
  const time = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });
  const offset = fc.integer({ min: -14 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(time, offset, (date, minutes) => {
      const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      const two = (value: number) => String(value).padStart(2, '0');
      const away = Math.abs(minutes);
      const sign = minutes < 0 ? '-' : '+';
      const text = `${local}${sign}${two(Math.floor(away / 60))}:${two(away % 60)}`;
      expect(Math.round(instantOf(text))).toBe(date.getTime());
    }),
  );
});

it('[S1] is told by the texts alone only where the instants say the same', () => {
  const part = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
  const end = fc.constantFrom('Z', '', '+02:00', '.5Z', '.05Z', '.500Z', '.000001Z', '9Z');
  const text = fc
    .tuple(part(28), fc.constantFrom('T', ' '), part(23), part(59), end)
    .map(([day, between, hour, minute, rest]) => `2026-01-${day}${between}${hour}:${minute}:00${rest}`);
  let told = 0;
  fc.assert(
    fc.property(text, text, (time, than) => {
      if (!isSurelyNotEarlier(time, than)) return;
      told += 1;
      expect(instantOf(time) < instantOf(than)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(told).toBeGreaterThan(20);
  expect([
    isSurelyNotEarlier('2026-01-01T10:00:00Z', '2026-01-01T10:00:00Z'),
    isSurelyNotEarlier('2026-01-01T10:00:00Z', '2026-01-01T10:00:01Z'),
    isSurelyNotEarlier('2026-01-01T10:00:00Z', '2026-01-01 23:00:00Z'),
    isSurelyNotEarlier(null, '2026-01-01T10:00:00Z'),
  ]).toEqual([true, false, false, false]);
});
