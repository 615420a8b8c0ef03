const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?\d*(Z|[+-]\d\d:\d\d)?$/;

/**
 * An ISO 8601 time of a server as ms since the epoch, to the microsecond, whatever its offset; without an offset it is
 * UTC. NaN where it is missing or no such time: every comparison with it is false.
 */
export function instantOf(time: string | null | undefined): number {
  const parts = time == null ? null : ISO.exec(time);
  if (!parts) return Number.NaN;
  const [, date, clock, fraction, offset = 'Z'] = parts;
  return Date.parse(`${date}T${clock}${offset}`) + (fraction === undefined ? 0 : Number(fraction) * 1000);
}

/**
 * Whether the texts alone tell that a time is not earlier than another, which costs less than to read them: two of one
 * form without an offset compare as their instants do. False says nothing.
 */
export function isSurelyNotEarlier(
  time: string | null | undefined,
  than: string | null | undefined,
): boolean {
  if (time == null || than == null) return false;
  return (
    time.length === than.length &&
    time[10] === than[10] &&
    time.endsWith('Z') &&
    than.endsWith('Z') &&
    time >= than
  );
}
