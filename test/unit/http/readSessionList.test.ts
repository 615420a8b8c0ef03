import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSessionList } from '../../../src/http/readSessionList';
import { parseSessionList } from '../../../src/model/parseSession';

const LONG = 'x"\\{[]},'.repeat(50_000);

it('reads a long list as it reads a short one, whatever its texts hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.record({ id: fc.nat(), state: fc.jsonValue() }), fc.jsonValue()), {
        maxLength: 8,
      }),
      fc.constantFrom(undefined, 0, 1, '\t'),
      async (elements, space) => {
        const data = [...elements, { id: 'long', state: LONG }, { id: 'last' }, { id: 'more', state: LONG }];
        const text = JSON.stringify({ data }, undefined, space);
        expect(await readSessionList(text)).toEqual(parseSessionList(JSON.parse(text)));
      },
    ),
    { numRuns: 60 },
  );
});

it('[D10] takes a long body that is no list, or is cut off, for none', async () => {
  const text = JSON.stringify({
    data: [
      { id: 1, state: LONG },
      { id: 2, state: LONG },
    ],
  });
  for (const bad of [
    text.slice(0, -1),
    text.slice(0, -2),
    text.slice(0, 300_000),
    `${text}x`,
    JSON.stringify(LONG),
  ]) {
    expect(await readSessionList(bad)).toBeUndefined();
  }
  expect(await readSessionList(text.replace(/\}$/, ',"page":1}'))).toMatchObject({ sessions: [{}, {}] });
});

it('lets the event loop go on while it reads many megabytes', async () => {
  const data = Array.from({ length: 10_000 }, (_, id) => ({ id, state: { stdout: 'y'.repeat(1_000) } }));
  const text = JSON.stringify({ data });
  // The best of three: what else runs on this machine holds the loop too.
  const stalls = [await longestStall(text), await longestStall(text), await longestStall(text)];
  expect(Math.min(...stalls)).toBeLessThan(50);
});

async function longestStall(text: string): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  const list = await readSessionList(text);
  look();
  clearInterval(timer);
  expect(list?.sessions).toHaveLength(10_000);
  return longest;
}
