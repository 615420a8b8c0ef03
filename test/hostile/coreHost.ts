import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answers, Ask, Reply } from './coreMessages';

const ANSWER_MS = 60_000;

/** The driver's end of the process in which the cores run. */
export class CoreHost {
  /** Exceptions and rejections that nobody caught there. */
  readonly bugs: string[] = [];
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private asked = 0;
  private ended = false;

  constructor() {
    const program = fileURLToPath(new URL('coreProcess.ts', import.meta.url));
    this.child = fork(program, { execArgv: ['--expose-gc', '--import', 'tsx'], serialization: 'advanced' });
    this.child.on('message', (reply: Reply) => {
      if ('bug' in reply) this.bugs.push(reply.bug);
      else {
        this.waiting.get(reply.number)?.(reply.answer);
        this.waiting.delete(reply.number);
      }
    });
    this.child.on('exit', (code, signal) => {
      if (!this.ended) this.bugs.push(`the process ended (${signal ?? code})`);
      this.ended = true;
    });
  }

  get alive(): boolean {
    return !this.ended;
  }

  /** Rejects where the process does not answer: it is gone, or its event loop is held. */
  ask<K extends Ask['kind']>(ask: Extract<Ask, { kind: K }>): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      const number = (this.asked += 1);
      const timer = setTimeout(() => give(`no answer to ${ask.kind} in ${ANSWER_MS / 1000} s`), ANSWER_MS);
      const gone = () => give(`the process ended before it answered to ${ask.kind}`);
      const give = (why: string) => {
        clearTimeout(timer);
        this.waiting.delete(number);
        reject(new Error(why));
      };
      this.child.once('exit', gone);
      this.waiting.set(number, (answer) => {
        clearTimeout(timer);
        this.child.off('exit', gone);
        resolve(answer as Answers[K]);
      });
      if (this.ended) gone();
      else this.child.send({ number, ask });
    });
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }
}
