import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SessionListReader } from '../../../src/http/sessionListReader';
import { MAX_SESSIONS, MAX_TEXT_VALUES } from '../../../src/model/limits';
import type { SessionList, SessionUpdate } from '../../../src/model/parseSession';
import { parseSessionList } from '../model/parseSessionList';

const LONG = 'x"\\{[]},'.repeat(50_000);

/** As it arrives in pieces of that size. */
async function readSessionList(text: string, pieceChars = text.length): Promise<SessionList | undefined> {
  const read = await readPieces(text, pieceChars);
  return read.ok ? read.value : undefined;
}

async function readPieces(text: string, pieceChars: number) {
  const reader = new SessionListReader();
  for (let at = 0; at < text.length; at += pieceChars || 1) {
    if (!(await reader.push(text.slice(at, at + pieceChars)))) break;
  }
  return reader.end();
}

it('reads a long list as it reads a short one, whatever its texts hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.record({ id: fc.nat(), state: fc.jsonValue() }), fc.jsonValue()), {
        maxLength: 8,
      }),
      fc.constantFrom(undefined, 0, 1, '\t'),
      fc.constantFrom(997, 65_536, 10_000_000),
      async (elements, space, pieceChars) => {
        const data = [...elements, { id: 'long', state: LONG }, { id: 'last' }, { id: 'more', state: LONG }];
        const text = JSON.stringify({ data }, undefined, space);
        expect(await readSessionList(text, pieceChars)).toEqual(parseSessionList(JSON.parse(text)));
      },
    ),
    { numRuns: 40 },
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

it('[H1] reads a short list that arrives a character at a time', async () => {
  const text = JSON.stringify({ data: [{ id: 'a', state: '"\\[{' }, { id: 'b' }] }, undefined, 1);
  for (const pieceChars of [1, 2, 3, 7]) {
    expect(await readSessionList(text, pieceChars)).toEqual(parseSessionList(JSON.parse(text)));
  }
});

it('[S17] tells with each piece what is whole so far, in one array', async () => {
  const heard = new Set<readonly SessionUpdate[]>();
  const ids: string[] = [];
  const reader = new SessionListReader((sessions) => {
    heard.add(sessions);
    ids.push(sessions.map(({ id }) => id).join());
  });
  const pieces = [
    '{"data":[{"id":"a"',
    '},{"id":"b"},{"i',
    'd":',
    '"c"}',
    ',{"id":"d"},',
    '7,{"id":"e"}]',
    '}',
  ];
  for (const piece of pieces) await reader.push(piece);
  const read = await reader.end();
  expect([ids, heard.size]).toEqual([['a,b', 'a,b,c,d'], 1]);
  expect(read).toMatchObject({ ok: true, value: { malformed: 1, sessions: { length: 5 } } });
  expect(heard).toContain(read.ok && read.value.sessions);
});

it('[S17] tells nothing of what cannot be read', async () => {
  const heard: string[] = [];
  const reader = new SessionListReader((sessions) => heard.push(sessions.map(({ id }) => id).join()));
  await reader.push('{"data":[{"id":"a"},{"id":"b"');
  await reader.push(',},{"id":"c"},');
  await reader.push('{"id":"d"},');
  expect([heard, (await reader.end()).ok]).toEqual([['a'], false]);
});

it('[H1] keeps the first 20,000 sessions of a longer list and counts the others', async () => {
  const text = JSON.stringify({ data: Array.from({ length: MAX_SESSIONS + 500 }, (_, id) => ({ id })) });
  const list = await readSessionList(text);
  expect([list?.sessions.length, list?.leftOut]).toEqual([MAX_SESSIONS, 500]);
  expect(list?.sessions.at(-1)).toEqual({ id: String(MAX_SESSIONS - 1) });
});

it('[H1] keeps the rest where one session holds millions of values, and gives up where many do', async () => {
  const many = `[${'{},'.repeat(MAX_TEXT_VALUES)}{}]`;
  const inOne = await readPieces(`{"data":[{"id":1,"state":${many}},{"id":2}]}`, 65_536);
  expect(inOne.ok && inOne.value.sessions.map(({ id, leftOut }) => [id, leftOut !== undefined])).toEqual([
    ['1', true],
    ['2', false],
  ]);
  const inMany = `{"data":[${'{},'.repeat(MAX_TEXT_VALUES)}{}]}`;
  expect(await readPieces(inMany, 65_536)).toMatchObject({ ok: false, failure: { kind: 'tooLarge' } });
});

it('[H1] reads a list whatever comes before and after its sessions', async () => {
  const padded = `{"page":"${'x'.repeat(100_000)}","data":[{"id":1}],"more":{"data":[]}}`;
  for (const text of [padded, ` { "data" : [ {"id":1} ] , "more" : "${'x'.repeat(100_000)}" } `]) {
    expect(await readSessionList(text, 1_000)).toEqual({ sessions: [{ id: '1' }], malformed: 0 });
  }
  for (const text of ['', '   ', ' '.repeat(200_000), '{"data":[{"id":1}],"data":[{"id":2}]}']) {
    expect(await readSessionList(text)).toBeUndefined();
  }
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
