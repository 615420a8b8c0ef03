import { window, type Disposable } from 'vscode';
import { messageOf, type Log } from '../../log';
import { failed, type Answer } from '../../model/failure';
import type { ServerAddress } from '../../model/serverAddress';
import type { Authorized, AuthorizationParts } from '../authorizationCodeFlow';
import type { AuthorizationResponses } from '../authorizationResponses';
import { CALLBACK_PATH } from '../redirectTarget';

export interface AnyWindowOptions {
  readonly parts: Omit<AuthorizationParts, 'clientName'>;
  readonly responses: AuthorizationResponses;
  /** The server of the settings; undefined where they name none. */
  readonly address: () => ServerAddress | undefined;
  /** What came of a sign-in that another window began. */
  readonly onFinished: (address: ServerAddress, result: Answer<Authorized>) => Promise<void>;
  readonly log: Log;
}

/**
 * Takes what the operating system hands to this window. It need not be the window that began: links go to the one
 * that was used last. The query holds the code, so it is never logged.
 */
export function registerUriHandler(options: AnyWindowOptions): Disposable {
  const { responses, log } = options;
  return window.registerUriHandler({
    handleUri: async ({ path, query }) => {
      if (path !== CALLBACK_PATH) {
        // The page that the browser shows in the end links to the bare address of the extension.
        if (path !== '/') log.warn('a link to this extension that means nothing was refused');
        return;
      }
      const response = new URLSearchParams(query);
      try {
        if (!responses.receive(response) && !(await finish(options, response))) {
          log.warn('an answer of a sign-in page that nobody asked for was refused');
        }
      } catch (error) {
        log.warn(`a sign-in of another window could not be finished: ${messageOf(error)}`);
      }
    },
  });
}

/** Whether another window had asked for it. */
async function finish(
  { parts, address: current, onFinished }: AnyWindowOptions,
  response: URLSearchParams,
): Promise<boolean> {
  const address = current();
  const state = response.get('state');
  const begun = address && state ? await parts.pending.take(address.base, state) : undefined;
  if (!address || !begun) return false;
  const { signal } = new AbortController();
  const server = await parts.servers.at(address, signal);
  const { finishAuthorization } = await import(/* webpackChunkName: "oauth" */ '../authorizationCodeFlow');
  const result = server.ok
    ? await finishAuthorization({
        ...{ parts, address, response, signal },
        server: server.value,
        client: begun.client,
        request: begun,
      })
    : failed(server.failure);
  await onFinished(address, result);
  return true;
}
