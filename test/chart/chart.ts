import type { AnyStateNode } from 'xstate';
import { connectionMachine } from '../../machines/connectionMachine';

/** The connection machine as it is: its chart, and what its transitions say in the words of the table. */

const root: AnyStateNode = connectionMachine.root;
const nodeAt = (path: string): AnyStateNode =>
  connectionMachine.getStateNodeById(path ? `connection.${path}` : 'connection');

/** The innermost states of each region, in the order of the table's. */
export const REGION_STATES: readonly [AnyStateNode[], AnyStateNode[], AnyStateNode[]] = [
  ['disconnected', 'signedOut', 'invalidServer'].map(nodeAt),
  leaves(nodeAt('active.link')),
  leaves(nodeAt('active.sync')),
];

interface Handler {
  readonly guard: string | undefined;
  /** Undefined where it stays. */
  readonly target: AnyStateNode | undefined;
  readonly handledBy: AnyStateNode;
}

/** What handles an event in a state, innermost first, up to the first that has no guard. */
function handlersOf(state: AnyStateNode, event: string): readonly Handler[] {
  const found: Handler[] = [];
  for (let node: AnyStateNode | undefined = state; node; node = node.parent) {
    for (const transition of node.transitions.get(event) ?? []) {
      found.push(handler(transition));
      if (!transition.guard) return found;
    }
  }
  return found;
}

type Transition = Pick<AnyStateNode['after'][number], 'guard' | 'target' | 'source'>;

function handler({ guard, target, source }: Transition): Handler {
  const named = guard as string | { type: string } | undefined;
  return {
    guard: typeof named === 'object' ? named.type : named,
    target: target?.[0] as AnyStateNode | undefined,
    handledBy: source,
  };
}

/** An event in a state, as the table would say it; empty where nothing handles it. */
export function handledIn(state: AnyStateNode, event: string): string {
  return inWords(handlersOf(state, event));
}

/** The timers and what holds at once, as the table would say it, by state. */
export function unaskedInMachine(): Record<string, Record<string, string>> {
  const rows = everyNode(root).map((node) => [nameOf(node), unaskedIn(node)] as const);
  return Object.fromEntries(rows.filter(([, causes]) => Object.keys(causes).length > 0));
}

/** The same of one state. */
export function unaskedIn(node: AnyStateNode): Record<string, string> {
  const causes = [
    ...(node.always ?? []).map((transition) => ['always', handler(transition)] as const),
    ...node.after.map((transition) => [`after ${String(transition.delay)}`, handler(transition)] as const),
  ];
  return Object.fromEntries(causes.map(([cause, each]) => [cause, inWords([each])]));
}

/** The actors that begin with each state. */
export function actorsInMachine(): Record<string, string[]> {
  const rows = everyNode(root).map(
    (node) => [nameOf(node), node.invoke.map(({ src }) => src as string)] as const,
  );
  return Object.fromEntries(rows.filter(([, actors]) => actors.length > 0));
}

function inWords(handlers: readonly Handler[]): string {
  return handlers
    .map(({ guard, target }) => (guard ? `${guard}: ` : '') + (target ? `→ ${landing(target)}` : 'stays'))
    .join(' | ');
}

/** Where a move ends: the first state inside; all that is active begins in two regions at once. */
function landing(target: AnyStateNode): string {
  let node = target;
  while (node.type !== 'parallel' && Object.keys(node.states).length > 0) {
    node = node.initial.target[0] as AnyStateNode;
  }
  return nameOf(node);
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
        handlersOf(node, type)
          .filter(({ handledBy }) => handledBy === node)
          .map((each) => [type, each] as const),
      );
    const timers = node.after.map((each) => [`after ${String(each.delay)}`, handler(each)] as const);
    for (const [label, { target }] of [...own, ...timers]) {
      if (!target || node === root) continue;
      const arrow = `  ${idOf(node)} --> ${idOf(target)}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), label]);
    }
  }
  for (const [arrow, labels] of arrows) lines.push(`${arrow}: ${[...new Set(labels)].join(', ')}`);
  return lines.join('\n');
}
