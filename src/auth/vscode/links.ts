import { env, Uri } from 'vscode';

/**
 * Opens the address as the browser of the user reaches it. VS Code decodes the query of every Uri that it parses or
 * resolves, which breaks a redirect URI in it; text it takes as it is.
 */
export async function openLink(url: string): Promise<void> {
  const [place = url, query] = url.split('?', 2);
  const reached = await externalAddress(place);
  const link: unknown = query === undefined ? reached : `${reached}?${query}`;
  await env.openExternal(link as Uri);
}

/** Older VS Codes in a browser lose the path of what they resolve. */
export async function externalAddress(address: string): Promise<string> {
  const { origin, pathname } = new URL(address);
  const resolved = new URL((await env.asExternalUri(Uri.parse(origin, true))).toString(true));
  resolved.pathname = resolved.pathname.replace(/\/$/, '') + pathname;
  return resolved.href;
}
