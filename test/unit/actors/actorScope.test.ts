import { createActor, type AnyActorLogic } from 'xstate';
import { expect, it, vi } from 'vitest';
import { ActorScope } from '../../../src/actors/actorScope';
import type { Fact } from '../../../machines/connectionMachine';
import { startUnder } from './parentHarness';

const CHANGED: Fact = { type: 'network.changed' };

function start(actorOf: (scope: ActorScope) => AnyActorLogic) {
  const bugs: unknown[] = [];
  const scope = new ActorScope((bug) => bugs.push(bug));
  return { scope, bugs, ...startUnder(actorOf(scope), 7) };
}

it('[C1] an actor begins with its input, hears its state, and is told of its end once', () => {
  const log: unknown[] = [];
  const { leave, send, scope } = start((scope) =>
    scope.actor<number, Fact>(({ input, receive }) => {
      log.push(input);
      receive((event) => log.push(event.type));
      return () => log.push('end');
    }),
  );
  send('check');
  leave();
  scope.endAll();
  expect(log).toEqual([7, 'check', 'end']);
});

it('[C1] nothing that it tells after its end is heard', () => {
  let tell: (fact: Fact) => void = () => {};
  const { leave, heard, scope } = start((scope) =>
    scope.actor((tools) => {
      tell = tools.tell;
      return () => {};
    }),
  );
  tell(CHANGED);
  scope.endAll();
  tell(CHANGED);
  leave();
  tell(CHANGED);
  expect(heard).toEqual([CHANGED]);
});

it('[C1] an actor that asks tells its answer, unless its state is left first', async () => {
  const answers: ((fact: Fact) => void)[] = [];
  const signals: AbortSignal[] = [];
  const ask = () =>
    start((scope) =>
      scope.asking((_input, signal) => {
        signals.push(signal);
        return new Promise<Fact>((resolve) => answers.push(resolve));
      }),
    );
  const [stayed, gone] = [ask(), ask()];
  gone.leave();
  answers.forEach((answer) => answer(CHANGED));
  await vi.waitFor(() => expect(stayed.heard).toEqual([CHANGED]));
  expect([gone.heard, signals.map(({ reason }) => reason as unknown)]).toEqual([
    [],
    [undefined, 'the state was left'],
  ]);
});

it('[C1] one that has nothing to answer tells nothing', async () => {
  const ask = vi.fn(() => Promise.resolve(undefined));
  const { heard, bugs } = start((scope) => scope.asking(ask));
  await new Promise((resolve) => setImmediate(resolve));
  expect([ask.mock.calls.length, heard, bugs]).toEqual([1, [], []]);
});

it('[V1] a bug in its work is told, but not of what was left', async () => {
  const rejects: ((error: unknown) => void)[] = [];
  const work = () =>
    start((scope) => scope.working(() => new Promise<void>((_resolve, reject) => rejects.push(reject))));
  const [stayed, gone] = [work(), work()];
  gone.leave();
  rejects.forEach((reject) => reject('a bug'));
  await vi.waitFor(() => expect(stayed.bugs).toEqual(['a bug']));
  expect(gone.bugs).toEqual([]);
});

it('[V1] an exception that no machine sees is told by the actor itself', () => {
  const { bugs } = start((scope) =>
    scope.actor(({ fail }) => {
      fail('a bug');
      return () => {};
    }),
  );
  expect(bugs).toEqual(['a bug']);
});

it('[V1] all are ended without their machine, once, though one fails at it', () => {
  const ended: string[] = [];
  const { scope, bugs } = start((scope) =>
    scope.actor(() => () => {
      ended.push('first');
      throw new Error('a bug');
    }),
  );
  const other = createActor(scope.actor(() => () => ended.push('second')));
  other.start();
  scope.endAll();
  scope.endAll();
  other.stop();
  expect([ended, bugs.map(String)]).toEqual([['first', 'second'], ['Error: a bug']]);
});
