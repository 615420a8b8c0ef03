import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';

const END_GRACE_MS = 500;
const KILL_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/** A program in a process group of its own, so that whatever it starts ends with it. */
export class ProcessGroup {
  readonly #child: ChildProcess;
  readonly #endWithUs = (): void => void this.#signal('SIGKILL');

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv, outputFile: string) {
    const file = fs.openSync(outputFile, 'a');
    this.#child = spawn(command, args, { env, stdio: ['ignore', file, file], detached: true });
    fs.closeSync(file);
    this.#child.once('error', (error) => fs.appendFileSync(outputFile, `${error.message}\n`));
    process.once('exit', this.#endWithUs);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  onceEnded(listener: () => void): void {
    this.#child.once('exit', listener);
  }

  async end(): Promise<void> {
    if (this.isRunning) this.#child.kill('SIGTERM');
    await within(END_GRACE_MS, () => !this.isRunning && !this.#signal(0));
    this.#signal('SIGKILL');
    await within(KILL_TIMEOUT_MS, () => !this.isRunning);
    process.off('exit', this.#endWithUs);
  }

  #signal(signal: NodeJS.Signals | 0): boolean {
    if (this.#child.pid === undefined) return false;
    try {
      return process.kill(-this.#child.pid, signal);
    } catch {
      return false;
    }
  }
}

async function within(timeoutMs: number, reached: () => boolean): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !reached() && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
