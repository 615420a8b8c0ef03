import WebSocket from 'ws';
import { MAX_TEXT_BYTES } from './model/limits';

export interface UpgradeRefusal {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** A class for phoenix's `transport` option. */
export type SocketTransport = new (url: string) => object;

const HANDSHAKE_TIMEOUT_MS = 8_000;
/** A peer that does not answer the close frame is cut off after this long. */
const CLOSE_TIMEOUT_MS = 1_000;

/** ws as phoenix's transport; unlike a native WebSocket it tells the HTTP status of a refused upgrade. */
export function webSocketTransport(onRefusal: (refusal: UpgradeRefusal) => void): SocketTransport {
  return class extends WebSocket {
    constructor(url: string) {
      super(url, {
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        closeTimeout: CLOSE_TIMEOUT_MS,
        maxPayload: MAX_TEXT_BYTES,
        perMessageDeflate: false,
      } as WebSocket.ClientOptions);
      this.on('unexpected-response', (_request, response) => {
        onRefusal({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
        response.resume();
        this.terminate();
      });
    }
  };
}
