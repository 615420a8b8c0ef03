import * as v from 'valibot';
import { contractSchema, type ContractStore, type ServerContract } from '../model/serverContract';

/** Which contract each server speaks: found by asking, remembered, and found anew where it turns out wrong. */
export class ServerContracts {
  private readonly contracts = new Map<string, ServerContract>();
  private readonly withoutRest = new Set<string>();

  constructor(
    private readonly store?: ContractStore,
    private readonly onFound: (base: string, contract: ServerContract) => void = () => {},
  ) {}

  of(base: string): ServerContract {
    const known = this.contracts.get(base);
    if (known) return known;
    const stored = v.safeParse(contractSchema, this.store?.get(base));
    const contract = stored.success ? stored.output : {};
    this.contracts.set(base, contract);
    return contract;
  }

  found(base: string, part: ServerContract): void {
    const before = this.of(base);
    if (part.lists === 'channel') this.withoutRest.add(base);
    const contract = { ...before, ...part };
    if (before.topic === contract.topic && before.lists === contract.lists) return;
    this.contracts.set(base, contract);
    this.store?.set(base, contract);
    this.onFound(base, contract);
  }

  /** What was believed is wrong, so that all of it may be. */
  clear(base: string): void {
    this.withoutRest.delete(base);
    if (Object.keys(this.of(base)).length === 0) return;
    this.contracts.set(base, {});
    this.store?.set(base, {});
  }

  /** REST has said since the last join that it has no list; another server may answer the next one. */
  isWithoutRest(base: string): boolean {
    return this.withoutRest.has(base);
  }

  joined(base: string, topic: ServerContract['topic']): void {
    this.withoutRest.delete(base);
    this.found(base, { topic });
  }
}
