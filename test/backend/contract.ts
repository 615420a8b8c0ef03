import type { Generation } from './generations/generation';
import { generationNamed, GENERATIONS, type GenerationName } from './generations/generations';
import type { PresenceMode } from './presence';
import type { RouteName } from './routes';

export interface ContractOptions {
  /** Whether `GET /api/me` exists; without it, as the generation has it. */
  me?: boolean;
  /** Without it, as the generation has it. */
  crashesOnCreated?: boolean;
  /** Without it, as the generation has it; one that tracks none never does. */
  presence?: PresenceMode;
}

/** What the server promises its clients now: a generation, and in what it differs from that. */
export class Contract {
  generation: Generation;
  private removed: readonly RouteName[] = [];

  constructor(
    name: GenerationName,
    private options: ContractOptions = {},
  ) {
    this.generation = GENERATIONS[name];
  }

  /** Throws where there is no such generation. */
  become(name: GenerationName): void {
    this.generation = GENERATIONS[generationNamed(name)];
  }

  get crashesOnCreated(): boolean {
    return this.options.crashesOnCreated ?? this.generation.crashesOnCreated;
  }

  crashOnCreated(crashesOnCreated: boolean): void {
    this.options = { ...this.options, crashesOnCreated };
  }

  get presence(): PresenceMode {
    const { presence } = this.generation;
    return presence === 'off' ? presence : (this.options.presence ?? presence);
  }

  /** Takes these routes away, and gives back those that were taken before; empty gives all back. */
  removeRoutes(names: readonly RouteName[]): void {
    this.removed = [...names];
  }

  get routes(): RouteName[] {
    const { me = this.generation.routes.includes('GET /api/me') } = this.options;
    const own = this.generation.routes.filter((name) => name !== 'GET /api/me');
    const all: RouteName[] = me ? [...own, 'GET /api/me'] : own;
    return all.filter((name) => !this.removed.includes(name));
  }
}
