/** How long one piece of work may hold the event loop before it lets everything else have its turn. */
export const SLICE_MS = 8;

/** Calls back once everything else has had its turn. A timer, all that a browser has, takes a millisecond and a wake. */
export function afterTurn(then: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(then);
  else setTimeout(then, 0);
}

export const yieldToEventLoop = () => new Promise<void>(afterTurn);

/** Yields whenever a slice has passed since the last yield, the first time since `began`. */
export function paced(began = performance.now()): () => Promise<void> | undefined {
  let since = began;
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return yieldToEventLoop().then(() => {
      since = performance.now();
    });
  };
}

/** Runs work that yields between its steps. */
export async function inSlices<T>(steps: Iterator<undefined, T>, pace = paced()): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const pause = pace();
    if (pause) await pause;
  }
}

/** Ends early where the signal is raised. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
