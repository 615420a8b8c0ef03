export type Log = (line: string) => void;

/** Logs `what…` at once, then every `everyMs` how long it has been going on. */
export async function logProgress<T>(
  log: Log,
  what: string,
  work: () => Promise<T>,
  everyMs = 5_000,
): Promise<T> {
  const start = Date.now();
  log(`${what}…`);
  const timer = setInterval(() => log(`${what}… ${secondsSince(start)} s`), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

export function secondsSince(start: number): string {
  return ((Date.now() - start) / 1000).toFixed(0);
}
