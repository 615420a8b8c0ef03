import type * as node from './network';

/** A browser lets nobody look. */
export const nodeNetwork: typeof node.nodeNetwork = undefined;
