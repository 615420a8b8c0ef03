import type { Backend } from '../backend/backend';
import type { SeededRandom } from '../faults/seededRandom';
import type { FailureKind } from '../../src/model/failure';
import type { HostileFront } from './hostileFront';

export type Area = 'channel' | 'rest' | 'oauth';
export type Params = Readonly<Record<string, string | number | boolean>>;

/** An input is data: the same one can be run again, and made smaller by hand. */
export interface HostileInput {
  readonly template: string;
  readonly params: Params;
}

export interface Site {
  readonly backend: Backend;
  readonly front: HostileFront;
}

export interface Plan {
  /** Whether the core meets it at its start, or while it is live. */
  readonly from: 'start' | 'live';
  readonly begin: (site: Site) => void;
  /** A live core is made to ask for a list after it. */
  readonly asked?: true;
  /** How long it is left to itself after that. */
  readonly watchMs?: number;
  /** `lies`: what is sent is no server's truth, and only a later list can tell. */
  readonly truth?: 'server' | 'lies';
  /** While it lasts, nothing else would be honest: not live, and of one of these kinds. */
  readonly says?: readonly FailureKind[];
  /** Megabytes of one text. */
  readonly megabytes?: number;
  readonly opaqueToken?: boolean;
  readonly renewInMs?: number;
}

interface Template {
  readonly area: Area;
  readonly draw: (random: SeededRandom) => Params;
  readonly plan: (params: Params) => Plan;
}

export type Templates = Readonly<Record<string, Template>>;

export const whole = (random: SeededRandom, low: number, high: number): number =>
  Math.floor(random.between(low, high + 1));

/** Text that nests so deep. */
export function nestedJson(depth: number, kind: string): string {
  if (kind === 'array') return '['.repeat(depth) + ']'.repeat(depth);
  if (kind === 'mixed') return '[{"a":'.repeat(depth) + 'null' + '}]'.repeat(depth);
  return '{"a":'.repeat(depth) + 'null' + '}'.repeat(depth);
}

/** JSON of about so many megabytes. */
export function largeJson(megabytes: number, shape: string): string {
  const chars = Math.round(megabytes * 2 ** 20);
  const list = (element: string) => `[${`${element},`.repeat(Math.floor(chars / (element.length + 1)))}0]`;
  switch (shape) {
    case 'numbers':
      return list('1');
    case 'emptyObjects':
      return list('{}');
    case 'objects':
      return list('{"a":1,"b":"some text","c":null}');
    case 'strings':
      return list('"ab"');
    case 'keys': {
      const members: string[] = [];
      for (let n = 0, length = 0; length < chars; n += 1) length += members.push(`"k${n}":${n}`) && 14;
      return `{${members.join(',')}}`;
    }
    case 'nested':
      return list(nestedJson(60, 'array'));
    case 'escapes':
      return `"${'\\n\\u00e9'.repeat(chars / 8)}"`;
    case 'backslashes':
      return `"${'\\\\'.repeat(chars / 2)}"`;
    case 'unicode':
      return `"${'€'.repeat(chars / 3)}"`;
    case 'spaces':
      return `[${' '.repeat(chars)}]`;
    default:
      return `"${'x'.repeat(chars)}"`;
  }
}

export const SHAPES = [
  ...['text', 'numbers', 'emptyObjects', 'objects', 'strings', 'keys', 'nested', 'escapes', 'backslashes'],
  ...['unicode', 'spaces'],
] as const;

/** Values that have made programs fall. */
export const ODD_JSON = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1e308',
    '1e999',
    '-1e999',
    '9007199254740993',
    '""',
    '"\\ud800"',
    '[]',
    '{}',
  ],
  ...[
    '[[]]',
    '{"__proto__":{"id":1}}',
    '{"constructor":1}',
    '"__proto__"',
    '"\\u0000"',
    '"\\u202e"',
    '"..", "a"',
  ],
  ...['"NaN"', '{"toString":1}', '{"then":1}', '"x".x', 'undefined', '[1', '{"id":1', '"', '\\', '0x1', '01'],
] as const;

/** A text with a few characters, pieces or values changed. */
export function mutated(text: string, random: SeededRandom): string {
  let result = text;
  for (let n = whole(random, 1, 3); n > 0; n -= 1) {
    const at = whole(random, 0, result.length);
    const end = Math.min(result.length, at + whole(random, 0, 12));
    const insert = random.pick([...ODD_JSON, '', ',', '}', ']', ':', '\u0000', '\ufeff'] as unknown as [
      string,
    ]);
    result = result.slice(0, at) + insert + result.slice(end);
  }
  return result;
}
