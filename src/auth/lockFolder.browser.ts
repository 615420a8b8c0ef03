import type * as node from './lockFolder';
import { LOCKS_OF_THIS_WINDOW } from './refreshLock';

/** Windows of a browser share neither a folder nor the secrets that a lock would be of. */
export const lockFolder: typeof node.lockFolder = () => LOCKS_OF_THIS_WINDOW;
