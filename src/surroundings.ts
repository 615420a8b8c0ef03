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
/** A tick this late means that the machine slept. */
const GAP_MS = 5_000;

/** Reports a clock that jumped, a network that changed, and the attention; returns its end. */
export function watchSurroundings(
  attention: AttentionSource,
  monotonicNow: () => number,
  tell: (fact: Fact) => void,
): () => void {
  const tellAttention = () => tell({ type: 'attention.changed', ...attention.current(), at: monotonicNow() });
  let ticked = Date.now();
  let addresses = addressList();
  const timer = setInterval(() => {
    const now = Date.now();
    const late = now - ticked - TICK_MS;
    ticked = now;
    if (late > GAP_MS) {
      const detail = `this machine slept for about ${Math.round(late / 1000)} s`;
      tell({ type: 'clock.jumped', failure: { kind: 'clockJumped', detail } });
    }
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
