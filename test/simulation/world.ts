import type { SessionUpdate } from '../../src/model/parseSession';
import type { ConnectionRef, Fact } from '../../machines/connectionMachine';
import type { SupervisorRef } from '../../machines/supervisor';
import type { Place } from './plantedThrow';
import type { RequestBudget } from '../../src/requestBudget';
import type { SimulatedNetwork } from './simulatedNetwork';
import type { SimulatedServer } from './simulatedServer';
import type { SimulatedTime } from './simulatedTime';
import type { TokenStore } from './tokenStore';

/** Everything around the client in one run. */
export interface World {
  readonly time: SimulatedTime;
  readonly server: SimulatedServer;
  readonly network: SimulatedNetwork;
  readonly tokens: Pick<TokenStore, 'get'>;
  /** The same text again is the same list. */
  readonly lastList: { sessions: readonly SessionUpdate[] };
  readonly budget: RequestBudget;
  readonly random: () => number;
  /** Set once the machines are made; after a failure another connection takes over. */
  whole: SupervisorRef | undefined;
  connection: ConnectionRef | undefined;
  /** Where the next throw is planted. */
  planted: Place | undefined;
  /** Throws, once, where that is planted. */
  readonly trip: (place: Place) => void;
  /** What the client's own machine reports: its clock, its network, its window. */
  tell: (fact: Fact) => void;
  readonly fail: (violation: string) => void;
}
