/** How long one piece of work may hold the event loop before it lets everything else have its turn. */
export const SLICE_MS = 8;

export const yieldToEventLoop = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

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
