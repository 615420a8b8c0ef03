import { expect, it } from 'vitest';
import { lookUp } from '../../../src/actors/lookUp';
import { startAsking } from './askingHarness';

it('[S10] a session that is being asked for is not asked for by another', async () => {
  const { asking, asked, incomplete, state } = lacking(6);
  await Promise.all([lookUp(incomplete(), asking), lookUp(incomplete(), asking)]);
  expect([asked().sort(), state().incomplete.size]).toEqual([['0', '1', '2', '3', '4', '5'], 0]);
});

it('[S10] a look-up that was given up or that failed stands in the way of no other', async () => {
  const { asking, asked, incomplete, state } = lacking(1);
  const leaving = new AbortController();
  leaving.abort();
  const never = lookUp(incomplete(), { ...asking, signal: leaving.signal });
  const throwing = { ...asking.source, get: () => Promise.reject(new Error('a bug')) };
  await expect(lookUp(incomplete(), { ...asking, source: throwing })).rejects.toThrow('a bug');
  await never;
  await lookUp(incomplete(), asking);
  expect([asked(), state().incomplete.size]).toEqual([['0'], 0]);
});

/** So many sessions of which an event told, in brief. */
function lacking(count: number) {
  const started = startAsking();
  for (let n = 0; n < count; n += 1) started.create(String(n));
  return { ...started, incomplete: () => [...started.state().incomplete] };
}
