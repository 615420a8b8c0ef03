import type { Uri } from 'vscode';
import { messageOf, type Log } from '../../log';
import { CALLBACK_PATH } from '../authorizationResponses';

export interface UriHandlerOptions {
  /** Each says whether somebody had asked for this response: in this window, and in another. */
  readonly receivers: readonly ((response: URLSearchParams) => boolean | Promise<boolean>)[];
  readonly log: Log;
}

/**
 * Takes what the operating system hands to this window. It need not be the window that began: links go to the one
 * that was used last. The query holds the code, so it is never logged.
 */
export function uriHandler({ receivers, log }: UriHandlerOptions): (uri: Uri) => Promise<void> {
  return async ({ path, query }) => {
    if (path !== CALLBACK_PATH) {
      // The page that the browser shows in the end links to the bare address of the extension.
      if (path !== '/') log.warn('a link to this extension that means nothing was refused');
      return;
    }
    const response = new URLSearchParams(query);
    try {
      for (const receive of receivers) if (await receive(response)) return;
      log.warn('an answer of a sign-in page that nobody asked for was refused');
    } catch (error) {
      log.warn(`a sign-in of another window could not be finished: ${messageOf(error)}`);
    }
  };
}
