import * as v from 'valibot';
import { contractSchema, type ContractStore, type ServerContract } from '../model/serverContract';
import type { CommandName } from '../model/sessionCommand';

/** Which contract each server speaks: found by asking, remembered, and found anew where it turns out wrong. */
export class ServerContracts {
  private readonly contracts = new Map<string, ServerContract>();
  private readonly withoutRest = new Set<string>();
  /** How many times in a row REST has denied a list that it gave before. */
  private readonly denials = new Map<string, number>();
  private readonly missing = new Map<string, Set<CommandName>>();

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
    if (part.lists) this.denials.delete(base);
    if (part.lists === 'rest') this.missing.delete(base);
    const contract = { ...before, ...part };
    if (before.topic === contract.topic && before.lists === contract.lists) return;
    this.contracts.set(base, contract);
    this.store?.set(base, contract);
    this.onFound(base, contract);
  }

  /** What was believed is wrong, so that all of it may be. */
  clear(base: string): void {
    this.withoutRest.delete(base);
    this.missing.delete(base);
    if (Object.keys(this.of(base)).length === 0) return;
    this.contracts.set(base, {});
    this.store?.set(base, {});
  }

  /**
   * REST, or a gateway before it, says that it has no list: how many times in a row by now, where it is known to have
   * given one. Infinity where it is not.
   */
  denied(base: string): number {
    if (this.of(base).lists !== 'rest') return Infinity;
    const times = (this.denials.get(base) ?? 0) + 1;
    this.denials.set(base, times);
    return times;
  }

  /** REST has said since the last join that it has no list; another server may answer the next one. */
  isWithoutRest(base: string): boolean {
    return this.withoutRest.has(base);
  }

  joined(base: string, topic: ServerContract['topic']): void {
    this.withoutRest.delete(base);
    this.missing.delete(base);
    this.found(base, { topic });
  }

  /** Undefined until it is known where the server's sessions come from; one of the channel takes no commands. */
  takes(base: string, command: CommandName): boolean | undefined {
    const { lists } = this.of(base);
    return lists && lists === 'rest' && this.missing.get(base)?.has(command) !== true;
  }

  /** The server seems to lack this command; it may have been a gateway that said so, and is not believed past the next list. */
  lacks(base: string, command: CommandName): void {
    this.missing.set(base, new Set(this.missing.get(base)).add(command));
  }
}
