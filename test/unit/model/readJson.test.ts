import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_ELEMENTS, MAX_KEYS, MAX_TEXT_VALUES } from '../../../src/model/limits';
import { readJson, TOO_DEEP, type JsonRead } from '../../../src/model/readJson';

const RUN_CHARS = 8;

function read(text: string, runChars?: number): JsonRead {
  const steps = readJson(text, runChars);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function native(text: string): JsonRead {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, failure: 'malformed' };
  }
}

it('[H1] reads in small runs what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      expect(read(text, RUN_CHARS)).toEqual(native(text));
    }),
    { numRuns: 500 },
  );
});

it('[H1] refuses what JSON.parse refuses', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '[', ']', '{', '}', ':', '\\', ' ', '0', 'x', '\n'),
      fc.boolean(),
      (value, at, char, replaced) => {
        const text = JSON.stringify([value, { key: value, other: [1, 2, 3, 'some text'] }]);
        const place = at % text.length;
        const damaged = text.slice(0, place) + char + text.slice(place + (replaced ? 1 : 0));
        expect(read(damaged, RUN_CHARS)).toEqual(native(damaged));
      },
    ),
    { numRuns: 2_000 },
  );
});

it('[H1] reads long texts with escapes wherever they are cut', () => {
  const text = JSON.stringify('\\"\n\u{1F600}x'.repeat(300_000)).replaceAll('\u{1F600}', '\\ud83d\\ude00');
  expect(read(`[${text}]`)).toEqual(native(`[${text}]`));
});

it('[D6] keeps a key such as __proto__ a key', () => {
  const text = `{"__proto__": {"a": "${'x'.repeat(30)}"}, "b": 1}`;
  const outcome = read(text, RUN_CHARS);
  expect(outcome).toEqual(native(text));
  expect(outcome.ok && Object.keys(outcome.value as object)).toEqual(['__proto__', 'b']);
});

it('[H1] leaves out what is nested thousands deep, and keeps the rest', () => {
  const deep = '['.repeat(300_000) + ']'.repeat(300_000);
  const outcome = read(`{"a":${deep},"b":1}`);
  if (!outcome.ok) throw new Error(outcome.failure);
  const { a, b } = outcome.value as { a: unknown; b: number };
  expect(b).toBe(1);
  let depth = 0;
  let inner: unknown = a;
  for (; Array.isArray(inner); depth += 1) inner = (inner as unknown[])[0];
  expect([inner, depth < 100]).toEqual([TOO_DEEP, true]);
});

it('[H1] reads through any space', () => {
  for (const text of [' [ ] ', ' { } ', ' [ 1 , { "a" : [ ] } ] ', '[ , ]', '[ 1 , ]', ' ']) {
    const spaced = text.replaceAll(' ', ' \n\t\r'.repeat(10));
    expect([spaced, read(spaced, RUN_CHARS)]).toEqual([spaced, native(spaced)]);
  }
});

it('[H1] keeps no more elements and keys than can be shown, and counts the elements', () => {
  const outcome = read(`{"a":[${'{},'.repeat(3_000_000)}{}],"b":1}`);
  if (!outcome.ok) throw new Error(outcome.failure);
  const { a, b } = outcome.value as { a: unknown[]; b: number };
  expect([a.length, Object.keys(a).length < MAX_ELEMENTS + 10_000, b]).toEqual([3_000_001, true, 1]);
  const keys = Array.from({ length: 100_000 }, (_, n) => `"k${n}":${n}`).join(',');
  const object = read(`{${keys}}`);
  expect(object.ok && Object.keys(object.value as object).length).toBe(MAX_KEYS + 1);
});

it('[H1] does not unfold millions of values', () => {
  const many = `[${`[${'{},'.repeat(100_000)}{}],`.repeat(MAX_TEXT_VALUES / 100_000)}{}]`;
  expect(read(many)).toEqual({ ok: false, failure: 'tooLarge' });
});
