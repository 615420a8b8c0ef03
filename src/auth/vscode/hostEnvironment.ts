import { env, UIKind, Uri } from 'vscode';
import type { openLoopbackListener } from '../loopbackListener';

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
    openBrowser: async (url) => env.openExternal(await asLink(url)),
  };
}

/**
 * The address as the browser of the user reaches it. VS Code decodes the query of every Uri that it parses or
 * resolves, which breaks a redirect URI in it; text it takes as it is.
 */
async function asLink(url: string): Promise<Uri> {
  const [place = url, query = ''] = url.split('?', 2);
  const link: unknown = `${await externalAddress(place)}?${query}`;
  return link as Uri;
}

/** Older VS Codes in a browser lose the path of what they resolve. */
async function externalAddress(address: string): Promise<string> {
  const { origin, pathname } = new URL(address);
  const resolved = new URL((await env.asExternalUri(Uri.parse(origin, true))).toString(true));
  resolved.pathname = resolved.pathname.replace(/\/$/, '') + pathname;
  return resolved.href;
}
