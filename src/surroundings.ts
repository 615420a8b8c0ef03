import { networkInterfaces } from 'node:os';
import type { Fact } from '../machines/connectionMachine';

/** Whether anybody looks: VS Code's window and the sessions view. */
export interface Attention {
  readonly focused: boolean;
  readonly visible: boolean;
}

export interface AttentionSource {
  current(): Attention;
  subscribe(listener: () => void): () => void;
}

const TICK_MS = 1_000;
/** A tick this late means that nothing ran here meanwhile. */
const GAP_MS = 5_000;

export interface Clocks {
  /** In ms since the epoch. */
  readonly wall: () => number;
  /** In ms since whenever; on some systems it stands still while the machine sleeps. */
  readonly monotonic: () => number;
}

/** Reports a clock that jumped or stalled, a network that changed, and the attention; returns its end. */
export function watchSurroundings(
  attention: AttentionSource,
  { wall, monotonic }: Clocks,
  tell: (fact: Fact) => void,
): () => void {
  const tellAttention = () => tell({ type: 'attention.changed', ...attention.current(), at: monotonic() });
  const ticked = { wall: wall(), monotonic: monotonic() };
  let addresses = addressList();
  const timer = setInterval(() => {
    const passed = { wall: wall() - ticked.wall, monotonic: monotonic() - ticked.monotonic };
    ticked.wall += passed.wall;
    ticked.monotonic += passed.monotonic;
    const sleptMs = passed.wall - passed.monotonic;
    if (sleptMs > GAP_MS) {
      const detail = `this machine slept for about ${Math.round(sleptMs / 1000)} s`;
      tell({ type: 'clock.jumped', failure: { kind: 'clockJumped', detail } });
    } else if (passed.monotonic - TICK_MS > GAP_MS) tell({ type: 'clock.stalled' });
    const seen = addressList();
    if (seen !== addresses) {
      addresses = seen;
      tell({ type: 'network.changed' });
    }
  }, TICK_MS);
  const unsubscribe = attention.subscribe(tellAttention);
  tellAttention();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

function addressList(): string {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address)
    .sort()
    .join(' ');
}

/** For a core that runs where nobody can look away. */
export const ALWAYS_ATTENTIVE: AttentionSource = {
  current: () => ({ focused: true, visible: true }),
  subscribe: () => () => {},
};
