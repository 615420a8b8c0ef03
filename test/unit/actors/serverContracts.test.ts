import { expect, it } from 'vitest';
import { ServerContracts } from '../../../src/actors/serverContracts';
import type { ServerContract } from '../../../src/model/serverContract';

const BASE = 'https://server.example';
const OTHER = 'https://other.example';

it('[H6] nothing is known of a server that was not asked', () => {
  const { contracts, stored, told } = start();
  expect([contracts.of(BASE), contracts.isWithoutRest(BASE)]).toEqual([{}, false]);
  expect([stored(), told]).toEqual([{}, []]);
});

it('[H6] what is found is added to what is known, kept, and told once', () => {
  const { contracts, stored, told } = start();
  contracts.found(BASE, { topic: 'bare' });
  contracts.found(BASE, { lists: 'channel' });
  contracts.found(BASE, { lists: 'channel' });
  contracts.found(BASE, { topic: 'bare' });
  const whole = { topic: 'bare', lists: 'channel' };
  expect([contracts.of(BASE), contracts.of(OTHER), stored()]).toEqual([whole, {}, { [BASE]: whole }]);
  expect(told).toEqual([
    [BASE, { topic: 'bare' }],
    [BASE, whole],
  ]);
});

it('[H6] what was kept is known from the start, and not told', () => {
  const whole: ServerContract = { topic: 'withId', lists: 'rest' };
  const { contracts, told } = start({ [BASE]: whole });
  contracts.found(BASE, whole);
  expect([contracts.of(BASE), contracts.isWithoutRest(BASE), told]).toEqual([whole, false, []]);
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'bare'],
  ['an unknown topic', { topic: 'both', lists: 'rest' }],
  ['unknown lists', { topic: 'bare', lists: 7 }],
])('[H6] of %s that was kept nothing is believed', (_what, kept) => {
  const { contracts } = start({ [BASE]: kept });
  expect(contracts.of(BASE)).toEqual({});
});

it('[H6] what turns out wrong is forgotten whole, here and where it is kept', () => {
  const { contracts, stored, told } = start({ [BASE]: { topic: 'bare', lists: 'channel' } });
  contracts.found(BASE, { lists: 'channel' });
  contracts.clear(BASE);
  expect([contracts.of(BASE), contracts.isWithoutRest(BASE), stored()]).toEqual([{}, false, { [BASE]: {} }]);
  contracts.clear(OTHER);
  expect([stored(), told]).toEqual([{ [BASE]: {} }, []]);
});

it('[H6] that REST has no list is believed until the next join', () => {
  const { contracts } = start();
  contracts.found(BASE, { lists: 'channel' });
  expect([contracts.isWithoutRest(BASE), contracts.isWithoutRest(OTHER)]).toEqual([true, false]);
  contracts.joined(BASE, 'bare');
  expect(contracts.isWithoutRest(BASE)).toBe(false);
  expect(contracts.of(BASE)).toEqual({ topic: 'bare', lists: 'channel' });
  contracts.found(BASE, { lists: 'channel' });
  expect(contracts.isWithoutRest(BASE)).toBe(true);
});

it('[H6] a server takes commands where its lists come over REST, and not those that it turned out to lack', () => {
  const { contracts } = start();
  const taken = (base = BASE) => [contracts.takes(base, 'start'), contracts.takes(base, 'next')];
  expect(taken()).toEqual([undefined, undefined]);
  contracts.found(BASE, { lists: 'channel' });
  expect(taken()).toEqual([false, false]);
  for (const base of [BASE, OTHER]) contracts.found(base, { lists: 'rest' });
  expect(taken()).toEqual([true, true]);
  contracts.lacks(BASE, 'start');
  expect([taken(), taken(OTHER)]).toEqual([
    [false, true],
    [true, true],
  ]);
  contracts.lacks(BASE, 'next');
  expect(taken()).toEqual([false, false]);
});

it.each(['joined', 'cleared', 'listed again'])(
  '[H6] a command that a server lacked may be there once it was %s',
  (how) => {
    const { contracts } = start();
    contracts.lacks(BASE, 'start');
    if (how === 'joined') contracts.joined(BASE, 'bare');
    else if (how === 'cleared') contracts.clear(BASE);
    contracts.found(BASE, { lists: 'rest' });
    expect(contracts.takes(BASE, 'start')).toBe(true);
  },
);

function start(kept: Record<string, unknown> = {}) {
  const values = new Map(Object.entries(kept));
  const told: [base: string, contract: ServerContract][] = [];
  const contracts = new ServerContracts(
    { get: (base) => values.get(base), set: (base, contract) => void values.set(base, contract) },
    (base, contract) => told.push([base, contract]),
  );
  return { contracts, told, stored: () => Object.fromEntries(values) };
}
