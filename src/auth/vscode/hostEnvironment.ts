import { env, UIKind } from 'vscode';
import type { openLoopbackListener } from '../loopbackListener';
import { externalAddress, openLink } from './links';

/** What kind of editor this is, as far as signing in depends on it. */
export interface HostEnvironment {
  /** An editor in a browser keeps a copy of the secrets in each window, and hears of no change. */
  readonly isInBrowser: boolean;
  readonly appName: string;
  readonly uriScheme: string;
  readonly openListener: typeof openLoopbackListener;
  /** The address under which the browser of the user reaches a local one. */
  readonly externalAddress: (local: string) => PromiseLike<string>;
  readonly openBrowser: (url: string) => PromiseLike<unknown>;
}

export function hostEnvironment(): HostEnvironment {
  return {
    isInBrowser: env.uiKind === UIKind.Web,
    appName: env.appName,
    uriScheme: env.uriScheme,
    openListener: async (options) =>
      (await import(/* webpackChunkName: "oauth" */ '../loopbackListener')).openLoopbackListener(options),
    externalAddress,
    // Whether it was opened is not asked: the user may have copied the link instead.
    openBrowser: openLink,
  };
}
