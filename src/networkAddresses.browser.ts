import type * as node from './networkAddresses';

declare const navigator: { readonly onLine: boolean };

/** A browser tells only whether there is a network. */
export const networkAddresses: typeof node.networkAddresses = () => String(navigator.onLine);
