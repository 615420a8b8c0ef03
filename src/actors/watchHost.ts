import type { FactOf } from '../../machines/connectionMachine';
import type { WindowActivitySource } from '../model/windowActivity';
import type { Clocks } from '../model/clocks';
import type { ActorTools } from './actorScope';
import type { EventObject } from 'xstate';

const TICK_MS = 1_000;
/** A tick this late means that nothing ran here meanwhile. */
const GAP_MS = 5_000;

export type HostFact = FactOf<
  'clock.jumped' | 'clock.stalled' | 'network.changed' | 'windowActivity.changed'
>;

export interface HostDependencies {
  readonly windowActivity: WindowActivitySource;
  readonly clocks: Clocks;
  /** Whatever changes with the network. */
  readonly addresses: () => string;
}

/** Reports a clock that jumped or stalled, a network that changed, and what the user does with the window. */
export const watchHost =
  ({ windowActivity, clocks: { wall, monotonic }, addresses }: HostDependencies) =>
  ({ tell }: ActorTools<undefined, EventObject, HostFact>): (() => void) => {
    const tellActivity = () =>
      tell({ type: 'windowActivity.changed', ...windowActivity.current(), at: monotonic() });
    const ticked = { wall: wall(), monotonic: monotonic() };
    let known = addresses();
    const timer = setInterval(() => {
      const passed = { wall: wall() - ticked.wall, monotonic: monotonic() - ticked.monotonic };
      ticked.wall += passed.wall;
      ticked.monotonic += passed.monotonic;
      const sleptMs = passed.wall - passed.monotonic;
      if (sleptMs > GAP_MS) {
        const detail = `this machine slept for about ${Math.round(sleptMs / 1000)} s`;
        tell({ type: 'clock.jumped', failure: { kind: 'clockJumped', detail } });
      } else if (passed.monotonic - TICK_MS > GAP_MS) tell({ type: 'clock.stalled' });
      const seen = addresses();
      if (seen !== known) {
        known = seen;
        tell({ type: 'network.changed' });
      }
    }, TICK_MS);
    const unsubscribe = windowActivity.subscribe(tellActivity);
    tellActivity();
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  };
