import type { ServerContracts } from '../../src/actors/serverContracts';
import type { LastList } from '../../src/http/sessions';
import type { ConnectionRef } from '../../machines/connectionMachine';
import type { SupervisorRef } from '../../machines/supervisor';
import type { Place } from './plantedThrow';
import type { RequestBudget } from '../../src/actors/requestBudget';
import type { SimulatedHost } from './simulatedHost';
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
  readonly lastList: LastList;
  readonly budget: RequestBudget;
  readonly contracts: ServerContracts;
  readonly random: () => number;
  /** Set once the machines are made; after a failure another connection takes over. */
  whole: SupervisorRef | undefined;
  connection: ConnectionRef | undefined;
  /** Where the next throw is planted. */
  planted: Place | undefined;
  /** Throws, once, where that is planted. */
  readonly trip: (place: Place) => void;
  readonly host: SimulatedHost;
  readonly fail: (violation: string) => void;
}
