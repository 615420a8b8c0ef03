import type { ClientRequest } from 'node:http';
import WebSocket from 'ws';
import { MAX_TEXT_BYTES } from '../model/limits';

export interface UpgradeRefusal {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** A class for phoenix's `transport` option. */
export type SocketTransport = new (url: string) => object;

export const HANDSHAKE_TIMEOUT_MS = 6_000;
/** A peer that does not answer the close frame is cut off after this long. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * ws as phoenix's transport; unlike a native WebSocket it tells the HTTP status of a refused upgrade. The query, which
 * holds the token, is in the request on the wire and nowhere else: not in the socket's URL, nor in what VS Code logs.
 */
export function webSocketTransport(onRefusal: (refusal: UpgradeRefusal) => void): SocketTransport {
  return class extends WebSocket {
    constructor(url: string) {
      const queryAt = url.includes('?') ? url.indexOf('?') : url.length;
      super(url.slice(0, queryAt), {
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        closeTimeout: CLOSE_TIMEOUT_MS,
        maxPayload: MAX_TEXT_BYTES,
        perMessageDeflate: false,
        finishRequest: (request) => sendWithQuery(request, url.slice(queryAt)),
      } as WebSocket.ClientOptions);
      this.on('unexpected-response', (_request, response) => {
        onRefusal({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
        response.resume();
        this.terminate();
      });
    }
  };
}

/** VS Code's agent logs `request.path` a microtask after the construction, but not once there is a connection. */
function sendWithQuery(request: ClientRequest, query: string): void {
  request.once('socket', () => {
    request.path += query;
    // An agent of a plain-http proxy has composed the header already; `end()` composes it anew.
    if (request.headersSent) Object.assign(request, { _header: null });
    request.end();
  });
}
