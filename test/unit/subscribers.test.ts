import { expect, it } from 'vitest';
import { createLog } from '../../src/log';
import { Subscribers } from '../../src/subscribers';

it('[D10] each is told, though one fails, and those that come or go meanwhile change nothing', () => {
  const { subscribers, lines } = start();
  const heard: string[] = [];
  subscribers.add((text) => {
    end();
    subscribers.add(() => heard.push('late'));
    throw new Error(`on purpose: ${text}`);
  });
  const end = subscribers.add((text) => heard.push(text));
  subscribers.tell('1');
  expect([heard, lines.filter((line) => line.includes('on purpose'))]).toEqual([
    ['1'],
    [expect.stringMatching(/^\[SessionState\] a subscriber to tests failed: on purpose: 1/)],
  ]);
});

it('[D4] are counted, and an end counts once', () => {
  const { subscribers, lines } = start();
  const end = subscribers.add(() => {});
  subscribers.add(() => {});
  end();
  end();
  expect([subscribers.size, lines]).toEqual([
    1,
    [
      '[SessionState] a subscription to tests began, 1 now',
      '[SessionState] a subscription to tests began, 2 now',
      '[SessionState] a subscription to tests ended, 1 now',
    ],
  ]);
  subscribers.clear();
  expect(subscribers.size).toBe(0);
});

function start() {
  const lines: string[] = [];
  const log = createLog({ log: (_level, line) => lines.push(line) }, 'SessionState');
  return { subscribers: new Subscribers<[text: string]>(log, 'tests'), lines };
}
