import type { AnyStateNode } from 'xstate';
import { connectionMachine } from '../../machines/connectionMachine';
import { supervisor } from '../../machines/supervisor';
import { handledIn, nameOf, REGION_STATES, unaskedIn } from './chart';
import { outcomeIn, REGIONS } from './transitionTable';

/** The chart of the connection view: boxes in boxes, each with the id of its state, and what is told of each. */

export const CHART_FILE = 'src/connectionView/chart.json';

const ROW = 22;
const GAP = 4;
const PAD = 6;
const COLUMN = 190;
const WIDTH = 2 * COLUMN + 3 * PAD;

interface Box {
  readonly width: number;
  readonly height: number;
  readonly draw: (x: number, y: number, level: number) => string[];
}

const childrenOf = (node: AnyStateNode) => Object.values(node.states) as AnyStateNode[];

/** A state with those inside of it, after it and one level deeper: as rows, or as columns where they are active side by side. */
function boxOf(node: AnyStateNode, width: number): Box {
  const children = childrenOf(node);
  const isParallel = node.type === 'parallel';
  const inner = isParallel ? (width - (children.length + 1) * PAD) / children.length : width - 2 * PAD;
  const boxes = children.map((child) => boxOf(child, inner));
  const heights = boxes.map((box) => box.height);
  const content = isParallel ? Math.max(...heights) : heights.reduce((sum, each) => sum + each + GAP, -GAP);
  const height = boxes.length === 0 ? ROW : ROW + content + PAD;
  return {
    width,
    height,
    draw: (x, y, level) => {
      let [left, top] = [x + PAD, y + ROW];
      const inside = boxes.flatMap((box) => {
        const lines = box.draw(left, top, level + 1);
        if (isParallel) left += box.width + PAD;
        else top += box.height + GAP;
        return lines;
      });
      return [
        `<g id="${node.id}" class="state${boxes.length === 0 ? ' leaf' : ''}" role="treeitem" tabindex="-1" aria-level="${level}" aria-label="${node.key}">`,
        `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/>`,
        `<circle cx="${x + 11}" cy="${y + ROW / 2}" r="3.5"/>`,
        `<text x="${x + 20}" y="${y + 15}">${node.key}</text>`,
        '</g>',
        ...inside,
      ];
    },
  };
}

const { active, ...outside }: Record<string, AnyStateNode> = connectionMachine.root.states;
const outsideOfAll = childrenOf(supervisor.root).filter(({ key }) => key !== 'running');

/** Every state that is drawn: all of both machines, but for `running`, which is the connection itself. */
export const DRAWN: readonly AnyStateNode[] = [...Object.values(outside), ...outsideOfAll, active!].flatMap(
  withAllInside,
);

function withAllInside(node: AnyStateNode): AnyStateNode[] {
  return [node, ...childrenOf(node).flatMap(withAllInside)];
}

/** Side by side on the whole width. */
const rowOf = (nodes: readonly AnyStateNode[], y: number): string[] => {
  const width = (WIDTH - (nodes.length - 1) * GAP) / nodes.length;
  return nodes.flatMap((node, index) => boxOf(node, width).draw(index * (width + GAP), y, 1));
};

function svg(): string[] {
  const top = 2 * (ROW + GAP) + GAP;
  const whole = boxOf(active!, WIDTH);
  return [
    `<svg viewBox="-1 -1 ${WIDTH + 2} ${top + whole.height + 2}" role="tree">`,
    ...rowOf(Object.values(outside), 0),
    ...rowOf(outsideOfAll, ROW + GAP),
    ...whole.draw(0, top, 1),
    '</svg>',
  ];
}

/** What leads elsewhere from a state, in the words of the table in machines/README.md. */
function waysFrom(node: AnyStateNode): string[] {
  const region = REGIONS[REGION_STATES.findIndex((states) => states.includes(node))];
  const asked = region
    ? Object.entries(region.table).map(([event, row]) => [event, outcomeIn(row, nameOf(node))] as const)
    : [...node.transitions.keys()].map((event) => [event, handledIn(node, event)] as const);
  return [...asked, ...Object.entries(unaskedIn(node))]
    .filter(([event, outcome]) => !event.startsWith('xstate.') && outcome.includes('→'))
    .map(([event, outcome]) => `${event}: ${outcome}`);
}

/** The whole file. */
export function stateChart(): string {
  const states = Object.fromEntries(
    DRAWN.map((node) => [node.id, { description: node.description ?? '', ways: waysFrom(node) }]),
  );
  return `${JSON.stringify({ svg: svg(), states }, null, 1)}\n`;
}
