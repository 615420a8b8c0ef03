import { fork } from 'node:child_process';
import { once } from 'node:events';

type Answers = Record<string, (given: never) => unknown>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly given: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a child process answers, asked by name; one question does not wait for the answer to another. */
export interface Child<A extends Answers> {
  ask<Name extends keyof A & string>(
    name: Name,
    ...given: Parameters<A[Name]>
  ): Promise<Awaited<ReturnType<A[Name]>>>;
  end(): Promise<void>;
}

export function startChild<A extends Answers>(
  file: string,
  args: readonly string[],
  execArgv: readonly string[],
): Child<A> {
  const child = fork(file, [...args], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on('exit', () => {
    for (const [id, take] of waiting) take({ id, error: `${file} ended` });
  });
  return {
    ask: (name, ...[given]) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, ({ value, error }) => {
          if (error === undefined) resolve(value as never);
          else reject(new Error(`${name}: ${error}`));
        });
        child.send({ id, name, given } satisfies Question);
      }),
    async end() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** In the child: it ends with its parent. */
export function answerParent(answers: Answers): void {
  process.on('message', ({ id, name, given }: Question) => {
    const reply = (answer: Omit<Answer, 'id'>) => process.send?.({ id, ...answer } satisfies Answer);
    Promise.resolve(given as never)
      .then((own) => answers[name]?.(own))
      .then(
        (value) => reply({ value }),
        (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? '') : String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
}

/** The monotonic clock that all processes of a machine share, in ms. */
export function machineNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
