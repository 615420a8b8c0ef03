import { describe, expect, it } from 'vitest';
import { durationText, timelineOf } from '../../../src/sessionView/timeline';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('[U1] the scale of the steps', () => {
  it('goes from the beginning of the first to the end of the last', () => {
    const { at, length, folds, ticks } = timelineOf([
      { start: 100 * SECOND, end: 150 * SECOND },
      { start: 140 * SECOND, end: 300 * SECOND },
    ]);
    expect([100, 150, 200, 300].map((second) => at(second * SECOND))).toEqual([0, 0.25, 0.5, 1]);
    expect({ length, folds, ticks }).toEqual({
      ...{ length: 200 * SECOND, folds: [] },
      ticks: [0, MINUTE, 2 * MINUTE],
    });
  });

  it('names no time so near the end that it would run into the name of the end', () => {
    const ticks = (seconds: number) => timelineOf([{ start: 0, end: seconds * SECOND }]).ticks;
    expect([ticks(142), ticks(172)]).toEqual([
      [0, MINUTE],
      [0, MINUTE, 2 * MINUTE],
    ]);
  });

  it('folds what is idle for more than ten minutes', () => {
    const { at, length, folds, ticks } = timelineOf([
      { start: 0, end: 100 },
      { start: HOUR, end: HOUR + 100 },
    ]);
    expect(length).toBe(200);
    expect(ticks).toEqual([]);
    expect(folds).toEqual([103 / 206]);
    expect([0, 100, 30 * MINUTE, HOUR, HOUR + 100].map((time) => at(time) * 206)).toEqual([
      0, 100, 100, 106, 206,
    ]);
  });

  it('is there for nothing, and for a moment', () => {
    expect(timelineOf([]).at(5)).toBe(0);
    expect(timelineOf([{ start: 5, end: 5 }]).at(5)).toBe(0);
  });
});

it.each([
  [0, '0s', '0 seconds'],
  [1840, '1.8s', '1.8 seconds'],
  [12_400, '12s', '12 seconds'],
  [118 * SECOND, '1m 58s', '1 minute 58 seconds'],
  [59.9 * SECOND, '1m', '1 minute'],
  [2 * HOUR + 5 * SECOND, '2h', '2 hours'],
  [2 * HOUR + 5 * MINUTE + 5 * SECOND, '2h 5m', '2 hours 5 minutes'],
  [-5, '0s', '0 seconds'],
])('[U1] %d ms read %s', (ms, short, long) => {
  expect([durationText(ms, 'en'), durationText(ms, 'en', 'long')]).toEqual([short, long]);
});
