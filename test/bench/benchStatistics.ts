/** Of an odd number the middle one, else the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Half of the way from the least to the most: how far rounds of the same differ, to either side. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / 2;
}

export type Verdict = 'met' | 'within noise' | 'missed';

/** `missed` only where the median exceeds the limit by more than the rounds differ. */
export function verdictOf(values: readonly number[], limit: number): Verdict {
  const exceeds = median(values) - limit;
  if (exceeds <= 0) return 'met';
  return exceeds <= spread(values) ? 'within noise' : 'missed';
}

/** One value of each for each round: those of the same round share what the machine was busy with. */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, round) => value / others[round]!);
}
