import { MAX_TEXT_BYTES } from '../model/limits';
import type * as node from './webSocket';

const HANDSHAKE_TIMEOUT_MS: typeof node.HANDSHAKE_TIMEOUT_MS = 6_000;
const TOO_LARGE_CODE = 1009;

/**
 * The browser's own WebSocket as phoenix's transport. Why an upgrade was refused it does not tell, and a frame it takes
 * whole, whatever its size.
 */
export const webSocketTransport: typeof node.webSocketTransport = () =>
  class extends WebSocket {
    constructor(url: string) {
      super(url);
      const timer = setTimeout(() => this.close(), HANDSHAKE_TIMEOUT_MS);
      for (const event of ['open', 'close'] as const) this.addEventListener(event, () => clearTimeout(timer));
      this.addEventListener('message', (event) => {
        const { length = 0 } = event.data as { length?: number };
        if (length <= MAX_TEXT_BYTES) return;
        event.stopImmediatePropagation();
        this.dispatchEvent(Object.assign(new Event('close'), { code: TOO_LARGE_CODE }));
        this.close();
      });
    }
  };
