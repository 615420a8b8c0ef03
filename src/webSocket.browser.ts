import type * as node from './webSocket';

const HANDSHAKE_TIMEOUT_MS: typeof node.HANDSHAKE_TIMEOUT_MS = 6_000;

/** The browser's own WebSocket as phoenix's transport; why an upgrade was refused it does not tell. */
export const webSocketTransport: typeof node.webSocketTransport = () =>
  class extends WebSocket {
    constructor(url: string) {
      super(url);
      const timer = setTimeout(() => this.close(), HANDSHAKE_TIMEOUT_MS);
      for (const event of ['open', 'close'] as const) this.addEventListener(event, () => clearTimeout(timer));
    }
  };
