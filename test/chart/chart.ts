import type { AnyStateNode } from 'xstate';
import { connectionMachine } from '../../machines/connectionMachine';

/** The chart of machines/README.md and the cells of its tables, read off the machine itself. */

const root: AnyStateNode = connectionMachine.root;
const nodeAt = (path: string): AnyStateNode =>
  connectionMachine.getStateNodeById(path ? `connection.${path}` : 'connection');

export const LINK_STATES = leaves(nodeAt('active.link'));
export const SCREEN_STATES = leaves(nodeAt('active.screen'));
export const OUTER_STATES = ['disconnected', 'signedOut', 'refused'].map(nodeAt);

/** Every event that some state handles: commands first, then facts by source. */
export const EVENTS = [...new Set(everyNode(root).flatMap((node) => node.ownEvents as string[]))]
  .filter((type) => !type.startsWith('xstate.'))
  .sort((a, b) => Number(a.includes('.')) - Number(b.includes('.')) || a.localeCompare(b));

/** What an event does in a state, innermost handler first, up to the first that has no guard. */
export interface Outcome {
  readonly guards: readonly string[];
  /** Undefined where it stays. */
  readonly target: AnyStateNode | undefined;
  readonly handledBy: AnyStateNode;
  /** What the guard takes of the event. */
  readonly paramsOf: (args: unknown) => unknown;
}

export function outcomes(state: AnyStateNode, event: string): readonly Outcome[] {
  const found: Outcome[] = [];
  for (let node: AnyStateNode | undefined = state; node; node = node.parent) {
    for (const transition of node.transitions.get(event) ?? []) {
      const guard = guardName(transition.guard);
      found.push({
        guards: guard ? [guard] : [],
        target: transition.target?.[0] as AnyStateNode | undefined,
        handledBy: node,
        paramsOf: (args) =>
          (transition.guard as { params?: (args: unknown) => unknown } | undefined)?.params?.(args),
      });
      if (!guard) return found;
    }
  }
  return found;
}

/** Guards that take a part of the event are objects. */
function guardName(guard: unknown): string | undefined {
  return typeof guard === 'object' ? (guard as { type: string }).type : (guard as string | undefined);
}

/** Name of a state inside its region, such as `open.joining`; regions themselves go by their own. */
export function nameOf(node: AnyStateNode): string {
  return (
    node.path.filter((part, index) => !(index === 0 && part === 'active') && !(index === 1)).join('.') ||
    node.key
  );
}

function leaves(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states) as AnyStateNode[];
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

function everyNode(node: AnyStateNode): AnyStateNode[] {
  return [node, ...(Object.values(node.states) as AnyStateNode[]).flatMap(everyNode)];
}

/** Events by which timers report, as `after grace`. */
function timersOf(node: AnyStateNode): [string, Outcome][] {
  return node.after.map((transition) => [
    `after ${String(transition.delay)}`,
    {
      guards: [],
      target: transition.target?.[0] as AnyStateNode | undefined,
      handledBy: node,
      paramsOf: () => undefined,
    },
  ]);
}

/** A Mermaid state diagram of the whole machine. */
export function mermaidChart(): string {
  const lines: string[] = ['stateDiagram-v2'];
  const idOf = (node: AnyStateNode) => node.path.join('_') || 'connection';
  const draw = (node: AnyStateNode, depth: number): void => {
    const indent = '  '.repeat(depth);
    const children = Object.values(node.states) as AnyStateNode[];
    if (children.length === 0) {
      lines.push(`${indent}${idOf(node)}: ${node.key}`);
      return;
    }
    lines.push(`${indent}state "${node.key}" as ${idOf(node)} {`);
    children.forEach((child, index) => {
      if (node.type === 'parallel' && index > 0) lines.push(`${indent}  --`);
      draw(child, depth + 1);
    });
    const initial = node.type === 'parallel' ? undefined : (node.initial.target[0] as AnyStateNode);
    if (initial) lines.push(`${indent}  [*] --> ${idOf(initial)}`);
    lines.push(`${indent}}`);
  };
  for (const child of Object.values(root.states) as AnyStateNode[]) draw(child, 1);
  lines.push(`  [*] --> ${idOf(root.initial.target[0] as AnyStateNode)}`);
  const arrows = new Map<string, string[]>();
  for (const node of everyNode(root)) {
    const own = [...node.transitions.keys()]
      .filter((type) => !type.startsWith('xstate.'))
      .flatMap((type) =>
        outcomes(node, type)
          .filter(({ handledBy }) => handledBy === node)
          .map((outcome) => [type, outcome] as const),
      );
    for (const [label, { target }] of [...own, ...timersOf(node)]) {
      if (!target || node === root) continue;
      const arrow = `  ${idOf(node)} --> ${idOf(target)}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
    }
  }
  for (const [arrow, labels] of arrows) lines.push(`${arrow}: ${[...new Set(labels)].join(', ')}`);
  return lines.join('\n');
}
