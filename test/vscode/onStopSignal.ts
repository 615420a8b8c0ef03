const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
// One Ctrl-C arrives up to three times: from the terminal, from npm and from the bootstrap.
const SAME_KEY_PRESS_MS = 500;

/** Calls `stop` at the first signal, with the exit code that is customary for it; a second one ends at once. */
export function onStopSignal(stop: (exitCode: number) => Promise<void>): void {
  let firstMs: number | undefined;
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = Date.now();
        void stop(exitCode).finally(() => process.exit(exitCode));
      } else if (Date.now() - firstMs > SAME_KEY_PRESS_MS) process.exit(exitCode);
    });
  }
}
