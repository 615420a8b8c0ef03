import type { Memento } from 'vscode';
import type { ContractStore } from '../model/serverContract';

const KEY = 'codeMySpec.contracts';

/** What was found out of each server, kept by VS Code from start to start; nothing in it is secret. */
export function contractMemory(memory: Memento): ContractStore {
  const all = () => new Map(Object.entries(memory.get<Record<string, unknown>>(KEY) ?? {}));
  return {
    get: (base) => all().get(base),
    set: (base, contract) => void memory.update(KEY, Object.fromEntries(all().set(base, contract))),
  };
}
