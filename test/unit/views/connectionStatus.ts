import type { AnyStateNode } from 'xstate';
import { connectionMachine } from '../../../machines/connectionMachine';
import { supervisor } from '../../../machines/supervisor';
import type { ConnectionState, ConnectionStatus, ConnectionTag } from '../../../src/sessionManager';

/** A status with the tags that the machines give its state. */
export function connectionStatus(
  state: ConnectionState,
  fields: Partial<Omit<ConnectionStatus, 'state' | 'tags'>> = {},
): ConnectionStatus {
  return {
    ...{ since: 0, syncedAt: undefined, nextTryAt: undefined, loaded: false },
    ...{ failure: undefined, linkFailure: undefined, listFailure: undefined },
    ...fields,
    ...{ state, tags: tagsOf(state) },
  };
}

function tagsOf(state: ConnectionState): ConnectionTag[] {
  const { active, ...outer }: Record<string, AnyStateNode> = connectionMachine.root.states;
  let nodes = { ...supervisor.root.states, ...outer, ...active!.states.sync!.states };
  const tags: ConnectionTag[] = [];
  for (const part of state.split('.')) {
    const node = nodes[part];
    if (!node) throw new Error(`no state ${state}`);
    tags.push(...(node.tags as ConnectionTag[]));
    nodes = node.states as typeof outer;
  }
  return tags;
}
