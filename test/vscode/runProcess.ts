import { spawn } from 'node:child_process';

const OUTPUT_SHOWN_ON_FAILURE = 4_000;

/** Resolves with the standard output; rejects with both outputs when the exit code is not 0. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    const endWithUs = (): void => killGroup(child.pid);
    process.once('exit', endWithUs);
    let output = '';
    let everything = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      everything += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => (everything += chunk.toString()));
    child.once('error', (cause) => {
      process.off('exit', endWithUs);
      reject(new Error(`${command} did not start: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      process.off('exit', endWithUs);
      if (code === 0) {
        resolve(output);
        return;
      }
      const line = [command, ...args].join(' ');
      const end = code === null ? `was ended by ${signal}` : `exited with code ${code}`;
      reject(new Error(`${line} ${end}\n${everything.slice(-OUTPUT_SHOWN_ON_FAILURE)}`));
    });
  });
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
