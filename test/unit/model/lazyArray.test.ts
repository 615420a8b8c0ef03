import { inspect, isDeepStrictEqual } from 'node:util';
import { expect, it, vi } from 'vitest';
import { lazyArray } from '../../../src/model/lazyArray';

const LOOKS: [name: string, look: (list: readonly string[]) => unknown, seen: unknown][] = [
  ['length', (list) => list.length, 2],
  ['an index', (list) => list[1], 'b'],
  ['at', (list) => list.at(-1), 'b'],
  ['in', (list) => 1 in list, true],
  ['for … of', (list) => Array.from(list), ['a', 'b']],
  ['spread', (list) => [...list], ['a', 'b']],
  ['map', (list) => list.map((each) => each.toUpperCase()), ['A', 'B']],
  ['concat', (list) => ['z'].concat(list), ['z', 'a', 'b']],
  ['a pattern', ([first, ...rest]) => [first, rest], ['a', ['b']]],
  ['keys', (list) => Object.keys(list), ['0', '1']],
  ['entries', (list) => Object.entries(list).flat(), ['0', 'a', '1', 'b']],
  ['own properties', (list) => Reflect.ownKeys(list), ['0', '1', 'length']],
  ['a descriptor', (list) => Object.getOwnPropertyDescriptor(list, 'length')?.value as unknown, 2],
  ['JSON', (list) => JSON.stringify({ list }), '{"list":["a","b"]}'],
  ['frozen', (list) => Object.isFrozen(list), true],
  ['console.log', (list) => inspect({ list }), "{ list: [ 'a', 'b' ] }"],
  ['deep equality', (list) => isDeepStrictEqual(list, ['a', 'b']), true],
];

it.each(LOOKS)('[D10] a lazy array is one to whoever looks at it: %s', (_, look, seen) => {
  const list = lazyArray(() => ['a', 'b']);
  expect(look(list)).toEqual(seen);
  expect(look(list)).toEqual(seen);
});

it('[D10] is made once, and not before it is looked at', () => {
  const make = vi.fn(() => ['a']);
  const list = lazyArray(make);
  expect([Array.isArray(list), list instanceof Array]).toEqual([true, true]);
  expect(make).not.toHaveBeenCalled();
  expect([list.length, list[0], [...list]]).toEqual([1, 'a', ['a']]);
  expect(make).toHaveBeenCalledTimes(1);
});

const CHANGES: [name: string, change: (list: string[]) => unknown][] = [
  ['push', (list) => list.push('c')],
  ['an index', (list) => (list[0] = 'c')],
  ['length', (list) => (list.length = 0)],
  ['sort', (list) => list.sort()],
  ['deleteProperty', (list) => delete (list as { 0?: string })[0]],
  ['defineProperty', (list) => Object.defineProperty(list, '0', { value: 'c' })],
  ['setPrototypeOf', (list) => Object.setPrototypeOf(list, null) as unknown],
];

it.each(CHANGES)('[D10] nobody changes what others read: %s', (_, change) => {
  const list = lazyArray(() => ['a', 'b']);
  expect(() => change(list as string[])).toThrow(TypeError);
  expect(() => change(list as string[])).toThrow(TypeError);
  expect([...list]).toEqual(['a', 'b']);
});

it('[D10] a maker that fails fails the look, and is asked again', () => {
  let fails = true;
  const list = lazyArray(() => {
    if (fails) throw new Error('on purpose');
    return ['a'];
  });
  expect(() => list.length).toThrow('on purpose');
  fails = false;
  expect([...list]).toEqual(['a']);
});
