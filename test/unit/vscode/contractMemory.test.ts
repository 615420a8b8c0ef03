import type { Memento } from 'vscode';
import { expect, test } from 'vitest';
import { contractMemory } from '../../../src/vscode/contractMemory';

test('[H6] keeps what was found of each server, by its base address, and reads what was kept before', () => {
  const kept = new Map<string, unknown>();
  const memory = {
    get: (key: string) => kept.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
  } as unknown as Memento;
  contractMemory(memory).set('https://a.example', { topic: 'bare' });
  contractMemory(memory).set('https://b.example', { topic: 'withId', lists: 'rest' });
  contractMemory(memory).set('https://a.example', { topic: 'bare', lists: 'channel' });
  const again = contractMemory(memory);
  expect(['https://a.example', 'https://b.example', '__proto__'].map((base) => again.get(base))).toEqual([
    { topic: 'bare', lists: 'channel' },
    { topic: 'withId', lists: 'rest' },
    undefined,
  ]);
});
