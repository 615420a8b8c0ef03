import { env } from 'vscode';

const DAY_MS = 86_400_000;

/** `12:03`, with the date where it is not within the last day; `at` in ms since the epoch. */
export function clockTime(at: number, now = Date.now()): string {
  const near = Math.abs(now - at) < DAY_MS;
  return new Intl.DateTimeFormat(
    env.language,
    near ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  ).format(at);
}

/** `12:03:05`, for what is near. */
export function clockTimeInSeconds(at: number): string {
  return new Intl.DateTimeFormat(env.language, { timeStyle: 'medium' }).format(at);
}
