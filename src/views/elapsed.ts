import { env, l10n } from 'vscode';
import { instantOf } from '../model/instant';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `4m` since that time; undefined where it is not known, or not past by the clock of this computer. */
export function elapsed(since: string | null, now: number): string | undefined {
  const ms = now - instantOf(since);
  if (!(ms >= 0)) return undefined;
  if (ms < MINUTE_MS) return l10n.t('now');
  if (ms < HOUR_MS) return l10n.t('{0}m', Math.floor(ms / MINUTE_MS));
  return ms < DAY_MS ? l10n.t('{0}h', Math.floor(ms / HOUR_MS)) : l10n.t('{0}d', Math.floor(ms / DAY_MS));
}

/** The same for somebody who hears it. */
export function elapsedInWords(since: string | null, now: number): string | undefined {
  const ms = now - instantOf(since);
  if (!(ms >= 0)) return undefined;
  if (ms < HOUR_MS) return inWords(ms / MINUTE_MS, 'minute');
  return ms < DAY_MS ? inWords(ms / HOUR_MS, 'hour') : inWords(ms / DAY_MS, 'day');
}

const inWords = (value: number, unit: string): string =>
  new Intl.NumberFormat(env.language, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.floor(value));

const TENTHS = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

/** `12.3 s`, for a duration in ms. */
export const seconds = (ms: number): string =>
  l10n.t('{0} s', (ms / 1000).toLocaleString(env.language, TENTHS));
