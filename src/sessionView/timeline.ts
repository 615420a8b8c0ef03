/** In ms. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Timeline {
  /** Where in the whole, from 0 to 1. */
  readonly at: (time: number) => number;
  /** In ms, without the idle time that is folded. */
  readonly length: number;
  /** Where idle time is folded. */
  readonly folds: readonly number[];
  /** In ms since the beginning, evenly apart; none where idle time is folded. */
  readonly ticks: readonly number[];
}

/** Idle time that is longer is drawn as a narrow gap. */
const FOLDED_FROM_MS = 600_000;
const FOLD_SHARE = 0.03;
const MAX_TICKS = 4;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 4, 8, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100].map((n) => n * DAY),
];

/** The scale on which all spans are drawn. */
export function timelineOf(spans: readonly Span[]): Timeline {
  const pieces = busyPieces(spans);
  const length = pieces.reduce((sum, { start, end }) => sum + end - start, 0);
  const fold = (length || 1) * FOLD_SHARE;
  const whole = length + fold * Math.max(0, pieces.length - 1) || 1;
  let drawn = 0;
  const starts = pieces.map(({ start, end }) => {
    const from = drawn;
    drawn += end - start + fold;
    return from;
  });
  const at = (time: number): number => {
    const index = pieces.findLastIndex(({ start }) => start <= time);
    const piece = pieces[index];
    if (!piece) return 0;
    return Math.min(1, ((starts[index] ?? 0) + Math.min(time, piece.end) - piece.start) / whole);
  };
  return {
    ...{ at, length },
    folds: starts.slice(1).map((from) => (from - fold / 2) / whole),
    ticks: pieces.length === 1 ? ticksOf(length) : [],
  };
}

/** What is not idle for long, in order and apart from each other. */
function busyPieces(spans: readonly Span[]): Span[] {
  const pieces: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = pieces.at(-1);
    if (!last || span.start - last.end > FOLDED_FROM_MS) pieces.push(span);
    else pieces[pieces.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  }
  return pieces;
}

function ticksOf(length: number): number[] {
  const step = TICK_STEPS.find((each) => length / each <= MAX_TICKS);
  if (step === undefined) return [0];
  // The last one leaves room for the end, which is written too.
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => n * step).filter(
    (tick) => tick <= length * 0.7,
  );
}

const UNITS = [
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', SECOND],
] as const;

/** `1m 58s`, or `1 minute 58 seconds`: the two largest units. */
export function durationText(ms: number, locale: string, unitDisplay: 'narrow' | 'long' = 'narrow'): string {
  const inUnit = (value: number, unit: string, maximumFractionDigits = 0) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(value);
  if (ms < 10 * SECOND) return inUnit(Math.max(0, ms) / SECOND, 'second', 1);
  let left = Math.round(ms / SECOND) * SECOND;
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const value = Math.floor(left / size);
    left -= value * size;
    if (value > 0 && parts.length < 2) parts.push(inUnit(value, unit));
    else if (parts.length > 0) break;
  }
  return parts.join(' ');
}
