import type * as node from './loopbackListener';

/** Nothing can listen in a browser. */
export const openLoopbackListener: typeof node.openLoopbackListener = () => Promise.resolve(undefined);
