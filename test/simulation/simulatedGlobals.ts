import type { World } from './world';

type Timer = ReturnType<World['time']['schedule']>;

/**
 * Timers and the monotonic clock of everything that runs in the history of `world`: phoenix, the REST client and the
 * actors ask for them where they need them. Returns the real ones' return.
 */
export function replaceGlobals({ time, network }: World): () => void {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
  const now = performance.now.bind(performance);
  const intervals = new Map<number, Timer>();
  let last = 0;
  const schedule = (run: () => void, ms = 0) =>
    time.schedule('timer', ms, () => {
      // It may have settled a promise.
      network.settled = true;
      run();
    });
  Object.assign(globalThis, {
    setTimeout: schedule,
    setImmediate: (run: () => void) => schedule(run),
    clearTimeout: (timer: Timer | undefined) => time.cancel(timer),
    setInterval: (run: () => void, ms: number) => {
      const id = (last += 1);
      const next = () =>
        intervals.set(
          id,
          time.schedule('timer', ms, () => {
            next();
            run();
          }),
        );
      next();
      return id;
    },
    clearInterval: (id: number) => {
      time.cancel(intervals.get(id));
      intervals.delete(id);
    },
  });
  performance.now = () => time.monotonic;
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate });
    performance.now = now;
  };
}
