import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { AnyStateNode } from 'xstate';
import chart from '../../src/connectionView/chart.json';
import { CHART_FILE, DRAWN, stateChart } from './stateChart';

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where each state is drawn, by its id. */
function rectOf({ id }: AnyStateNode): Rect {
  const line = chart.svg[chart.svg.findIndex((each) => each.startsWith(`<g id="${id}" `)) + 1]!;
  const [x, y, width, height] = [...line.matchAll(/ (?:x|y|width|height)="([\d.]+)"/g)].map(([, n]) =>
    Number(n),
  );
  return { x: x!, y: y!, width: width!, height: height! };
}

const isInside = (inner: Rect, outer: Rect) =>
  inner.x > outer.x &&
  inner.y > outer.y &&
  inner.x + inner.width < outer.x + outer.width &&
  inner.y + inner.height < outer.y + outer.height;

const isApart = (one: Rect, other: Rect) =>
  one.x + one.width < other.x ||
  other.x + other.width < one.x ||
  one.y + one.height < other.y ||
  other.y + other.height < one.y;

const isOf = (outer: AnyStateNode, inner: AnyStateNode) => inner.id.startsWith(`${outer.id}.`);

it('[N1] the chart is drawn from the machines as they are (npm run chart)', () => {
  expect(readFileSync(CHART_FILE, 'utf8')).toBe(stateChart());
});

it('[N1] the chart has one box for each state, under the id of the state', () => {
  const drawn = [...chart.svg.join('\n').matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(drawn).toEqual(DRAWN.map(({ id }) => id));
  expect(Object.keys(chart.states)).toEqual(drawn);
  expect(new Set(drawn).size).toBe(drawn.length);
});

it('[N1] the box of a state lies in that of the state around it, and covers no other', () => {
  const wrong = DRAWN.flatMap((one) =>
    DRAWN.filter((other) => {
      if (one === other || isOf(other, one)) return false;
      return isOf(one, other) ? !isInside(rectOf(other), rectOf(one)) : !isApart(rectOf(one), rectOf(other));
    }).map((other) => `${one.id} and ${other.id}`),
  );
  expect(wrong).toEqual([]);
});

it('[N1] the chart tells of each state what it is and what leads on from it, as the table has it', () => {
  for (const { description } of Object.values(chart.states)) expect(description).toMatch(/\.$/);
  expect(chart.states['connection.active.sync.reconnecting'].ways).toEqual(
    expect.arrayContaining([
      'link.up: listsWait: → connected.retryWait | → connected.syncing',
      'after grace: → polling.waiting',
    ]),
  );
  expect(chart.states['supervisor.restarting'].ways).toContain('after restart: → running');
});

it('[N1] the chart carries no style and no script of its own', () => {
  expect(chart.svg.join('').match(/style|script|\bon\w+=|href/g)).toBeNull();
});
