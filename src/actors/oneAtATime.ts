export type OneAtATime = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T | undefined>;

/**
 * Does one piece of work at a time: what is asked for meanwhile waits until that has ended, or until its signal was
 * raised. Undefined where the signal was raised before its turn came.
 */
export function oneAtATime(): OneAtATime {
  let underway: Promise<void> | undefined;
  return async (signal, work) => {
    while (underway) await underway;
    if (signal.aborted) return undefined;
    let release = () => {};
    const own = new Promise<void>((resolve) => {
      release = () => {
        if (underway === own) underway = undefined;
        resolve();
      };
    });
    underway = own;
    signal.addEventListener('abort', release);
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', release);
      release();
    }
  };
}
