import { expect, it, vi } from 'vitest';
import { FrameInbox } from '../../../src/channel/frameInbox';

function open() {
  const held: boolean[] = [];
  const errors: unknown[] = [];
  const taken: unknown[] = [];
  const inbox = new FrameInbox({
    hold: (hold) => held.push(hold),
    onError: (error) => errors.push(error),
  });
  const push = (text: string) => inbox.push(text, (read) => taken.push(read.ok ? read.value : read.failure));
  return { inbox, push, held, errors, taken };
}

const LARGE = JSON.stringify(['x'.repeat(100_000)]);

it('[H1] takes small frames in the turn of their arrival', () => {
  const { push, taken, held } = open();
  push('[1]');
  push('{');
  expect([taken, held]).toEqual([[[1], 'malformed'], []]);
});

it('[H1] keeps the order, and holds the socket while a large frame is read', async () => {
  const { push, taken, held } = open();
  push('[1]');
  push(LARGE);
  push('[2]');
  expect(held).toEqual([true]);
  await vi.waitFor(() => expect(held).toEqual([true, false]));
  expect(taken).toEqual([[1], JSON.parse(LARGE), [2]]);
  push('[3]');
  expect(taken.at(-1)).toEqual([3]);
});

it('[H1] a flood in one turn of the event loop gives way to everything else', async () => {
  const { push, taken } = open();
  const frame = JSON.stringify(Array.from({ length: 5_000 }, (_, n) => ({ n })));
  const count = 200;
  for (let n = 0; n < count; n += 1) push(frame);
  expect(taken.length).toBeLessThan(count);
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 1);
  await vi.waitFor(() => expect(taken.length).toBe(count), { timeout: 20_000 });
  clearInterval(ticking);
  expect(turns).toBeGreaterThan(5);
});

it('[H1] a socket that has more each time it is let go gives way to everything else', async () => {
  const count = 1_000;
  let [taken, turns] = [0, 0];
  const inbox = new FrameInbox({
    // What the socket kept comes before the event loop turns.
    hold: (held) => {
      if (!held) process.nextTick(push);
    },
    onError: (error) => expect.fail(String(error)),
  });
  const ticking = setInterval(() => (turns += 1), 1);
  const push = () => {
    if (taken === count) clearInterval(ticking);
    else inbox.push(LARGE, () => (taken += 1));
  };
  push();
  await vi.waitFor(() => expect(taken).toBe(count), { timeout: 20_000 });
  expect(turns).toBeGreaterThan(2);
});

it('takes nothing once it is closed, and lets the socket go', async () => {
  const { inbox, push, taken, held } = open();
  push(LARGE);
  inbox.close();
  push('[1]');
  expect(held).toEqual([true, false]);
  const other = open();
  other.push(LARGE);
  await vi.waitFor(() => expect(other.taken).toHaveLength(1));
  expect(taken).toEqual([]);
});

it('[H5] an exception while frames are taken is told, and the next frame is read', async () => {
  const { inbox, push, errors, taken } = open();
  inbox.push(LARGE, () => {
    throw new Error('on purpose');
  });
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  push('[1]');
  expect(taken).toEqual([[1]]);
});
