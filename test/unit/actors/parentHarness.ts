import { createActor, setup, type AnyActorLogic } from 'xstate';
import type { Fact } from '../../../machines/connectionMachine';

/** A machine that runs this actor until it leaves its only state, and hears what the actor tells. */
export function startUnder(actor: AnyActorLogic, input: unknown) {
  const heard: Fact[] = [];
  const parent = createActor(
    setup({ actors: { worker: actor } }).createMachine({
      initial: 'working',
      states: {
        working: { invoke: { id: 'worker', src: 'worker', input }, on: { leave: 'left' } },
        left: {},
      },
      on: { '*': { actions: ({ event }) => heard.push(event as Fact) } },
    }),
  ).start();
  return {
    heard,
    leave: () => parent.send({ type: 'leave' }),
    send: (type: string) => parent.getSnapshot().children.worker?.send({ type }),
  };
}
