import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface HeadlessLine {
  readonly kind: 'state' | 'sessions' | 'dump';
  readonly at: number;
  readonly to?: string;
}

/** The core in a process of its own, told and watched as `npm run headless` is. */
export class HeadlessCore {
  readonly lines: HeadlessLine[] = [];
  private readonly child: ChildProcess;
  private readonly listeners = new Set<() => void>();

  constructor(server: string, token: string) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'src/headless.ts', '--server', server], {
      env: { ...process.env, CODEMYSPEC_TOKEN: token },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as HeadlessLine);
      for (const listener of [...this.listeners]) listener();
    });
  }

  /** When it entered that state, at or after `since`, in ms since the epoch. */
  reached(state: string, since = 0): Promise<number> {
    return new Promise((resolve) => {
      const look = () => {
        const line = this.lines.find(({ kind, to, at }) => kind === 'state' && to === state && at >= since);
        if (!line) return;
        this.listeners.delete(look);
        resolve(line.at);
      };
      this.listeners.add(look);
      look();
    });
  }

  type(command: 'refresh' | 'reconnect' | 'dump' | 'quit'): void {
    this.child.stdin?.write(`${command}\n`);
  }

  /** Freezes the process as sleep does, or wakes it. */
  freeze(frozen: boolean): void {
    this.child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async quit(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.type('quit');
    await ended;
  }
}
